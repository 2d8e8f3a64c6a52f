"""How a try at a target is put on its way: begun at once, begun in a lane, or gone on with once it speaks.

Nothing is decided here about who is tried, or what a failure means: `cascade.py` asks for a lane for each try that its
loop makes, and a call that can be asked for in the turn of the loop that read it asks for a head start.

Invariant: `begin` waits for nothing, and where it gives None nobody was asked; every head start and every lane has
entered the records of health.
"""

from collections.abc import Callable, Mapping
from typing import Final

from proxy.codecs.codec import Codec, Passing
from proxy.core.clock import Clock
from proxy.core.errors import ProxyError
from proxy.core.lazy import LazyMap
from proxy.core.shape import ChatRequest
from proxy.engine.attempt import Attempt
from proxy.engine.head_start import HeadStart, Started
from proxy.engine.lane import Lane
from proxy.route.health import Health
from proxy.route.lessons import Lessons
from proxy.route.plan import Candidate, Plan
from proxy.upstream.client import Upstream
from proxy.upstream.sent import Sent

LEAST_TIME: Final = 1.0
"""Seconds: no attempt starts with less left."""


class Dispatcher:
    """Asks targets.

    Args:
        codecs: By protocol name.
        upstream: The door to providers.
        clock: Time.
        health: How targets are doing.
    """

    def __init__(
        self, codecs: Mapping[str, Codec], upstream: Upstream, clock: Clock, health: Health
    ) -> None:
        self.clock = clock
        self.health = health
        self.lessons = Lessons()
        """What targets have refused."""
        self._codecs = codecs
        self._passing = LazyMap(codecs, self._passing_of)
        self._upstream = upstream

    def begin(
        self, plan: Plan, request: ChatRequest, may_ask: Callable[[], bool] | None = None
    ) -> HeadStart | None:
        """Ask the first target of a plan at once; None, and nobody is asked, where there is something to decide or wait for.

        Args:
            plan: A settled one.
            request: A call of texts.
            may_ask: Has the last word, if nothing else stands against it; None: nobody need have it.
        """
        candidate = plan.steps[0].candidates[0]
        target, now = candidate.target, self.clock.now()
        is_simple = candidate.limits.hedge_after is None and plan.total_timeout >= LEAST_TIME
        if not is_simple or (len(request.raw) > plan.room and not plan.suits(request)):
            return None
        record = self.health.well(target, now)
        if record is None:
            return None
        codec = self._codecs[target.protocol]
        try:
            lessons = self.lessons
            asked = lessons.taught(target, request, now) if lessons.known else target
            call, within = codec.encode(request, asked), candidate.limits.connect_timeout
            if call.pauses or (may_ask is not None and not may_ask()):
                return None
            # What is made of a stream takes longer than a turn should: its call does not wait behind others.
            sent = self._upstream.begin(call, connect_timeout=within, soon=not request.stream)
        except ProxyError:
            return None
        if sent is None:
            return None
        passing, entry = self._passing[target.protocol], record.enter(target, now)
        return HeadStart(candidate, codec, passing, sent, self.health, entry, now)

    def commit(self, head_start: HeadStart, request: ChatRequest, started: Started) -> Lane:
        """Stay with a target that has begun to stream. What it has said so far is the caller's.

        Args:
            head_start: The try.
            request: What was asked.
            started: What it has said.

        Raises:
            ProxyError: OVERSIZED.
        """
        lane = self.lane(head_start.candidate, request, head_start=head_start)
        attempt, sent = lane.attempt, head_start.sent
        attempt.spoke(self._upstream.reply(sent, started.head.fields), started.decoder)
        attempt.count(sent.exchange.read())
        attempt.note(started.chunks)
        lane.speaks(self.clock.now())
        head_start.lane = lane
        return lane

    def lane(
        self,
        candidate: Candidate,
        request: ChatRequest,
        *,
        extra: bool = False,
        head_start: HeadStart | None = None,
    ) -> Lane:
        """A try at a target: a fresh one, `extra` where a budget let it through, or one that has begun."""
        sent = head_start.sent if head_start is not None else None
        entry = head_start.entry if head_start is not None else None
        attempt = self.attempt(candidate, request, sent)
        return Lane(candidate, attempt, self.health, self.clock, extra=extra, entry=entry)

    def attempt(self, candidate: Candidate, request: ChatRequest, sent: Sent | None) -> Attempt:
        """The try itself; `sent` where its call is out already."""
        codec = self._codecs[candidate.target.protocol]
        return Attempt(candidate, request, codec, self._upstream, self.clock, sent, self.lessons)

    def _passing_of(self, protocol: str) -> Passing | None:
        """Its codec, where answers can go on as they came; asked once, since to look for a codec's methods takes long."""
        codec = self._codecs[protocol]
        return codec if isinstance(codec, Passing) else None
