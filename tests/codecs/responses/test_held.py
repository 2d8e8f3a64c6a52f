import pytest

from proxy.codecs.responses.held import Held
from proxy.core.build import Builder
from proxy.core.errors import Kind, ProxyError
from proxy.core.fold import MAX_CALLS
from proxy.core.state import unpack
from tests.support.replies import reasoning

BLOCK = {"type": "reasoning", "id": "rs_1", "encrypted_content": "opaque"}


def held(provider="openai", model="gpt-5.4", room=1000):
    return Held(Builder(1, "resp_1", "gpt-5.4-2026-03-05"), provider, model, room)


def deltas(chunks):
    return [chunk["choices"][0]["delta"] for chunk in chunks]


def test_text_is_counted():
    state = held()
    state.text("Co")
    state.text("rk")

    assert state.written == 4


def test_log_probabilities_go_with_their_text():
    token = {"token": "Cork", "logprob": -0.1, "bytes": None, "top_logprobs": []}
    [chunk] = held().text("Cork", [token])

    assert chunk["choices"][0]["delta"] == {"content": "Cork"}
    assert chunk["choices"][0]["logprobs"] == {"content": [token]}
    assert "logprobs" not in held().text("Cork", [])[0]["choices"][0]


def test_reasoning_is_said_as_it_is():
    state = held()
    said = [*state.thought("Hm."), *state.thought("So.")]

    assert deltas(said) == [{"reasoning_content": "Hm."}, {"reasoning_content": "So."}]


def test_what_comes_next_stands_apart_from_what_was_said():
    state, plain = held(), Held(Builder(1), "openai", "gpt-5.4", 1000, apart="")
    before = [*state.next_text(), *state.next_thought()]
    for each in (state, plain):
        each.text("Cork")
        each.thought("Hm.")

    assert before == [*plain.next_text(), *plain.next_thought()] == []
    assert deltas([*state.next_text(), *state.next_thought()]) == [
        {"content": "\n\n"},
        {"reasoning_content": "\n\n"},
    ]
    assert state.written == 6


def test_encrypted_reasoning_waits_for_what_it_led_to():
    state = held()
    state.keep(reasoning("Hm."))
    said = deltas([*state.text("Cork"), *state.text("!")])

    assert said == [
        {"thinking_blocks": [{**BLOCK, "maker": "responses/openai/gpt-5.4"}]},
        {"content": "Cork"},
        {"content": "!"},
    ]


def test_encrypted_reasoning_goes_into_the_id_of_the_next_call():
    state = held()
    state.keep(reasoning())
    first, second = state.call("call_1"), state.call("call_2")
    packed = unpack(first[1])

    assert (packed.id, packed.maker, packed.blocks) == (
        "call_1",
        "responses/openai/gpt-5.4",
        (BLOCK,),
    )
    assert (first[0], second) == (0, (1, "call_2"))


def test_reasoning_after_text_says_so():
    state = held()
    state.text("I look.")
    state.keep(reasoning())

    assert unpack(state.call("call_1")[1]).blocks == ({**BLOCK, "late": True},)


def test_without_a_target_the_maker_is_the_model_alone():
    state = held(provider="", model="")
    state.keep(reasoning())

    assert unpack(state.call("call_1")[1]).maker == "responses//gpt-5.4"


def test_reasoning_that_nobody_could_take_back_is_not_kept():
    state = held()
    state.keep(reasoning(cipher=None))

    assert deltas(state.text("Cork")) == [{"content": "Cork"}]


def test_a_call_without_an_id_gets_one():
    assert held().call("") == (0, "resp_1_0")


def test_more_reasoning_than_there_is_room_for_is_oversized():
    state = held(room=12)
    state.keep(reasoning())

    with pytest.raises(ProxyError) as caught:
        state.keep(reasoning())

    assert caught.value.kind is Kind.OVERSIZED


def test_more_calls_than_any_answer_has_are_malformed():
    state = held()
    state.slots = MAX_CALLS

    with pytest.raises(ProxyError) as caught:
        state.call("call_1")

    assert caught.value.kind is Kind.MALFORMED
