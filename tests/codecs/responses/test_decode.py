import json

import pytest

from proxy.codecs.responses.decode import decode
from proxy.core.errors import Kind, ProxyError
from proxy.core.state import unpack
from tests.support.replies import (
    answer,
    completed,
    created,
    message,
    reasoning,
    response,
    target,
    told,
    tool,
)

OUTPUT = (
    reasoning("Hm."),
    message("I look."),
    tool(arguments='{"port":"Cork"}'),
    tool(name="wind", mark="fc_2", call_id="call_2"),
)


def test_a_whole_response_is_a_completion():
    usage = {"input_tokens": 3, "output_tokens": 1, "total_tokens": 4}
    completion = answer(*OUTPUT, usage=usage)
    [choice] = completion["choices"]

    assert (completion["id"], completion["created"], completion["model"]) == (
        "resp_1",
        1795180000,
        "gpt-5.4-2026-03-05",
    )
    assert completion["usage"]["total_tokens"] == 4
    assert choice["message"]["content"] == "I look."
    assert choice["message"]["reasoning_content"] == "Hm."
    assert [unpack(call["id"]).id for call in choice["message"]["tool_calls"]] == [
        "call_1",
        "call_2",
    ]
    assert choice["finish_reason"] == "tool_calls"


def test_a_stream_of_it_says_the_same():
    assert told(created(), completed(*OUTPUT)) == answer(*OUTPUT)["choices"][0]


def test_without_a_target_the_reasoning_is_bound_to_the_model_alone():
    body = json.dumps(response(reasoning(), tool())).encode()
    [call] = decode(body, created=1)["choices"][0]["message"]["tool_calls"]
    [bound] = decode(body, created=1, target=target("prod"))["choices"][0]["message"]["tool_calls"]

    assert unpack(call["id"]).maker == "responses//gpt-5.4"
    assert unpack(bound["id"]).maker == "responses/openai/prod"


@pytest.mark.parametrize(
    ("body", "kind", "words"),
    [
        (b" ", Kind.EMPTY, "an empty body"),
        (b"{]", Kind.MALFORMED, "not JSON"),
        (b"<html><title>Bad gateway</title></html>", Kind.MALFORMED, "HTML"),
        (b"[]", Kind.MALFORMED, "no response"),
        (b'{"hello": 1}', Kind.MALFORMED, "no response"),
        (
            b'{"error": {"code": "invalid_image", "message": "Blurred."}}',
            Kind.INVALID_REQUEST,
            "Blurred.",
        ),
        (b'{"status": "in_progress"}', Kind.TRUNCATED, "in_progress"),
        (b'{"status": ["in_progress"], "output": []}', Kind.EMPTY, "holds nothing"),
        (b'{"output": []}', Kind.EMPTY, "holds nothing"),
    ],
)
def test_what_is_no_answer_is_named(body, kind, words):
    with pytest.raises(ProxyError) as caught:
        decode(body, created=1)

    assert caught.value.kind is kind
    assert words in caught.value.message
