import json

import pytest

from proxy.codecs.anthropic.decode import decode
from proxy.codecs.anthropic.draft import maker_of
from proxy.codecs.plain.arguments import FREEFORM
from proxy.core.errors import Kind, ProxyError
from proxy.core.state import unpack


def whole(*content, reason="end_turn", **more):
    message = {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": "claude-sonnet-4-5-20250929",
        "content": list(content),
        "stop_reason": reason,
        "usage": {"input_tokens": 3, "output_tokens": 2},
        **more,
    }
    body = json.dumps(message).encode()
    completion = decode(body, created=7)

    assert completion.pop("native") == {"dialect": "anthropic", "payload": body}

    return completion


def complaint(body):
    with pytest.raises(ProxyError) as caught:
        decode(body, created=7)
    return caught.value


def test_a_whole_answer():
    assert whole({"type": "text", "text": "Hi"}, {"type": "text", "text": "!"}) == {
        "id": "msg_1",
        "object": "chat.completion",
        "created": 7,
        "model": "claude-sonnet-4-5-20250929",
        "choices": [
            {
                "index": 0,
                "message": {"role": "assistant", "content": "Hi!"},
                "logprobs": None,
                "finish_reason": "stop",
            }
        ],
        "usage": {"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5},
    }


def test_reasoning_calls_and_what_they_carry():
    signed = {"type": "thinking", "thinking": "Look it up.", "signature": "c2ln"}
    ghost = {"type": "redacted_thinking", "data": "Z2hvc3Q="}
    call = {"type": "tool_use", "id": "toolu_1", "name": "tide", "input": {"port": "Cork"}}
    message = whole(signed, ghost, call, {**call, "id": "toolu_2"}, reason="tool_use")
    [choice] = message["choices"]
    [first, second] = choice["message"]["tool_calls"]
    packed = unpack(first["id"])

    assert choice["finish_reason"] == "tool_calls"
    assert choice["message"]["content"] is None
    assert choice["message"]["reasoning_content"] == "Look it up."
    assert choice["message"]["thinking_blocks"] == [signed, ghost]
    assert (packed.id, packed.maker) == ("toolu_1", maker_of("claude-sonnet-4-5"))
    assert packed.blocks == (signed, ghost)
    assert second == {
        "id": "toolu_2",
        "type": "function",
        "function": {"name": "tide", "arguments": '{"port":"Cork"}'},
    }


def test_a_custom_call_is_one_again():
    call = {"type": "tool_use", "id": "toolu_1", "name": "sql", "input": {FREEFORM: "select 1"}}
    [choice] = whole(call, reason="tool_use")["choices"]

    assert choice["message"]["tool_calls"] == [
        {"id": "toolu_1", "type": "custom", "custom": {"name": "sql", "input": "select 1"}}
    ]


def test_an_answer_of_nothing_but_its_end():
    [choice] = whole()["choices"]

    assert choice["message"] == {"role": "assistant", "content": ""}


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"", Kind.EMPTY),
        (b" \n", Kind.EMPTY),
        (b"{", Kind.MALFORMED),
        (b"[]", Kind.MALFORMED),
        (b"{}", Kind.MALFORMED),
        (b"<html><title>Sign in</title></html>", Kind.MALFORMED),
        (b'{"type": "message"}', Kind.MALFORMED),
        (b'{"type": "message", "content": ["odd"]}', Kind.MALFORMED),
        (b'{"type": "message", "content": []}', Kind.EMPTY),
        (b'{"type": "error", "error": {"type": "overloaded_error", "message": "x"}}', Kind.OVERLOADED),
        (b'{"error": {"message": "x", "type": "rate_limit_error"}}', Kind.RATE_LIMIT),
    ],
)  # fmt: skip
def test_what_is_no_answer_is_named(body, kind):
    assert complaint(body).kind is kind


def test_a_page_in_place_of_an_answer_is_told_by_its_title():
    assert "Sign in" in complaint(b"<html><title>Sign in</title></html>").message
