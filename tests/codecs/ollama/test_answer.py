import pytest

from proxy.codecs.ollama.answer import Answer
from proxy.core.errors import Kind, ProxyError
from proxy.core.fold import MAX_CALLS, fold

AT = "2026-11-20T10:00:00.123456789Z"
LOGPROBS = [{"token": "a", "logprob": -1}]


def told(*values):
    answer = Answer(7, "asked")
    return [chunk for value in values for chunk in answer.take(value)]


def deltas(chunks):
    return [chunk["choices"][0]["delta"] for chunk in chunks if chunk["choices"]]


def calls(*given):
    return {"message": {"tool_calls": list(given)}}


def function(name="f", arguments=None, **more):
    return {"function": {"name": name, "arguments": arguments}, **more}


def test_the_first_object_gives_the_answer_its_identity():
    first, *_ = told({"model": "served", "created_at": AT, "message": {"content": "a"}})

    assert (first["model"], first["created"]) == ("served", 1795168800)
    assert first["id"].startswith("chatcmpl-")
    assert first["choices"][0]["delta"] == {"role": "assistant", "content": ""}


@pytest.mark.parametrize("at", [None, 5, "soon", "1960-01-01T00:00:00Z"])
def test_an_answer_without_a_time_or_a_name_has_ours(at):
    first, *_ = told({"created_at": at})

    assert (first["model"], first["created"]) == ("asked", 7)


def test_a_time_without_a_zone_is_universal():
    assert told({"created_at": "2026-11-20T10:00:00"})[0]["created"] == 1795168800


def test_reading_it_again_makes_up_the_same_ids_and_another_answer_others():
    one = {"created_at": AT, **calls(function(), function())}
    other = {**one, "created_at": AT.replace("9Z", "8Z")}
    ids = [
        call["id"]
        for delta in deltas(told(one))
        for call in delta.get("tool_calls", ())
        if "id" in call
    ]

    assert told(one) == told(one)
    assert told(one)[0]["id"] != told(other)[0]["id"]
    assert len(set(ids)) == 2
    assert all(mark.startswith("call_") for mark in ids)


def test_reasoning_goes_before_text():
    chunks = told({"message": {"content": "b", "thinking": "a"}})

    assert deltas(chunks)[1:] == [{"reasoning_content": "a"}, {"content": "b"}]


def test_log_probabilities_go_with_the_last_thing_that_was_said():
    _, first, second = told({"message": {"content": "b", "thinking": "a"}, "logprobs": LOGPROBS})
    _, alone = told({"message": {}, "logprobs": LOGPROBS})

    assert "logprobs" not in first["choices"][0]
    assert second["choices"][0]["logprobs"]["content"][0]["token"] == "a"
    assert alone["choices"][0]["delta"] == {}


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ({"a": 1}, '{"a":1}'),
        ({}, "{}"),
        (None, "{}"),
        ("", "{}"),
        ('{"a": 1}', '{"a": 1}'),
    ],
)
def test_arguments_are_a_text(arguments, text):
    whole = fold(told(calls(function(arguments=arguments, id="c")), {"done": True}))

    assert whole["choices"][0]["message"]["tool_calls"] == [
        {"id": "c", "type": "function", "function": {"name": "f", "arguments": text}}
    ]
    assert whole["choices"][0]["finish_reason"] == "tool_calls"


@pytest.mark.parametrize("call", [None, {}, {"function": "f"}])
def test_a_call_without_a_function_is_malformed(call):
    with pytest.raises(ProxyError) as caught:
        told(calls(call))

    assert caught.value.kind is Kind.MALFORMED


def test_calls_have_a_bound():
    told(calls(*[function()] * MAX_CALLS))
    with pytest.raises(ProxyError) as caught:
        told(calls(*[function()] * (MAX_CALLS + 1)))

    assert caught.value.kind is Kind.MALFORMED


@pytest.mark.parametrize(
    ("native", "reason"),
    [
        ("stop", "stop"),
        ("length", "length"),
        ("load", "stop"),
        ("", "stop"),
        (None, "stop"),
        ("custom", "stop"),
    ],
)
def test_an_end_has_chats_reason(native, reason):
    assert told({"done": True, "done_reason": native})[-1]["choices"][0]["finish_reason"] == reason


@pytest.mark.parametrize(
    ("counts", "usage"),
    [
        ({"prompt_eval_count": 3, "eval_count": 2}, (3, 2)),
        ({"eval_count": 2}, (0, 2)),
        ({"prompt_eval_count": 3}, (3, 0)),
    ],
)
def test_usage_is_told_after_the_finish(counts, usage):
    last = told({"done": True, **counts})[-1]

    assert (last["usage"]["prompt_tokens"], last["usage"]["completion_tokens"]) == usage


def test_no_counts_are_no_usage():
    assert all("usage" not in chunk for chunk in told({"done": True, "eval_count": "2"}))


def test_a_list_of_calls_that_is_none_says_nothing():
    assert len(told({"message": {"tool_calls": "x"}})) == 1
