"""Records of the hot path: frozen for whoever reads and checks the code, made several times as quickly as frozen ones.

A frozen dataclass sets each of its fields through `object.__setattr__`, which costs more than the rest of making it; a
call makes some forty records. Here the type checker alone holds that nobody changes one.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeVar, dataclass_transform

T = TypeVar("T")


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def record(made: type[T]) -> type[T]:
    """A dataclass with slots, equality and a hash, whose fields the type checker lets nobody set."""
    return dataclass(slots=True, unsafe_hash=True)(made)
