import pytest

from proxy.core.errors import ProxyError
from proxy.core.state import MADE_UP
from proxy.surfaces.messages.conversation import conversation, system

MARK = {"type": "ephemeral"}
SIGNED = {"type": "thinking", "thinking": "Where is Cork?", "signature": "sig"}
REDACTED = {"type": "redacted_thinking", "data": "secret"}


def use(known="toolu_1", **more):
    return {"type": "tool_use", "id": known, "name": "tide", "input": {"port": "Cork"}, **more}


def call(known="toolu_1", **more):
    function = {"name": "tide", "arguments": '{"port":"Cork"}'}
    return {"id": known, "type": "function", "function": function, **more}


def result(known="toolu_1", **more):
    return {"type": "tool_result", "tool_use_id": known, **more}


def user(content):
    return {"role": "user", "content": content}


def assistant(*blocks):
    return {"role": "assistant", "content": list(blocks)}


def text(said, **more):
    return {"type": "text", "text": said, **more}


@pytest.mark.parametrize("value", [None, "", []])
def test_no_system_is_no_message(value):
    assert system(value) == []


@pytest.mark.parametrize(
    ("value", "content"),
    [
        ("Be brief.", "Be brief."),
        ([text("Be brief.")], "Be brief."),
        ([text("a"), text("b")], [text("a"), text("b")]),
        ([text("a", cache_control=MARK)], [text("a", cache_control=MARK)]),
    ],
)
def test_the_system_is_one_message_whose_blocks_stay_apart(value, content):
    assert system(value) == [{"role": "system", "content": content}]


def test_a_system_of_anything_but_text_is_refused():
    with pytest.raises(ProxyError, match=r"^system\.1\.type: Input should be 'text'$"):
        system([text("a"), {"type": "image", "source": {}}])


def test_strings_stay_strings():
    turns = [user("Hi"), {"role": "assistant", "content": "Hello"}, user("And?")]

    assert conversation(turns) == turns


def test_a_system_turn_stays_where_it_is():
    turns = [user("Hi"), {"role": "system", "content": [text("Be brief.")]}]

    assert conversation(turns)[1] == {"role": "system", "content": "Be brief."}


def test_a_users_blocks_become_parts():
    image = {"type": "image", "source": {"type": "url", "url": "https://x.test/a"}}

    assert conversation([user([text("What is it?"), image]), user([text("a")]), user([])]) == [
        user(
            [text("What is it?"), {"type": "image_url", "image_url": {"url": "https://x.test/a"}}]
        ),
        user("a"),
        user(""),
    ]


def test_results_become_messages_of_their_own_before_what_else_is_said():
    image = {"type": "image", "source": {"type": "url", "url": "https://x.test/a"}}
    turns = [
        assistant(use("a"), use("b"), use("c"), use("d")),
        user(
            [
                result("a", content="14:20"),
                text("and tomorrow?"),
                result("b", content=[text("no such port")], is_error=True),
                result("c", cache_control=MARK, is_error=False),
                result("d", content=[text("see"), image]),
            ]
        ),
    ]

    assert conversation(turns)[1:] == [
        {"role": "tool", "tool_call_id": "a", "content": "14:20"},
        {"role": "tool", "tool_call_id": "b", "content": "no such port", "is_error": True},
        {"role": "tool", "tool_call_id": "c", "content": "", "cache_control": MARK},
        {
            "role": "tool",
            "tool_call_id": "d",
            "content": [
                text("see"),
                {"type": "image_url", "image_url": {"url": "https://x.test/a"}},
            ],
        },
        user("and tomorrow?"),
    ]


def test_a_result_stands_behind_its_call_also_where_a_system_turn_came_between():
    note = {"role": "system", "content": "note"}
    turns = [assistant(use("a"), use("b")), note, user([result("a"), text("?"), result("b")])]

    assert conversation(turns)[1:] == [
        {"role": "tool", "tool_call_id": "a", "content": ""},
        {"role": "tool", "tool_call_id": "b", "content": ""},
        note,
        user("?"),
    ]


