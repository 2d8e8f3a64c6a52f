"""Tries that begin before their cascade, at one line to a target, and what goes on with them."""

import asyncio

import httpx

from proxy.core.errors import ProxyError
from proxy.engine.resume import Answer
from proxy.upstream.origin import Origin
from tests.support.lines import Switchboard
from tests.support.script import DONE, ROLE, STOP, USAGE, Batches, asks, chunk, plan

ONE = plan("a")
TWO = plan("a", "b")
SPEAKS = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
SPEAKS_AWS = SPEAKS.replace(b"text/event-stream", b"application/vnd.amazon.eventstream")
SPEAKS_PLAINLY = SPEAKS.replace(b"text/event-stream", b"text/plain")


def part(data):
    """A chunk of HTTP."""
    return b"%x\r\n%b\r\n" % (len(data), data)


ROLE_SAID, HI_SAID, LO_SAID = map(part, (ROLE, chunk({"content": "hi"}), chunk({"content": "lo"})))
LAST_SAID = part(STOP + USAGE + DONE) + b"0\r\n\r\n"


def origin(name):
    return Origin.of(httpx.URL(f"http://{name}"))


class Scene(Switchboard):
    """A head start at target `a`."""

    async def begun(self, steps=ONE, request=None):
        self.plan = steps
        self.request = request or asks(stream=False)
        self.line = await self.open(origin("a"))
        self.start = self.dispatcher.begin(steps, self.request)
        return self

    def go_on(self, **more):
        """A cascade that goes on with it."""
        run = self.cascade.open(self.plan, self.request, "req_1", head_start=self.start, **more)
        return self.ended(run)

    async def asked(self, turn=0.0):
        """The next try's line, once something was sent on it; `turn` are seconds between two looks."""
        while len(self.lines) < 2 or not self.lines[1].written:
            await asyncio.sleep(turn)
        return self.lines[1]


class Stage(Scene):
    """A stream that began before there was a run."""

    async def speaking(self, *said):
        await self.begun(ONE, asks())
        await asyncio.sleep(0.5)
        for piece in said or (SPEAKS + ROLE_SAID + HI_SAID,):
            self.line.says(piece)
        started = self.start.listen_in(self.request, 1)
        self.lane = self.dispatcher.commit(self.start, self.request, started)
        self.outlet = Batches()
        self.outlet.take(started.chunks)
        self.woken = []
        return started

    def pour(self):
        """Pour without a task."""
        pour = self.lane.attempt.pouring(self.outlet)
        pour.begin(lambda: self.woken.append(asyncio.get_running_loop().time()))
        return pour

    @property
    def said(self):
        chunks = [one for batch in self.outlet.batches for one in batch]
        return "".join(
            choice["delta"].get("content") or "" for one in chunks for choice in one["choices"]
        )

    async def rest(self):
        """A run goes on with it: what it tells, and the failure, if there is one."""
        run = self.cascade.open(self.plan, self.request, "req_1", head_start=self.start)
        async with run as outcome:
            answer = Answer(outcome, "")
            try:
                await answer.pour(self.outlet)
            except ProxyError as error:
                return outcome.run, error.kind
            return answer.run, None
