import struct
import time
import uuid
from binascii import crc32
from itertools import pairwise
from typing import NamedTuple
from unittest.mock import patch

import pytest
from botocore.eventstream import EventStreamBuffer
from hypothesis import given
from hypothesis import strategies as st

from proxy.core.errors import Kind, ProxyError
from proxy.wire import eventstream
from proxy.wire.eventstream import (
    MAX_HEADERS,
    MAX_PAYLOAD,
    EventStreamDecoder,
    Run,
    encode_message,
)
from tests.support import corpus

KNOWN = bytes.fromhex(
    "0000009400000057b4ab9aee0b3a6576656e742d74797065070011636f6e74656e74426c6f636b44656c74610d3a636f6e74656e742d"
    "747970650700106170706c69636174696f6e2f6a736f6e0d3a6d6573736167652d747970650700056576656e747b22636f6e74656e74"
    "426c6f636b496e646578223a302c2264656c7461223a7b2274657874223a224869227d7d1f944657"
)
HEADERS = {
    ":event-type": "contentBlockDelta",
    ":content-type": "application/json",
    ":message-type": "event",
}
PAYLOAD = b'{"contentBlockIndex":0,"delta":{"text":"Hi"}}'
STREAM = (
    KNOWN + encode_message({}, b"") + encode_message({"a": 7, "b": True, "c": b"\0\1"}, b"x" * 40)
)


class Message(NamedTuple):
    """One message of a run."""

    headers: dict
    payload: bytes


MESSAGES = [
    Message(HEADERS, PAYLOAD),
    Message({}, b""),
    Message({"a": 7, "b": True, "c": b"\0\1"}, b"x" * 40),
]


def read(*pieces, max_event=1024):
    decoder = EventStreamDecoder(max_event)
    messages = [message for piece in pieces for message in spread(decoder.feed(piece))]
    decoder.finish()
    return messages


def spread(runs):
    """Messages one by one."""
    return [Message(run.headers, payload) for run in runs for payload in run.payloads]


def framed(head, payload=b"", *, total=None, length=None):
    """A message with checksums that are right, whatever its lengths say."""
    total = 16 + len(head) + len(payload) if total is None else total
    lengths = struct.pack(">II", total, len(head) if length is None else length)
    start = lengths + struct.pack(">I", crc32(lengths)) + head + payload
    return start + struct.pack(">I", crc32(start))


def failure(data, **named):
    with pytest.raises(ProxyError) as caught:
        read(data, **named)
    return caught.value


def test_a_known_message_is_read_and_written():
    assert read(KNOWN) == [Message(HEADERS, PAYLOAD)]
    assert encode_message(HEADERS, PAYLOAD) == KNOWN


def test_one_byte_at_a_time_gives_the_same_messages():
    assert read(*(STREAM[at : at + 1] for at in range(len(STREAM)))) == MESSAGES


@pytest.mark.parametrize("cut", range(len(STREAM) + 1))
def test_every_two_part_split_gives_the_same_messages(cut):
    assert read(STREAM[:cut], STREAM[cut:]) == MESSAGES


@given(st.lists(st.integers(0, len(STREAM)), max_size=12))
def test_any_split_with_empty_reads_gives_the_same_messages(cuts):
    edges = [0, *sorted(cuts), len(STREAM)]

    assert read(*(STREAM[a:b] for a, b in pairwise(edges))) == MESSAGES


def test_a_message_is_given_with_its_last_byte():
    decoder = EventStreamDecoder(1024)

    assert not list(decoder.feed(KNOWN[:-1]))
    assert decoder.pending == len(KNOWN) - 1
    assert spread(decoder.feed(KNOWN[-1:])) == MESSAGES[:1]
    assert decoder.pending == 0


@pytest.mark.parametrize("cut", [1, 11, 12, 60, len(KNOWN) - 1])
def test_half_a_message_at_the_end_is_a_cut(cut):
    assert failure(KNOWN + KNOWN[:cut]).kind is Kind.TRUNCATED


def test_headers_of_all_types_are_read():
    mark = uuid.UUID(int=7).bytes
    head = b"".join(
        [
            b"\1t\0",
            b"\1f\1",
            b"\2i8\2\xff",
            b"\3i16\3\xff\xfe",
            b"\3i32\4\0\0\1\0",
            b"\3i64\5" + struct.pack(">q", -(2**40)),
            b"\1b\6\0\2\0\1",
            b"\1s\7\0\3\xe2\x80\xa6",
            b"\2ts\x08" + struct.pack(">q", 1_700_000_000_000),
            b"\4uuid\x09" + mark,
        ]
    )
    [message] = read(framed(head, b"{}"))

    assert message.headers == {
        "t": True,
        "f": False,
        "i8": -1,
        "i16": -2,
        "i32": 256,
        "i64": -(2**40),
        "b": b"\0\1",
        "s": "…",
        "ts": 1_700_000_000_000,
        "uuid": mark,
    }
    buffer = EventStreamBuffer()
    buffer.add_data(framed(head, b"{}"))
    [theirs] = buffer
    assert {**message.headers, "uuid": theirs.headers["uuid"]} == theirs.headers


