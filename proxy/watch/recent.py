"""The last calls and what happens just now, for people who look on: metadata alone, never a word of a call.

Calls that ended together are kept packed, as the facts that they are, and told in words when somebody asks: nobody may be
looking.

Invariant: what is kept is bounded, in calls, in targets and in the characters of each; whoever listens is called on the
spot, and must neither wait nor raise.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any, Final, NamedTuple, TypeAlias

from proxy.core import jsons
from proxy.core.errors import Kind, Tried
from proxy.core.facts import AnswerBegan, AnswerResumed, AttemptFailed, CallEnded, Fact, HedgeEnded
from proxy.core.packing import Packing
from proxy.core.price import number
from proxy.core.shape import Json

KEPT: Final = 500
"""Calls."""
TRIES: Final = 60
"""Tries that are remembered of each target."""
TARGETS: Final = 500
"""Targets of which tries are remembered; callers name them, so their number must be bounded."""
MAX_VALUE: Final = 160
"""Characters of a name or code."""
MAX_LIST: Final = 40
"""Attempts, runs and dropped parameters that are kept of a call."""

Listener: TypeAlias = Callable[[str, bytes], None]
"""Takes an event's name and its JSON, which is one line."""


class _Pack(NamedTuple):
    """Calls that ended together."""

    last: int
    """The number of the last of them."""
    facts: bytes | list[CallEnded]
    """They, packed."""


_FACTS: Final = Packing(list[CallEnded])


class Recent:
    """An observer that remembers a little.

    Args:
        catch_up: Called before anything is read: what has happened may not have been heard yet.
        curious: Where it stands while somebody listens.
    """

    hears_wholes_begin = False

    def __init__(
        self, catch_up: Callable[[], None] = lambda: None, curious: list[object] | None = None
    ) -> None:
        self._catch_up = catch_up
        self._curious = [] if curious is None else curious
        self._packs: deque[_Pack] = deque()
        self._tries: OrderedDict[str, deque[tuple[float, Kind | None]]] = OrderedDict()
        self._listeners: list[Listener] = []
        self._count = 0

    def on(self, fact: Fact) -> None:
        """Take note, and let those who listen hear it."""
        if type(fact) is CallEnded:
            (kept,) = self._keep([fact])
            if self._listeners:
                self._tell("call_ended", _call(self._count, kept))
        elif self._listeners:
            name, tell = _EVENTS[type(fact)]
            self._tell(name, tell(fact))

    def on_many(self, facts: Iterator[Fact]) -> None:
        """Take note; where nobody listens, of calls that ended alone."""
        if self._listeners:
            for fact in facts:
                self.on(fact)
            return
        ended = [fact for fact in facts if type(fact) is CallEnded]
        if ended:
            self._keep(ended)

    def calls(self) -> list[Json]:
        """The last calls, the newest first; `seq` counts up from 1 over all that there were."""
        self._catch_up()
        told: list[Json] = []
        for pack in reversed(self._packs):
            facts = reversed(_FACTS.unpack(pack.facts))
            told += [_call(pack.last - back, fact) for back, fact in enumerate(facts)]
        return told[:KEPT]

    def tries(self) -> dict[str, list[Json]]:
        """The last tries of each target, the oldest first: `{ms, result}`."""
        self._catch_up()
        return {
            target: [{"ms": ms, "result": kind or "served"} for ms, kind in tries]
            for target, tries in self._tries.items()
        }

    def listen(self, listener: Listener) -> None:
        """Let somebody hear every event from now on."""
        if not self._listeners:
            self._curious.append(self)
        self._listeners.append(listener)

    def leave(self, listener: Listener) -> None:
        """Let them hear none any more; one who does not listen may leave too."""
        if listener in self._listeners:
            self._listeners.remove(listener)
            if not self._listeners:
                self._curious.remove(self)

    def _keep(self, ended: list[CallEnded]) -> list[CallEnded]:
        """Keep calls that ended together, each as small as it must be."""
        self._count += len(ended)
        small = [fact if _is_small(fact) else _shortened(fact) for fact in ended]
        packs = self._packs
        packs.append(_Pack(self._count, _FACTS.pack(small)))
        while packs[0].last <= self._count - KEPT:
            packs.popleft()
        for fact in small:
            for tried in fact.attempts:
                if not tried.skipped:
                    self._note(tried)
        return small

    def _note(self, tried: Tried) -> None:
        name = tried.target
        tries = self._tries.get(name)
        if tries is None:
            tries = self._tries[name] = deque(maxlen=TRIES)
            if len(self._tries) > TARGETS:
                self._tries.popitem(last=False)
        else:
            self._tries.move_to_end(name)
        tries.append((tried.ms, tried.kind))

    def _tell(self, name: str, value: Json) -> None:
        data = jsons.encode(value)
        for listener in tuple(self._listeners):
            listener(name, data)


