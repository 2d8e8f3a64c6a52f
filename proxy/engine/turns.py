"""Walks through long work in steps, with a turn of the loop between two of them: streams of others go on meanwhile."""

import asyncio
from typing import TypeVar

from proxy.core.steps import Steps

T = TypeVar("T")


async def in_turns(steps: Steps[T]) -> T:
    """What the work comes to. Whoever is cancelled meanwhile leaves the rest of it undone."""
    while True:
        try:
            next(steps)
        except StopIteration as end:
            result: T = end.value
            return result
        await asyncio.sleep(0)
