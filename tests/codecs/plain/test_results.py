import copy

from proxy.codecs.plain.results import ELSEWHERE, hoisted

PICTURE = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AA=="}}
FILE = {"type": "file", "file": {"file_data": "data:application/pdf;base64,AA=="}}


def text(said, **more):
    return {"type": "text", "text": said, **more}


def calls(*names):
    made = [{"id": f"id-{name}", "type": "function", "function": {"name": name}} for name in names]
    return {"role": "assistant", "content": None, "tool_calls": made}


def tool(name, content):
    return {"role": "tool", "tool_call_id": f"id-{name}", "content": content}


def user(content):
    return {"role": "user", "content": content}


def test_nothing_changes_where_tools_gave_text():
    messages = [user([text("a"), PICTURE]), calls("f"), tool("f", [text("b")]), 3]

    assert hoisted(messages) is messages


def test_pictures_stand_before_what_the_user_says_next():
    messages = [
        calls("see", "run"),
        tool("see", [text("seen"), PICTURE]),
        tool("run", "done"),
        user("Go on"),
    ]
    before = copy.deepcopy(messages)

    assert hoisted(messages) == [
        calls("see", "run"),
        tool("see", "seen"),
        tool("run", "done"),
        user([text("Result of see:"), PICTURE, text("Go on")]),
    ]
    assert messages == before


def test_where_the_user_says_nothing_a_message_is_made():
    messages = [calls("see"), tool("see", [PICTURE]), calls("read"), tool("read", [FILE])]

    assert hoisted(messages) == [
        calls("see"),
        tool("see", ELSEWHERE),
        user([text("Result of see:"), PICTURE]),
        calls("read"),
        tool("read", ELSEWHERE),
        user([text("Result of read:"), FILE]),
    ]


def test_several_texts_of_a_result_stay_parts_and_an_empty_word_adds_none():
    several = [text("a"), text("b"), PICTURE]
    marked = [text("a", cache_control={"type": "ephemeral"}), PICTURE]
    messages = [tool("x", several), tool("x", marked), user("")]

    first, second, said = hoisted(messages)
    assert first["content"] == several[:2]
    assert second["content"] == marked[:1]
    assert [part["type"] for part in said["content"]] == ["text", "image_url"] * 2
    assert said["content"][0]["text"] == "Result of a tool:"


def test_custom_calls_have_names_too_and_odd_calls_none():
    custom = {"id": "id-see", "type": "custom", "custom": {"name": "see"}}
    asked = {"role": "assistant", "tool_calls": [custom, {"id": "id-x"}, 3]}
    messages = [asked, tool("see", [PICTURE, 3]), 3]

    _, result, said, odd = hoisted(messages)
    assert result["content"] == ELSEWHERE
    assert said["content"] == [text("Result of see:"), PICTURE, 3]
    assert odd == 3
