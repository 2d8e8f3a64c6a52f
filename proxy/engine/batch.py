"""Calls for vectors: a try at one target is as many calls as its provider needs for all the inputs.

To the cascade it is one attempt: it has one place in the records, its parts run under the same clocks, and where one of
them fails the whole request moves on to the next target. The first part goes alone, so that a target that cannot serve
is asked once; the others then go a few at a time.

Invariant: when `begin` has returned or raised, every connection of it is given back; an answer that serves has one
vector for each input, in their order.
"""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import islice
from operator import add
from typing import Final

from proxy.codecs.embeddings.carrier import Carrier, inputs_of, join, split
from proxy.core.clock import Clock
from proxy.core.errors import Kind, ProxyError
from proxy.core.shape import ChatRequest, Completion
from proxy.engine.attempt import Attempt
from proxy.engine.dispatch import Dispatcher
from proxy.engine.turns import in_turns
from proxy.route.plan import Candidate
from proxy.upstream.client import Reply, Upstream
from proxy.upstream.sent import Sent

AT_ONCE: Final = 4
"""Calls of one request that are under way at a time."""
_NUMBER: Final = 4
"""Bytes of a number of a vector, at the least."""


class _Ask(Attempt):
    """One call. Its answer may have millions of numbers: others have a turn while they are read."""

    __slots__ = ("_carrier",)

    def __init__(
        self,
        candidate: Candidate,
        request: ChatRequest,
        codec: Carrier,
        upstream: Upstream,
        clock: Clock,
    ) -> None:
        super().__init__(candidate, request, codec, upstream, clock)
        self._carrier = codec

    async def _decoded(self, reply: Reply, body: bytes) -> Completion:
        created, target = int(self._clock.wall()), self.candidate.target
        steps = self._carrier.steps(
            reply.status, reply.headers, body, created=created, target=target
        )
        return await in_turns(steps)


@dataclass(frozen=True, slots=True)
class _Part:
    """One call of a try."""

    attempt: Attempt
    inputs: int
    """Vectors that are wanted of it."""


class Embedder(Dispatcher):
    """A dispatcher for calls of the dialect `embeddings`; its codecs are those of `carriers`."""

    def attempt(self, candidate: Candidate, request: ChatRequest, sent: Sent | None) -> Attempt:
        """The try itself, in one or more calls."""
        assert sent is None, "only calls of texts begin before their cascade"
        codec = self._codecs[candidate.target.protocol]
        assert isinstance(codec, Carrier), "its codecs are those of `carriers`"
        return Batch(candidate, request, codec, self._upstream, self.clock)


class Batch(Attempt):
    """One try at one target, in one or more calls. What it gives is whole: there are no streams of vectors.

    Args:
        candidate: The target and its limits.
        request: The parsed call; not mutated.
        codec: The target's protocol.
        upstream: The door to providers.
        clock: Time.
    """

    def __init__(
        self,
        candidate: Candidate,
        request: ChatRequest,
        codec: Carrier,
        upstream: Upstream,
        clock: Clock,
    ) -> None:
        super().__init__(candidate, request, codec, upstream, clock)
        self._parts: Sequence[_Part] = [
            _Part(_Ask(candidate, part, codec, upstream, clock), len(inputs_of(part)))
            for part in split(request, candidate.target)
        ]
        self._told: dict[str, str] = {}
        self._numbers = 0

    @property
    def headers(self) -> dict[str, str]:
        """The response headers of the call that was answered last."""
        return self._told

    async def begin(self, first_byte_by: float, whole_by: float) -> ProxyError | None:
        """Ask for all the vectors.

        Args:
            first_byte_by: Loop time by which the first call's answer must begin; each further call may take as long.
            whole_by: Loop time by which all answers must be complete.

        Returns:
            None once they are there, else what went wrong.
        """
        patience = first_byte_by - self._clock.now()

        async def run(parts: Iterator[_Part]) -> None:
            for part in parts:
                await self._ask(part, min(whole_by, self._clock.now() + patience), whole_by)

        waiting = iter(self._parts)
        failures: list[ProxyError] = []
        try:
            await run(islice(waiting, 1))
            async with asyncio.TaskGroup() as group:
                for _ in range(min(AT_ONCE, len(self._parts) - 1)):
                    group.create_task(run(waiting))
        except* ProxyError as group_of:
            failures = [error for error in group_of.exceptions if isinstance(error, ProxyError)]
        told = [part.attempt.usage for part in self._parts if part.attempt.usage is not None]
        self.usage = reduce(add, told) if told else None
        return failures[0] if failures else None

    def whole(self) -> Completion:
        """All the vectors, in the order of the inputs."""
        return join([part.attempt.whole() for part in self._parts])

    async def _ask(self, part: _Part, first_byte_by: float, whole_by: float) -> None:
        """Make one call.

        Raises:
            ProxyError: it came to nothing, or has more or fewer vectors than inputs.
        """
        try:
            error = await part.attempt.begin(first_byte_by, whole_by)
            self.dropped = part.attempt.dropped
            if error is not None:
                raise error
            self._check(part)
            self._told = part.attempt.headers
        finally:
            await part.attempt.aclose()

    def _check(self, part: _Part) -> None:
        vectors = part.attempt.whole()["vectors"]
        if len(vectors) != part.inputs:
            said = f"the provider sent {len(vectors)} vectors for {part.inputs} inputs"
            raise ProxyError(Kind.MALFORMED, said)
        self._numbers += sum(map(len, vectors))
        limit = self.candidate.target.max_answer
        if self._numbers * _NUMBER > limit:
            said = f"the vectors are more than max_answer ({limit} bytes)"
            raise ProxyError(Kind.OVERSIZED, said)
