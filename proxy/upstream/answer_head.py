"""The head of an answer: as it came, and as codecs read it.

Invariant: what is read of one is not changed once it is made: answers that begin alike share one.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from functools import lru_cache
from typing import Final

RawHeaders = list[tuple[bytes, bytes]]
PASSED: Final = ("x-ratelimit-", "anthropic-ratelimit-", "openai-processing-ms")
"""Prefixes of the provider's headers that go to the caller."""
LENGTH: Final = b"content-length"
MAX_NAME: Final = 64
"""Bytes of a name that is kept."""
_LENGTH: Final = LENGTH.decode()


class AnswerHead(Mapping[str, str]):
    """The headers of an answer: by name, as `read_headers` has them.

    Args:
        raw: As they came.
        like: A head that differs from this in some values alone, each of a name that comes once.
        differ: The lines of those values, counted from 1.
    """

    __slots__ = ("_differ", "_fields", "_like", "_passed", "kind", "raw")

    def __init__(
        self, raw: RawHeaders, like: AnswerHead | None = None, differ: Collection[int] = ()
    ) -> None:
        self.raw = raw
        self._fields: dict[str, str] | None = None
        self._passed: bytes | None = None
        self._like, self._differ = like, differ
        self.kind: str = _kind_of(self.fields) if like is None else like.kind
        """The media type of the body in lower case; empty where none is said, or it comes in some encoding."""

    def __getitem__(self, name: str) -> str:
        return self.fields[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.fields)

    def __len__(self) -> int:
        return len(self.fields)

    @property
    def fields(self) -> dict[str, str]:
        """All of them, read when somebody asks. Not to be changed."""
        if self._fields is None:
            like = self._like
            self._fields = fields = read_headers(self.raw) if like is None else like.fields.copy()
            for at in self._differ:
                name, value = self.raw[at - 1]
                fields[_name(name)] = value.decode("latin-1")
        return self._fields

    @property
    def passed(self) -> bytes:
        """The lines that go on to callers. What was read of a head holds no line break."""
        if self._passed is None:
            like = self._like
            is_same = like is not None and not any(map(self._is_passed, self._differ))
            self._passed = like.passed if like is not None and is_same else _passed(self.fields)
        return self._passed

    def with_values(self, values: dict[int, bytes]) -> AnswerHead:
        """The head of an answer that differs in these values alone, by their lines; each has a name that comes once."""
        raw = self.raw.copy()
        for at, value in values.items():
            raw[at - 1] = (raw[at - 1][0], value)
        return AnswerHead(raw, self, values.keys())

    def _is_passed(self, at: int) -> bool:
        return _name(self.raw[at - 1][0]).startswith(PASSED)

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


def _kind_of(fields: dict[str, str]) -> str:
    is_coded = "content-encoding" in fields
    return "" if is_coded else _media_type(fields.get("content-type", ""))


def _passed(fields: dict[str, str]) -> bytes:
    lines = [f"{name}: {value}\r\n" for name, value in fields.items() if name.startswith(PASSED)]
    return "".join(lines).encode("latin-1")


def _read_name(raw: bytes) -> str:
    return raw.decode("latin-1").lower()


_name: Final = lru_cache(maxsize=1024)(_read_name)
"""Names are few and come again with every answer."""


@lru_cache(maxsize=64)
def _media_type(content_type: str) -> str:
    return content_type.partition(";")[0].strip().lower()
