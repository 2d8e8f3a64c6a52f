"""Records of the hot path, and what a call has one of and changes: like any other, made several times as quickly.

A frozen dataclass sets each of its fields through `object.__setattr__`, which costs more than the rest of making it; a
call makes some forty records. These are made in one step that is not Python's. All else is the dataclass's own:
how they compare and what they look like, and `dataclasses.fields` and `replace` know them.
"""

from __future__ import annotations

from dataclasses import MISSING, Field, dataclass, field, fields
from typing import Any, Final, TypeVar, cast, dataclass_transform

import msgspec

T = TypeVar("T")

_OTHERS: Final = frozenset({"__dict__", "__weakref__", "__annotations__"})
"""What every class has of its own."""


class Part(msgspec.Struct, eq=False):
    """What a call has one of, and changes. A subclass has slots, and is made as dataclasses are; each is equal to itself alone."""


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def record(made: type[T]) -> type[T]:
    """A dataclass with slots, equality and a hash, none of whose fields can be set."""
    known: Any = dataclass(unsafe_hash=True)(made)
    listed = fields(known)
    namespace = dict(vars(known))
    for name in (*_OTHERS, "__init__", *(each.name for each in listed)):
        namespace.pop(name, None)
    named = [_field(each) for each in listed]
    # Who reads what is left out knows what it would say.
    quick = msgspec.defstruct(
        made.__name__, named, namespace=namespace, frozen=True, omit_defaults=True
    )
    return cast("type[T]", quick)


def _field(told: Field[Any]) -> tuple[str, Any, Any]:
    if told.default_factory is not MISSING:
        return told.name, told.type, msgspec.field(default_factory=told.default_factory)
    return told.name, told.type, msgspec.NODEFAULT if told.default is MISSING else told.default


def let_go(made: object, **fields: Any) -> None:
    """Change fields of a record for all who hold it: only to let go of what none of them will ask for again."""
    for name, value in fields.items():
        msgspec.structs.force_setattr(cast("msgspec.Struct", made), name, value)
