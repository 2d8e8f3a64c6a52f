"""The headers of chat calls to one target, of which all but a call's place in a trace are the same each time.

Invariant: what is kept is the target's own, bounded, and never a caller's key; a name stands once.
"""

from __future__ import annotations

from typing import Final

from proxy.core.shape import ChatRequest, Headers, SettledHeaders, Target

MAX_SETTLED: Final = 32
"""That are kept: callers differ in the servers that their calls have passed through."""
MAX_SHARED: Final = 2048
"""Characters of what a caller adds, that it is kept with."""
_PARENT: Final = "traceparent"
_STATE: Final = "tracestate"


class Heads:
    """Of one target.

    Args:
        target: Who is asked.
    """

    __slots__ = ("_for_streams", "_for_wholes", "_is_shared", "settled")

    def __init__(self, target: Target) -> None:
        self._for_streams = _own(target, "text/event-stream")
        self._for_wholes = _own(target, "application/json")
        self._is_shared = not target.passthrough
        self.settled: dict[tuple[bool, Headers], SettledHeaders] = {}
        """What calls share, by whether they stream and by what their callers add."""

    def of(self, request: ChatRequest) -> tuple[Headers, Headers]:
        """The headers of a call: those of its trace, where what the caller adds begins with them, and the rest.

        The caller's that the allow-list let through, then ours, then the target's; the last of a name counts.
        """
        forward = request.forward
        if not self._is_shared or not forward or forward[0][0] != _PARENT:
            return (), self._lines(forward, is_stream=request.stream)
        at = 2 if len(forward) > 1 and forward[1][0] == _STATE else 1
        key = (request.stream, forward[at:])
        settled = self.settled.get(key) or self._settle(key)
        if settled is None:
            return (), self._lines(forward, is_stream=request.stream)
        return forward[:at], settled

    def _settle(self, key: tuple[bool, Headers]) -> SettledHeaders | None:
        """Keep what calls share; None where that is long, or says more of the trace: it would replace what the call says."""
        is_stream, forward = key
        if sum(len(value) for _, value in forward) > MAX_SHARED:
            return None
        settled = SettledHeaders(self._lines(forward, is_stream=is_stream))
        if any(name in (_PARENT, _STATE) for name, _ in settled):
            return None
        if len(self.settled) >= MAX_SETTLED:
            self.settled.clear()
        self.settled[key] = settled
        return settled

    def _lines(self, forward: Headers, *, is_stream: bool) -> Headers:
        headers = dict(forward)
        headers.update(self._for_streams if is_stream else self._for_wholes)
        return tuple(headers.items())


def _own(target: Target, accept: str) -> dict[str, str]:
    headers = {"content-type": "application/json", "accept": accept}
    if target.api_key:
        headers["authorization"] = f"Bearer {target.api_key.reveal()}"
    return {**headers, **dict(target.headers)}
