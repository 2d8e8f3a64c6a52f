import json

from proxy.core.build import Builder
from proxy.core.shape import ChatRequest
from proxy.core.usage import Usage
from proxy.surfaces.responses.whole import whole_body

REQUEST = ChatRequest({"messages": []}, b'{"input":"hi"}', "responses", model="asked")
NATIVE = b'{"id": "resp_1", "model": "gpt-x", "top_p": 1.0}'
ANSWER = Builder(1, "chatcmpl-1", "gpt-x").completion(
    {"role": "assistant", "content": "hi", "reasoning_content": "Hm."}, "length", Usage(1, 2)
)
RELAYED = {**ANSWER, "native": {"dialect": "responses", "payload": NATIVE}}


def test_an_answer_of_the_same_dialect_goes_out_byte_for_byte():
    assert whole_body(REQUEST, RELAYED) is NATIVE


def test_edits_of_a_relayed_answer_leave_the_rest_as_it_came():
    assert whole_body(REQUEST, RELAYED, "mine", {"target": "a/b"}) == (
        b'{"id":"resp_1","model":"mine","top_p":1.0,"firstbyte":{"target":"a/b"}}'
    )


def test_any_other_answer_is_told_as_its_stream_would_be():
    other = {**ANSWER, "native": {"dialect": "openai", "payload": b"{}"}}
    response = json.loads(whole_body(REQUEST, other, "mine", {"target": "a/b"}))

    assert response["status"] == "incomplete"
    assert response["model"] == "mine"
    assert response["firstbyte"] == {"target": "a/b"}
    assert [item["type"] for item in response["output"]] == ["reasoning", "message"]
    assert response["output"][1]["status"] == "incomplete"
    assert response["usage"]["total_tokens"] == 3
    assert json.loads(whole_body(REQUEST, ANSWER))["model"] == "gpt-x"


def test_what_is_known_of_tokens_stands_with_the_text():
    [choice] = ANSWER["choices"]
    probable = {**ANSWER, "choices": [{**choice, "logprobs": {"content": [{"token": "hi"}]}}]}
    message = json.loads(whole_body(REQUEST, probable))["output"][1]

    assert message["content"][0]["logprobs"] == [{"token": "hi"}]
