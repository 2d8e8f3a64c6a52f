"""Hours of trouble in minutes: callers of every kind against upstreams of every kind, and nothing may grow.

The proxy, the simulated providers, a faulty wire and the callers share one process, so that whatever any of them leaks
is seen. At the end of each round everybody stops for a moment, and what is left is counted.

Run: python -m bench.soak [SECONDS]
"""

import asyncio
import gc
import os
import random
import sys
from collections import Counter
from pathlib import Path
from typing import TypeAlias
from unittest import mock

from proxy.sim.script import BEHAVIOURS, Behaviour, Fault, Mode, Source
from proxy.store import memory as books
from proxy.web.server import run
from tests.support.faultproxy import (
    BLACK_HOLE,
    GARBAGE,
    REFUSE,
    RESET,
    TRICKLE,
    WELL,
    FaultProxy,
    half_close,
    truncate,
)
from tests.support.stage import Stage, descriptors, port_of, stage
from tests.support.turns import eventually

ROUND = 30.0
"""Seconds."""
WARM = 60.0
"""Seconds after which nothing may grow any more."""
DRIFT = 0.05
"""The share by which resident memory may differ from then on."""
ROWS = 500
"""Records of calls that the store in memory keeps here: so few that they are all there before anything is compared."""
CALLERS = 16
Figures: TypeAlias = tuple[int, int, int]
"""Resident bytes, tasks, descriptors."""
PAGE = os.sysconf("SC_PAGE_SIZE")
FAULTS = [WELL, REFUSE, RESET, BLACK_HOLE, TRICKLE, GARBAGE, truncate(40), half_close(3000)]
MODELS = {
    **BEHAVIOURS,
    "long": Behaviour(Source.LOREM, words=300, gap=0.002),
    "late": Behaviour(first_delay=0.1),
    "mute": Behaviour(fault=Fault(Mode.STALL, after=0)),
}
ALIASES = {
    "well": ["a/echo"],
    "flaky": ["a/flaky", "b/echo"],
    "busy": ["a/overloaded", "b/echo"],
    "limited": ["b/fail-429", "a/echo"],
    "cut": ["a/cut", "b/echo"],
    "wire": ["wire/echo", "b/echo"],
    "wire-long": ["wire/long", "b/long"],
    "slow": ["a/late", "b/echo"],
    "mute": ["a/mute", "b/echo"],
    "dead": ["a/fail-500", "b/overloaded"],
}


async def caller(scene: Stage, draw: random.Random, until: float, seen: Counter[str]) -> None:
    """Call until the time is over; leave one call in four before its end."""
    loop = asyncio.get_running_loop()
    while loop.time() < until:
        alias = draw.choice(list(ALIASES))
        text = "word " * draw.choice((1, 20, 400))
        call = scene.body(alias, stream=draw.random() < 0.7, text=text)
        try:
            async with await scene.caller() as client, asyncio.timeout(30):
                await client.send(call)
                if draw.random() < 0.25:
                    await asyncio.sleep(draw.random() * 0.1)
                    seen["left"] += 1
                else:
                    status = (await client.response()).status
                    seen["served" if status == 200 else f"{status} of {alias}"] += 1
        except (TimeoutError, OSError, asyncio.IncompleteReadError) as error:
            seen[f"{type(error).__name__} of {alias}"] += 1


async def spoil(proxy: FaultProxy, draw: random.Random, until: float) -> None:
    """Let the wire go wrong in another way every few seconds."""
    loop = asyncio.get_running_loop()
    while loop.time() < until:
        await proxy.become(draw.choice(FAULTS))
        await asyncio.sleep(draw.uniform(0.5, 3.0))
    await proxy.become(WELL)


async def one_round(
    scene: Stage,
    proxy: FaultProxy,
    draw: random.Random,
    seconds: float,
    seen: Counter[str],
) -> Figures:
    """Trouble for so long, then quiet: resident bytes, tasks and descriptors."""
    until = asyncio.get_running_loop().time() + seconds
    async with asyncio.TaskGroup() as group:
        group.create_task(spoil(proxy, draw, until))
        for _ in range(CALLERS):
            group.create_task(caller(scene, draw, until, seen))
    await eventually(lambda: not any(scene.held().values()) and not scene.connections, 10.0)
    scene.hang_up()
    await eventually(lambda: not scene.sim.open_connections and not proxy.open, 10.0)
    gc.collect()
    return resident(), len(asyncio.all_tasks()), descriptors()


def resident() -> int:
    """Bytes of memory that this process holds."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * PAGE


async def main(seconds: float) -> int:
    """Run it, and say what grew.

    Returns:
        An exit status: 0 where nothing did.
    """
    rounds = max(3, round(seconds / ROUND))
    each = seconds / rounds
    draw, seen, figures = random.Random(4), Counter(), []
    limits = {
        "retries": 1,
        "hedge_after": 0.05,
        "connect_timeout": 1.0,
        "first_byte_timeout": 1.0,
        "idle_timeout": 2.0,
    }
    with mock.patch.object(books, "MOST_ROWS", ROWS):
        async with (
            stage(MODELS, limits=limits, kept=0) as scene,
            FaultProxy(port_of(scene.sim)) as proxy,
        ):
            urls = {"a": scene.sim.base_url, "b": scene.sim.base_url, "wire": proxy.url}
            scene.serve(urls, limits=dict.fromkeys(urls, limits), **ALIASES)
            for number in range(1, rounds + 1):
                figures.append(await one_round(scene, proxy, draw, each, seen))
                memory, tasks, files = figures[-1]
                print(
                    f"{number * each:5.0f} s  {memory / 1e6:6.1f} MB  {tasks} tasks  {files} descriptors"
                    f"  {seen.total()} calls, {seen['left']} left",
                    flush=True,
                )
    print(dict(sorted(seen.items())))
    # The first minute is for caches to fill; a short run keeps at least two rounds to compare.
    warm = min(round(WARM / each), rounds - 1)
    failed = [what for what in seen if " of " in what and not what.endswith(" of dead")]
    if failed:
        print("callers saw what they should not have seen:", ", ".join(failed))
    return judge(figures[warm - 1], figures[-1]) or bool(failed)


def judge(before: Figures, after: Figures) -> int:
    """Compare what was held after the first minute with what is held at the end."""
    drift = after[0] / before[0] - 1.0
    grew = [
        f"{name} {old} -> {new}"
        for name, old, new in zip(("tasks", "descriptors"), before[1:], after[1:], strict=True)
        if new > old
    ]
    if abs(drift) > DRIFT:
        grew.append(f"memory {drift:+.1%}")
    print(f"memory {drift:+.1%} after the first minute;", "; ".join(grew) or "nothing grew")
    return 1 if grew else 0


if __name__ == "__main__":
    sys.exit(run(main(float(sys.argv[1]) if len(sys.argv) > 1 else 600.0)))
