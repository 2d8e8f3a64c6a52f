"""Events that add text are taken together, and say what they would say read one by one."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.codecs.anthropic import piece
from proxy.codecs.anthropic.pieces import PieceReader, Pieces
from proxy.codecs.anthropic.stream import MessagesStream
from proxy.core.shape import ChatRequest, Target
from tests.support.heard import PLACES, cut, heard, slowly

TARGET = Target("p", "claude-sonnet-4-5", "anthropic", "http://p")
REQUEST = ChatRequest(body={})


def sse(value, blanks=0, **how):
    data = json.dumps(value, **how)[:-1] + " " * blanks + "}"
    return f"event: {value['type']}\ndata: {data}\n\n".encode(errors="surrogatepass")


def text(piece, blanks=0, index=0, **how):
    delta = {"type": "text_delta", "text": piece}
    return sse(
        {"type": "content_block_delta", "index": index, "delta": delta},
        blanks,
        separators=(",", ":"),
        **how,
    )


def turned(piece):
    delta = {"text": piece, "type": "text_delta"}
    return sse({"delta": delta, "index": 0, "type": "content_block_delta"})


def opened(index=0, kind="text"):
    return sse(
        {"type": "content_block_start", "index": index, "content_block": {"type": kind, kind: ""}}
    )


START = sse({"type": "message_start", "message": {"id": "m", "usage": {"input_tokens": 1}}})
CLOSED = sse({"type": "content_block_stop", "index": 0})
THOUGHT = sse(
    {
        "type": "content_block_delta",
        "index": 1,
        "delta": {"type": "thinking_delta", "thinking": "so"},
    }
)
END = sse({"type": "message_delta", "delta": {"stop_reason": "end_turn"}}) + sse(
    {"type": "message_stop"}
)


@pytest.mark.parametrize("made", [text, turned])
def test_events_that_add_text_to_a_block_are_taken_together(made):
    data = made("a") + made("b") + made("é") + made("") + made('"\n')
    reader = PieceReader()

    assert reader.take(data, 0) == Pieces(len(data), 0, "text_delta", ["a", "b", "é", "", '"\n'])
    assert reader.take(b"?" + data, 1) == Pieces(
        len(data) + 1, 0, "text_delta", ["a", "b", "é", "", '"\n']
    )


def test_blanks_that_hide_how_long_a_text_is_are_no_difference():
    data = text("a", 3) + text("b") + text("c", 11)
    behind = text("d") + text("e", 2) + text("f") + text("g", 1)
    reader = PieceReader()

    assert reader.take(data, 0).texts == ["a", "b", "c"]
    assert reader.take(behind, 0).texts == ["d", "e", "f", "g"]


def test_blanks_are_seen_where_the_first_had_none():
    reader = PieceReader()

    assert reader.take(text("a") + text("b") + text("c", 2) + text("d"), 0).texts == ["a", "b"]
    assert reader.take(text("c", 2) + text("d"), 0).texts == ["c", "d"]


@pytest.mark.parametrize(
    "other",
    [
        text("x", index=1),
        THOUGHT,
        CLOSED,
        sse({"type": "ping"}),
        text("x")[:-1],
        b": note\n\n",
    ],
)
@pytest.mark.parametrize("blanks", [0, 1])
def test_whatever_is_not_alike_ends_what_is_taken(other, blanks):
    data = text("a", blanks) + text("b", blanks)
    taken = PieceReader().take(data + other + text("c", blanks), 0)

    assert (taken.end, taken.texts) == (len(data), ["a", "b"])


@pytest.mark.parametrize("end", [b'},"odd":1}', b"}\t}"])
def test_whatever_else_stands_where_blanks_may_stand_is_parsed(end):
    other = text("x").replace(b"}}", end)

    assert PieceReader().take(text("a", 1) + other + text("b"), 0).texts == ["a"]
    assert PieceReader().take(text("a") + text("b") + other, 0).texts == ["a", "b"]


@pytest.mark.parametrize(
    "event", [CLOSED, text("a")[:-1], text("a").replace(b'"a"', b'\n"a"'), b"", b"event: "]
)
def test_what_is_no_piece_is_left_alone(event):
    assert PieceReader().take(event, 0) is None


@pytest.mark.parametrize(
    "first",
    [
        text("\n"),
        text("a").replace(b'"text":"a"', b'"text":"b","text":"a"'),
        text("a").replace(b"}}", b"}} "),
        text("a", index=0).replace(b"}}", b'},"index":0}'),
    ],
)
def test_an_event_whose_like_cannot_be_told_is_taken_alone_or_with_its_like(first):
    taken = PieceReader().take(first + text("b"), 0)

    assert (taken.end, len(taken.texts)) == (len(first), 1)


def test_a_stream_whose_texts_only_a_lenient_reader_takes_is_parsed_after_a_few_runs():
    reader = PieceReader()
    half = text("a") + text("b") + text("\ud800")
    for _ in range(4):
        assert reader.take(half, 0).texts == ["a"]

    assert reader.take(text("a") + text("b"), 0).texts == ["a"]
    assert reader._left == 0


def test_texts_that_no_block_takes_are_left_to_the_table():
    events = START + opened(0, "odd") + text("a") * 3 + opened(1) + text("b", index=1) * 2 + END
    decoder = MessagesStream(REQUEST, TARGET, 7)

    assert heard(decoder, [events]) == slowly(
        piece, lambda: MessagesStream(REQUEST, TARGET, 7), [events]
    )
    assert decoder.events == 10


TEXTS = st.sampled_from(["a", " tide", "", "é\u2028", "\n", '"', "\\", '"}}\n\n', "\U0001f600"])
EVENTS = st.one_of(
    *[st.builds(text, TEXTS)] * 6,
    st.builds(text, TEXTS, st.integers(0, 3), ensure_ascii=st.booleans()),
    st.builds(text, TEXTS, index=st.integers(0, 1)),
    st.builds(turned, TEXTS),
    st.sampled_from(
        [
            CLOSED,
            THOUGHT,
            opened(),
            opened(1),
            opened(1, "thinking"),
            opened(0, "odd"),
            sse({"type": "ping"}),
            text("\ud800"),
            text("a").replace(b'"a"', b'"\xff"'),
            text("a").replace(b'"a"', b'"a"b"'),
            text("a").replace(b"a", b"a\n"),
            text("a").replace(b"\n", b"\r\n"),
            text("a").replace(b"}}", b"}x}"),
            text("a").replace(b"}}", b"}, }"),
            b": note\n\n",
            b"\n",
            END,
        ]
    ),
)


@given(st.lists(EVENTS, max_size=16), PLACES)
def test_text_in_any_reads_says_the_same_as_read_one_by_one(events, places):
    reads = cut(START + opened() + b"".join(events) + END, places)

    assert heard(MessagesStream(REQUEST, TARGET, 7), reads) == slowly(
        piece, lambda: MessagesStream(REQUEST, TARGET, 7), reads
    )
