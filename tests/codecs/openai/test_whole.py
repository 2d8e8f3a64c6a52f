import json

import pytest

from proxy.codecs.openai.whole import read_whole
from proxy.core.errors import Kind, ProxyError


def answer(message, finish="stop", **more):
    choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": finish}
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 7,
        "model": "m",
        "choices": [choice],
        **more,
    }


def said(text="a", **more):
    return {"role": "assistant", "content": text, **more}


def read(value, **more):
    return read_whole(json.dumps(value).encode(), 1, **more)


def message_of(value, **more):
    return read(value, **more)["choices"][0]["message"]


def test_a_clean_body_carries_its_own_bytes():
    body = json.dumps(answer(said(), odd=1.50), indent=2).encode()

    assert read_whole(b"\n " + body + b"\n", 1)["native"] == {"dialect": "openai", "payload": body}


def test_a_body_of_nothing_but_texts_is_known_to_be_settled():
    plain = answer(said(refusal=None), usage={"prompt_tokens": 1, "completion_tokens": 1})
    body = json.dumps(plain).encode()
    native = {"dialect": "openai", "payload": body, "is_settled": True}

    assert read_whole(body, 1) == {**plain, "native": native}


def test_a_changed_body_keeps_what_we_do_not_know_and_carries_no_bytes():
    whole = read(answer(said(reasoning="b", odd=1), odd=2, native={"dialect": "openai"}))

    assert whole == answer(said(odd=1, reasoning_content="b"), odd=2)
    assert "native" not in read(answer(said(), native={}))


def test_a_body_without_identity_gets_one():
    bare = {"choices": [{"message": said(), "finish_reason": "stop"}], "model": None}
    whole = read(bare)

    assert whole["id"].startswith("chatcmpl-")
    assert (whole["object"], whole["created"], whole["model"]) == ("chat.completion", 1, "")
    assert whole["choices"][0]["index"] == 0
    assert read(bare) == whole


def test_calls_are_completed():
    calls = [
        {"function": {"name": "f", "arguments": {"x": 1}}},
        {"id": "b", "custom": {"name": "g"}},
    ]
    first, second = message_of(answer(said(tool_calls=calls)))["tool_calls"]

    assert first["id"].startswith("call_")
    assert first["type"] == "function"
    assert first["function"] == {"name": "f", "arguments": '{"x":1}'}
    assert second == {"id": "b", "type": "custom", "custom": {"name": "g"}}


def test_clean_calls_are_relayed():
    call = {"id": "a", "type": "function", "function": {"name": "f", "arguments": "{}"}}

    assert "native" in read(answer(said(None, tool_calls=[call]), "tool_calls"))
    assert "native" in read(answer(said(tool_calls=None)))


def test_an_empty_list_of_calls_is_dropped():
    assert message_of(answer(said(tool_calls=[]))) == said()


@pytest.mark.parametrize(
    ("message", "native", "reason"),
    [
        (said(), None, "stop"),
        (said(), "eos", "stop"),
        (said(function_call={"name": "f", "arguments": "{}"}), "stop", "function_call"),
        (said(tool_calls=[{"id": "a", "function": {"name": "f"}}]), "", "tool_calls"),
    ],
)
def test_a_finish_reason_is_always_there_and_fits(message, native, reason):
    assert read(answer(message, native))["choices"][0]["finish_reason"] == reason


def test_a_role_is_always_there():
    assert message_of(answer({"content": "a"}))["role"] == "assistant"


def test_tags_are_split_only_where_they_are_expected():
    tagged = answer(said("<think>b</think>a", reasoning_content="c"))

    assert message_of(tagged)["content"] == "<think>b</think>a"
    assert message_of(tagged, think_tags=True) == said(reasoning_content="cb")
    assert "native" in read(answer(said("a")), think_tags=True)


def test_usage_is_found_wherever_it_is():
    usage = {"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3}

    assert read(answer(said(), x_groq={"usage": usage}))["usage"] == usage
    assert read(answer(said(), usage=7))["usage"] is None


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"", Kind.EMPTY),
        (b'{"choices": []}', Kind.EMPTY),
        (b'{"choices": null}', Kind.EMPTY),
        (b"{half", Kind.MALFORMED),
        (b"<html>", Kind.MALFORMED),
        (b"[]", Kind.MALFORMED),
        (b'{"id": 1}', Kind.MALFORMED),
        (b'{"choices": {"a": 1}}', Kind.MALFORMED),
        (b'{"choices": [1]}', Kind.MALFORMED),
        (b'{"choices": [{"message": 1}]}', Kind.MALFORMED),
        (b'{"choices": [{"message": {"tool_calls": 1}}]}', Kind.MALFORMED),
        (b'{"choices": [{"message": {"tool_calls": [1]}}]}', Kind.MALFORMED),
        (b'{"choices": [{"message": {}, "finish_reason": "error"}]}', Kind.SERVER_ERROR),
        (b'{"error": {"message": "no", "code": 429}}', Kind.RATE_LIMIT),
        (b'[{"error": {"message": "no", "code": 401}}]', Kind.AUTH),
    ],
)
def test_what_is_no_answer_has_its_kind(body, kind):
    with pytest.raises(ProxyError) as caught:
        read_whole(body, 1)

    assert caught.value.kind is kind


@pytest.mark.parametrize("finish", [None, "error", "stop"])
def test_a_choice_that_failed_by_itself_is_that_failure(finish):
    value = answer({"role": "assistant", "content": ""}, finish)
    value["choices"][0]["error"] = {"code": 502, "message": "Provider disconnected"}
    with pytest.raises(ProxyError) as caught:
        read(value)

    assert (caught.value.kind, caught.value.status) == (Kind.SERVER_ERROR, 502)
    assert caught.value.message == "Provider disconnected"


def test_a_choice_without_a_message_has_an_empty_one():
    whole = read({**answer({}), "choices": [{"index": 0, "finish_reason": "content_filter"}]})

    assert whole["choices"] == [
        {
            "index": 0,
            "message": {"role": "assistant", "content": None},
            "finish_reason": "content_filter",
        }
    ]
