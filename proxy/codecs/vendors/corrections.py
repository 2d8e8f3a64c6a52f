"""The corrections that one answer needs, as its target's quirks name them.

Invariant: what needs no correction is returned as the very object that came.
"""

from __future__ import annotations

from typing import Final

from proxy.codecs.vendors.registry import RESPONSE, TEXTS, Reader
from proxy.core.shape import Json, Target


class Corrections:
    """Serves one answer.

    Args:
        target: Whose answer it is; None for one of whom nothing is known.
        first: Readers that see a frame before those of the quirks.
        of_calls: Readers that see it before these, and change nothing but tool calls.
    """

    __slots__ = ("_readers", "_usages", "spare_all", "spare_text", "spared")

    def __init__(
        self,
        target: Target | None,
        first: tuple[Reader, ...] = (),
        of_calls: tuple[Reader, ...] = (),
    ) -> None:
        names = target.quirks.response if target else ()
        rows = [RESPONSE[name] for name in names]
        self._usages = [row.usage for row in rows if row.usage]
        self._readers = [*of_calls, *first]
        if target:
            self._readers += [row.reader(target) for row in rows if row.reader]
        spared = [row.spares for row in rows if row.reader]
        spared += [TEXTS - {"arguments"} for _ in of_calls] + [frozenset[str]() for _ in first]
        self.spared: frozenset[str] = TEXTS.intersection(*spared)
        """The texts that no reader looks at, where one after the other comes."""
        self.spare_text = TEXTS - {"arguments"} <= self.spared
        """Whether a frame that is nothing but text needs none."""
        self.spare_all = not (self._readers or self._usages)
        """Whether no frame does."""

    def frame(self, frame: Json) -> Json:
        """A frame of a stream, or a whole answer; to be called in order."""
        for read in self._readers:
            frame = read(frame)
        return frame

    def usage(self, usage: Json | None) -> Json | None:
        """A `usage` object."""
        if usage is not None:
            for correct in self._usages:
                usage = correct(usage)
        return usage


NONE: Final = Corrections(None)
"""For answers that need none."""


def corrections_for(
    target: Target, first: tuple[Reader, ...] = (), of_calls: tuple[Reader, ...] = ()
) -> Corrections:
    """Those of an answer, as `Corrections` takes them; most need none, and share it."""
    if not (target.quirks.response or first or of_calls):
        return NONE
    return Corrections(target, first, of_calls)