def _is_small(fact: CallEnded) -> bool:
    """Whether a fact can be kept as it is. What callers and providers name may be of any length."""
    if fact.dropped or len(fact.attempts) > MAX_LIST:
        return False
    for tried in fact.attempts:
        if len(tried.target) + len(tried.code or "") > MAX_VALUE:
            return False
    return len(fact.asked) + len(fact.alias) + len(fact.served) <= MAX_VALUE


def _shortened(fact: CallEnded) -> CallEnded:
    attempts = (
        replace(t, target=_short(t.target), code=_short(t.code) if t.code else None)
        for t in fact.attempts[:MAX_LIST]
    )
    runs = (replace(run, target=_short(run.target)) for run in fact.runs[:MAX_LIST])
    return replace(
        fact,
        alias=_short(fact.alias),
        asked=_short(fact.asked),
        served=_short(fact.served),
        target=_short(fact.target) if fact.target else None,
        attempts=tuple(attempts),
        runs=tuple(runs),
        dropped=tuple(_short(name) for name in fact.dropped[:MAX_LIST]),
    )


def _call(seq: int, fact: CallEnded) -> Json:
    """What is told of a call."""
    usage, trace, ttft, overhead = fact.usage, fact.trace, fact.ttft_ms, fact.overhead_ms
    return {
        "seq": seq,
        "at": round(fact.at, 3),
        "id": fact.call,
        "surface": fact.surface,
        "alias": fact.alias,
        "asked": fact.asked,
        "target": fact.target,
        "served_model": fact.served or None,
        "outcome": fact.outcome.value,
        "status": fact.status,
        "error": fact.kind.value if fact.kind else None,
        "stream": fact.stream,
        "ttft_ms": None if ttft is None else round(ttft, 1),
        "duration_ms": round(fact.duration_ms, 1),
        "overhead_ms": None if overhead is None else round(overhead, 3),
        "attempts": [_attempt(tried, fact.began) for tried in fact.attempts],
        "runs": [run.target for run in fact.runs],
        "dropped": list(fact.dropped),
        "prompt_tokens": usage.prompt if usage else None,
        "completion_tokens": usage.completion if usage else None,
        "cost_usd": number(fact.cost_usd),
        "team": fact.team or None,
        "key_id": fact.key_id or None,
        "job": fact.job or None,
        "trace_id": trace.id if trace else None,
    }


def _attempt(tried: Tried, began: float) -> Json:
    """One try; `at_ms` counts from the call's arrival, None where the target was passed over."""
    asked = not tried.skipped and tried.began > 0.0
    return {
        "target": tried.target,
        "result": tried.kind.value if tried.kind else "served",
        "status": tried.status,
        "code": tried.code,
        "skipped": tried.skipped,
        "at_ms": round(max(0.0, tried.began - began) * 1000, 1) if asked else None,
        "ms": tried.ms,
    }


def _failed(fact: AttemptFailed) -> Json:
    return {
        **_named(fact),
        "kind": fact.kind.value,
        "status": fact.status,
        "ms": fact.ms,
        "moved_on": fact.moved_on,
    }


def _began(fact: AnswerBegan) -> Json:
    return {**_named(fact), "ttft_ms": round(fact.ttft_ms, 1), "stream": fact.stream}


def _resumed(fact: AnswerResumed) -> Json:
    return {**_named(fact), "mode": fact.mode}


def _hedged(fact: HedgeEnded) -> Json:
    return {"call": _short(fact.call), "alias": _short(fact.alias), "winner": fact.winner}


def _named(fact: AttemptFailed | AnswerBegan | AnswerResumed) -> Json:
    return {
        "call": _short(fact.call),
        "alias": _short(fact.alias),
        "target": _short(fact.target),
    }


_EVENTS: Final[dict[type[Any], tuple[str, Callable[[Any], Json]]]] = {
    AttemptFailed: ("attempt_failed", _failed),
    AnswerBegan: ("answer_began", _began),
    AnswerResumed: ("answer_resumed", _resumed),
    HedgeEnded: ("hedge_ended", _hedged),
}


def _short(value: str) -> str:
    return value if len(value) <= MAX_VALUE else value[:MAX_VALUE] + "…"
