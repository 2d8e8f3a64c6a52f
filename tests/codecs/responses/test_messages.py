import pytest

from proxy.codecs.responses.replay import maker_of
from proxy.core.errors import Kind
from proxy.core.shape import Quirks
from proxy.core.state import pack
from tests.support.replies import THINKER, complaint, dropped, items

IMAGE = {"type": "image_url", "image_url": {"url": "https://a.test/b.png"}}
BLOCK = {"type": "reasoning", "id": "rs_1", "encrypted_content": "opaque"}
ITEM = {**BLOCK, "summary": []}


def asks(*calls, content=None, **members):
    return {"role": "assistant", "content": content, "tool_calls": list(calls), **members}


def tide(mark="call_1", arguments='{"port":"Cork"}'):
    function = {"name": "tide", "arguments": arguments}
    return {"id": mark, "type": "function", "function": function}


def answers(mark="call_1", content="14:20"):
    return {"role": "tool", "tool_call_id": mark, "content": content}


def test_a_conversation_with_a_tool_is_a_row_of_items():
    said = items(
        [
            {"role": "system", "content": "Be brief."},
            {"role": "developer", "content": [{"type": "text", "text": "Or not."}]},
            {"role": "user", "content": "Tide at Cork?"},
            asks(tide(), content="I look."),
            answers(),
            {"role": "assistant", "content": "14:20."},
        ]
    )

    assert said == [
        {"role": "system", "content": "Be brief."},
        {"role": "developer", "content": [{"type": "input_text", "text": "Or not."}]},
        {"role": "user", "content": "Tide at Cork?"},
        {"role": "assistant", "content": "I look."},
        {
            "type": "function_call",
            "call_id": "call_1",
            "name": "tide",
            "arguments": '{"port":"Cork"}',
        },
        {"type": "function_call_output", "call_id": "call_1", "output": "14:20"},
        {"role": "assistant", "content": "14:20."},
    ]


def test_a_target_without_the_developer_role_gets_system_messages():
    message = {"role": "developer", "content": "Be brief."}

    assert items([message], quirks=Quirks(developer_role=False)) == [{**message, "role": "system"}]


def test_encrypted_reasoning_stands_before_the_call_that_it_led_to():
    maker = maker_of("openai", THINKER)
    first = pack("call_1", maker, [BLOCK])
    second = pack("call_2", maker, [{**BLOCK, "id": "rs_2"}])
    said = items([asks(tide(first), tide(second)), answers(first), answers(second)], THINKER)

    assert [item.get("id") or item["call_id"] for item in said] == [
        "rs_1",
        "call_1",
        "rs_2",
        "call_2",
        "call_1",
        "call_2",
    ]
    assert said[0] == ITEM


def test_reasoning_stands_where_it_stood_beside_the_text():
    maker = maker_of("openai", THINKER)
    early = pack("call_1", maker, [BLOCK])
    late = pack("call_1", maker, [{**BLOCK, "late": True}])

    for mark, order in ((early, ["reasoning", None]), (late, [None, "reasoning"])):
        said = items([asks(tide(mark), content="I look.")], THINKER)

        assert [item.get("type") for item in said] == [*order, "function_call"]


@pytest.mark.parametrize("maker", ["anthropic/claude-opus-5", maker_of("other", THINKER)])
def test_reasoning_of_another_maker_is_dropped_with_its_mark(maker):
    mark = pack("call_1", maker, [BLOCK])
    said = items([asks(tide(mark)), answers(mark)], THINKER)

    assert [item["type"] for item in said] == ["function_call", "function_call_output"]
    assert {item["call_id"] for item in said} == {"call_1"}


def test_reasoning_that_led_to_nothing_is_not_sent_alone():
    block = {**BLOCK, "maker": maker_of("openai", THINKER)}
    silent = {"role": "assistant", "content": "", "thinking_blocks": [block]}

    assert items([silent], THINKER) == []
    assert items([{**silent, "content": "So."}], THINKER) == [
        ITEM,
        {"role": "assistant", "content": "So."},
    ]


