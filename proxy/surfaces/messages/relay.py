"""A stream that is a Messages stream already, handed on event by event with the edits that must be ours.

Its last events wait for the proper end, so that an answer never looks whole before it is, and so that another target can
go on with it after a cut.

Invariant: framing is ours: what a provider sent is one line of `data`, and an event's name is a plain word.
Source: https://platform.claude.com/docs/en/build-with-claude/streaming (read 2026-11-20).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, ClassVar, Final

from proxy.core import jsons
from proxy.core.shape import Chunk, Json, Native
from proxy.core.state import MADE_UP
from proxy.surfaces.messages.events import Events
from proxy.surfaces.messages.frames import frame
from proxy.surfaces.native import edited, line_of

DIALECT: Final = "anthropic"
"""The `native` payloads that are Messages events or messages already."""

_WORD: Final = re.compile(r"[a-z_]{1,64}")
_STOP: Final = b'{"type":"message_stop"}'


def is_native(native: Native | None) -> bool:
    """Whether this is a part of a Messages answer."""
    return native is not None and native["dialect"] == DIALECT


class Relay:
    """The stream of one answer, or of the beginning of one.

    Args:
        model: In place of the provider's name of the model.
    """

    def __init__(self, model: str | None) -> None:
        self._model = model
        self._started = False
        self._open: Json | None = None
        """The block that is open, as it was opened."""
        self._next = 0
        self._ends: list[bytes] = []
        """Frames of `message_delta`, for the end."""
        self._stop = _STOP

    @property
    def next_index(self) -> int:
        """The index that the next block must have."""
        return self._next

    def feed(self, chunk: Chunk) -> bytes:
        """The frame to send now; empty where the chunk is not an event of its own."""
        native = chunk.get("native")
        if native is None or native["dialect"] != DIALECT:
            return b""
        payload = line_of(native, DIALECT)
        if payload is None:
            payload = jsons.encode(jsons.decode(native["payload"]))
        name = native.get("event") or ""
        if not _WORD.fullmatch(name):
            name = _type_of(payload)
        handle = self._HANDLERS.get(name)
        if handle is not None:
            return handle(self, payload)
        return frame(name, payload) if name else b""

    def interrupt(self) -> bytes:
        """Close what is open, because another target goes on; how this one meant to end is void."""
        events = Events(self._next)
        if self._open is not None:
            if self._open.get("type") == "thinking":
                events.add({"type": "signature_delta", "signature": MADE_UP})
            events.close()
        return events.take()

    def finish(self, report: Json | None) -> bytes:
        """The last events, `report` in the very last. A block that a limit has cut is closed before them."""
        events = Events(self._next)
        if self._open is not None:
            events.close()
        edits = {} if report is None else {"firstbyte": report}
        return b"".join(
            (events.take(), *self._ends, frame("message_stop", edited(self._stop, edits)))
        )

    def _message_start(self, payload: bytes) -> bytes:
        """The beginning; a second one, as some gateways send it, would confuse clients and says nothing new."""
        if self._started:
            return b""
        self._started = True
        members = jsons.split(payload)
        message = jsons.decode(bytes(members.get("message", b"null")))
        if isinstance(message, dict):
            # A message may begin with blocks that an earlier one ended with.
            content = message.get("content")
            self._next = len(content) if isinstance(content, list) else 0
            if self._model is not None:
                own = jsons.split(bytes(members["message"]))
                payload = edited(payload, {"message": {**own, "model": jsons.raw(self._model)}})
        return frame("message_start", payload)

    def _block_start(self, payload: bytes) -> bytes:
        value = jsons.decode(payload)
        index, block = value.get("index"), value.get("content_block")
        self._open = block if isinstance(block, dict) else {}
        self._next = index + 1 if isinstance(index, int) else self._next + 1
        return frame("content_block_start", payload)

    def _block_stop(self, payload: bytes) -> bytes:
        self._open = None
        return frame("content_block_stop", payload)

    def _message_delta(self, payload: bytes) -> bytes:
        self._ends.append(frame("message_delta", payload))
        return b""

    def _message_stop(self, payload: bytes) -> bytes:
        self._stop = payload
        return b""

    _HANDLERS: ClassVar[dict[str, Callable[[Any, bytes], bytes]]] = {
        "message_start": _message_start,
        "content_block_start": _block_start,
        "content_block_stop": _block_stop,
        "message_delta": _message_delta,
        "message_stop": _message_stop,
    }


def _type_of(payload: bytes) -> str:
    """The name that an event has by its own type; empty where it has none."""
    value: Any = jsons.decode(payload)
    kind = value.get("type") if isinstance(value, dict) else None
    return kind if isinstance(kind, str) and _WORD.fullmatch(kind) else ""
