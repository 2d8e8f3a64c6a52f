import pytest

from proxy.codecs.anthropic.opened import MAX_OPEN
from proxy.codecs.bedrock.answer import Answer
from proxy.core.build import Builder
from proxy.core.errors import Kind, ProxyError
from tests.support.converse import answer, delta, end, start, stop

CALL = {"toolUse": {"toolUseId": "t", "name": "tide"}}


def fresh(room=1000):
    return Answer(Builder(1), room, None)


@pytest.mark.parametrize(
    ("reason", "finish"),
    [
        ("end_turn", "stop"),
        ("stop_sequence", "stop"),
        ("pause_turn", "stop"),
        ("a_new_one", "stop"),
        (None, "stop"),
        ("tool_use", "stop"),
        ("max_tokens", "length"),
        ("model_context_window_exceeded", "length"),
        ("guardrail_intervened", "content_filter"),
        ("content_filtered", "content_filter"),
        ("refusal", "content_filter"),
    ],
)
def test_how_an_answer_ends(reason, finish):
    assert answer(delta(0, {"text": "x"}), end(reason))[1] == finish


def test_an_answer_with_calls_ends_with_them():
    assert answer(start(0, CALL), stop(0), end("tool_use"))[1] == "tool_calls"
    assert answer(start(0, CALL), stop(0), end("end_turn"))[1] == "tool_calls"


def test_a_refusal_has_words():
    assert answer(end("refusal"))[0]["refusal"] == "The model declined to answer."


def test_the_role_comes_first_and_once():
    made = fresh()

    assert [chunk["choices"][0]["delta"].get("role") for chunk in made.add(0, {"text": "x"})] == [
        "assistant",
        None,
    ]
    assert made.begin() == []


def test_calls_follow_each_other():
    made = fresh()
    made.open(0, CALL)
    chunks = made.open(1, {"toolUse": {"toolUseId": "u", "name": "now"}})

    assert chunks[0]["choices"][0]["delta"]["tool_calls"][0]["function"]["arguments"] == "{}"
    assert chunks[1]["choices"][0]["delta"]["tool_calls"][0]["index"] == 1


def test_a_block_that_begins_again_is_closed_first():
    made = fresh()
    made.open(0, CALL)

    assert made.open(0, {"text": "x"})[-1]["choices"][0]["delta"] == {"content": "x"}


@pytest.mark.parametrize("reason", ["malformed_model_output", "malformed_tool_use"])
def test_output_that_the_provider_could_not_read_is_no_answer(reason):
    with pytest.raises(ProxyError) as caught:
        fresh().end(reason)

    assert caught.value.kind is Kind.MALFORMED
    assert caught.value.code == reason


def test_arguments_that_are_not_json_are_not_to_be_run():
    broken = delta(0, {"toolUse": {"input": '{"port":'}})
    with pytest.raises(ProxyError) as caught:
        answer(start(0, CALL), broken, stop(0), end("tool_use"))

    assert caught.value.kind is Kind.MALFORMED
    assert answer(start(0, CALL), broken, stop(0), end("max_tokens"))[1] == "length"


def test_what_is_no_block_and_no_delta_is_malformed():
    for wrong in (lambda: fresh().open(0, []), lambda: fresh().add(0, None)):
        with pytest.raises(ProxyError) as caught:
            wrong()
        assert caught.value.kind is Kind.MALFORMED


def test_open_blocks_are_counted():
    made = fresh()
    for index in range(MAX_OPEN):
        made.open(index, {"text": ""})
    with pytest.raises(ProxyError) as caught:
        made.open(MAX_OPEN, {"text": ""})

    assert caught.value.kind is Kind.MALFORMED


def test_usage_is_told_where_there_is_some():
    assert fresh().usage({}) == []
    [chunk] = fresh().usage({"usage": {"inputTokens": 1}, "serviceTier": {"type": 7}})
    assert "service_tier" not in chunk


def test_fields_that_were_asked_for_come_with_the_message():
    *_, told, finish = fresh().end("end_turn", {"stop_sequence": "."})

    assert told["choices"][0]["delta"] == {
        "extra_content": {"bedrock": {"additionalModelResponseFields": {"stop_sequence": "."}}}
    }
    assert finish["choices"][0]["finish_reason"] == "stop"


@pytest.mark.parametrize("nothing", [None, {}, 7])
def test_what_was_not_asked_for_is_not_told(nothing):
    deltas = [chunk["choices"][0]["delta"] for chunk in fresh().end("end_turn", nothing)]
    [chunk] = fresh().usage({"usage": {"inputTokens": 1}, "trace": nothing})

    assert not any("extra_content" in delta for delta in deltas)
    assert "extra_content" not in chunk


def test_what_a_guardrail_did_comes_beside_the_usage():
    trace = {"guardrail": {"actionReason": "No action."}}
    [chunk] = fresh().usage({"usage": {"inputTokens": 1}, "trace": trace})

    assert chunk["extra_content"] == {"bedrock": {"trace": trace}}
