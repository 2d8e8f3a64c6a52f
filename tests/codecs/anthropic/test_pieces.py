"""Events that add text are taken together, and say what they would say read one by one."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.codecs.anthropic import piece
from proxy.codecs.anthropic.pieces import END, TextRuns, piece_of
from proxy.codecs.anthropic.stream import MessagesStream
from proxy.codecs.event_template import EventTemplate
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
LAST = sse({"type": "message_delta", "delta": {"stop_reason": "end_turn"}}) + sse(
    {"type": "message_stop"}
)


def taken(data, runs=None, at=0):
    """Where the events end that are taken with the first, and what they say."""
    stop = data.find(END, at)
    first = piece_of(data, at, stop)
    texts = [first.delta.text]
    end = (runs or TextRuns()).behind(data, at, stop + len(END), first.index, texts)
    return end, texts


def many(made, *texts):
    return b"".join(map(made, texts))


@pytest.mark.parametrize("made", [text, turned])
def test_events_that_add_text_to_a_block_are_taken_together_and_one_of_them_parsed(
    made, monkeypatch
):
    texts = ["a", "b", "é", " ", '"\n', "c", "\U0001f600", "d"]
    data = many(made, *texts)
    parsed, read = [], piece.read
    monkeypatch.setattr(piece, "read", lambda payload: parsed.append(payload) or read(payload))

    assert taken(data) == (len(data), texts)
    assert taken(b"?" + data, at=1) == (len(data) + 1, texts)
    assert len(parsed) == 2


def test_an_event_without_a_text_parts_what_is_taken_together():
    data = many(text, *"abcdef")
    runs, whole = TextRuns(), data + text("") + data

    assert taken(whole, runs) == (len(data), list("abcdef"))
    assert taken(whole, runs, at=len(data)) == (len(whole), ["", *"abcdef"])


def test_few_events_are_parsed_each():
    runs, data = TextRuns(), many(text, *"abc")

    assert taken(data, runs) == (len(data), ["a", "b", "c"])
    assert runs._template is None


def test_blanks_that_hide_how_long_a_text_is_are_no_difference():
    texts = list("abcdefgh")
    data = b"".join(text(each, 2 if at == 0 else at % 4) for at, each in enumerate(texts))
    runs = TextRuns()

    assert taken(data, runs) == (len(data), texts)
    assert taken(data, runs, at=data.index(text("e"))) == (len(data), list("efgh"))


def test_blanks_are_seen_where_the_first_had_none():
    runs = TextRuns()
    plain, padded = many(text, *"abcdefg"), b"".join(text("x", at) for at in (1, 3, 0, 2, 5, 0, 1))

    assert taken(plain + padded, runs) == (len(plain), list("abcdefg"))
    assert taken(padded, runs) == (len(padded), ["x"] * 7)
    assert taken(plain, runs) == (len(plain), list("abcdefg"))


@pytest.mark.parametrize(
    "other",
    [
        text("x", index=1),
        THOUGHT,
        CLOSED,
        sse({"type": "ping"}),
        text("x").replace(b"}}", b'},"odd":1}'),
        text("x")[:-1],
        b": note\n\n",
    ],
)
@pytest.mark.parametrize("blanks", [0, 1])
@pytest.mark.parametrize("before", [2, 9])
def test_whatever_does_not_add_text_to_the_block_ends_what_is_taken(other, blanks, before):
    data = text("a", blanks) * before
    behind = text("c", blanks) * 9

    assert taken(data + other + behind) == (len(data), ["a"] * before)


def test_text_of_another_block_is_not_taken_with_what_is_like_it():
    runs = TextRuns()
    taken(many(text, *"abcdefgh"), runs)
    data = text("x", index=1) + many(text, *"abcdefgh")

    assert taken(data, runs) == (len(text("x", index=1)), ["x"])


@pytest.mark.parametrize(
    "first",
    [
        text("\n"),
        text("a").replace(b'"text":"a"', b'"text":"b","text":"a"'),
        text("a").replace(b"}}", b"}} "),
        text("a").replace(b"}}", b"}\t}"),
    ],
)
def test_an_event_whose_like_cannot_be_told_is_no_hindrance(first):
    data = first + many(text, *"bcdefghi")
    expected = [piece_of(first, 0, len(first) - 2).delta.text, *"bcdefghi"]

    assert taken(data) == (len(data), expected)


def test_a_stream_whose_texts_only_a_lenient_reader_takes_is_parsed_after_a_few_runs():
    runs = TextRuns()
    data = many(text, *"abcdefgh") + text("\ud800")
    for _ in range(5):
        assert taken(data, runs) == (len(data) - len(text("\ud800")), list("abcdefgh"))

    assert (runs._left, runs._template) == (0, None)


def test_texts_that_no_block_takes_are_left_to_the_table():
    events = START + opened(0, "odd") + text("a") * 9 + opened(1) + text("b", index=1) * 2 + LAST
    decoder = MessagesStream(REQUEST, TARGET, 7)

    assert heard(decoder, [events]) == slowly(
        piece, lambda: MessagesStream(REQUEST, TARGET, 7), [events]
    )
    assert decoder.events == 16


@pytest.mark.parametrize("said", ["", "b", "é"])
def test_texts_that_no_block_takes_are_parsed_once_each_however_many_come(said, monkeypatch):
    decoder = MessagesStream(REQUEST, TARGET, 7)
    decoder.feed(START + opened(1, "thinking"))
    parsed, read = [], piece.read
    monkeypatch.setattr(piece, "read", lambda payload: parsed.append(payload) or read(payload))
    decoder.feed(text(said, index=1) * 300)

    assert (len(parsed), decoder.events) == (300, 302)


def test_moulds_of_a_stream_look_at_little_once_one_came_to_nothing():
    runs, plain = TextRuns(), many(text, *"abcdefgh")
    assert taken(plain, runs) == (len(plain), list("abcdefgh"))
    assert not runs._is_wary

    runs._template = None
    odd = text("x").replace(b"}}", b'},"odd":1}')
    assert taken(text("a") + odd * 9, runs) == (len(text("a")), ["a"])
    runs._template = None
    assert taken(plain, runs) == (len(plain), list("abcdefgh"))
    assert runs._is_wary
    assert runs._template._window < EventTemplate(b"", b"", b"")._window / 4


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
            LAST,
        ]
    ),
)


@given(st.lists(EVENTS, max_size=24), PLACES)
def test_text_in_any_reads_says_the_same_as_read_one_by_one(events, places):
    reads = cut(START + opened() + b"".join(events) + LAST, places)

    assert heard(MessagesStream(REQUEST, TARGET, 7), reads) == slowly(
        piece, lambda: MessagesStream(REQUEST, TARGET, 7), reads
    )
