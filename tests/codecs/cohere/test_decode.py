import json

import pytest

from proxy.codecs.cohere.decode import decode
from proxy.core.errors import Kind, ProxyError


def whole(message, **more):
    answer = {"id": "c14", "message": message, "finish_reason": "COMPLETE", **more}
    return decode(json.dumps(answer).encode(), created=7)


def test_all_that_was_said_is_in_the_completion():
    call = {"id": "c", "type": "function", "function": {"name": "f_x2d_g", "arguments": "{}"}}
    cited = {"start": 0, "end": 2, "text": "Hi", "sources": [{"id": "doc:0"}], "content_index": 1}
    completion = whole(
        {
            "content": [{"type": "thinking", "thinking": "a"}, {"type": "text", "text": "Hi"}],
            "tool_plan": "b",
            "tool_calls": [call],
            "citations": [cited],
        },
        usage={"tokens": {"input_tokens": 3, "output_tokens": 2}},
        logprobs=[{"text": "Hi", "token_ids": [1], "logprobs": [-0.5]}],
    )
    [choice] = completion["choices"]

    assert (completion["id"], completion["created"]) == ("c14", 7)
    assert choice["message"] == {
        "role": "assistant",
        "content": "Hi",
        "reasoning_content": "ab",
        "annotations": [
            {
                "type": "file_citation",
                "start_index": 0,
                "end_index": 2,
                "text": "Hi",
                "file_citation": {"file_id": "doc:0"},
            }
        ],
        "tool_calls": [{**call, "function": {"name": "f-g", "arguments": "{}"}}],
    }
    assert choice["finish_reason"] == "tool_calls"
    assert choice["logprobs"]["content"][0]["token"] == "Hi"
    assert completion["usage"]["total_tokens"] == 5


def test_content_may_be_a_string_and_logprobs_none():
    [choice] = whole({"content": "Hi"})["choices"]

    assert choice["message"]["content"] == "Hi"
    assert choice["logprobs"] is None


@pytest.mark.parametrize(
    ("raw", "kind"),
    [
        (b" ", Kind.EMPTY),
        (b"[1]", Kind.MALFORMED),
        (b"<html></html>", Kind.MALFORMED),
        (b"{}", Kind.MALFORMED),
        (b'{"message":5}', Kind.MALFORMED),
        (b'{"message":"no luck"}', Kind.SERVER_ERROR),
        (b'{"error":"no luck"}', Kind.SERVER_ERROR),
        (b'{"message":{},"finish_reason":"TIMEOUT"}', Kind.UPSTREAM_TIMEOUT),
    ],
)
def test_what_is_no_answer_is_a_failure(raw, kind):
    with pytest.raises(ProxyError) as caught:
        decode(raw, created=7)

    assert caught.value.kind is kind
