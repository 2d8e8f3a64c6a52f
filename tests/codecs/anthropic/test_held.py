import pytest

from proxy.codecs.anthropic.held import Held
from proxy.core.build import Builder
from proxy.core.errors import Kind, ProxyError
from proxy.core.fold import MAX_CALLS
from proxy.core.state import unpack

BLOCK = {"type": "thinking", "thinking": "", "signature": "c2ln"}


def held(room=100):
    return Held(Builder(1, "msg_1", "claude-sonnet-4-5-20250929"), room)


def test_text_and_reasoning_are_speech_and_nothing_is_not():
    state = held()

    assert (state.text(""), state.reasoning(""), state.spoke) == ([], [], False)
    assert state.reasoning("hm")[0]["choices"][0]["delta"] == {"reasoning_content": "hm"}
    assert state.spoke
    assert state.text("Yes")[0]["choices"][0]["delta"] == {"content": "Yes"}
    assert state.written == 3


def test_a_call_takes_the_signed_blocks_since_the_call_before():
    state = held()
    [chunk] = state.sign(BLOCK)

    assert chunk["choices"][0]["delta"] == {"thinking_blocks": [BLOCK]}
    first = unpack(state.packed("toolu_1"))
    assert (first.id, first.maker, first.blocks) == (
        "toolu_1",
        "anthropic/claude-sonnet-4-5",
        (BLOCK,),
    )
    assert state.packed("toolu_2") == "toolu_2"


def test_what_is_held_back_has_a_bound():
    state = held(4)
    state.keep("abcd")

    with pytest.raises(ProxyError) as caught:
        state.keep("e")
    assert caught.value.kind is Kind.OVERSIZED


def test_calls_have_dense_numbers_and_a_bound():
    state = held()

    assert [state.slot() for _ in range(MAX_CALLS)] == list(range(MAX_CALLS))
    with pytest.raises(ProxyError) as caught:
        state.slot()
    assert caught.value.kind is Kind.MALFORMED
