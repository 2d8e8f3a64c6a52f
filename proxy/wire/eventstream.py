"""Frames AWS event streams: bytes split anywhere in, runs of whole messages out, and messages back to bytes.

A message is its length, the length of its headers, a checksum of these two, headers, payload, and a checksum of all
before it; numbers are big-endian. Both checksums are held: the first before a length is believed.

The headers of one kind of event are the same bytes from message to message, and from stream to stream: short blocks of
headers are parsed once and remembered, and messages that follow each other with the same ones come together, as a run.
Of these the openings, prelude and headers, are remembered as well, with the checksum that they have come to. Checksums
are held for each message all the same.

Invariant: time is linear in the bytes fed; what is held never exceeds one message of `max_event` bytes of payload; a
message that is wrong is MALFORMED at once and never waited for.
Source: https://smithy.io/2.0/aws/amazon-eventstream.html (read 2026-11-21).
"""

from __future__ import annotations

import struct
from binascii import crc32
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from typing import Final, TypeAlias

from proxy.core.errors import Kind, ProxyError
from proxy.core.record import record

Value: TypeAlias = bool | int | bytes | str
"""A header's value. Timestamps are milliseconds since 1970, UUIDs are their 16 bytes."""

MAX_HEADERS: Final = 128 * 1024
MAX_PAYLOAD: Final = 24 * 1024 * 1024

_PRELUDE: Final = struct.Struct(">III")
_CRC: Final = struct.Struct(">I")
_HEAD: Final = _PRELUDE.size
_TAIL: Final = _CRC.size
_OVERHEAD: Final = _HEAD + _TAIL
_SHORT: Final = 512
"""Bytes of headers up to which they are remembered; those of an event are some ninety."""
_REMEMBERED: Final = 128
_OPENINGS: Final = 256
"""How many are remembered: one for each length that an event of text has."""


@record
class Run:
    """Messages that follow each other with the same headers."""

    headers: Mapping[str, Value]
    """May be shared with other runs."""
    payloads: list[bytes]
    """One of each message."""


class EventStreamDecoder:
    """Reads one event stream. `feed` any number of times; what is left then is `pending`.

    Args:
        max_event: Bytes that a payload may have; the format itself has a cap of 24 MiB.
    """

    def __init__(self, max_event: int) -> None:
        self._max_payload = min(max_event, MAX_PAYLOAD)
        self._buffer = bytearray()
        self._total = 0
        """Bytes of the message that is being read, as far as its prelude is known; else 0."""

    @property
    def pending(self) -> int:
        """Bytes of a message that is not whole: a stream that ends with some has been cut."""
        return len(self._buffer)

    def feed(self, data: bytes) -> Iterator[Run]:
        """Take what one read brought; the messages that are whole with it, to be read before the next `feed`.

        The iterator raises a ProxyError behind the messages that were right: MALFORMED for a checksum or a header that
        is wrong, OVERSIZED beyond the caps.
        """
        self._buffer += data
        return self._runs()

    def finish(self) -> None:
        """The connection closed.

        Raises:
            ProxyError: TRUNCATED in the middle of a message.
        """
        if self.pending:
            raise ProxyError(
                Kind.TRUNCATED, f"the stream was cut {self.pending} bytes into a message"
            )

    def _runs(self) -> Iterator[Run]:
        buffer = self._buffer
        size = len(buffer)
        if size < (self._total or _HEAD):
            return
        data = bytes(buffer)
        at = 0
        try:
            while size - at >= _HEAD:
                total, headers = self._measure(data, at)
                if size - at < total:
                    self._total = total
                    break
                self._total = 0
                run = _message(data, at, total, headers)
                begin, at = at + _HEAD, at + total
                if at < size and headers <= _SHORT:
                    block = data[begin : begin + headers]
                    at = _follow(data, at, block, self._max_payload, run.payloads)
                yield run
        finally:
            del buffer[:at]

    def _measure(self, data: bytes, at: int) -> tuple[int, int]:
        """The length of the message that begins at `at`, and of its headers, when its prelude is proved."""
        total, headers, checksum = _PRELUDE.unpack_from(data, at)
        if crc32(data[at : at + 8]) != checksum:
            raise _wrong("the prelude of a message", checksum, data[at : at + 8])
        payload = total - headers - _OVERHEAD
        if headers > MAX_HEADERS or not 0 <= payload <= self._max_payload:
            raise self._misshapen(total, headers)
        return total, headers

    def _misshapen(self, total: int, headers: int) -> ProxyError:
        payload = total - headers - _OVERHEAD
        if payload < 0:
            return _malformed(f"a message of {total} bytes with {headers} bytes of headers")
        return ProxyError(
            Kind.OVERSIZED,
            f"a message of the stream has {payload} bytes and {headers} bytes of headers; "
            f"the most is {self._max_payload} and {MAX_HEADERS}",
        )


def encode_message(headers: Mapping[str, Value], payload: bytes) -> bytes:
    """Write one message.

    Args:
        headers: Text, bytes, booleans, and whole numbers of 64 bits.
        payload: The rest.
    """
    head = b"".join(_written(name, value) for name, value in headers.items())
    lengths = struct.pack(">II", _OVERHEAD + len(head) + len(payload), len(head))
    start = lengths + _CRC.pack(crc32(lengths)) + head + payload
    return start + _CRC.pack(crc32(start))


