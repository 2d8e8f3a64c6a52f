from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.core.errors import Kind, ProxyError
from proxy.wire.ndjson import NdjsonDecoder

STREAM = b'\xef\xbb\xbf{"a":1}\r\n\r\n{"t":"a\xe2\x80\xa8b \xf0\x9f\x90\xa6"}\n\n \t\r\n[]\n{"last":true}'
LINES = [b'{"a":1}', b'{"t":"a\xe2\x80\xa8b \xf0\x9f\x90\xa6"}', b"[]", b'{"last":true}']


def read(*pieces, max_line=1024):
    decoder = NdjsonDecoder(max_line)
    lines = [line for piece in pieces for line in decoder.feed(piece)]
    return lines + decoder.finish()


def test_lines_end_in_lf_or_crlf_and_blank_ones_say_nothing():
    assert read(STREAM) == LINES


def test_one_byte_at_a_time_gives_the_same_lines():
    assert read(*(STREAM[at : at + 1] for at in range(len(STREAM)))) == LINES


@pytest.mark.parametrize("cut", range(len(STREAM) + 1))
def test_every_two_part_split_gives_the_same_lines(cut):
    assert read(STREAM[:cut], STREAM[cut:]) == LINES


@given(st.lists(st.integers(0, len(STREAM)), max_size=12))
def test_any_split_with_empty_reads_gives_the_same_lines(cuts):
    edges = [0, *sorted(cuts), len(STREAM)]

    assert read(*(STREAM[a:b] for a, b in pairwise(edges))) == LINES


def test_a_line_is_given_as_soon_as_its_end_is_there():
    decoder = NdjsonDecoder(100)

    assert decoder.feed(b"{") == []
    assert decoder.feed(b"}\r\n1") == [b"{}"]
    assert decoder.finish() == [b"1"]
    assert decoder.finish() == []


def test_a_mark_of_byte_order_counts_only_at_the_very_start():
    assert read(b"1\n\xef\xbb\xbf2\n") == [b"1", b"\xef\xbb\xbf2"]


def test_nothing_gives_nothing():
    assert read() == []
    assert read(b"", b"\n\r\n") == []


@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_a_line_may_have_as_many_bytes_as_allowed(end):
    assert read(b"x" * 10 + end, max_line=10) == [b"x" * 10]


@pytest.mark.parametrize("pieces", [[b"x" * 12 + b"\n"], [b"x" * 8, b"x" * 4], [b"x"] * 12])
def test_a_line_over_the_limit_is_refused_before_it_ends(pieces):
    with pytest.raises(ProxyError) as caught:
        read(*pieces, max_line=10)

    assert caught.value.kind is Kind.OVERSIZED
    assert caught.value.message == "a line of the stream has at least 12 bytes; max_event is 10"
