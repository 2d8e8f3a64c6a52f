"""Reads a streamed answer of InvokeModel: Claude's own events, each in Base64 inside a frame.

An event is relayed as the frame held it. The metrics that Bedrock puts into the last one stay there, as Anthropic's
own SDK leaves them: its readers skip members that they do not know.

Invariant: the end is `message_stop`; nothing is read behind it.
Source: https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_InvokeModelWithResponseStream.html
(read 2026-11-21).
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from typing import Final

from proxy.codecs.anthropic.relay_stream import MessagesRelay
from proxy.codecs.bedrock.frames import FrameReader
from proxy.core import jsons
from proxy.core.errors import Kind, ProxyError
from proxy.core.shape import ChatRequest, Chunk, Json, Target
from proxy.core.usage import Usage
from proxy.wire.eventstream import Value

_CHUNK: Final = "chunk"


class _Frame(
    jsons.Struct, forbid_unknown_fields=True, frozen=True, gc=False, rename={"event": "bytes"}
):
    event: bytes
    """In Base64, as bytes are in JSON."""
    p: str = ""


_read: Final = jsons.Form(_Frame).read
"""Reads a frame that is an event in Base64 and nothing more; None for any other."""


class InvokeStream(FrameReader):
    """The decoder of one stream.

    Args:
        request: What was asked.
        target: Whose answer it is.
        created: Seconds since 1970; the provider gives none.
    """

    terminal = "message_stop"

    def __init__(self, request: ChatRequest, target: Target, created: int) -> None:
        super().__init__(target.max_event)
        self._claude = MessagesRelay(request, target, created)

    @property
    def ended(self) -> bool:
        """Whether `message_stop` was read."""
        return self._claude.ended

    @property
    def over(self) -> bool:
        """Whether nothing at all can come any more: nothing follows `message_stop` or a failure."""
        return self._claude.ended or self._failure is not None

    @property
    def told(self) -> Usage | None:
        """What was told of usage before the end."""
        return self._claude.told

    @property
    def unknown(self) -> int:
        """Frames, events, blocks and deltas of kinds that we do not know, which were left out of what chat is told."""
        return self._unknown + self._claude.unknown

    def _take(self, headers: Mapping[str, Value], payload: bytes) -> list[Chunk]:
        frame = None
        if headers.get(":event-type") == _CHUNK and headers.get(":message-type") == "event":
            frame = _read(payload)
        if frame is None:
            return super()._take(headers, payload)
        self._events += 1
        return self._claude.take(frame.event)

    def _event(self, name: object, value: Json, payload: bytes) -> list[Chunk]:
        del payload
        inner = value.get("bytes")
        if name != _CHUNK or not isinstance(inner, str):
            self._unknown += 1
            return []
        try:
            event = base64.b64decode(inner, validate=True)
        except (binascii.Error, ValueError):
            raise ProxyError(
                Kind.MALFORMED, f"event {self._events} of the stream is not Base64"
            ) from None
        return self._claude.take(event)
