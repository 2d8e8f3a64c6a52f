"""What targets have refused by name, so that the next call is written without it.

It is learned from a call that was refused, and then served without the field. It is forgotten after an hour: servers are
replaced behind their addresses, and what a lesson takes from an answer should not be lost for good.

Invariant: a lesson changes how calls are written and nothing else; where nothing was learned, `known` is empty, and nobody
asks further.
"""

from __future__ import annotations

from typing import Final, TypeAlias

from proxy.codecs.plain.refused import LIMITS, without
from proxy.core.shape import ChatRequest, Target

SPAN: Final = 3600.0
"""Seconds for which a lesson holds."""
MAX_KEPT: Final = 256
"""Lessons that are kept: callers can name models."""
MAX_TAUGHT: Final = 16
"""Credentials of one target for which what was made is kept."""

_Key: TypeAlias = tuple[str, str, str, bool]


class Lesson:
    """What one target refuses.

    Args:
        names: The fields.
        until: Loop time at which it is forgotten.
    """

    __slots__ = ("_taught", "names", "until")

    def __init__(self, names: frozenset[str], until: float) -> None:
        self.names = names
        self.until = until
        self._taught: dict[Target, Target] = {}

    def to(self, target: Target) -> Target:
        """The target as it is to be written to. A caller's own key is not remembered."""
        taught = self._taught.get(target)
        if taught is None:
            # What this step of a cascade sets by itself is the operator's: it was another's call that was refused.
            own = target.params.keys() - LIMITS.keys()
            taught = without(target, self.names - own)
            if not target.passthrough:
                if len(self._taught) >= MAX_TAUGHT:
                    self._taught.clear()
                self._taught[target] = taught
        return taught


class Lessons:
    """Of one process."""

    def __init__(self) -> None:
        self.known: dict[_Key, Lesson] = {}
        """By target and by whether the call reasons, since what a model refuses then it may take otherwise."""

    def taught(self, target: Target, request: ChatRequest, now: float) -> Target:
        """The target as a call is to be written to it.

        Args:
            target: Who is asked.
            request: What is asked.
            now: Loop time.
        """
        key = _key_of(target, request)
        lesson = self.known.get(key)
        if lesson is None:
            return target
        if lesson.until <= now:
            del self.known[key]
            return target
        return lesson.to(target)

    def learn(
        self, target: Target, request: ChatRequest, names: frozenset[str], now: float
    ) -> None:
        """A target has served a call without fields that it had refused.

        Args:
            target: As the configuration has it.
            request: What was asked.
            names: The fields.
            now: Loop time.
        """
        key = _key_of(target, request)
        before = self.known.pop(key, None)
        if before is not None and before.until > now:
            # Of a limit's two names the one refused last is the wrong one.
            names |= before.names - {LIMITS[name] for name in names & LIMITS.keys()}
        elif len(self.known) >= MAX_KEPT:
            del self.known[next(iter(self.known))]
        self.known[key] = Lesson(names, now + SPAN)


def _key_of(target: Target, request: ChatRequest) -> _Key:
    return target.name, target.protocol, target.base_url, request.reasons
