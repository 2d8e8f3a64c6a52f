import json

from proxy.core.build import Builder
from proxy.core.usage import Usage
from proxy.surfaces.completions.parse import parse
from proxy.surfaces.completions.whole import whole_body

CHAT = Builder(7, "chatcmpl-1", "m-1").completion(
    {"role": "assistant", "content": " upon"}, "stop", Usage(1, 2)
)


def written(completion=CHAT, *, model=None, report=None, **body):
    request = parse(json.dumps({"model": "m", "prompt": "once", **body}).encode())
    return json.loads(whole_body(request, completion, model, report))


def test_a_chat_answer_is_a_text_completion():
    assert written() == {
        "id": "chatcmpl-1",
        "object": "text_completion",
        "created": 7,
        "model": "m-1",
        "choices": [{"text": " upon", "index": 0, "logprobs": None, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3},
    }


def test_the_prompt_is_said_before_the_answer_where_that_is_asked_for():
    assert written(echo=True)["choices"][0]["text"] == "once upon"


def test_logprobs_are_counted_from_the_end_of_the_prompt():
    entry = {"token": " upon", "logprob": -0.5, "top_logprobs": []}
    choice = {**CHAT["choices"][0], "logprobs": {"content": [entry]}}

    assert written({**CHAT, "choices": [choice]})["choices"][0]["logprobs"]["text_offset"] == [4]


def test_another_name_for_the_model_and_a_report_are_put_in():
    body = written(model="asked", report={"target": "p/m"})

    assert (body["model"], body["firstbyte"]) == ("asked", {"target": "p/m"})
    assert "firstbyte" not in written(model="m-1")


def test_a_providers_own_bytes_go_out_as_they_came():
    payload = b'{"id":"cmpl-1", "odd":1}'
    own = {**CHAT, "native": {"dialect": "completions", "payload": payload}}
    request = parse(b'{"model":"m","prompt":"once"}')

    assert whole_body(request, own) == payload
    assert written(own, model="asked")["model"] == "asked"


def test_bytes_of_another_dialect_are_not_sent():
    own = {**CHAT, "native": {"dialect": "openai", "payload": b"{}"}}

    assert written(own) == written()
