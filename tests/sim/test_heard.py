import json

import pytest

from proxy.sim.heard import Heard


def event(**fields):
    return json.dumps(fields).encode()


def delta(text, finish=None):
    return event(model="m", choices=[{"delta": {"content": text}, "finish_reason": finish}])


def test_a_stream_adds_up():
    heard = Heard(stream=True, status=200)
    for number, data in enumerate(
        [
            event(model="m", choices=[{"delta": {"role": "assistant", "content": ""}}]),
            delta("one"),
            delta(" two", "stop"),
            event(model="m", choices=[], usage={"completion_tokens": 2}),
            b"[DONE]",
        ]
    ):
        heard.event(data, float(number))

    assert (heard.text, heard.finish, heard.model) == ("one two", "stop", "m")
    assert (heard.done, heard.first, heard.usage) == (True, 1.0, {"completion_tokens": 2})
    assert not heard.garbled


def test_a_whole_answer_is_heard_at_once():
    heard = Heard(stream=False, status=200)
    heard.body(
        event(
            model="m",
            choices=[{"message": {"content": "one"}, "finish_reason": "stop"}],
            usage={"completion_tokens": 1},
        ),
        2.0,
    )

    assert (heard.text, heard.finish, heard.done, heard.first) == ("one", "stop", True, 2.0)


def test_an_error_event_is_no_chunk():
    heard = Heard(stream=True, status=200)
    heard.event(event(error={"message": "no", "code": "overloaded"}), 1.0)

    assert (heard.code, heard.done, heard.garbled) == ("overloaded", False, False)


def test_an_error_body_is_no_answer():
    heard = Heard(stream=False, status=502)
    heard.body(event(error={"message": "no", "code": None}), 1.0)

    assert (heard.error, heard.code, heard.done) == ({"message": "no", "code": None}, "", False)


def test_an_error_may_be_a_mere_sentence():
    heard = Heard(stream=False, status=502)
    heard.body(event(error="no"), 1.0)

    assert heard.error == {"message": "no"}


def test_who_heard_nothing_was_told_no_code():
    assert Heard(stream=True).code == ""


@pytest.mark.parametrize(
    "data",
    [
        b'{"choices": [',
        b"<html>",
        event(choices=3),
        event(choices=["x"]),
        event(choices=[{"delta": 3}]),
        event(choices=[{"delta": {"content": ["x"]}}]),
    ],
)
def test_what_no_client_can_read_is_garbage(data):
    heard = Heard(stream=True, status=200)
    heard.event(data, 1.0)

    assert heard.garbled


@pytest.mark.parametrize(("status", "garbled"), [(200, True), (502, False)])
def test_a_page_is_garbage_only_in_place_of_an_answer(status, garbled):
    heard = Heard(stream=False, status=status)
    heard.body(b"<html></html>", 1.0)

    assert (heard.garbled, heard.done) == (garbled, False)
