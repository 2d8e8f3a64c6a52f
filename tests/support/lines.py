"""Connections to providers whose other end is the test: what was sent is kept, and what is said is heard at once."""

import asyncio
import random

from proxy.codecs.openai import OpenAI
from proxy.core.outbox import Outbox
from proxy.engine.cascade import Cascade, Committed
from proxy.engine.dispatch import Dispatcher
from proxy.route.health import Health
from proxy.upstream.client import Upstream
from proxy.upstream.http1 import READ_SIZE, Connection
from proxy.upstream.transport import Transport
from tests.support.virtual import LoopClock


class AtOnce(Outbox):
    """No test need wait for the end of a turn to see what was sent."""

    put = Outbox.send


AT_ONCE = AtOnce()


class Mark:
    """The low-water mark of a line's socket."""

    def __init__(self, lowered):
        self.size = 1
        self._lowered = lowered

    def set(self, size):
        is_lower = size < self.size
        self.size = size
        if is_lower:
            self._lowered()


class Line(asyncio.Transport):
    """One connection.

    Args:
        origin: Of the provider.
        pool: Whose it is.
        gathers: Whether the system below it lets bytes gather; where not, nothing is read meanwhile.
    """

    def __init__(self, origin, pool, *, gathers=False):
        super().__init__()
        self.written = b""
        self._view = memoryview(bytearray(READ_SIZE))
        self._is_closing = False
        self.is_paused = False
        """Whether the connection reads nothing now."""
        self._held = b""
        self.mark = Mark(self._lowered) if gathers else None
        self.connection = Connection(origin, self._view, AT_ONCE, pool.give, pool.forget)
        self.connection.connection_made(self)
        self.connection._mark = self.mark
        pool.admit(self.connection)

    def says(self, data):
        """The provider's next bytes, in one read; where nothing is read now, in one with what follows them."""
        self._held += data
        most = len(self._view)
        while self._held and not self.is_quiet(len(self._held)):
            piece, self._held = self._held[:most], self._held[most:]
            self._view[: len(piece)] = piece
            self.connection.buffer_updated(len(piece))

    def is_quiet(self, size=1):
        """Whether so many bytes more would not be read now."""
        return self.is_paused or (self.mark is not None and size < self.mark.size)

    def hangs_up(self):
        """The provider has closed, and what it said before is read."""
        held, self._held = self._held, b""
        if held:
            self._view[: len(held)] = held
            self.connection.buffer_updated(len(held))
        self._is_closing = True
        self.connection.connection_lost(None)

    def write(self, data):
        self.written += bytes(data)

    def is_closing(self):
        return self._is_closing

    def abort(self):
        if not self._is_closing:
            self._is_closing = True
            asyncio.get_running_loop().call_soon(self.connection.connection_lost, None)

    def get_write_buffer_size(self):
        return 0

    def set_write_buffer_limits(self, high=None, low=None):
        """All is written at once."""

    def pause_reading(self):
        self.is_paused = True

    def resume_reading(self):
        self.is_paused = False
        self._lowered()

    def _lowered(self):
        """As with a poller, what is ready in this turn of the loop is done before what is here is read."""
        loop = asyncio.get_running_loop()
        loop.call_soon(loop.call_soon, self._read_held)

    def _read_held(self):
        if self._held:
            self.says(b"")


class Switchboard:
    """A cascade whose targets are reached over such lines."""

    def __init__(self, *, gathers=False):
        self.transport = Transport()
        self._gathers = gathers
        self.transport._open = self._dial
        self.facts = []
        self.lines = []
        self.health = Health(random.Random(1).random)
        self.dispatcher = Dispatcher(
            {"openai": OpenAI()}, Upstream(self.transport), LoopClock(), self.health
        )
        self.cascade = Cascade(self.dispatcher, random.Random(1), self.facts.append)

    async def _dial(self, origin):
        self.lines.append(Line(origin, self.transport.pool, gathers=self._gathers))
        return self.lines[-1].connection

    async def open(self, origin):
        """A line that is open and idle."""
        self.transport.pool.give(await self._dial(origin))
        return self.lines[-1]

    async def ended(self, run):
        """How a run ends: its cascade, and the text of the answer or the kind of the failure."""
        async with run as outcome:
            tried = [(each.target, each.kind, each.ms) for each in outcome.run.tried]
            if isinstance(outcome, Committed):
                return tried, outcome.lane.attempt.whole()["choices"][0]["message"]["content"]
            return tried, outcome.error.kind

    def in_flight(self):
        """Calls that are under way by the records of health."""
        return sum(count for _, _, count, *_ in self.health.states(0.0))