def test_a_custom_call_and_its_answer_are_told_as_such():
    call = {"id": "call_9", "type": "custom", "custom": {"name": "note", "input": "free text"}}

    assert items([asks(call), answers("call_9", "noted")]) == [
        {"type": "custom_tool_call", "call_id": "call_9", "name": "note", "input": "free text"},
        {"type": "custom_tool_call_output", "call_id": "call_9", "output": "noted"},
    ]


def test_a_custom_call_without_input_says_nothing():
    call = {"id": "call_9", "type": "custom", "custom": {"name": "note", "input": None}}

    assert items([asks(call)])[0]["input"] == ""


@pytest.mark.parametrize(
    ("arguments", "native"), [("", "{}"), (" ", "{}"), (None, "{}"), ({"a": 1}, '{"a":1}')]
)
def test_arguments_are_always_a_text(arguments, native):
    assert items([asks(tide(arguments=arguments))])[0]["arguments"] == native


def test_ids_that_are_too_long_are_shortened_on_both_sides():
    call, output = items([asks(tide("x" * 80)), answers("x" * 80)])

    assert call["call_id"] == output["call_id"]
    assert len(call["call_id"]) <= 64


def test_a_tools_picture_goes_with_its_result():
    parts = [{"type": "text", "text": "Here:"}, IMAGE]

    assert items([answers(content=parts)])[0]["output"] == [
        {"type": "input_text", "text": "Here:"},
        {"type": "input_image", "image_url": "https://a.test/b.png", "detail": "auto"},
    ]
    assert items([answers(content=parts[:1])])[0]["output"] == "Here:"
    assert items([answers(content=None)])[0]["output"] == ""


def test_a_refusal_is_part_of_what_was_said():
    refusal = {"type": "refusal", "refusal": "No."}
    messages = [
        {"role": "assistant", "content": None, "refusal": "No."},
        {"role": "assistant", "content": "Well.", "refusal": "No."},
        {"role": "assistant", "content": [{"type": "text", "text": "Well."}], "refusal": "No."},
        {"role": "assistant", "content": [refusal]},
    ]
    well = {"type": "output_text", "text": "Well."}

    assert [item["content"] for item in items(messages)] == [
        [refusal],
        [well, refusal],
        [well, refusal],
        [refusal],
    ]


def test_names_and_spoken_answers_have_no_form():
    messages = [
        {"role": "user", "name": "ada", "content": "Hi"},
        {"role": "assistant", "audio": {"id": "a1"}, "content": "Ho"},
    ]

    assert dropped({"messages": messages}) == ("messages.name", "messages.audio")


@pytest.mark.parametrize(
    ("messages", "kind", "param"),
    [
        ("Hi", Kind.INVALID_REQUEST, "messages"),
        (["Hi"], Kind.INVALID_REQUEST, "messages[0]"),
        ([{"role": "function", "content": "x"}], Kind.UNSUPPORTED, "messages[0].role"),
        ([{"role": "tool", "content": "x"}], Kind.INVALID_REQUEST, "messages[0].tool_call_id"),
        (
            [asks(content="x") | {"tool_calls": {"a": 1}}],
            Kind.INVALID_REQUEST,
            "messages[0].tool_calls",
        ),
        ([asks("call")], Kind.INVALID_REQUEST, "messages[0].tool_calls[0]"),
        ([asks({"id": "c"})], Kind.INVALID_REQUEST, "messages[0].tool_calls[0].function"),
        (
            [asks({"id": "c", "function": {}})],
            Kind.INVALID_REQUEST,
            "messages[0].tool_calls[0].function.name",
        ),
    ],
)
def test_a_message_that_is_none_is_complained_of_by_its_path(messages, kind, param):
    error = complaint({"messages": messages})

    assert (error.kind, error.param) == (kind, param)
