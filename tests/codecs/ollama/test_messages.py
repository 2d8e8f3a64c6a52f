import base64

import pytest

from proxy.codecs.ollama.messages import write
from proxy.codecs.plain.draft import Draft
from proxy.core.errors import Kind, ProxyError
from proxy.core.state import pack

PNG = "data:image/png;base64,iVBORw0K"
PACKED = pack("call_1", "gemini/gemini-3", [{"thoughtSignature": "s"}])


def sent(*messages):
    draft = Draft("m")
    write(draft, list(messages))
    return draft.conversation()


def user(*parts):
    return {"role": "user", "content": list(parts)}


def picture(url):
    return {"type": "image_url", "image_url": {"url": url, "detail": "low"}}


def calling(mark, arguments='{"port":"Cork"}', **more):
    function = {"name": "tide", "arguments": arguments}
    call = {"id": mark, "type": "function", "function": function}
    return {"role": "assistant", "content": None, "tool_calls": [call], **more}


def test_leading_system_texts_are_one_message():
    assert sent(
        {"role": "system", "content": "Be brief."},
        {"role": "developer", "content": "Be kind."},
        {"role": "user", "content": "Hi"},
        {"role": "system", "content": "Be quick."},
    ) == [
        {"role": "system", "content": "Be brief.\n\nBe kind."},
        {"role": "user", "content": "Hi"},
        {"role": "system", "content": "Be quick."},
    ]


def test_content_is_one_string_with_bare_pictures_beside_it():
    jpg = "data:image/jpg;base64,QQ=="
    text = [{"type": "text", "text": said} for said in ("What is", "", "this?")]

    assert sent(user(text[0], picture(PNG), text[1], picture(jpg), text[2])) == [
        {"role": "user", "content": "What is\nthis?", "images": ["iVBORw0K", "QQ=="]}
    ]


def test_sound_travels_beside_pictures():
    sound = {"type": "input_audio", "input_audio": {"data": "UklG", "format": "wav"}}

    assert sent(user(sound)) == [{"role": "user", "content": "", "images": ["UklG"]}]


@pytest.mark.parametrize(("name", "expected"), [("a.txt", "a.txt:\nhi"), ("", "hi")])
def test_a_file_of_text_is_read_out(name, expected):
    data = f"data:text/plain;base64,{base64.b64encode(b'hi').decode()}"
    file = {"type": "file", "file": {"filename": name, "file_data": data}}

    assert sent(user(file)) == [{"role": "user", "content": expected}]


def test_a_tool_loop_has_objects_for_arguments_and_names_for_results():
    assert sent(
        {"role": "user", "content": "Tide?"},
        calling(PACKED, reasoning_content="Need it.", thinking_blocks=[{"signature": "s"}]),
        {"role": "tool", "tool_call_id": PACKED, "content": "14:20"},
    ) == [
        {"role": "user", "content": "Tide?"},
        {
            "role": "assistant",
            "content": "",
            "thinking": "Need it.",
            "tool_calls": [
                {"id": "call_1", "function": {"name": "tide", "arguments": {"port": "Cork"}}}
            ],
        },
        {"role": "tool", "content": "14:20", "tool_name": "tide", "tool_call_id": "call_1"},
    ]


def test_thinking_of_earlier_turns_stays_out():
    assert sent(
        {"role": "user", "content": "a"},
        {"role": "assistant", "content": "b", "reasoning_content": "old"},
        {"role": "user", "content": "c"},
        {"role": "assistant", "content": "d", "reasoning_content": "new"},
    )[1::2] == [
        {"role": "assistant", "content": "b"},
        {"role": "assistant", "content": "d", "thinking": "new"},
    ]


def test_results_name_their_tool_as_far_as_anybody_said_it():
    tool = {"role": "tool", "content": [{"type": "text", "text": "1"}]}

    assert sent({**tool, "tool_call_id": "x"}, {**tool, "name": "wind"}, {**tool, "name": 5}) == [
        {"role": "tool", "content": "1", "tool_call_id": "x"},
        {"role": "tool", "content": "1", "tool_name": "wind"},
        {"role": "tool", "content": "1"},
    ]


def test_a_call_without_an_id_goes_without_one():
    [native] = sent(calling("", ""))

    assert native["tool_calls"] == [{"function": {"name": "tide", "arguments": {}}}]


def test_a_refusal_is_text_that_was_said():
    assert sent({"role": "assistant", "content": None, "refusal": "No."}) == [
        {"role": "assistant", "content": "No."}
    ]


@pytest.mark.parametrize(
    ("message", "kind", "param"),
    [
        (
            user(picture("https://x/y.png")),
            Kind.UNSUPPORTED,
            "messages[0].content[0].image_url.url",
        ),
        (
            user(picture("data:image/gif;base64,QQ==")),
            Kind.UNSUPPORTED,
            "messages[0].content[0].image_url.url",
        ),
        (user(picture("nonsense")), Kind.INVALID_REQUEST, "messages[0].content[0].image_url.url"),
        (user({"type": "video"}), Kind.UNSUPPORTED, "messages[0].content[0]"),
        (
            user({"type": "input_audio"}),
            Kind.INVALID_REQUEST,
            "messages[0].content[0].input_audio",
        ),
        (
            user({"type": "file", "file": {"file_data": "data:application/pdf;base64,QQ=="}}),
            Kind.UNSUPPORTED,
            "messages[0].content[0].file.file_data",
        ),
        (
            calling("c", "{"),
            Kind.INVALID_REQUEST,
            "messages[0].tool_calls[0].function.arguments",
        ),
        (
            {"role": "assistant", "content": None, "refusal": 5},
            Kind.INVALID_REQUEST,
            "messages[0].refusal",
        ),
        (
            {"role": "assistant", "content": [picture(PNG)]},
            Kind.UNSUPPORTED,
            "messages[0].content[0]",
        ),
    ],
)
def test_what_cannot_be_said_is_refused_with_its_path(message, kind, param):
    with pytest.raises(ProxyError) as caught:
        sent(message)

    assert (caught.value.kind, caught.value.param) == (kind, param)
