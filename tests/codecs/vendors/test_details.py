import pytest

from proxy.codecs.vendors.details import DetailsInIds, details_as_reasoning
from proxy.core.state import MAX_STATE, unpack

MAKER = "openai/anthropic"
OPEN = {"index": 0, "id": "c", "type": "function", "function": {"name": "f", "arguments": ""}}


def told(*deltas):
    reader = DetailsInIds(MAKER)
    frames = [{"choices": [{"index": 0, "delta": delta}]} for delta in deltas]
    return [reader(frame)["choices"][0]["delta"] for frame in frames]


def text(piece, index=0, **more):
    return {"type": "reasoning.text", "text": piece, "index": index, **more}


def test_the_pieces_of_a_detail_travel_whole_in_the_id_of_the_call_after_them():
    sealed = {"type": "reasoning.encrypted", "data": "x", "index": 0}
    deltas = told(
        {"reasoning_details": [text("a")]},
        {"reasoning_details": [text("b", format=None)]},
        {"reasoning_details": [text(None, signature="s"), sealed, sealed, 5]},
        {"content": "c"},
        {"tool_calls": [OPEN]},
    )
    packed = unpack(deltas[-1]["tool_calls"][0]["id"])

    assert (packed.id, packed.maker) == ("c", MAKER)
    assert packed.blocks == (text("ab", signature="s", format=None), sealed, sealed) or (
        packed.blocks == (text("ab", signature="s"), sealed, sealed)
    )


def test_an_id_that_comes_again_is_packed_the_same():
    first, again, other = told(
        {"reasoning_details": [{"type": "reasoning.text", "text": "a"}], "tool_calls": [OPEN]},
        {"tool_calls": [{**OPEN, "function": {"arguments": "{}"}}]},
        {"tool_calls": [{"index": 0, "function": {}}, {**OPEN, "index": 1, "id": "d"}]},
    )

    assert first["tool_calls"][0]["id"] == again["tool_calls"][0]["id"] != "c"
    assert other["tool_calls"] == [
        {"index": 0, "function": {}},
        {**OPEN, "index": 1, "id": "d"},
    ]


def test_a_whole_answer_is_packed_too():
    message = {"reasoning_details": [text("a")], "tool_calls": [OPEN]}
    frame = DetailsInIds(MAKER)({"choices": [{"index": 0, "message": message}]})

    assert unpack(frame["choices"][0]["message"]["tool_calls"][0]["id"]).blocks == (text("a"),)


def test_what_is_too_much_to_carry_stays_out():
    huge = {"reasoning_details": [text("a" * MAX_STATE)]}
    deltas = told(huge, {"reasoning_details": [text("b", 1)]}, {"tool_calls": [OPEN]})

    assert deltas[-1]["tool_calls"][0]["id"] == "c"


@pytest.mark.parametrize(
    "delta", [{}, {"tool_calls": [OPEN]}, {"tool_calls": 3}, {"reasoning_details": 3}]
)
def test_what_has_nothing_to_carry_is_the_same_object(delta):
    frame = {"choices": [{"index": 0, "delta": delta}]}

    assert DetailsInIds(MAKER)(frame) is frame


@pytest.mark.parametrize(
    ("delta", "reasoning"),
    [
        ({"reasoning_details": [text("a"), {"summary": "b"}, {"text": 5}, 3]}, "ab"),
        ({"reasoning_details": [text("a")], "reasoning_content": "t"}, "t"),
        ({"reasoning_details": [text("a")], "reasoning": "t"}, None),
        ({"reasoning_details": []}, None),
        ({"content": "a"}, None),
    ],
)
def test_the_text_of_details_is_reasoning_where_nothing_else_is(delta, reasoning):
    frame = details_as_reasoning({"choices": [{"index": 0, "delta": delta}]})

    assert frame["choices"][0]["delta"].get("reasoning_content") == reasoning
