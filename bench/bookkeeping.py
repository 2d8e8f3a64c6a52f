"""What every call costs beside its way to a provider, for `bench.micro`: who calls, what is told of it, what is kept."""

import asyncio
import atexit
import os
import random
from collections.abc import Awaitable, Callable
from pathlib import Path

from bench.contestants import KEY
from proxy.config.schema import Auth, StaticKey
from proxy.core.clock import SystemClock
from proxy.core.errors import Tried
from proxy.core.facts import AnswerBegan, CallEnded, Outcome, Run
from proxy.core.price import Price, Usd
from proxy.core.secret import Secret
from proxy.core.shape import ChatRequest
from proxy.core.trace import Trace, Traces
from proxy.core.usage import Usage
from proxy.gate.admit import Gate
from proxy.gate.credentials import credentials_in
from proxy.watch.log import CallLog
from proxy.watch.metrics import Metrics
from proxy.watch.news import News
from proxy.watch.prices import Prices
from proxy.watch.recent import Recent

CALLS = 32
"""In one run, as they gather under load."""
ALIAS, TARGET = "json", "bench/json"
HEADERS = [
    (b"host", b"127.0.0.1:8080"),
    (b"authorization", b"Bearer " + KEY.encode()),
    (b"content-type", b"application/json"),
    (b"content-length", b"1024"),
]
_clock = SystemClock()
_prices = Prices({TARGET: Price(Usd("0.15"), Usd("0.6"))}, {}, _clock)


def admitting_and_charging() -> Callable[[], object]:
    """CALLS are let in, charged, and kept in a store in memory."""
    loop = asyncio.new_event_loop()
    auth = Auth(required=True, stated=True, keys=(StaticKey(Secret(KEY), "bench"),))
    gate = Gate(auth, clock=_clock, cost=_prices.cost)
    loop.run_until_complete(_started(gate))
    atexit.register(lambda: loop.run_until_complete(gate.close()))
    request = ChatRequest({"model": ALIAS, "messages": []})
    _, ended = _facts(_trace())
    # As of a head that came before.
    sent = credentials_in(HEADERS)

    async def calls() -> None:
        for _ in range(CALLS):
            charge = gate.open(await gate.admit_with(sent))
            await charge.take(request, (), 60.0)
            charge.end(ended)
        await gate.settler.flush()

    return _runs(loop, calls)


def telling() -> Callable[[], object]:
    """CALLS are priced, and their facts counted, logged and remembered."""
    metrics = Metrics()
    metrics.adopt([ALIAS], [TARGET])
    nowhere = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115 (as long as the program runs)
    news = News([CallLog(nowhere, "json"), metrics, Recent()])
    trace = _trace()

    async def calls() -> None:
        for _ in range(CALLS):
            for fact in _facts(trace):
                news.tell(fact)
        news.flush()

    return _runs(asyncio.new_event_loop(), calls)


def _runs(
    loop: asyncio.AbstractEventLoop, work: Callable[[], Awaitable[None]]
) -> Callable[[], object]:
    return lambda: loop.run_until_complete(work())


async def _started(gate: Gate) -> None:
    gate.start()


def _trace() -> Trace:
    return Traces(random.Random(1).getrandbits).take(HEADERS)


def _facts(trace: Trace) -> tuple[AnswerBegan, CallEnded]:
    """Of one call that was served at once."""
    usage, now, wall = Usage(256, 128), _clock.now(), _clock.wall()
    cost = _prices.cost(TARGET, "bench-1", usage)
    name = "req_0123456789abcdef01234567"
    ended = CallEnded(
        call=name,
        surface="chat",
        alias=ALIAS,
        asked=ALIAS,
        target=TARGET,
        attempts=(Tried(TARGET, None, None, None, 12.3, began=now),),
        outcome=Outcome.SERVED,
        status=200,
        kind=None,
        stream=False,
        ttft_ms=12.512,
        duration_ms=13.123,
        usage=usage,
        dropped=(),
        cost_usd=cost,
        runs=(Run(TARGET, usage, cost),),
        served="bench-1",
        overhead_ms=0.3121,
        bytes_in=1024,
        bytes_out=1100,
        began=now,
        trace=trace,
        team="bench",
        at=wall,
    )
    return AnswerBegan(name, ALIAS, TARGET, 12.512, False, trace, wall), ended
