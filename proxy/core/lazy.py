"""A mapping whose values are made, and modules that are imported, when first asked for: what nobody asks for costs nothing.

A proxy that speaks ten protocols is mostly asked to speak one or two. Everything else about a table of parts stays as
plain as it was: its names are known, in their order, and asking twice gives the same thing.

Invariant: looking at the names makes nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from importlib import import_module
from typing import Any, TypeVar

K = TypeVar("K", bound=Hashable)
T_co = TypeVar("T_co", covariant=True)


class LazyMap(Mapping[K, T_co]):
    """By name, each made once.

    Args:
        names: What there is, in order.
        make: Makes the one of that name.
    """

    def __init__(self, names: Iterable[K], make: Callable[[K], T_co]) -> None:
        self._names = dict.fromkeys(names)
        self._make = make
        self._made: dict[K, T_co] = {}

    def __getitem__(self, name: K) -> T_co:
        """The one of that name.

        Raises:
            KeyError: there is none.
        """
        if name in self._made:
            return self._made[name]
        if name not in self._names:
            raise KeyError(name)
        return self._made.setdefault(name, self._make(name))

    def __contains__(self, name: object) -> bool:
        return name in self._names

    def __iter__(self) -> Iterator[K]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)

    def fetch(self, names: Iterable[K]) -> None:
        """Make these now, as far as they are here, so that nobody waits for them later."""
        for name in names:
            self.get(name)


def imported(place: str) -> Any:
    """What stands at `module:name`; the module is loaded if it is not yet.

    Raises:
        ImportError: there is no such module.
        AttributeError: it has no such name.
    """
    module, _, name = place.partition(":")
    return getattr(import_module(module), name)


async def imported_aside(place: str) -> Any:
    """The same, loaded on a thread: whoever is served meanwhile goes on.

    Raises:
        ImportError, AttributeError: as `imported`.
    """
    return await asyncio.to_thread(imported, place)