@pytest.mark.parametrize("at", range(len(KNOWN)))
def test_any_flipped_bit_is_found_and_never_waited_for(at):
    data = bytearray(KNOWN)
    data[at] ^= 0x10
    error = failure(bytes(data))

    assert error.kind is Kind.MALFORMED


def test_a_wrong_prelude_is_found_before_the_rest_has_come():
    data = bytearray(KNOWN[:12])
    data[3] ^= 1

    assert failure(bytes(data)).kind is Kind.MALFORMED


def test_messages_before_a_wrong_one_are_given():
    decoder = EventStreamDecoder(1024)
    runs = decoder.feed(KNOWN + b"\0" * 16)

    assert next(runs) == Run(HEADERS, [PAYLOAD])
    with pytest.raises(ProxyError):
        next(runs)


@pytest.mark.parametrize(
    "head",
    [
        b"\5ab",
        b"\1a",
        b"\1a\x0a",
        b"\1a\7\0\5ab",
        b"\1a\5\0\0",
        b"\1a\7\0\1\xff",
        b"\1\xff\0",
        b"\1a\0\1a\1",
    ],
)
def test_headers_that_do_not_decode_are_malformed(head):
    assert failure(framed(head)).kind is Kind.MALFORMED
    assert failure(framed(head, b"payload" * 9)).kind is Kind.MALFORMED


def test_lengths_that_contradict_each_other_are_malformed():
    assert failure(framed(b"", total=15)).kind is Kind.MALFORMED
    assert failure(framed(b"", b"abcd", length=5)).kind is Kind.MALFORMED


def test_a_payload_beyond_the_limit_is_not_waited_for():
    whole = encode_message({}, b"x" * 100)

    assert len(read(whole, max_event=100)) == 1
    error = failure(whole[:12], max_event=99)
    assert error.kind is Kind.OVERSIZED
    assert "100" in error.message
    assert "99" in error.message


def test_the_formats_own_limits_hold_whatever_is_configured():
    for total, length in ((16 + MAX_PAYLOAD + 1, 0), (2**20, MAX_HEADERS + 1)):
        assert (
            failure(framed(b"", total=total, length=length)[:12], max_event=2**40).kind
            is Kind.OVERSIZED
        )


VALUES = (
    st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.binary(max_size=40) | st.text(max_size=40)
)
SHORT = st.text(st.characters(codec="ascii"), min_size=1, max_size=12)


@given(headers=st.dictionaries(SHORT, VALUES, max_size=5), payload=st.binary(max_size=200))
def test_what_is_written_is_read_by_botocore_and_by_us(headers, payload):
    data = encode_message(headers, payload)
    buffer = EventStreamBuffer()
    buffer.add_data(data)
    [theirs] = buffer
    [ours] = read(data)

    assert ours.headers == headers
    assert ours.payload == theirs.payload == payload
    assert theirs.headers == headers


@given(data=st.binary(max_size=300), at=st.integers(0, len(STREAM)))
def test_any_bytes_raise_nothing_but_proxy_errors(data, at):
    for mixed in (data, STREAM[:at] + data + STREAM[at:]):
        kinds = {Kind.MALFORMED, Kind.OVERSIZED, Kind.TRUNCATED}
        found = None
        try:
            read(mixed)
        except ProxyError as error:
            found = error.kind

        assert found is None or found in kinds


@given(head=st.binary(max_size=60), payload=st.binary(max_size=20))
def test_any_headers_under_right_checksums_are_read_as_botocore_reads_them_or_refused(
    head, payload
):
    data = framed(head, payload)
    buffer = EventStreamBuffer()
    buffer.add_data(data)
    try:
        [ours] = read(data)
    except ProxyError:
        return
    theirs = next(buffer).headers

    assert {name: value for name, value in ours.headers.items() if name in theirs} == theirs


def test_time_is_linear_in_the_bytes():
    data = encode_message({}, b"x" * 1_000_000)
    began = time.process_time()
    read(*(data[at : at + 16] for at in range(0, len(data), 16)), max_event=2**20)

    assert time.process_time() - began < 5


def test_a_wrong_checksum_is_found_where_the_headers_are_known_already():
    head, flipped = framed(KNOWN[12:99], PAYLOAD), bytearray(KNOWN)
    flipped[-6] ^= 1

    assert read(head, head) == MESSAGES[:1] * 2
    assert failure(KNOWN + bytes(flipped)).kind is Kind.MALFORMED


def test_long_headers_are_read_anew_each_time():
    long = encode_message({"a": "x" * 600}, b"1")

    assert read(long + long) == [Message({"a": "x" * 600}, b"1")] * 2


def test_headers_that_do_not_decode_are_refused_each_time():
    wrong = framed(b"\1a\x63")

    assert [failure(wrong).message for _ in range(2)] == [failure(wrong).message] * 2


