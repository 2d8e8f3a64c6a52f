import pytest

from proxy.core import jsons
from proxy.surfaces.jobs import JobChat

BODY = b'{"model": "chat", "messages": [{"role": "user", "content": "hi"}]}'
CALL = {"index": 0, "id": "c1", "type": "function", "function": {"name": "f", "arguments": "{}"}}


def answer(message, *, report=None, body=BODY, more=(), **fields):
    surface = JobChat()
    choices = [
        {"index": 0, "message": {"role": "assistant", **message}, "finish_reason": "stop"},
        *more,
    ]
    completion = {
        "id": "x",
        "object": "chat.completion",
        "created": 1,
        "model": "m",
        "choices": choices,
    }
    request = surface.parse(body)
    return jsons.decode(surface.whole(request, {**completion, **fields}, report=report))


def test_a_whole_answer_has_the_shape_of_jobs():
    told = {"call_id": "call_1", "latency_ms": 12.5}
    found = answer({"content": "hello"}, report=told, usage={"total_tokens": 7})

    assert found == {
        "call_id": "call_1",
        "response": {"content": "hello", "finish_reason": "stop"},
        "metadata": {"tokens_used": 7, "latency_ms": 12.5, "model": "m"},
    }


def test_a_job_that_completed_itself_says_so():
    told = {"call_id": "c", "job_id": "j", "status": "completed", "costs": {}, "completed_at": 5}
    found = answer({"content": "hello"}, report=told)

    assert {name: found[name] for name in ("job_id", "status", "costs", "completed_at")} == {
        "job_id": "j",
        "status": "completed",
        "costs": {},
        "completed_at": 5,
    }


@pytest.mark.parametrize(
    ("message", "more"),
    [
        ({"content": None, "tool_calls": [CALL]}, {"tool_calls": [CALL]}),
        ({"content": None, "refusal": "no"}, {"refusal": "no"}),
        ({"content": "x", "reasoning_content": "hm"}, {"reasoning_content": "hm"}),
        ({"content": "x", "refusal": None, "annotations": []}, {}),
    ],
)
def test_what_the_model_said_is_all_there(message, more):
    response = answer(message)["response"]

    assert response == {"content": message["content"], "finish_reason": "stop", **more}


def test_several_choices_are_all_there():
    second = {"index": 1, "message": {"role": "assistant", "content": "b"}, "finish_reason": "stop"}
    found = answer({"content": "a"}, more=[second])

    assert found["response"]["content"] == "a"
    assert [each["message"]["content"] for each in found["response"]["choices"]] == ["a", "b"]


def test_an_answer_without_choices_says_nothing():
    surface = JobChat()
    found = jsons.decode(surface.whole(surface.parse(BODY), {"choices": []}))

    assert found["response"] == {"content": None, "finish_reason": None}


def test_a_report_that_was_asked_for_is_beside_the_answer():
    asked = BODY[:-1] + b', "firstbyte": {"report": true}}'
    told = {"call_id": "c", "target": "p/m", "attempts": []}

    assert answer({"content": "x"}, report=told, body=asked)["firstbyte"] == {
        "target": "p/m",
        "attempts": [],
    }
    assert "firstbyte" not in answer({"content": "x"}, report=told)
