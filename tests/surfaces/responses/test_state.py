import json

import pytest

from proxy.core.errors import ProxyError
from proxy.core.shape import ChatRequest
from proxy.surfaces.responses.ids import Ids, digest_of
from proxy.surfaces.responses.parse import parse
from proxy.surfaces.responses.state import (
    asked_for,
    kept,
    references,
    wants_keeping,
    with_history,
    with_items,
)

ANSWER = {"type": "message", "id": "msg_1", "role": "assistant", "content": []}
IDS = Ids(digest_of(ChatRequest({}, b"{}")), "a/1")
OURS = {**ANSWER, "id": IDS.item("msg", 0)}


def encoded(body):
    return json.dumps(body).encode()


def stored(*output, **body):
    """What is kept of an answer."""
    request = parse(encoded({"input": "hi", **body}))
    return kept(request, encoded({"id": "resp_1", "output": list(output)}))


def test_the_conversation_is_kept_up_to_and_with_the_answer():
    assert json.loads(stored(ANSWER)) == {
        "input": [{"role": "user", "content": "hi"}],
        "response": {"id": "resp_1", "output": [ANSWER]},
    }


def test_a_call_goes_on_from_what_is_kept():
    first = stored(ANSWER, instructions="Be brief.")
    body = with_history(
        b'{"model":"m","previous_response_id":"resp_1","input":"more","top_p":1.0}', first
    )

    assert json.loads(body) == {
        "model": "m",
        "input": [{"role": "user", "content": "hi"}, ANSWER, {"role": "user", "content": "more"}],
        "top_p": 1.0,
        "firstbyte": {"previous_response_id": "resp_1"},
    }
    assert b'"top_p":1.0' in body

    request = parse(body)
    second = kept(request, encoded({"id": "resp_2", "output": [ANSWER]}))
    third = with_history(b'{"previous_response_id":"resp_2","input":"hi"}', second)

    assert request.echo["previous_response_id"] == "resp_1"
    assert json.loads(third)["input"] == [
        {"role": "user", "content": "hi"},
        ANSWER,
        {"role": "user", "content": "more"},
        ANSWER,
        {"role": "user", "content": "hi"},
    ]


def test_options_of_the_callers_stay_beside_the_id():
    body = with_history(
        b'{"previous_response_id":"r","input":[],"firstbyte":{"report":true}}', stored()
    )

    assert json.loads(body)["firstbyte"] == {"report": True, "previous_response_id": "r"}

    wrong = with_history(b'{"previous_response_id":"r","input":[],"firstbyte":7}', stored())
    assert json.loads(wrong)["firstbyte"] == 7


def test_what_a_call_only_refers_to_is_in_the_history_already():
    items = [{"type": "item_reference", "id": "msg_1"}, {"type": "item_reference", "id": "msg_2"}]
    body = with_history(encoded({"previous_response_id": "r", "input": items}), stored(ANSWER))

    assert json.loads(body)["input"] == [{"role": "user", "content": "hi"}, ANSWER, items[1]]


@pytest.mark.parametrize("given", [b"", b'"input":null,', b'"input":7,'])
def test_a_call_that_adds_nothing_is_refused(given):
    with pytest.raises(ProxyError, match="Missing required parameter: 'input'"):
        with_history(b"{" + given + b'"previous_response_id":"r"}', stored())


@pytest.mark.parametrize(
    ("body", "asked"),
    [
        (b'{"previous_response_id":"resp_1"}', "resp_1"),
        (b'{"previous_response_id":null}', None),
        (b'{"previous_response_id":7}', None),
        (b'{"input":"previous_response_id"}', None),
        (b'{"input":"hi"}', None),
        (b'{"previous_response_id":', None),
        (b"", None),
    ],
)
def test_a_body_says_what_it_goes_on_from(body, asked):
    assert asked_for(body) == asked


def test_a_body_says_which_answers_its_references_are_to():
    items = [
        {"type": "item_reference", "id": IDS.item("rs", 0)},
        {"type": "item_reference", "id": IDS.item("fc", 1)},
        {"type": "item_reference", "id": "msg_0123"},
        {"type": "item_reference"},
        {"role": "user", "content": "hi"},
        "?",
    ]

    assert references(encoded({"input": items})) == (IDS.response,)
    assert references(b'{"input":"item_reference"}') == ()
    assert references(b'{"messages":"item_reference"}') == ()
    assert references(b'{"input":"hi"}') == ()
    assert references(b"item_reference") == ()


def test_references_are_followed_as_far_as_they_are_kept():
    items = [
        {"type": "item_reference", "id": OURS["id"]},
        {"type": "item_reference", "id": "msg_there"},
        {"type": "item_reference"},
        {"role": "user", "content": "hi"},
    ]
    body = encoded({"input": items, "model": "m"})

    assert json.loads(with_items(body, {IDS.response: stored(OURS, "?")})) == {
        "input": [OURS, *items[1:]],
        "model": "m",
    }
    assert with_items(body, {}) is body


def test_an_answer_is_kept_unless_told_otherwise():
    assert wants_keeping(parse(b'{"input":"hi"}'))
    assert not wants_keeping(parse(b'{"input":"hi","store":false}'))


def test_a_response_of_another_make_may_have_no_output():
    request = parse(b'{"input":"hi"}')
    first = kept(request, b'{"id":"resp_1"}')

    assert json.loads(with_history(b'{"previous_response_id":"r","input":"a"}', first))[
        "input"
    ] == [
        {"role": "user", "content": "hi"},
        {"role": "user", "content": "a"},
    ]
