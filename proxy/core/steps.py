"""Long work in steps: pure code that says where somebody else may have a turn, and never waits for it.

Source: https://docs.python.org/3/reference/simple_stmts.html#the-return-statement (what a generator returns, read 2026-11-21).
"""

from __future__ import annotations

from collections.abc import Generator
from typing import TypeAlias, TypeVar

T = TypeVar("T")

Steps: TypeAlias = Generator[None, None, T]
"""Work that comes to a `T`. Between its steps, each of a few milliseconds at most, others may have a turn."""


def done(steps: Steps[T]) -> T:
    """What the work comes to, all of it at once."""
    while True:
        try:
            next(steps)
        except StopIteration as end:
            result: T = end.value
            return result
