"""One call's way through its plan: who is next, and who was passed over. Decides; neither waits nor calls.

Whoever is fit and not yet tried is next, step by step, and behind all of them who was only outrun; who is in a slow
start is passed over for part of the calls while others stand. Where nobody is fit and nobody was tried, the one that is
free soonest is tried anyway.

The keys of one provider are equals too, but one target: where a failure says nothing of the key, whoever else is left
comes before the target's other keys, and after a timeout nobody waits for it with another key.

Invariant: no candidate comes twice but one that was given back, and none is given back but who was asked, so a way always
ends; none that is unfit comes while a fit one stands, and none that is over a limit which is set for it comes at all.
"""

from collections.abc import Callable
from typing import Final

from proxy.core.errors import Kind, ProxyError
from proxy.core.shape import ChatRequest, Target
from proxy.route.exhausted import OVER
from proxy.route.fit import unfit
from proxy.route.health import Health, Rest
from proxy.route.plan import Candidate, Plan, Step
from proxy.route.pool import choose

LEAST_WAIT: Final = 1.0
"""Seconds after which a target may have tokens again."""
_OF_A_KEY: Final = frozenset({Kind.AUTH, Kind.QUOTA, Kind.PERMISSION, Kind.RATE_LIMIT})
"""What may be otherwise with another key of the same provider."""
_SLOW: Final = frozenset({Kind.CONNECT_TIMEOUT, Kind.FIRST_BYTE_TIMEOUT, Kind.IDLE_TIMEOUT})
_FAILED: Final = "it failed lately and rests"
_RESTS: Final = {
    Kind.AUTH: "its key was refused lately, and rests",
    Kind.QUOTA: "its key had no quota left lately, and rests",
    Kind.PERMISSION: "its key was refused for this model lately, and rests",
    Kind.RATE_LIMIT: "it limited its callers lately and rests",
    Kind.NOT_FOUND: "its model was not found lately, and rests",
}
"""What callers hear of a cool-down, by the kind that it comes from."""


