import base64
import random
import re
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.core import jsons, state
from proxy.core.state import (
    MARK,
    MAX_ID,
    MAX_STATE,
    Packed,
    is_packed,
    pack,
    strip_messages,
    unpack,
)

MAKER = "anthropic/claude-sonnet-5-5"
BLOCKS = [{"type": "thinking", "thinking": "Tide first.", "signature": "Eo8Bü+/="}]

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=5,
)
IDS = st.text("abfXYZ019_-", min_size=1, max_size=40).filter(lambda text: MARK not in text)


def payload(value, level=9):
    squeeze = zlib.compressobj(level, zlib.DEFLATED, -zlib.MAX_WBITS)
    data = value if isinstance(value, bytes) else jsons.encode(value)
    return base64.urlsafe_b64encode(squeeze.compress(data) + squeeze.flush()).decode().rstrip("=")


@given(IDS, st.text(max_size=30), st.lists(st.dictionaries(st.text(max_size=8), JSON), min_size=1))
def test_what_is_packed_comes_back(own, maker, blocks):
    packed = pack(own, maker, blocks)

    assert unpack(packed) in (Packed(own, maker, tuple(blocks)), Packed(own))


def test_a_packed_id_has_only_characters_that_ids_may_have():
    packed = pack("toolu_01", MAKER, BLOCKS)

    assert re.fullmatch(r"[A-Za-z0-9_-]+", packed)
    assert packed.startswith("toolu_01--fb1-")
    assert unpack(packed) == Packed("toolu_01", MAKER, tuple(BLOCKS))
    assert is_packed(packed.encode())


def test_nothing_to_pack_leaves_the_id_bare():
    assert pack("toolu_01", MAKER, []) == "toolu_01"
    assert unpack("toolu_01") == Packed("toolu_01")
    assert not is_packed(b'{"id": "toolu_01"}')


def test_packing_again_replaces_the_state():
    once = pack("toolu_01", "other", [{"type": "redacted_thinking", "data": "x"}])

    assert pack(once, MAKER, BLOCKS) == pack("toolu_01", MAKER, BLOCKS)


def noise(length):
    letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+/"
    return "".join(random.Random(7).choices(letters, k=length))


def test_state_that_does_not_fit_leaves_the_id_bare():
    assert pack("toolu_01", MAKER, [{"signature": noise(MAX_STATE)}]) == "toolu_01"


def test_state_that_could_be_a_bomb_leaves_the_id_bare():
    assert pack("toolu_01", MAKER, [{"signature": "a" * (MAX_STATE // 2)}]) == "toolu_01"


@pytest.mark.parametrize("size", [9_000, 70_000, MAX_STATE - 200])
def test_an_id_is_as_long_as_its_state_is(size):
    blocks = [{"signature": noise(size)}]
    packed = pack("toolu_01", MAKER, blocks)

    assert len(packed) > MAX_ID
    assert unpack(packed) == Packed("toolu_01", MAKER, tuple(blocks))


@pytest.mark.parametrize(
    "tail",
    [
        "",
        "!",
        "é",
        "a",
        "AAAA",
        "_" * 50,
        payload(b"not json"),
        payload([1]),
        payload({"m": 1, "b": []}),
        payload({"m": "x", "b": {}}),
        payload({"m": MAKER, "b": BLOCKS})[:-9],
        payload(b'{"m":"x","b":[]}' + b" " * (MAX_STATE + 1)),
        payload(b"[" * 50_000),
        "A" * MAX_ID,
    ],
)
def test_garbage_after_the_marker_is_dropped(tail):
    assert unpack("toolu_01" + MARK + tail) == Packed("toolu_01")


def test_blocks_that_are_no_objects_are_dropped():
    packed = "toolu_01" + MARK + payload({"m": MAKER, "b": [1, None, {"a": 1}]})

    assert unpack(packed) == Packed("toolu_01", MAKER, ({"a": 1},))


def test_an_id_that_would_blur_the_marker_stays_bare():
    assert pack("x--fb1", MAKER, BLOCKS) == "x--fb1"


def test_a_marker_without_an_id_is_an_id_of_its_own():
    assert unpack(MARK + "abc") == Packed(MARK + "abc")


def test_a_bomb_is_not_inflated():
    bomb = payload(b'{"m":"x","b":["' + b"0" * 3_000_000 + b'"]}')

    assert len(bomb) < MAX_ID
    assert unpack("t" + MARK + bomb) == Packed("t")


def test_a_long_id_inflates_to_a_multiple_of_its_length_at_the_most():
    blocks = {"m": "x", "b": [{"s": noise(4_000) + "0" * 120_000}]}

    assert unpack("t" + MARK + payload(blocks)) == Packed("t")


@given(st.text())
def test_any_text_unpacks(text):
    assert isinstance(unpack(text), Packed)
    assert isinstance(unpack("t" + MARK + text), Packed)


def test_messages_without_state_are_the_same_list():
    messages = [
        {"role": "user", "content": "hi --fb1- there"},
        {"role": "assistant", "tool_calls": [{"id": "a"}, 7]},
        {"role": "assistant", "tool_calls": "odd"},
        {"role": "tool", "tool_call_id": "a", "content": ""},
        {"role": "tool", "tool_call_id": 7},
        "odd",
    ]

    assert strip_messages(messages) is messages


def test_stripping_gives_bare_ids_and_no_signed_reasoning():
    packed = pack("toolu_01", MAKER, BLOCKS)
    user = {"role": "user", "content": "hi"}
    assistant = {
        "role": "assistant",
        "thinking_blocks": BLOCKS,
        "tool_calls": [
            {"id": packed, "type": "function", "function": {"name": "f", "arguments": "{}"}},
            {"id": "toolu_02"},
        ],
    }
    said = {"role": "assistant", "content": "hm", "thinking_blocks": BLOCKS}
    result = {"role": "tool", "tool_call_id": packed, "content": "ok"}
    messages = [user, assistant, result, said]
    before = jsons.encode(messages)

    stripped = strip_messages(messages)

    assert stripped == [
        user,
        {
            "role": "assistant",
            "tool_calls": [
                {
                    "id": "toolu_01",
                    "type": "function",
                    "function": {"name": "f", "arguments": "{}"},
                },
                {"id": "toolu_02"},
            ],
        },
        {"role": "tool", "tool_call_id": "toolu_01", "content": "ok"},
        {"role": "assistant", "content": "hm"},
    ]
    assert stripped[0] is user
    assert jsons.encode(messages) == before
    assert state.strip_messages(stripped) is stripped


def test_sealed_blocks_come_back_and_nothing_else_is_taken_for_them():
    sealed = state.seal(BLOCKS)

    assert state.unseal(sealed) == tuple(BLOCKS)
    assert state.is_packed(sealed.encode())
    assert state.unseal(state.seal([])) == ()
    assert state.unseal("gAAAAABo-a-provider-s-own") is None


@pytest.mark.parametrize("payload", ["", "*", "e30", "WzEsMl0", "_____w"])
def test_a_broken_seal_holds_nothing(payload):
    assert state.unseal(state.MARK + payload) == ()
