import pytest

from proxy.sim.anthropic_ask import read, read_count, signature, text_of
from proxy.sim.dialect import RefusedError, Tool

OLD = {"anthropic-version": "2023-06-01"}
NEW = {"anthropic-version": "2026-10-21"}
USER = {"role": "user", "content": "one two"}
USE = {"type": "tool_use", "id": "t1", "name": "tide", "input": {}}
CALLED = {"role": "assistant", "content": [USE]}
RESULT = {
    "type": "tool_result",
    "tool_use_id": "t1",
    "content": [{"type": "text", "text": "14:20"}],
}
ANSWERED = {"role": "user", "content": [RESULT]}
SCHEMA = {"type": "object", "properties": {}}
TIDE = {"name": "tide", "input_schema": SCHEMA}
WIND = {"name": "wind", "input_schema": SCHEMA}


def body(*messages, **fields):
    return {"model": "echo", "max_tokens": 2000, "messages": list(messages) or [USER], **fields}


def reading(*messages, headers=OLD, **fields):
    return read(body(*messages, **fields), headers)


def thought(text, mark):
    block = {"type": "thinking", "thinking": text, "signature": mark}
    return {"role": "assistant", "content": [block, {"type": "text", "text": "so"}]}


def test_the_last_user_message_is_heard():
    asked = reading(USER, {"role": "assistant", "content": "three"}, USER, system="be brief")

    assert (asked.said, asked.prompt_tokens, asked.answers_tool) == ("one two", 7, False)


def test_a_tool_result_is_heard():
    asked = reading(USER, CALLED, ANSWERED)

    assert (asked.said, asked.answers_tool) == ("14:20", True)


def test_an_assistant_message_at_the_end_is_a_prefill():
    assert reading(USER, {"role": "assistant", "content": "one"}).prefill == "one"
    assert reading(USER).prefill == ""


def test_what_the_assistant_said_before_the_last_user_message_may_have_broken_off():
    said = {"role": "assistant", "content": "one"}

    assert reading(USER, said, USER).broken_off == "one"
    assert reading(USER, said).broken_off == ""
    assert reading(USER, said, USER, said).broken_off == ""


def test_blocks_without_text_stand_as_their_type():
    blocks = [{"type": "text", "text": "look: "}, {"type": "image", "source": {}}]

    assert text_of(blocks) == "look: [image]"
    assert text_of(None) == ""


@pytest.mark.parametrize(
    ("choice", "names", "must", "one"),
    [
        (None, ["tide", "wind"], False, False),
        ({"type": "auto"}, ["tide", "wind"], False, False),
        ({"type": "auto", "disable_parallel_tool_use": True}, ["tide", "wind"], False, True),
        ({"type": "none"}, [], False, False),
        ({"type": "any"}, ["tide", "wind"], True, False),
        ({"type": "tool", "name": "wind"}, ["wind"], True, False),
    ],
)
def test_tool_choice_narrows_the_tools(choice, names, must, one):
    server_tool = {"type": "web_search_20260318", "name": "web_search"}
    asked = reading(tools=[TIDE, WIND, server_tool], tool_choice=choice)

    assert [tool.name for tool in asked.tools] == names
    assert (asked.must_call, asked.one_call) == (must, one)


def test_a_tool_brings_its_schema():
    assert reading(tools=[TIDE]).tools == (Tool("tide", SCHEMA),)


@pytest.mark.parametrize(
    ("thinking", "reasons", "hidden"),
    [
        (None, False, False),
        ({"type": "disabled"}, False, False),
        ({"type": "between_tools"}, False, False),
        ({"type": "enabled", "budget_tokens": 1024}, True, False),
        ({"type": "adaptive"}, True, True),
        ({"type": "adaptive", "display": "summarized"}, True, False),
    ],
)
def test_thinking_is_shown_where_the_request_wants_it(thinking, reasons, hidden):
    asked = reading(thinking=thinking)

    assert (asked.reasons, asked.hidden) == (reasons, hidden)


@pytest.mark.parametrize(
    ("fields", "name", "value"),
    [
        ({"stream": True}, "stream", True),
        ({}, "stream", False),
        ({"max_tokens": 5}, "limit", 5),
        ({"stop_sequences": ["a"]}, "stops", ("a",)),
        ({}, "stops", ()),
        ({}, "schema", None),
        ({"output_config": {"effort": "low"}}, "schema", None),
        (
            {"output_config": {"format": {"type": "json_schema", "schema": SCHEMA}}},
            "schema",
            SCHEMA,
        ),
    ],
)
def test_fields_are_read(fields, name, value):
    assert getattr(reading(**fields), name) == value


@pytest.mark.parametrize(
    ("sent", "sentence"),
    [
        ({"messages": [USER], "max_tokens": 1}, "model: Field required"),
        (body(stream_options={}), "stream_options: Extra inputs"),
        ({"model": "m", "max_tokens": 1}, "at least one message"),
        ({"model": "m", "max_tokens": 1, "messages": []}, "at least one message"),
        (body({"role": "tool", "content": "x"}), "messages.0.role"),
        (body({"role": "assistant", "content": "x"}), "first message"),
        (body({"role": "user"}), "messages.0.content: Input should be a valid list"),
        (body({"role": "user", "content": ""}), "non-empty content"),
        (body({"role": "user", "content": []}), "non-empty content"),
        (
            body({"role": "user", "content": [{"type": "text", "text": " "}]}),
            "messages.0.content.0",
        ),
        (body(USER, CALLED), "without `tool_result`"),
        (body(USER, CALLED, USER), "without `tool_result`"),
        (body(USER, {"role": "assistant", "content": "x"}, ANSWERED), "unexpected `tool_use_id`"),
        (body(USER, thought("hm", "forged"), USER), "Invalid `signature`"),
        ({"model": "m", "messages": [USER]}, "max_tokens: Field required"),
        (body(max_tokens=0), "greater than or equal to 1"),
        (body(max_tokens="1"), "greater than or equal to 1"),
        (body(thinking={"type": "enabled", "budget_tokens": 2000}), "budget_tokens"),
        (body(tools=[{"name": "a.b", "input_schema": {}}]), "tools.0.custom.name"),
        (body(tools=[{"name": "a" * 129, "input_schema": {}}]), "tools.0.custom.name"),
    ],
)
def test_what_anthropic_refuses_is_refused(sent, sentence):
    with pytest.raises(RefusedError, match=sentence) as caught:
        read(sent, OLD)

    assert caught.value.complaint.status == 400


def test_a_version_must_be_named():
    with pytest.raises(RefusedError, match="anthropic-version"):
        read(body(), {})


@pytest.mark.parametrize("field", ["temperature", "top_p", "top_k"])
def test_the_new_version_takes_no_sampling_parameters(field):
    assert reading(**{field: 1}).said

    with pytest.raises(RefusedError, match=field):
        reading(headers=NEW, **{field: 1})


@pytest.mark.parametrize("text", ["hm", ""])
def test_an_unaltered_thinking_block_comes_back(text):
    assert reading(USER, thought(text, signature(text)), USER).said == "one two"


def test_tokens_are_counted_without_a_limit():
    assert read_count({"model": "m", "messages": [USER], "system": "be brief"}, OLD) == 4


def test_a_count_takes_nothing_that_only_an_answer_needs():
    with pytest.raises(RefusedError, match="max_tokens: Extra inputs"):
        read_count(body(), OLD)