class Way:
    """The order in which one call tries its targets.

    Args:
        plan: What may be tried.
        request: The call; targets that cannot serve it are left out from the start.
        health: How targets are doing.
        draw: Gives numbers from [0, 1).
    """

    __slots__ = (
        "_asked",
        "_draw",
        "_health",
        "_left",
        "_passed",
        "_request",
        "_spare",
        "_unable",
    )

    def __init__(
        self, plan: Plan, request: ChatRequest, health: Health, draw: Callable[[], float]
    ) -> None:
        self._health = health
        self._draw = draw
        self._request = request
        self._left: list[tuple[Step, list[Candidate]]] = []
        self._spare: list[tuple[Step, list[Candidate]]] = []
        """Further keys of targets that have failed: for when nobody else is left."""
        self._asked = 0
        self._unable: list[tuple[str, ProxyError]] = []
        self._passed: dict[int, tuple[str, ProxyError]] = {}
        for step in plan.steps:
            able = [candidate for candidate in step.candidates if self._is_able(candidate, request)]
            if plan.over:
                able = [candidate for candidate in able if self._has_more(candidate, plan.over)]
            if able:
                self._left.append((step, able))

    @property
    def skipped(self) -> list[tuple[str, ProxyError]]:
        """Targets that were passed over and not tried after all, each with why."""
        return [*self._unable, *self._passed.values()]

    @property
    def is_last(self) -> bool:
        """Whether nobody is left to be tried."""
        return not (self._left or any(left for _, left in self._spare))

    def has_next(self, now: float, by: float) -> bool:
        """Whether somebody who has not failed yet may be asked now, or at a time to come.

        That time may be over: a clock strikes when it was due, or later, and who may be asked is free from now on.
        """
        health, latest = self._health, max(now, by)
        left = (candidate for _, candidates in self._left for candidate in candidates)
        return any(health.fitness(candidate.target, now).free_at <= latest for candidate in left)

    @property
    def steps_left(self) -> int:
        """Steps that have somebody who has not failed yet."""
        return len(self._left)

    def next(self, now: float) -> Candidate | None:
        """Who is tried now; None where nobody is left who should be."""
        found = (
            self._first_fit(self._left, now, patient=True)
            or self._first_fit(self._left, now, patient=False)
            or self._first_fit(self._spare, now, patient=False)
        )
        if found is None and not self._asked:
            found = self._soonest(now)
        self._say_who_was_passed_over(found, now)
        if found is None:
            self._left.clear()
            self._spare.clear()
            return None
        self._asked += 1
        self._take(found[1])
        return found[1]

    def go_on_with(self, candidate: Candidate) -> None:
        """A candidate of the plan is being tried already."""
        self._asked += 1
        self._take(candidate)

    def give_back(self, candidate: Candidate) -> None:
        """A candidate that was asked has done nothing wrong: it may be asked again, after everybody else."""
        self._left.append((Step((candidate,)), [candidate]))

    def could_not(self, name: str, error: ProxyError) -> None:
        """A target that was to be asked cannot serve the request after all: it was passed over as well."""
        self._asked -= 1
        self._unable.append((name, error))

    def go_past(self, candidate: Candidate, error: ProxyError, attempts: int) -> None:
        """A candidate failed, and is not asked again: whether its target's other keys keep their place before others.

        Args:
            candidate: Who failed.
            error: How.
            attempts: That are left to the call; each step has one of them before a further key has.
        """
        name = candidate.target.name
        if all(other.target.name == name for _, left in self._left for other in left):
            return
        if error.kind in _OF_A_KEY and attempts >= self.steps_left:
            return
        for step, left in self._left:
            keys = [other for other in left if other.target.name == name]
            if keys and any(other is candidate for other in step.candidates):
                left[:] = [other for other in left if other.target.name != name]
                if error.kind not in _SLOW:
                    self._spare.append((step, keys))
        self._left = [pair for pair in self._left if pair[1]]

    def beside(
        self, first: Candidate, now: float, may: Callable[[Target, float], bool]
    ) -> Candidate | None:
        """Who may be tried beside the one under way: somebody fit whose budget allows it, or nobody.

        Another target goes before another key of the same one, which is as slow.
        """
        name = first.target.name
        others = [
            (step, [other for other in left if other.target.name != name])
            for step, left in self._left
        ]
        found = self._first_fit(others, now, patient=True) or self._first_fit(
            self._left, now, patient=True
        )
        if found is None or not may(found[1].target, now):
            return None
        self._asked += 1
        self._take(found[1])
        return found[1]

    def _first_fit(
        self, among: list[tuple[Step, list[Candidate]]], now: float, *, patient: bool
    ) -> tuple[Step, Candidate] | None:
        """The choice of the first step that has somebody fit; with patience, a slow start may pass the call on."""
        for step, left in among:
            fit = []
            for candidate in left:
                share = self._health.fitness(candidate.target, now).share
                if share > 0.0 and (not patient or share >= 1.0 or self._draw() < share):
                    fit.append(candidate)
            if len(fit) == 1:
                return step, fit[0]
            if fit:
                session = session_of(self._request)
                return step, choose(fit, step.balance, self._health, self._draw, session)
        return None

    def _soonest(self, now: float) -> tuple[Step, Candidate] | None:
        left = [(step, candidate) for step, candidates in self._left for candidate in candidates]
        return min(
            left, key=lambda pair: self._health.fitness(pair[1].target, now).free_at, default=None
        )

    def _take(self, candidate: Candidate) -> None:
        self._passed.pop(id(candidate), None)
        # By identity: equals are equal.
        for _, left in (*self._left, *self._spare):
            left[:] = [other for other in left if other is not candidate]
        self._left = [pair for pair in self._left if pair[1]]

    def _say_who_was_passed_over(self, found: tuple[Step, Candidate] | None, now: float) -> None:
        for step, left in self._left:
            if found is not None and step is found[0]:
                return
            for candidate in left:
                error = self._passed_over(candidate.target, now)
                self._passed.setdefault(id(candidate), (candidate.target.name, error))

    def _passed_over(self, target: Target, now: float) -> ProxyError:
        free = self._health.fitness(target, now).free_at
        wait = max(0.0, free - now)
        why, cause = "it failed lately and gets part of the calls for now", None
        if wait:
            rest = self._health.rest(target, now)
            # Its circuit may be open for longer than what cools down.
            cause = _cause(rest) if rest is not None and rest.until >= free else None
            why = f"{_RESTS[cause] if cause else _FAILED} for another {wait:.0f} s"
        error = ProxyError(Kind.CIRCUIT_OPEN, f"not asked: {why}", retry_after=wait)
        error.cause = cause
        return error

    def _has_more(self, candidate: Candidate, over: frozenset[str]) -> bool:
        """Whether a target has not given all that it may in this minute."""
        name, rpm = candidate.target.name, candidate.limits.rpm
        if name not in over:
            return True
        why = "not asked: it has no more of the requests or tokens a minute that are set for it"
        error = ProxyError(
            Kind.RATE_LIMIT, why, code=OVER, retry_after=60.0 / rpm if rpm else LEAST_WAIT
        )
        self._unable.append((name, error))
        return False

    def _is_able(self, candidate: Candidate, request: ChatRequest) -> bool:
        why = unfit(request, candidate.target)
        if why is not None:
            self._unable.append((candidate.target.name, ProxyError(Kind.UNSUPPORTED, why)))
        return why is None


def _cause(rest: Rest) -> Kind | None:
    """What a target is told to rest from: where it is a key, the target has done nothing."""
    if rest.kind is None:
        return Kind.AUTH if rest.part == "key" else None
    return rest.kind


def session_of(request: ChatRequest) -> str:
    """What a call belongs to, where it says so: its prompt cache key, else its user."""
    for field in ("prompt_cache_key", "user"):
        value = request.body.get(field)
        if isinstance(value, str) and value:
            return value
    return ""
