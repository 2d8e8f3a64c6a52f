import json

import pytest

from proxy.codecs.bedrock import Bedrock
from proxy.core.errors import Kind, ProxyError
from proxy.core.state import unpack
from tests.support.converse import SONNET_4_5, target

USAGE = {"inputTokens": 3, "outputTokens": 5, "totalTokens": 8}


def whole(*content, reason="end_turn", headers=None, to=None, **more):
    message = {"role": "assistant", "content": list(content)}
    body = {"output": {"message": message}, "stopReason": reason, **more}
    return Bedrock().decode(200, headers or {}, json.dumps(body).encode(), created=7, target=to)


def refused(body):
    with pytest.raises(ProxyError) as caught:
        Bedrock().decode(200, {}, body, created=7)
    return caught.value


def test_an_answer_is_a_completion():
    completion = whole(
        {"text": "Hi."}, usage=USAGE, headers={"x-amzn-requestid": "r-1"}, to=target()
    )

    assert completion["id"] == "chatcmpl-r-1"
    assert completion["model"] == SONNET_4_5
    assert completion["created"] == 7
    assert completion["choices"][0]["message"] == {"role": "assistant", "content": "Hi."}
    assert completion["usage"]["total_tokens"] == 8


def test_an_answer_without_an_id_has_its_own():
    assert whole({"text": "a"})["id"] == whole({"text": "a"})["id"] != whole({"text": "b"})["id"]


def test_what_chat_has_no_form_for_stands_under_the_providers_name():
    fields, trace = {"stop_sequence": "."}, {"guardrail": {"actionReason": "No action."}}
    completion = whole(
        {"text": "a"}, usage=USAGE, additionalModelResponseFields=fields, trace=trace
    )
    message = completion["choices"][0]["message"]

    assert message["extra_content"] == {"bedrock": {"additionalModelResponseFields": fields}}
    assert completion["extra_content"] == {"bedrock": {"trace": trace}}


def test_the_tier_that_served_is_told():
    assert whole({"text": "a"}, usage=USAGE, serviceTier={"type": "flex"})["service_tier"] == "flex"
    assert "service_tier" not in whole({"text": "a"}, usage=USAGE, serviceTier="flex")


@pytest.mark.parametrize(
    ("to", "maker"), [(None, "anthropic/"), (target(), "anthropic/claude-sonnet-4-5")]
)
def test_signed_reasoning_is_in_the_id_of_the_call(to, maker):
    thought = {"reasoningContent": {"reasoningText": {"text": "Hm.", "signature": "c2ln"}}}
    use = {"toolUse": {"toolUseId": "t1", "name": "tide", "input": {}}}
    completion = whole(thought, use, reason="tool_use", to=to)
    packed = unpack(completion["choices"][0]["message"]["tool_calls"][0]["id"])

    assert packed.id == "t1"
    assert packed.maker == maker
    assert packed.blocks == ({"type": "thinking", "thinking": "Hm.", "signature": "c2ln"},)


def test_an_empty_body_is_no_answer():
    assert refused(b" ").kind is Kind.EMPTY


def test_an_answer_that_says_nothing_and_does_not_end_is_empty():
    assert refused(b'{"output":{"message":{"content":[]}}}').kind is Kind.EMPTY


@pytest.mark.parametrize(
    "body",
    [b"<html><title>502</title>", b"{", b"{}", b'{"output":{}}', b'{"output":{"message":[]}}'],
)
def test_what_is_no_answer_is_malformed(body):
    assert refused(body).kind is Kind.MALFORMED


def test_an_error_in_a_200_is_an_error():
    body = b'{"__type":"x#ThrottlingException","message":"Slow down."}'
    error = refused(body)

    assert error.kind is Kind.RATE_LIMIT
    assert error.message == "Slow down."
    assert refused(b'{"message":"Odd."}').message == "Odd."
