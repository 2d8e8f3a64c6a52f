import copy

import pytest

from proxy.core.errors import ProxyError
from proxy.surfaces.chat.messages import conversation

USER = {"role": "user", "content": "hi"}
CALL = {"id": "call_1", "type": "function", "function": {"name": "f", "arguments": "{}"}}
CALLING = {"role": "assistant", "content": None, "tool_calls": [CALL]}


def refused(messages):
    with pytest.raises(ProxyError) as caught:
        conversation(messages)
    return caught.value.param, caught.value.code


def test_every_role_is_read_as_it_came():
    messages = [
        {"role": "system", "content": "s"},
        {"role": "developer", "content": [{"type": "text", "text": "d"}], "name": "dev"},
        USER,
        CALLING,
        {"role": "tool", "tool_call_id": "call_1", "content": "ok"},
        {"role": "assistant", "content": "done"},
    ]
    before = copy.deepcopy(messages)
    read = conversation(messages)

    assert read == before == messages
    assert all(a is b for a, b in zip(read, messages, strict=True))


@pytest.mark.parametrize(
    ("messages", "param", "code"),
    [
        (None, "messages", "missing_required_parameter"),
        ("hi", "messages", "invalid_type"),
        ([], "messages", "empty_array"),
        (["hi"], "messages[0]", "invalid_type"),
        ([{"content": "a"}], "messages[0].role", "missing_required_parameter"),
        ([{"role": 1, "content": "a"}], "messages[0].role", "invalid_type"),
        ([{"role": "bot", "content": "a"}], "messages[0].role", "invalid_value"),
        ([{"role": "user"}], "messages[0].content", "missing_required_parameter"),
        ([{"role": "user", "content": None}], "messages[0].content", "invalid_type"),
        ([USER, {"role": "user", "content": 5}], "messages[1].content", "invalid_type"),
        ([{"role": "user", "content": "a", "name": 5}], "messages[0].name", "invalid_type"),
        ([{"role": "assistant"}], "messages[0].content", "invalid_type"),
        ([{"role": "assistant", "content": None}], "messages[0].content", "invalid_type"),
        ([{"role": "assistant", "content": 1}], "messages[0].content", "invalid_type"),
        (
            [{"role": "assistant", "tool_calls": {"id": 1}}],
            "messages[0].tool_calls",
            "invalid_type",
        ),
        (
            [{"role": "assistant", "thinking_blocks": "x"}],
            "messages[0].thinking_blocks",
            "invalid_type",
        ),
        (
            [{"role": "tool", "content": "a"}],
            "messages[0].tool_call_id",
            "missing_required_parameter",
        ),
        (
            [{"role": "tool", "content": "a", "tool_call_id": 1}],
            "messages[0].tool_call_id",
            "invalid_type",
        ),
        (
            [{"role": "tool", "content": "a", "tool_call_id": "x"}],
            "messages[0].tool_call_id",
            "invalid_value",
        ),
        (
            [CALLING, {"role": "tool", "tool_call_id": "call_1"}],
            "messages[1].content",
            "missing_required_parameter",
        ),
        ([{"role": "function", "content": "a"}], "messages[0].name", "missing_required_parameter"),
        ([{"role": "function", "name": "f", "content": "a"}], "messages[0].name", "invalid_value"),
        (
            [{"role": "assistant", "function_call": {"name": "f"}}],
            "messages[0].function_call.arguments",
            "missing_required_parameter",
        ),
    ],
)
def test_what_is_wrong_is_named_by_its_path(messages, param, code):
    assert refused(messages) == (param, code)


def test_a_tool_cannot_answer_a_later_call():
    answer = {"role": "tool", "tool_call_id": "call_1", "content": "ok"}

    assert refused([answer, CALLING])[0] == "messages[0].tool_call_id"


@pytest.mark.parametrize(
    "message",
    [
        {"role": "assistant", "content": ""},
        {"role": "assistant", "content": []},
        {"role": "assistant", "content": None, "refusal": "no"},
        {"role": "assistant", "audio": {"id": "a"}},
        {"role": "assistant", "images": [{"type": "image_url"}]},
        {"role": "assistant", "content": None, "reasoning_content": "hm"},
        {"role": "assistant", "content": None, "thinking_blocks": [{"type": "thinking"}]},
    ],
)
def test_an_assistant_may_have_said_something_else_than_text(message):
    assert conversation([USER, message])[1] is message


def test_nulls_are_left_out_but_for_content():
    sent = {**CALLING, "refusal": None, "audio": None, "function_call": None, "name": None}
    before = copy.deepcopy(sent)

    assert conversation([sent]) == [CALLING]
    assert sent == before


def test_no_calls_are_no_tool_calls():
    assert conversation([{"role": "assistant", "content": "a", "tool_calls": []}]) == [
        {"role": "assistant", "content": "a"}
    ]


def test_reasoning_has_one_name():
    assert conversation([{"role": "assistant", "content": None, "reasoning": "hm"}]) == [
        {"role": "assistant", "content": None, "reasoning_content": "hm"}
    ]
    assert (
        conversation(
            [{"role": "assistant", "content": "a", "reasoning": "x", "reasoning_content": "y"}]
        )[0]["reasoning_content"]
        == "y"
    )


def test_deprecated_calls_become_tool_calls_with_made_up_ids():
    function = {"name": "f", "arguments": '{"x":1}'}
    sent = [
        USER,
        {"role": "assistant", "content": None, "function_call": function},
        {"role": "function", "name": "f", "content": "one"},
        {"role": "assistant", "content": None, "function_call": function},
        {"role": "function", "name": "f", "content": None},
    ]
    before = copy.deepcopy(sent)

    assert conversation(sent) == [
        USER,
        {
            "role": "assistant",
            "content": None,
            "tool_calls": [{"id": "call_0", "type": "function", "function": function}],
        },
        {"role": "tool", "tool_call_id": "call_0", "content": "one"},
        {
            "role": "assistant",
            "content": None,
            "tool_calls": [{"id": "call_1", "type": "function", "function": function}],
        },
        {"role": "tool", "tool_call_id": "call_1", "content": ""},
    ]
    assert sent == before


def test_a_call_said_in_both_ways_is_one_call():
    both = {**CALLING, "function_call": CALL["function"]}

    assert conversation([both]) == [CALLING]
