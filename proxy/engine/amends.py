"""What may be changed about a call that was refused, so that the same target can be asked once more within the same try.

Invariant: each change is made once, so that there is an end; nothing is changed but what an answer can do without.
"""

from __future__ import annotations

from typing import Final

from proxy.codecs.codec import Codec, Signed, Sparing
from proxy.codecs.plain.cooler import TEMPERATURE, cooler
from proxy.codecs.plain.refused import LIMITS, without
from proxy.core.errors import ProxyError
from proxy.core.shape import ChatRequest, HttpCall, Target

MOST_FIELDS: Final = 4
"""Refusals of fields by name in one try: some servers name one at a time."""
_MOST_BARE: Final = 2
"""Times in one try that a codec leaves something out itself: a level of thinking, then thinking."""


class Amends:
    """Of one try.

    Args:
        codec: The target's protocol.
        request: What was asked.
        target: Who was asked, as the call was written to it.
    """

    __slots__ = (
        "_bared", "_codec", "_is_cool", "_rounds", "names", "request", "target", "told",
    )  # fmt: skip

    def __init__(self, codec: Codec, request: ChatRequest, target: Target) -> None:
        self.request = request
        """What is to be asked."""
        self.target = target
        """To whom it is to be written."""
        self.names: frozenset[str] = frozenset()
        """Fields that the target has refused."""
        self.told: tuple[str, ...] = ()
        """What the caller asked for and gets otherwise, beside what is left out."""
        self._codec = codec
        self._is_cool = False
        self._rounds = self._bared = 0

    def made(self, failure: ProxyError, call: HttpCall) -> bool:
        """Whether something was changed, after which the target may be asked once more.

        Args:
            failure: How the call was refused.
            call: As it was sent.
        """
        codec = self._codec
        if isinstance(codec, Signed) and self._unsign(codec, failure):
            return True
        return isinstance(codec, Sparing) and (
            self._spare(codec, failure, call) or self._cool(failure)
        )

    def _unsign(self, codec: Signed, failure: ProxyError) -> bool:
        """Without what its codec can leave out of the request itself: what the provider has signed, above all."""
        bare = codec.unsigned(failure, self.request) if self._bared < _MOST_BARE else None
        if bare is None:
            return False
        self.request = bare
        self._bared += 1
        return True

    def _spare(self, codec: Sparing, failure: ProxyError, call: HttpCall) -> bool:
        """Without fields that it refuses by name."""
        names = codec.refused(failure, self.request, call, self.target)
        again = self.names & (names | {LIMITS.get(name, name) for name in names})
        if not names or again or self._rounds == MOST_FIELDS:
            return False
        self.names |= names
        self.target = without(self.target, names)
        self._rounds += 1
        return True

    def _cool(self, failure: ProxyError) -> bool:
        """Cooler, where the model has spoilt its answer."""
        cool = None if self._is_cool else cooler(failure, self.request, self.target)
        if cool is None:
            return False
        self.target, self._is_cool = cool, True
        if TEMPERATURE in self.request.body:
            self.told = (TEMPERATURE,)
        return True
