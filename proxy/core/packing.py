"""Values that are kept for long, packed: many objects of old calls would lie strewn among those of the calls under way.

Packed they are one piece of bytes, smaller and sooner written than JSON. This process alone reads it. What no such bytes can
say (half of a character, a number beyond 64 bits: both come from callers) is kept as the object that it is.

Invariant: `unpack(pack(x)) == x`, where each value of `x` is of the type that its record says.
Source: https://github.com/msgpack/msgpack/blob/master/spec.md (read 2026-11-21).
"""

from __future__ import annotations

from typing import Generic, TypeVar

import msgspec

T = TypeVar("T")
U = TypeVar("U")


class Glimpse(Generic[T]):
    """Reads a part of packed values, several times as quickly as the whole.

    Args:
        form: A record whose fields are some of the packed record's, of the same types and defaults.
    """

    def __init__(self, form: type[T]) -> None:
        self._decode = msgspec.msgpack.Decoder(form).decode

    def of(self, packed: bytes | U) -> T | U:
        """The part; of what is not in one piece, the whole."""
        return self._decode(packed) if isinstance(packed, bytes) else packed


class Packing(Generic[T]):
    """Packs values of one type.

    Args:
        form: A record, or a list of records.
    """

    def __init__(self, form: type[T]) -> None:
        self._encode = msgspec.msgpack.Encoder().encode
        self._decode = msgspec.msgpack.Decoder(form).decode

    def pack(self, value: T) -> bytes | T:
        """The value in one piece, if it has one."""
        try:
            return self._encode(value)
        except (UnicodeEncodeError, OverflowError):
            return value

    def unpack(self, packed: bytes | T) -> T:
        """What was packed."""
        return self._decode(packed) if isinstance(packed, bytes) else packed