def test_nothing_is_lost_where_only_some_messages_of_a_read_are_taken():
    decoder = EventStreamDecoder(1024)
    first = next(decoder.feed(STREAM[: len(KNOWN) + 20]))

    assert spread([first, *decoder.feed(STREAM[len(KNOWN) + 20 :])]) == MESSAGES


def test_messages_that_follow_each_other_with_the_same_headers_are_one_run():
    other = {**HEADERS, ":event-type": "contentBlockAlpha"}
    data = KNOWN * 3 + encode_message(HEADERS, b"") + encode_message(other, b"1") + KNOWN
    runs = list(EventStreamDecoder(1024).feed(data + KNOWN[:50]))

    assert runs == [
        Run(HEADERS, [PAYLOAD] * 3 + [b""]),
        Run(other, [b"1"]),
        Run(HEADERS, [PAYLOAD]),
    ]


@pytest.mark.parametrize("at", range(len(KNOWN)))
def test_any_flipped_bit_in_a_run_ends_it_and_is_named_as_without_one(at):
    flipped = bytearray(KNOWN)
    flipped[at] ^= 0x10
    runs = EventStreamDecoder(1024).feed(KNOWN * 2 + bytes(flipped) + KNOWN)
    [before] = spread([next(runs)])[1:]
    with pytest.raises(ProxyError) as caught:
        list(runs)

    assert before == MESSAGES[0]
    assert (caught.value.kind, caught.value.message) == (
        Kind.MALFORMED,
        failure(bytes(flipped) + KNOWN).message,
    )


def test_a_payload_in_a_run_beyond_the_limit_is_refused():
    data = KNOWN + encode_message(HEADERS, b"x" * 60)

    assert len(read(data, max_event=60)) == 2
    assert failure(data, max_event=59).kind is Kind.OVERSIZED


@pytest.mark.parametrize("total", [0, 102])
def test_a_message_in_a_run_that_is_shorter_than_its_headers_is_malformed(total):
    data = framed(KNOWN[12:99], PAYLOAD, total=total)

    assert failure(KNOWN + data).message == failure(data).message


def test_openings_are_not_remembered_without_end():
    for size in range(3 * eventstream._OPENINGS):
        data = KNOWN + encode_message(HEADERS, b"x" * size)
        assert read(data) == [*MESSAGES[:1], Message(HEADERS, b"x" * size)]

        assert len(eventstream._openings) <= eventstream._OPENINGS


def test_long_headers_make_no_run():
    long = encode_message({"a": "x" * 600}, b"1")

    assert [run.payloads for run in EventStreamDecoder(9).feed(long * 2)] == [[b"1"], [b"1"]]


HEADS = [KNOWN[12:99], KNOWN[12:98] + b"x", b"", b"\1a\0", b"\1a\x63"]
FRAMES = st.one_of(
    st.builds(framed, st.sampled_from(HEADS), st.binary(max_size=3)),
    st.builds(framed, st.just(HEADS[0]), st.binary(max_size=70)),
    st.builds(
        framed,
        st.just(HEADS[0]),
        st.binary(max_size=3),
        total=st.integers(0, 140),
        length=st.sampled_from([None, 0, 86, 88]),
    ),
)


def without_runs(*arguments):
    with patch.object(eventstream, "_follow", lambda _data, at, *_rest: at):
        return all_of(*arguments)


def all_of(pieces, max_event):
    """The messages that were given, and how it ended."""
    decoder, given = EventStreamDecoder(max_event), []
    try:
        for piece in pieces:
            for run in decoder.feed(piece):
                given += spread([run])
        decoder.finish()
    except ProxyError as error:
        return given, error.kind, error.message
    return given, None, decoder.pending


@given(
    frames=st.lists(FRAMES | st.just(KNOWN), max_size=12),
    flips=st.lists(st.tuples(st.integers(0, 2000), st.integers(1, 255)), max_size=2),
    cuts=st.lists(st.integers(0, 2000), max_size=4),
    max_event=st.sampled_from([40, 50, 1024]),
)
def test_messages_in_runs_are_those_that_are_read_one_by_one(frames, flips, cuts, max_event):
    data = bytearray(b"".join(frames))
    for at, bits in flips:
        if data:
            data[at % len(data)] ^= bits
    edges = [0, *sorted(cut % (len(data) + 1) for cut in cuts), len(data)]
    pieces = [bytes(data[a:b]) for a, b in pairwise(edges)]

    assert all_of(pieces, max_event) == without_runs(pieces, max_event)


@pytest.mark.parametrize(
    "raw",
    [
        case.raw
        for case in [*corpus.own(), *corpus.recorded(), *corpus.relayed()]
        if case.codec == "bedrock" and case.is_stream
    ],
)
def test_recorded_messages_in_runs_are_those_that_are_read_one_by_one(raw):
    given = all_of([raw], 2**24)

    assert given == without_runs([raw], 2**24)
    assert given == all_of([raw[at : at + 97] for at in range(0, len(raw), 97)], 2**24)
