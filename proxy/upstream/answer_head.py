"""The head of an answer: as it came, and as codecs read it.

Invariant: what is read of one is not changed once it is made: answers that begin alike share one.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

RawHeaders = list[tuple[bytes, bytes]]
LENGTH: Final = b"content-length"
MAX_NAME: Final = 64
"""Bytes of a name that is kept."""
_LENGTH: Final = LENGTH.decode()


class AnswerHead:
    """The headers of an answer.

    Args:
        raw: As they came.
    """

    __slots__ = ("fields", "kind", "passed", "raw")

    passed: bytes | None
    """What goes on of it to callers, once somebody has written it down."""

    def __init__(self, raw: RawHeaders) -> None:
        self.raw = raw
        self.passed = None
        self.fields = fields = read_headers(raw)
        """As `read_headers` has them."""
        is_coded = "content-encoding" in fields
        self.kind = "" if is_coded else _media_type(fields.get("content-type", ""))
        """The media type of the body in lower case; empty where none is said, or it comes in some encoding."""

    def with_values(self, values: dict[int, bytes]) -> AnswerHead:
        """The head of an answer that differs in these values alone, by their lines; each has a name that comes once."""
        head = AnswerHead.__new__(AnswerHead)
        head.raw = raw = self.raw.copy()
        head.fields = fields = self.fields.copy()
        head.kind = self.kind
        head.passed = None
        for at, value in values.items():
            name = raw[at - 1][0]
            raw[at - 1] = (name, value)
            fields[_name(name)] = value.decode("latin-1")
        return head

    def with_length(self, digits: bytes) -> RawHeaders:
        """The headers as they came with an answer of another length."""
        return [(name, digits if name.lower() == LENGTH else value) for name, value in self.raw]


def read_headers(raw: RawHeaders) -> dict[str, str]:
    """Headers of an answer by name in lower case, without values that hold a line break; repeated ones joined.

    The length is left out: it frames the body, which has been taken out of its frame.
    """
    headers: dict[str, str] = {}
    for raw_name, raw_value in raw:
        read = _name if len(raw_name) <= MAX_NAME else _read_name
        name, value = read(raw_name), raw_value.decode("latin-1")
        if name == _LENGTH or "\r" in value or "\n" in value or "\0" in value:
            continue
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    return headers


def _read_name(raw: bytes) -> str:
    return raw.decode("latin-1").lower()


_name: Final = lru_cache(maxsize=1024)(_read_name)
"""Names are few and come again with every answer."""


@lru_cache(maxsize=64)
def _media_type(content_type: str) -> str:
    return content_type.partition(";")[0].strip().lower()
