"""Tries a gateway with scenarios as an OpenAI client would, and looks at both ends: what it heard, what providers saw.

The simulated providers run in this process, so that the very call behind an answer can be looked at: each prompt holds
a mark of its own, and every attempt that holds the mark belongs to it.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import count
from typing import ClassVar, Final

from proxy.core import jsons
from proxy.core.clock import Clock
from proxy.core.errors import ProxyError
from proxy.core.secret import Secret
from proxy.core.shape import HttpCall
from proxy.sim.call import Call, Ending
from proxy.sim.grade import (
    LEFT_LATE,
    RETURN,
    Mark,
    judge,
    judge_leaving,
    judge_return,
    seen,
    told,
)
from proxy.sim.heard import Heard
from proxy.sim.scenarios import Exam, Scenario
from proxy.sim.server import Simulator
from proxy.upstream.client import Reply, Upstream
from proxy.wire.sse import SseDecoder

CONNECT: Final = 3.0
"""Seconds to reach the gateway."""
MAX_ANSWER: Final = 64 * 1024 * 1024
"""Bytes of an event or a body that the caller takes."""
AFTERMATH: Final = 1.0
"""Seconds in which a stream must end after an error event, and attempts after the answer."""
LISTENS: Final = 1.0
"""Seconds for which the caller who leaves has listened."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How long things may take. Seconds."""

    hang: float = 150.0
    """Nobody waits longer for an answer."""
    late: float = 10.0
    """A good answer that takes longer is late."""
    every: float = 0.5
    """Between two calls while a model is unwell."""


@dataclass(frozen=True, slots=True)
class Gateway:
    """Who is examined."""

    base_url: str
    """With its version: `http://127.0.0.1:8080/v1`."""
    key: Secret | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """What came of one scenario, or of one form of it."""

    scenario: Scenario
    name: str
    mark: Mark
    caller: str
    """What the caller saw, in words."""
    provider: str
    """What the providers saw, in words."""