def _message(data: bytes, at: int, total: int, headers: int) -> Run:
    """The message that begins at `at`, whose lengths are known to be right, as the beginning of a run."""
    middle = at + _HEAD + headers
    end = at + total - _TAIL
    checksum = _CRC.unpack_from(data, end)[0]
    if crc32(data[at:end]) != checksum:
        raise _wrong("a message", checksum, data[at:end])
    head = data[at + _HEAD : middle]
    return Run(_remembered(head) if headers <= _SHORT else _parsed(head), [data[middle:end]])


def _follow(data: bytes, at: int, block: bytes, most: int, payloads: list[bytes]) -> int:
    """Add the payloads of messages that follow with the same headers, whole and right in all.

    Args:
        data: What was read.
        at: Where the next message begins, if there is one.
        block: The headers, as they came.
        most: Bytes that a payload may have.
        payloads: Gets theirs.

    Returns:
        Where the last of them ends. What comes there is for the reader of any message: it says what is wrong with it.
    """
    size, width = len(data), _HEAD + len(block)
    while True:
        begin = at + width
        start = data[at:begin]
        opening = _openings.get(start) or _opening(start, block)
        if opening is None:
            return at
        total, checksum, own = opening
        after = at + total
        end = after - _TAIL
        if after > size or end - begin > most or own != block:
            return at
        payload = data[begin:end]
        if crc32(payload, checksum) != _CRC.unpack_from(data, end)[0]:
            return at
        payloads.append(payload)
        at = after


_Opening: TypeAlias = tuple[int, int, bytes]
"""The length of its message, the checksum of all before the payload, and the headers as they came."""

_openings: Final[dict[bytes, _Opening]] = {}
"""Those that were proved, by their bytes."""


def _opening(start: bytes, block: bytes) -> _Opening | None:
    """Prove that bytes are a prelude and this block of headers, and remember them; None where they are not."""
    if len(start) < _HEAD:
        return None
    total, headers, checksum = _PRELUDE.unpack_from(start)
    if headers != len(block) or start[_HEAD:] != block or crc32(start[:8]) != checksum:
        return None
    if total < _OVERHEAD + headers:
        return None
    if len(_openings) >= _OPENINGS:
        _openings.clear()
    _openings[start] = opening = (total, crc32(start), block)
    return opening


def _parsed(head: bytes) -> Mapping[str, Value]:
    """The headers that a block of them holds."""
    headers: dict[str, Value] = {}
    at = 0
    try:
        while at < len(head):
            name, value, at = _header(head, at)
            if name in headers:
                raise _malformed(f"a message with two headers {name[:64]!r}")
            headers[name] = value
    except (IndexError, KeyError, UnicodeDecodeError, struct.error):
        raise _malformed("a message whose headers do not decode") from None
    return headers


_remembered: Final = lru_cache(_REMEMBERED)(_parsed)


def _header(data: bytes, at: int) -> tuple[str, Value, int]:
    """One header and where the next one begins. Anything that does not fit raises what its reader raises."""
    start = at + 1
    stop = start + data[at]
    kind = data[stop]
    value, after = _READERS[kind](data, stop + 1)
    if after > len(data):
        raise IndexError
    return data[start:stop].decode(), value, after


_Reader: TypeAlias = Callable[[bytes, int], tuple[Value, int]]


def _constant(value: Value) -> _Reader:
    return lambda _data, at: (value, at)


def _number(form: str) -> _Reader:
    packed = struct.Struct(form)
    return lambda data, at: (packed.unpack_from(data, at)[0], at + packed.size)


def _bytes(data: bytes, at: int) -> tuple[bytes, int]:
    start = at + 2
    after = start + int.from_bytes(data[at:start], "big")
    return data[start:after], after


def _text(data: bytes, at: int) -> tuple[str, int]:
    value, after = _bytes(data, at)
    return value.decode(), after


def _uuid(data: bytes, at: int) -> tuple[bytes, int]:
    return data[at : at + 16], at + 16


_READERS: Final[dict[int, _Reader]] = {
    0: _constant(True),
    1: _constant(False),
    2: _number(">b"),
    3: _number(">h"),
    4: _number(">i"),
    5: _number(">q"),
    6: _bytes,
    7: _text,
    8: _number(">q"),
    9: _uuid,
}
"""By the type of the value, as the format numbers them."""


def _written(name: str, value: Value) -> bytes:
    code = name.encode()
    return bytes([len(code)]) + code + _typed(value)


def _typed(value: Value) -> bytes:
    if isinstance(value, bool):
        return b"\0" if value else b"\1"
    if isinstance(value, int):
        return b"\5" + struct.pack(">q", value)
    kind, data = (b"\7", value.encode()) if isinstance(value, str) else (b"\6", value)
    return kind + struct.pack(">H", len(data)) + data


def _wrong(what: str, expected: int, data: bytes) -> ProxyError:
    found = crc32(data)
    return _malformed(f"{what} with the checksum {expected:08x} and the content of {found:08x}")


def _malformed(what: str) -> ProxyError:
    return ProxyError(Kind.MALFORMED, f"the provider sent {what}")
