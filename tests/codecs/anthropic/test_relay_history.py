import json

import pytest

from proxy.codecs.anthropic.draft import maker_of
from proxy.codecs.anthropic.relay_history import restored
from proxy.core.state import MARK, pack
from tests.support.claude import SONNET_4_5, assistant, said, user

OURS = maker_of(SONNET_4_5)
SIGNED = {"type": "thinking", "thinking": "Look it up.", "signature": "c2ln"}
GHOST = {"type": "redacted_thinking", "data": "Z2hvc3Q="}
STAND_IN = f"firstbyte{MARK}"
UNSIGNED = {**SIGNED, "signature": STAND_IN}


def turns(*messages):
    """The turns that go out, where any had to be changed."""
    return restored(json.dumps(messages).encode(), OURS)


def use(id="toolu_1", **more):  # noqa: A002 (the wire's own word)
    return {"type": "tool_use", "id": id, "name": "tide", "input": {}, **more}


def result(id="toolu_1"):  # noqa: A002 (the wire's own word)
    return {"type": "tool_result", "tool_use_id": id, "content": "14:20"}


def cited(*citations):
    return {**said("High at two."), "citations": list(citations)}


def test_what_an_id_carries_goes_back_to_its_maker_where_it_is_missing():
    packed = pack("toolu_1", OURS, [SIGNED, GHOST])

    assert turns(assistant(use(packed)), user(result(packed))) == [
        assistant(SIGNED, GHOST, use()),
        user(result()),
    ]
    assert turns(assistant(SIGNED, use(packed)), user(result(packed))) == [
        assistant(SIGNED, GHOST, use()),
        user(result()),
    ]


def test_what_others_made_stays_out_with_all_that_is_signed_beside_it():
    packed = pack("toolu_1", "gemini/3", [{"type": "thought_signature", "data": "x"}])
    other = assistant(SIGNED, said("Hm"), use("toolu_2"))

    assert turns(assistant(SIGNED, GHOST, use(packed), use("toolu_9")), other) == [
        assistant(use(), use("toolu_9")),
        other,
    ]


def test_what_stands_in_for_a_signature_is_taken_out():
    assert turns(assistant(UNSIGNED, SIGNED, said("Hm"), 7)) == [assistant(SIGNED, said("Hm"), 7)]


def test_a_turn_that_held_nothing_else_is_none():
    odd = assistant()

    assert turns(user(said("Hi")), assistant(UNSIGNED), odd, user(said("Hm"))) == [
        user(said("Hi")),
        odd,
        user(said("Hm")),
    ]


def test_citations_without_an_index_are_taken_out():
    made_up = {"type": "web_search_result_location", "url": "u", "encrypted_index": STAND_IN}
    real = {**made_up, "encrypted_index": "aW5k"}

    assert turns(assistant(cited(made_up, real, 7), cited(made_up), cited())) == [
        assistant(cited(real, 7), said("High at two."), cited())
    ]


def test_searches_that_others_made_are_taken_out():
    call = {"type": "server_tool_use", "id": "srvtoolu_1", "name": "web_search", "input": {}}
    found = {"type": "web_search_tool_result", "tool_use_id": "srvtoolu_1", "content": []}
    ours = f"srvtoolu_1{MARK}"

    assert turns(
        assistant({**call, "id": ours}, said("Hm"), {**found, "tool_use_id": ours}, call, found)
    ) == [assistant(said("Hm"), call, found)]


def test_an_id_that_the_provider_would_refuse_gets_one_that_is_always_the_same():
    [first, second] = turns(assistant(use("functions.tide:0")), user(result("functions.tide:0")))

    assert first["content"][0]["id"] == second["content"][0]["tool_use_id"]
    assert first["content"][0]["id"].startswith("functions_tide_0_")


@pytest.mark.parametrize(
    "messages",
    [
        b"",
        b'"a: b"',
        b'{"id": "a b"}',
        b'[ 1, {"id": "a b"} ]',
        b'[{"content": "x", "id":  "a b"}]',
        b'[{"content": [1, {"type": 7, "id": "a b"}, {"type": "tool_use", "id": 7}]}]',
        b'[{"content": [{"type":"tool_use","id":"a","input":{"id":"not one: 1.50"}}]}]',
        b'[{"content": "They write --fb1- into ids."}]',
    ],
)
def test_a_conversation_that_needs_no_edit_is_left_alone(messages):
    assert restored(messages, OURS) is None