def test_a_result_with_an_empty_list_says_nothing():
    turns = conversation([assistant(use()), user([result(content=[])])])

    assert turns[1:] == [{"role": "tool", "tool_call_id": "toolu_1", "content": ""}]


def test_an_answer_is_sorted_as_chat_has_it():
    said = [SIGNED, text("Let me "), text("see."), REDACTED, use(cache_control=MARK)]

    assert conversation([user("?"), assistant(*said)])[1] == {
        "role": "assistant",
        "content": "Let me see.",
        "reasoning_content": "Where is Cork?",
        "thinking_blocks": [SIGNED, REDACTED],
        "tool_calls": [call(cache_control=MARK)],
    }


@pytest.mark.parametrize("signature", ["", MADE_UP, None])
def test_reasoning_that_nobody_signed_is_text_and_no_block(signature):
    thought = {"type": "thinking", "thinking": "Hm.", "signature": signature}

    assert conversation([assistant(thought, text("Hi"))]) == [
        {"role": "assistant", "content": "Hi", "reasoning_content": "Hm."}
    ]


def test_a_signature_without_text_is_kept():
    block = {"type": "thinking", "thinking": "", "signature": "sig"}
    [message] = conversation([assistant({**block, "other": 1}, use())])

    assert message["thinking_blocks"] == [block]
    assert "reasoning_content" not in message
    assert message["content"] is None


def test_a_mark_keeps_texts_apart():
    parts = [text("a", cache_control=MARK), text("b")]

    assert conversation([assistant(*parts)])[0]["content"] == parts


def test_what_the_provider_ran_is_left_out():
    ran = [
        {"type": "server_tool_use", "id": "srv_1", "name": "web_search", "input": {}},
        {"type": "web_search_tool_result", "tool_use_id": "srv_1", "content": []},
        {"type": "something_new"},
    ]

    assert conversation([assistant(*ran, text("Rain."))])[0]["content"] == "Rain."
    assert conversation([assistant(*ran)])[0]["content"] == ""


@pytest.mark.parametrize(
    ("turns", "said"),
    [
        (None, "messages: Field required"),
        ("Hi", "messages: Input should be a valid list"),
        ([], "messages: at least one message is required"),
        (["Hi"], "messages.0: Input should be a valid dictionary"),
        ([{"content": "Hi"}], "messages.0.role: Field required"),
        (
            [{"role": "tool", "content": "Hi"}],
            "messages.0.role: Input should be 'user', 'assistant' or 'system'",
        ),
        ([{"role": "user"}], "messages.0.content: Field required"),
        ([user(5)], "messages.0.content: Input should be a valid list"),
        ([user([5])], "messages.0.content.0: Input should be a valid dictionary"),
        ([user([{"text": "a"}])], "messages.0.content.0.type: Field required"),
        ([{"role": "assistant", "content": 5}], "messages.0.content: Input should be a valid list"),
        ([assistant({})], "messages.0.content.0.type: Field required"),
        (
            [assistant({**use(), "input": []})],
            "messages.0.content.0.input: Input should be a valid",
        ),
        ([assistant({**use(), "id": None})], "messages.0.content.0.id: Field required"),
        ([assistant({"type": "thinking"})], "messages.0.content.0.thinking: Field required"),
        ([user([{"type": "tool_result"}])], "messages.0.content.0.tool_use_id: Field required"),
        (
            [user([result("toolu_9")])],
            "messages.0.content.0: unexpected `tool_use_id` found in `tool_result` blocks: toolu_9.",
        ),
        (
            [assistant(use()), user([result(content=5)])],
            "messages.1.content.0.content: Input should be a valid list",
        ),
    ],
)
def test_what_is_wrong_is_told_with_its_place(turns, said):
    with pytest.raises(ProxyError) as caught:
        conversation(turns)

    assert caught.value.message.startswith(said)
