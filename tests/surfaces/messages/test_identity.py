import re

import pytest

from proxy.core.shape import ChatRequest
from proxy.core.state import pack, unpack
from proxy.surfaces.messages.identity import call_id, message_id

REQUEST = ChatRequest(body={}, raw=b"{}")
PLAIN = re.compile("[A-Za-z0-9_-]+")


@pytest.mark.parametrize(
    ("given", "known"),
    [
        ("msg_01AbC", "msg_01AbC"),
        ("chatcmpl-9x", "msg_9x"),
        ("resp:1.2", "msg_resp_1_2"),
        ("msg_a b", "msg_msg_a_b"),
    ],
)
def test_a_message_keeps_its_makers_id_under_the_known_prefix(given, known):
    assert message_id(REQUEST, {"id": given}) == known


def test_an_answer_without_an_id_gets_one_of_its_own():
    one = message_id(REQUEST, {"created": 1})
    other = message_id(ChatRequest(body={}, raw=b"{ }"), {"created": 1})

    assert PLAIN.fullmatch(one)
    assert one == message_id(REQUEST, {"created": 1, "id": ""})
    assert len({one, other, message_id(REQUEST, {})}) == 3


@pytest.mark.parametrize("given", ["toolu_1", "call_abc-1", "x" * 4_000])
def test_an_id_that_clients_take_stays_as_it_is(given):
    assert call_id(given, "msg_1", 0) == given


def test_a_packed_id_keeps_its_state():
    block = {"type": "thinking", "thinking": "Hm.", "signature": "sig"}
    packed = pack("toolu_1", "anthropic/claude", [block])

    assert unpack(call_id(packed, "msg_1", 0)).blocks == (block,)


@pytest.mark.parametrize("given", ["functions.tide:0", "a b", "é", "\ud800"])
def test_an_id_that_clients_refuse_becomes_one_that_they_take_always_the_same(given):
    known = call_id(given, "msg_1", 0)

    assert PLAIN.fullmatch(known)
    assert known == call_id(given, "msg_2", 5)
    assert known != call_id(given + "!", "msg_1", 0)


def test_a_call_without_an_id_is_named_by_its_place():
    assert call_id("", "msg_9", 1) == "toolu_9_1"
