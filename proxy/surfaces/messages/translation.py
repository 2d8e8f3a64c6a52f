"""A streamed answer of any provider as a Messages stream.

`message_delta` waits for the end, because usage comes last in chat and must be in it.

Source: https://platform.claude.com/docs/en/build-with-claude/streaming (read 2026-11-20).
"""

from __future__ import annotations

from proxy.core.output import is_output
from proxy.core.shape import ChatRequest, Chunk, Json
from proxy.surfaces.messages.events import Events
from proxy.surfaces.messages.identity import message_id
from proxy.surfaces.messages.tokens import usage_of, whole_usage_of
from proxy.surfaces.messages.voice import Voice


class Translation:
    """The stream of one answer, or of the rest of one.

    Args:
        request: The call that is answered.
        model: In place of the provider's name of the model.
        resumed_at: Where another stream has begun the message: the index of the next block.
    """

    def __init__(
        self, request: ChatRequest, model: str | None, *, resumed_at: int | None = None
    ) -> None:
        self._request = request
        self._model = model
        self._started = resumed_at is not None
        self._events = Events(resumed_at or 0)
        self._voice: Voice | None = None
        self._usage: Json | None = None

    def feed(self, chunk: Chunk) -> bytes:
        """The frames to send now.

        Raises:
            ProxyError: MALFORMED or OVERSIZED, for calls that cannot be told.
        """
        self._usage = chunk.get("usage") or self._usage
        if self._voice is None and not chunk.get("id") and not is_output(chunk):
            # Azure opens with its filter's verdict under an empty id; the id comes with what is said.
            return b""
        voice = self._voice or self._begin(chunk)
        for choice in chunk.get("choices") or ():
            if not choice.get("index"):
                voice.take(choice)
        return self._events.take()

    def resume(self, mark: Json) -> bytes:
        """Another run goes on: what is open ends, and the next block says so."""
        if self._voice is not None:
            self._voice.close(cut_short=True)
        self._events.mark = mark
        return self._events.take()

    def finish(self, report: Json | None) -> bytes:
        """The rest: how it ended, what was used, `report` in the last event.

        Raises:
            ProxyError: MALFORMED for a call whose arguments are not JSON.
        """
        voice = self._voice or self._begin({})
        voice.close()
        self._events.end(voice.ending.wire(), usage_of(self._usage, voice.searched))
        self._events.stop(report)
        return self._events.take()

    def _begin(self, chunk: Chunk) -> Voice:
        known = message_id(self._request, chunk)
        if not self._started:
            model = self._model if self._model is not None else chunk.get("model")
            self._events.start(known, model or self._request.model, whole_usage_of(self._usage))
        stops = self._request.body.get("stop") or ()
        asked = self._request.must_search != ""
        self._voice = Voice(self._events, known, stops, searches=asked)
        return self._voice
