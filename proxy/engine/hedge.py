"""A second attempt beside a slow first: whoever speaks first has the call.

Invariant: when the race is over, every attempt but the winner's has been told to stop; the caller closes the lanes.
"""

import asyncio
from collections.abc import Callable
from typing import TypeAlias

from proxy.core.errors import ProxyError
from proxy.engine.lane import Lane, Window

Runner: TypeAlias = tuple[Lane, Window]


async def race(
    first: Runner,
    after: float,
    second: Callable[[], Runner | None],
    ends: Callable[[Lane], bool],
) -> Lane | None:
    """Run the first; when it has not spoken for a while, the second beside it.

    Args:
        first: The lane that was meant to serve.
        after: Seconds without output after which the second starts.
        second: Opens the second lane; None where nobody fit stands or the budget is spent.
        ends: Whether the failure of a lane ends the call, so that no other need go on.

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
            for lane in _finished(running, done):
                if lane.spoke:
                    return lane
                if ends(lane):
                    return None
        return None
    finally:
        for task in running:
            task.cancel()
        if running:
            await asyncio.wait(running)


def _finished(
    running: dict[asyncio.Task[ProxyError | None], Lane],
    done: set[asyncio.Task[ProxyError | None]],
) -> list[Lane]:
    """Take what is done out of the race, the lane that started first before the other."""
    tasks = [task for task in running if task in done]
    lanes = [running.pop(task) for task in tasks]
    for task in tasks:
        task.result()
    return lanes
