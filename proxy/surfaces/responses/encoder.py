"""Chunks of one streamed answer into the events that a Responses client reads.

Events that a provider sent in this dialect are relayed; any other answer is told in events of our own. A relay that
another target takes up becomes one of our own for good. The terminal event waits for the provider's proper end.

Invariant: numbers rise from event to event; nothing follows the terminal event, and there is only one.
Source: https://developers.openai.com/api/reference/resources/responses/streaming-events (read 2026-11-21).
"""

from __future__ import annotations

from proxy.core import jsons
from proxy.core.errors import ProxyError
from proxy.core.mark import mark_of
from proxy.core.shape import ChatRequest, Chunk, Json
from proxy.surfaces.responses.failure import error_event, response_error
from proxy.surfaces.responses.relay import DIALECT, Relay, frame, inside
from proxy.surfaces.responses.teller import Teller


class ResponsesEncoder:
    """The stream of one answer. `feed` as often as chunks come, then `finish` or `late` once.

    Args:
        request: The call that is answered.
        model: In place of the provider's name of the model.
    """

    def __init__(self, request: ChatRequest, model: str | None = None) -> None:
        self._teller = Teller(request, model)
        self._relay = Relay(self._teller, model)
        self._number: int | None = None
        """The number of our own next event; None while there is none."""
        self.response: bytes | None = None
        """The whole Response object, once `finish` has written it."""

    def feed(self, chunk: Chunk) -> bytes:
        """The frames to send now; empty where the chunk says nothing to this caller.

        Raises:
            ProxyError: MALFORMED.
        """
        mark = mark_of(chunk) if "firstbyte" in chunk else None
        if self._number is None and mark is None:
            native = chunk.get("native")
            if native is not None and native["dialect"] == DIALECT:
                return self._relay.feed(chunk, native)
            if self._relay.began:
                self._relay.more(chunk)
                return b""
        events = self._taken_up(chunk, mark) if mark is not None else []
        return self._frames([*events, *self._teller.feed(chunk)])

    def finish(self, report: Json | None = None) -> bytes:
        """The terminal event, its response with `report` as `firstbyte`."""
        extra: Json = {} if report is None else {"firstbyte": report}
        if self._number is None and self._relay.last is not None:
            name, payload = self._relay.last
            payload = inside(payload, extra)
            self.response = bytes(jsons.split(payload).get("response", b"{}"))
            return frame(name, payload)
        events = self._teller.end()
        response = {**self._teller.response, **extra}
        self.response = jsons.encode(response)
        last = {"type": f"response.{response['status']}", "response": response}
        return self._frames([*events, last])

    def late(self, error: ProxyError, request_id: str) -> bytes:
        """A failure: the `error` event, and `response.failed` with what there is of the answer."""
        opening = [] if self._teller.base else self._teller.begin({})
        response = self._teller.broken(response_error(error))
        failed = {"type": "response.failed", "response": response}
        return self._frames([*opening, error_event(error, request_id), failed])

    def heartbeat(self) -> None:
        """A comment will do: the API has no event that says nothing."""

    def _taken_up(self, chunk: Chunk, mark: Json) -> list[Json]:
        """Another target has taken up the answer: say so, and what of the answer so far is void."""
        events = [] if self._teller.base else self._teller.begin(chunk)
        events += self._teller.restart() if mark.get("restarted") else self._teller.take_over()
        told = {"type": "response.in_progress", "response": self._teller.base}
        return [*events, {**told, "firstbyte": mark}]

    def _frames(self, events: list[Json]) -> bytes:
        number = self._relay.number if self._number is None else self._number
        frames = []
        for event in events:
            kind = event["type"]
            numbered = {"type": kind, "sequence_number": number, **event}
            frames.append(frame(kind, jsons.encode(numbered)))
            number += 1
        self._number = number
        return b"".join(frames)
