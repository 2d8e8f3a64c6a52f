"""A second attempt beside a slow first: whoever speaks first has the call.

Invariant: when the race is over, every attempt but the winner's has been told to stop; the caller closes the lanes.
"""

import asyncio
from collections.abc import Callable
from typing import TypeAlias

from proxy.core.errors import ProxyError
from proxy.engine.lane import Lane, Window

Runner: TypeAlias = tuple[Lane, Window]


async def race(first: Runner, after: float, second: Callable[[], Runner | None]) -> Lane | None:
    """Run the first; when it has not spoken for a while, the second beside it.

    Args:
        first: The lane that was meant to serve.
        after: Seconds without output after which the second starts.
        second: Opens the second lane; None where nobody fit stands or the budget is spent.

    Returns:
        The lane that spoke; None where none did, and then each lane's `error` says why.
    """
    running = {asyncio.ensure_future(first[0].begin(first[1])): first[0]}
    try:
        done, _ = await asyncio.wait(running, timeout=after)
        if not done and (other := second()) is not None:
            running[asyncio.ensure_future(other[0].begin(other[1]))] = other[0]
        while running:
            done, _ = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
            winner = _winner(running, done)
            if winner is not None:
                return winner
        return None
    finally:
        for task in running:
            task.cancel()
        if running:
            await asyncio.wait(running)


def _winner(
    running: dict[asyncio.Task[ProxyError | None], Lane],
    done: set[asyncio.Task[ProxyError | None]],
) -> Lane | None:
    """Take what is done out of the race, the lane that started first before the other."""
    for task in [task for task in running if task in done]:
        lane = running.pop(task)
        if task.result() is None:
            return lane
    return None
