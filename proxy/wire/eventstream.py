"""Frames AWS event streams: bytes split anywhere in, whole messages out, and messages back to bytes.

A message is its length, the length of its headers, a checksum of these two, headers, payload, and a checksum of all
before it; numbers are big-endian. Both checksums are held: the first before a length is believed.

Invariant: time is linear in the bytes fed; what is held never exceeds one message of `max_event` bytes of payload; a
message that is wrong is MALFORMED at once and never waited for.
Source: https://smithy.io/2.0/aws/amazon-eventstream.html (read 2026-11-21).
"""

from __future__ import annotations

import struct
from binascii import crc32
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

from proxy.core.errors import Kind, ProxyError

Value: TypeAlias = bool | int | bytes | str
"""A header's value. Timestamps are milliseconds since 1970, UUIDs are their 16 bytes."""

MAX_HEADERS: Final = 128 * 1024
MAX_PAYLOAD: Final = 24 * 1024 * 1024

_PRELUDE: Final = struct.Struct(">III")
_CRC: Final = struct.Struct(">I")
_OVERHEAD: Final = _PRELUDE.size + _CRC.size


@dataclass(frozen=True, slots=True)
class Message:
    """One message."""

    headers: Mapping[str, Value]
    payload: bytes


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

    def feed(self, data: bytes) -> Iterator[Message]:
        """Take what one read brought; the messages that are whole with it, to be read before the next `feed`.

        The iterator raises a ProxyError behind the messages that were right: MALFORMED for a checksum or a header that
        is wrong, OVERSIZED beyond the caps.
        """
        self._buffer += data
        return self._messages()

    def finish(self) -> None:
        """The connection closed.

        Raises:
            ProxyError: TRUNCATED in the middle of a message.
        """
        if self.pending:
            raise ProxyError(
                Kind.TRUNCATED, f"the stream was cut {self.pending} bytes into a message"
            )

    def _messages(self) -> Iterator[Message]:
        buffer = self._buffer
        at = 0
        try:
            while len(buffer) - at >= _PRELUDE.size:
                self._total = self._total or self._measure(buffer, at)
                if len(buffer) - at < self._total:
                    break
                message = _message(bytes(buffer[at : at + self._total]))
                at += self._total
                self._total = 0
                yield message
        finally:
            del buffer[:at]

    def _measure(self, buffer: bytearray, at: int) -> int:
        """The length of the message that begins at `at`, when its prelude is proved."""
        total, headers, checksum = _PRELUDE.unpack_from(buffer, at)
        _check(buffer[at : at + 8], checksum, "the prelude of a message")
        payload = total - headers - _OVERHEAD
        if payload < 0:
            raise _malformed(f"a message of {total} bytes with {headers} bytes of headers")
        if headers > MAX_HEADERS or payload > self._max_payload:
            raise ProxyError(
                Kind.OVERSIZED,
                f"a message of the stream has {payload} bytes and {headers} bytes of headers; "
                f"the most is {self._max_payload} and {MAX_HEADERS}",
            )
        return int(total)


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


def _message(data: bytes) -> Message:
    _check(data[: -_CRC.size], _CRC.unpack_from(data, len(data) - _CRC.size)[0], "a message")
    end = _PRELUDE.size + _PRELUDE.unpack_from(data)[1]
    headers: dict[str, Value] = {}
    at = _PRELUDE.size
    try:
        while at < end:
            name, value, at = _header(data, at, end)
            if name in headers:
                raise _malformed(f"a message with two headers {name[:64]!r}")
            headers[name] = value
    except (IndexError, KeyError, UnicodeDecodeError, struct.error):
        raise _malformed("a message whose headers do not decode") from None
    return Message(headers, data[end : -_CRC.size])


def _header(data: bytes, at: int, end: int) -> tuple[str, Value, int]:
    """One header and where the next one begins. Anything that does not fit raises what its reader raises."""
    start = at + 1
    stop = start + data[at]
    kind = data[stop]
    value, after = _READERS[kind](data, stop + 1)
    if after > end:
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


def _check(data: bytes | bytearray, expected: int, what: str) -> None:
    found = crc32(data)
    if found != expected:
        raise _malformed(f"{what} with the checksum {expected:08x} and the content of {found:08x}")


def _malformed(what: str) -> ProxyError:
    return ProxyError(Kind.MALFORMED, f"the provider sent {what}")
