import time
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.core.errors import Kind, ProxyError
from proxy.wire.sse import SseDecoder, SseEvent, named_event

STREAM = (
    b"\xef\xbb\xbf: hello\r\n\r\ndata: one\r\n\r\nevent: note\rid: 7\rdata:two\rdata: three\r\r"
    b'retry: 5\n\ndata\ndata\n\ndata: {"t":"a\xe2\x80\xa8b \xf0\x9f\x90\xa6"}\n\n'
)
EVENTS = [
    SseEvent("", b"one"),
    SseEvent("note", b"two\nthree", "7"),
    SseEvent("", b"\n"),
    SseEvent("", b'{"t":"a\xe2\x80\xa8b \xf0\x9f\x90\xa6"}'),
]


def read(*pieces, max_event=1024):
    decoder = SseDecoder(max_event)
    events = [event for piece in pieces for event in decoder.feed(piece)]
    return events + decoder.finish()


def test_events_are_read_from_any_line_ends():
    assert read(STREAM) == EVENTS


@pytest.mark.parametrize("begin", [b"data: a\r", b"data: a\r\n\r", b"data: a\n\n", b"data: a"])
def test_a_read_of_nothing_changes_nothing(begin):
    rest = b"\ndata: b\n\n"

    assert read(begin, b"", rest) == read(begin, rest)


def test_one_byte_at_a_time_gives_the_same_events():
    assert read(*(STREAM[at : at + 1] for at in range(len(STREAM)))) == EVENTS


@pytest.mark.parametrize("cut", range(len(STREAM) + 1))
def test_every_two_part_split_gives_the_same_events(cut):
    assert read(STREAM[:cut], STREAM[cut:]) == EVENTS


@given(st.lists(st.integers(0, len(STREAM)), max_size=12))
def test_any_split_with_empty_reads_gives_the_same_events(cuts):
    edges = [0, *sorted(cuts), len(STREAM)]

    assert read(*(STREAM[a:b] for a, b in pairwise(edges))) == EVENTS


def test_an_event_is_given_as_soon_as_its_blank_line_is_there():
    decoder = SseDecoder(100)

    assert decoder.feed(b"data: a\r\r") == [SseEvent("", b"a")]
    assert decoder.feed(b"\n") == []
    assert decoder.feed(b"data: b\n") == []
    assert decoder.feed(b"\r") == [SseEvent("", b"b")]


def test_a_last_event_without_its_blank_line_is_given_at_the_end():
    assert read(b"data: a\n\ndata: b") == [SseEvent("", b"a"), SseEvent("", b"b")]
    assert read(b"data: a\ndata: b\n") == [SseEvent("", b"a\nb")]


def test_an_event_without_data_is_none_and_its_name_is_forgotten():
    assert read(b"event: ping\nid: 1\n\ndata: a\n\n") == [SseEvent("", b"a")]


def test_the_first_line_that_is_no_field_is_kept():
    decoder = SseDecoder(100)
    decoder.feed(b'{"error": "no"}\nmore of it\n')

    assert decoder.stray == b'{"error": "no"}'


def test_a_colon_is_not_needed_and_one_blank_is_taken_off():
    assert read(b"data:  a\n\n") == [SseEvent("", b" a")]
    assert read(b"data\n\n") == [SseEvent("", b"")]


@pytest.mark.parametrize(
    "pieces",
    [
        (b"data: " + b"x" * 65 + b"\n\n",),
        (b"data: " + b"x" * 30, b"x" * 35 + b"\n\n"),
        (b"data: " + b"x" * 40 + b"\n", b"data: " + b"x" * 40 + b"\n\n"),
        (b": " + b"x" * 80 + b"\n",),
        (b"x" * 80,),
    ],
)
def test_what_is_longer_than_max_event_is_oversized(pieces):
    with pytest.raises(ProxyError) as caught:
        read(*pieces, max_event=64)

    assert caught.value.kind is Kind.OVERSIZED
    assert "max_event is 64" in caught.value.message


def test_an_event_of_exactly_max_event_is_read():
    assert read(b"data: " + b"x" * 64 + b"\n\n", max_event=64) == [SseEvent("", b"x" * 64)]


def test_a_long_event_in_small_reads_takes_linear_time():
    size = 4 * 1024 * 1024
    decoder = SseDecoder(size * 2)
    began = time.process_time()
    for _ in range(size // 256):
        decoder.feed(b"x" * 256)
    decoder.feed(b"\n\n")

    assert time.process_time() - began < 2


def test_who_knows_the_form_of_an_event_may_read_it_in_our_place():
    decoder = SseDecoder(100)

    assert decoder.rests_before(b"data: a\n\n")

    decoder.feed(b"data: b")

    assert not decoder.rests_before(b"\n\n")

    decoder.feed(b"\n\n")

    assert decoder.rests_before(b"")


@pytest.mark.parametrize("data", [b"", b"\xef\xbb\xbfdata: a\n\n", b"\xef"])
def test_nobody_else_reads_a_mark_before_the_first_event(data):
    decoder = SseDecoder(100)

    assert not decoder.rests_before(data)
    assert [event.data for event in decoder.feed(b"\xef\xbb\xbfdata: b\n\n")] == [b"b"]


NAMED = b"event: a\ndata: {}\n\n"


@pytest.mark.parametrize(
    "data", [NAMED, b"event: \ndata:  x \n\n", b"event:  \xff: b\ndata: \xff\n\n"]
)
def test_a_named_event_of_one_line_is_read_in_one_look(data):
    decoder = SseDecoder(99)
    decoder.feed(b"\n")

    assert [named_event(data)] == decoder.feed(data)


@pytest.mark.parametrize(
    "data",
    [
        b"data: {}\n\n",
        b"event:a\ndata: {}\n\n",
        b"event: a\n\n",
        b"event: a\ndata: \n\n",
        b"event: a\ndata:{}\n\n",
        b"event: a\nid: 1\ndata: {}\n\n",
        b"event: a\ndata: {\ndata: }\n\n",
        b"\n" + NAMED,
    ],
)
def test_any_other_bytes_are_not(data):
    assert named_event(data) is None
