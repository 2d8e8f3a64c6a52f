"""Chunks of one streamed answer into the events that Anthropic's clients read.

An answer whose provider speaks this protocol is relayed, any other is translated. What began as a relay and was cut is
gone on with in translation, whoever goes on.

Invariant: one `message_start` and one `message_stop`, the latter from `finish` alone; after `late` nothing.
Source: https://platform.claude.com/docs/en/build-with-claude/streaming (read 2026-11-20).
"""

from __future__ import annotations

from proxy.core.errors import ProxyError
from proxy.core.mark import mark_of
from proxy.core.shape import ChatRequest, Chunk, Json
from proxy.surfaces.messages.errors import error_body
from proxy.surfaces.messages.frames import PING, frame
from proxy.surfaces.messages.relay import Relay, is_native
from proxy.surfaces.messages.translation import Translation


class MessagesEncoder:
    """The stream of one answer. `feed` as often as chunks come, then `finish` or `late` once.

    Args:
        request: The call that is answered.
        model: In place of the provider's name of the model.
    """

    def __init__(self, request: ChatRequest, model: str | None = None) -> None:
        self._request = request
        self._model = model
        self._way: Relay | Translation | None = None

    def feed(self, chunk: Chunk) -> bytes:
        """The frames to send now; empty where the chunk says nothing to this caller.

        Raises:
            ProxyError: MALFORMED or OVERSIZED, for calls that cannot be told.
        """
        if self._way is None:
            native = is_native(chunk.get("native"))
            self._way = Relay(self._model) if native else self._translation()
        mark = mark_of(chunk) if "firstbyte" in chunk else None
        if mark is None:
            return self._way.feed(chunk)
        return self._resume(mark) + self._way.feed(chunk)

    def finish(self, report: Json | None = None) -> bytes:
        """What is held back, `report` as `firstbyte` in the last event, and `message_stop`.

        Raises:
            ProxyError: MALFORMED for a call whose arguments are not JSON.
        """
        way = self._way or self._translation()
        return way.finish(report)

    def late(self, error: ProxyError, request_id: str) -> bytes:
        """An error event; no `message_stop`, because the answer is not whole."""
        return frame("error", error_body(error, request_id))

    def heartbeat(self) -> bytes:
        """A ping, which these clients expect where others take a comment."""
        return PING

    def _resume(self, mark: Json) -> bytes:
        if isinstance(self._way, Relay):
            closed = self._way.interrupt()
            self._way = self._translation(resumed_at=self._way.next_index)
            return closed + self._way.resume(mark)
        assert self._way is not None
        return self._way.resume(mark)

    def _translation(self, *, resumed_at: int | None = None) -> Translation:
        return Translation(self._request, self._model, resumed_at=resumed_at)
