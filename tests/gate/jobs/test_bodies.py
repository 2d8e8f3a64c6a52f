import pytest

from proxy.core import jsons
from proxy.core.errors import Kind, ProxyError
from proxy.gate.jobs.bodies import (
    End,
    New,
    Part,
    chat_of,
    end_of,
    new_of,
    new_with_call,
    part_of,
    patch_of,
)
from proxy.gate.jobs.job import State

WHOLE = {
    "team_id": "acme",
    "job_type": "summary",
    "user_id": "u1",
    "job_metadata": {"a": 1},
    "purpose": "draft",
    "call_metadata": {"b": 2},
    "model": "chat",
    "messages": [{"role": "user", "content": "hi"}],
    "temperature": 0.5,
    "metadata": {"openai": "own"},
}


def test_a_job_is_created_by_its_own_fields():
    body = {"team_id": "acme", "job_type": "summary", "user_id": "u1", "metadata": {"a": 1}}

    assert new_of(body) == New("acme", "summary", "u1", {"a": 1})


def test_a_body_that_creates_and_calls_says_both():
    assert new_with_call(WHOLE) == New("acme", "summary", "u1", {"a": 1})
    assert part_of(WHOLE) == Part("draft", {"b": 2})


def test_what_is_left_is_the_chat_request_as_it_came():
    raw = b'{"team_id":"acme","temperature":0.50,"purpose":"x","metadata":{"k":"v"},"stream":true}'

    assert chat_of(raw, stream=False) == b'{"temperature":0.50,"metadata":{"k":"v"},"stream":false}'
    assert set(jsons.decode(chat_of(jsons.encode(WHOLE), stream=True))) == {
        *("model", "messages", "temperature", "metadata", "stream")
    }


def test_a_part_that_says_nothing_keeps_nothing():
    assert part_of({"messages": []}).detail == {}
    assert part_of(WHOLE).detail == {"purpose": "draft", "metadata": {"b": 2}}


def test_an_end_and_a_patch_are_read():
    said = {"status": "failed", "error_message": "why", "metadata": {"a": 1}}

    assert end_of(said) == End(State.FAILED, {"a": 1}, "why")
    assert end_of({"status": "completed"}) == End(State.COMPLETED)
    assert patch_of({"metadata": {"a": 1}}) == {"a": 1}


@pytest.mark.parametrize(
    ("read", "body", "param"),
    [
        (new_of, {"job_type": "x"}, "team_id"),
        (new_of, {"team_id": "x"}, "job_type"),
        (new_of, {"team_id": "x", "job_type": " "}, "job_type"),
        (new_of, {"team_id": "x", "job_type": 5}, "job_type"),
        (new_of, {"team_id": "x", "job_type": "x", "metadata": []}, "metadata"),
        (new_of, {"team_id": "x", "job_type": "x", "job_metadata": {}}, "job_metadata"),
        (new_with_call, {"team_id": "x"}, "job_type"),
        (part_of, {"purpose": 5}, "purpose"),
        (end_of, {}, "status"),
        (end_of, {"status": "pending"}, "status"),
        (end_of, {"status": "COMPLETED"}, "status"),
        (patch_of, {}, "metadata"),
        (patch_of, {"metadata": None}, "metadata"),
    ],
)
def test_what_is_wrong_is_refused_by_name(read, body, param):
    with pytest.raises(ProxyError) as caught:
        read(body)

    assert (caught.value.kind, caught.value.param) == (Kind.INVALID_REQUEST, param)
