"""The head of an answer: as it came, and as codecs read it.

Invariant: what is read of one is not changed once it is made: answers that begin alike share one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Final

RawHeaders = list[tuple[bytes, bytes]]
PASSED: Final = ("x-ratelimit-", "anthropic-ratelimit-", "openai-processing-ms")
"""Prefixes of the provider's headers that go to the caller."""
LENGTH: Final = b"content-length"
MAX_NAME: Final = 64
"""Bytes of a name that is kept."""
_LENGTH: Final = LENGTH.decode()
_AS_THEY_ARE: Final[Mapping[int, bytes]] = MappingProxyType({})


class AnswerHead(Mapping[str, str]):
    """The headers of an answer: by name, as `read_headers` has them.

    Args:
        raw: As they came, but for the values that differ.
        like: A head that differs from this in those values alone, each of a name that comes once.
        values: What they are here, by their lines, counted from 1.
    """

    __slots__ = ("_fields", "_like", "_passed", "_places", "_raw", "_values", "kind")

    def __init__(
        self,
        raw: RawHeaders,
        like: AnswerHead | None = None,
        values: Mapping[int, bytes] = _AS_THEY_ARE,
    ) -> None:
        self._raw, self._like, self._values = raw, like, values
        self._fields: dict[str, str] | None = None
        self._passed: bytes | None = None
        self._places: list[tuple[int, bytes, bytes]] | None = None
        self.kind: str = _kind_of(self.fields) if like is None else like.kind
        """The media type of the body in lower case; empty where none is said, or it comes in some encoding."""

    def __getitem__(self, name: str) -> str:
        return self.fields[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.fields)

    def __len__(self) -> int:
        return len(self.fields)

    @property
    def raw(self) -> RawHeaders:
        """As they came. Not to be changed."""
        if not self._values:
            return self._raw
        raw = self._raw.copy()
        for at, value in self._values.items():
            raw[at - 1] = (raw[at - 1][0], value)
        return raw

    @property
    def fields(self) -> dict[str, str]:
        """All of them, read when somebody asks. Not to be changed."""
        if self._fields is None:
            like = self._like
            self._fields = fields = read_headers(self._raw) if like is None else like.fields.copy()
            for at, value in self._values.items():
                fields[_name(self._raw[at - 1][0])] = value.decode("latin-1")
        return self._fields

    @property
    def passed(self) -> bytes:
        """The lines that go on to callers. What was read of a head holds no line break."""
        if self._passed is None:
            like = self if self._like is None else self._like
            self._passed = like.passed_with(self._values)
        return self._passed

    def with_values(self, values: Mapping[int, bytes]) -> AnswerHead:
        """The head of an answer that differs in these values alone, by their lines; each has a name that comes once."""
        return AnswerHead(self._raw, self, values)

    def passed_with(self, values: Mapping[int, bytes]) -> bytes:
        """The lines that go on to callers of an answer that differs in these values alone."""
        if self._places is None:
            lines = {_name(name): at for at, (name, _) in enumerate(self._raw, 1)}
            self._places = [
                (lines[name], f"{name}: ".encode("latin-1"), value.encode("latin-1"))
                for name, value in self.fields.items()
                if name.startswith(PASSED)
            ]
        told = [start + values.get(at, value) for at, start, value in self._places]
        return b"\r\n".join([*told, b""])

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


def _read_name(raw: bytes) -> str:
    return raw.decode("latin-1").lower()


_name: Final = lru_cache(maxsize=1024)(_read_name)
"""Names are few and come again with every answer."""


@lru_cache(maxsize=64)
def _media_type(content_type: str) -> str:
    return content_type.partition(";")[0].strip().lower()