class Examiner:
    """Examines one gateway.

    Args:
        gateway: Who.
        simulator: The providers behind it; must remember its calls.
        upstream: The way to the gateway.
        clock: Time; the simulator's own.
        patience: How long things may take.
    """

    def __init__(
        self,
        gateway: Gateway,
        simulator: Simulator,
        upstream: Upstream,
        clock: Clock,
        patience: Patience,
    ) -> None:
        self._gateway = gateway
        self._simulator = simulator
        self._upstream = upstream
        self._clock = clock
        self._patience = patience
        self._marks = count(1)

    async def examine(self, scenario: Scenario) -> Sequence[Row]:
        """Play one scenario, in each form that it has."""
        return await self._EXAMS[scenario.exam](self, scenario)

    async def ask(
        self, model: str, mark: str, *, stream: bool, patience: float | None = None
    ) -> Heard:
        """Make one call, and listen to its end.

        Args:
            model: The model to name.
            mark: What tells its attempts from others.
            stream: Whether to ask for a stream.
            patience: Seconds after which the caller hangs up.
        """
        heard = Heard(stream)
        began = self._clock.now()
        try:
            async with asyncio.timeout(patience or self._patience.hang) as limit:
                await self._listen(self._call(model, mark, stream=stream), heard, began, limit)
        except TimeoutError:
            # After an error a caller has gone; only who still waits for an answer was left hanging.
            heard.hung = heard.error is None
        except ProxyError as error:
            heard.broken = error.kind.value
        heard.took = self._clock.now() - began
        return heard

    def _call(self, model: str, mark: str, *, stream: bool) -> HttpCall:
        prompt = f"Mark {mark}. What is a promise?"
        body = {"model": model, "messages": [{"role": "user", "content": prompt}]}
        options = {"stream": True, "stream_options": {"include_usage": True}} if stream else {}
        headers = [("content-type", "application/json")]
        if self._gateway.key is not None:
            headers.append(("authorization", f"Bearer {self._gateway.key.reveal()}"))
        url = f"{self._gateway.base_url}/chat/completions"
        return HttpCall(url, tuple(headers), jsons.encode(body | options))

    async def _listen(
        self, call: HttpCall, heard: Heard, began: float, limit: asyncio.Timeout
    ) -> None:
        reply = await self._upstream.send(call, connect_timeout=CONNECT)
        try:
            heard.status, heard.headers = reply.status, reply.headers
            if "text/event-stream" in reply.headers.get("content-type", ""):
                await self._follow(reply, heard, began, limit)
            else:
                heard.body(await reply.read(MAX_ANSWER), self._clock.now() - began)
        finally:
            await reply.aclose()

    async def _follow(
        self, reply: Reply, heard: Heard, began: float, limit: asyncio.Timeout
    ) -> None:
        decoder = SseDecoder(MAX_ANSWER)
        async for data in reply.chunks():
            for event in decoder.feed(data):
                heard.event(event.data, self._clock.now() - began)
            if heard.done:
                return
            if heard.error is not None:
                limit.reschedule(asyncio.get_running_loop().time() + AFTERMATH)
        for event in decoder.finish():
            heard.event(event.data, self._clock.now() - began)

    def _mark(self, scenario: Scenario) -> str:
        return f"{scenario.name}-{next(self._marks)}-"

    def _attempts(self, mark: str) -> list[Call]:
        """What the simulator has seen of a call so far, in order."""
        needle = mark.encode()
        return [
            call
            for call in self._simulator.calls
            if needle in jsons.encode(call.body.get("messages"))
        ]

    async def _settled(self, mark: str, within: float = AFTERMATH) -> list[Call]:
        """The attempts at a call, once they have ended or had the time to."""
        with suppress(TimeoutError):
            async with asyncio.timeout(within):
                for call in self._attempts(mark):
                    await call.ended.wait()
        return self._attempts(mark)

    async def _one(self, scenario: Scenario, *, stream: bool) -> tuple[Mark, Heard, list[Call]]:
        mark = self._mark(scenario)
        heard = await self.ask(scenario.name, mark, stream=stream)
        calls = await self._settled(mark)
        return judge(scenario, heard, calls, self._patience.late), heard, calls

    async def _answer(self, scenario: Scenario) -> Sequence[Row]:
        streamed = await self._stream(scenario)
        return *streamed, await self._row(scenario, stream=False)

    async def _stream(self, scenario: Scenario) -> Sequence[Row]:
        return (await self._row(scenario, stream=True),)

    async def _row(self, scenario: Scenario, *, stream: bool) -> Row:
        self._simulator.forget(scenario.name)
        mark, heard, calls = await self._one(scenario, stream=stream)
        name = scenario.name if stream else f"{scenario.name}, whole"
        return Row(scenario, name, mark, told(heard), seen(calls))

    async def _recovery(self, scenario: Scenario) -> Sequence[Row]:
        """Call on, while the model is unwell and until it serves again."""
        fault = scenario.behaviour.fault
        assert fault is not None, "what recovers was unwell"
        self._simulator.forget(scenario.name)
        fit_at = self._clock.now() + fault.span
        marks: list[Mark] = []
        attempts: list[Call] = []
        back: float | None = None
        while back is None and self._clock.now() < fit_at + RETURN:
            mark, _, calls = await self._one(scenario, stream=True)
            marks.append(mark)
            attempts += (call for call in calls if call.model == scenario.name)
            if attempts and attempts[-1].ending is Ending.ANSWERED:
                back = max(0.0, attempts[-1].began - fit_at)
            else:
                await self._clock.sleep(self._patience.every)
        when = "never used again" if back is None else f"used again {back:.1f} s after its recovery"
        verdict = judge_return(marks, back)
        clean = sum(mark.grade == "pass" for mark in marks)
        caller = f"{len(marks)} calls, {clean} whole and clean"
        return (Row(scenario, scenario.name, verdict, caller, f"{len(attempts)} attempts, {when}"),)

    async def _leaving(self, scenario: Scenario) -> Sequence[Row]:
        """Leave in the middle, and see how soon the providers hear of it."""
        mark = self._mark(scenario)
        heard = await self.ask(scenario.name, mark, stream=True, patience=LISTENS)
        left_at = self._clock.now()
        calls = await self._settled(mark, LEFT_LATE)
        if not heard.hung:
            verdict = judge(scenario, heard, calls, self._patience.late)
            return (Row(scenario, scenario.name, verdict, told(heard), seen(calls)),)
        noticed = _noticed(calls, left_at)
        caller = f"{heard.status or 'nothing'}, left after {heard.took:.1f} s"
        after = "" if noticed is None else f" {noticed * 1000:.0f} ms later"
        return (Row(scenario, scenario.name, judge_leaving(noticed), caller, seen(calls) + after),)

    _EXAMS: ClassVar[dict[Exam, Callable[["Examiner", Scenario], Awaitable[Sequence[Row]]]]] = {
        Exam.ANSWER: _answer,
        Exam.STREAM: _stream,
        Exam.ACCOUNT: _answer,
        Exam.RECOVERY: _recovery,
        Exam.LEAVING: _leaving,
    }


def _noticed(calls: Sequence[Call], left_at: float) -> float | None:
    """Seconds until the last provider knew that the caller had left; None where one never heard of it."""
    if any(call.ending is None for call in calls):
        return None
    known = (call.closed_by_peer for call in calls)
    return max((max(0.0, at - left_at) for at in known if at is not None), default=0.0)
