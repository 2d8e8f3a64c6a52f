"""Speaks the OpenAI chat protocol to OpenAI and to every server that is compatible with it.

What servers do differently is undone on the way in by a normaliser that is always on, and on the way out by the
target's `Quirks`; a frame or body that needed nothing of it is relayed as its own bytes.

Source: https://platform.openai.com/docs/api-reference/chat (read 2026-11-20).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from proxy.codecs import faults
from proxy.codecs.codec import StreamDecoder
from proxy.codecs.openai.call_writer import writer_for
from proxy.codecs.openai.foreign import customs, encode_for
from proxy.codecs.openai.stream import OpenAIStream
from proxy.codecs.openai.whole import read_whole
from proxy.codecs.openai.whole_answer import whole_answer
from proxy.codecs.openai.whole_stream import whole_stream
from proxy.codecs.plain.arguments import FREEFORM_BYTES
from proxy.codecs.plain.freeform import FreeformStream, customs_again
from proxy.codecs.plain.refused import refused
from proxy.codecs.vendors.corrections import NONE, Corrections
from proxy.core.errors import ProxyError
from proxy.core.shape import ChatRequest, Completion, HttpCall, Quirks, Target
from proxy.core.whole_answer import WholeAnswer
from proxy.core.whole_stream import WholeStream

_NO_QUIRKS: Final = Quirks()


class OpenAI:
    """The codec; it serves any number of calls.

    Args:
        think_tags: Whether whole answers have reasoning inside `<think>` tags, whatever their target's quirks say.
    """

    name = "openai"

    def __init__(self, *, think_tags: bool = False) -> None:
        self._think_tags = think_tags

    def encode(self, request: ChatRequest, target: Target) -> HttpCall:
        """Write the call: the caller's own bytes with surgical edits where they are in this dialect."""
        return writer_for(target).write(request) or encode_for(request, target)

    def decode(
        self,
        status: int,  # noqa: ARG002 (the contract's)
        headers: Mapping[str, str],  # noqa: ARG002 (the contract's)
        body: bytes,
        *,
        created: int,
        target: Target | None = None,
    ) -> Completion:
        """Read a whole answer; `native` holds its bytes where they needed no change.

        Raises:
            ProxyError: an error inside a 200, EMPTY, MALFORMED.
        """
        quirks = target.quirks if target is not None else _NO_QUIRKS
        whole = read_whole(
            body,
            created,
            think_tags=self._think_tags or quirks.think_tags,
            corrections=Corrections(target) if quirks.response else NONE,
        )
        # From the end on it takes a third of the time where there is none.
        return customs_again(whole) if body.rfind(FREEFORM_BYTES) >= 0 else whole

    def whole_answer(self, body: bytes, target: Target) -> WholeAnswer | None:
        """What is known of an answer that can go on as it came: its target needs nothing changed in any."""
        quirks = target.quirks
        if self._think_tags or quirks.think_tags or quirks.response:
            return None
        return whole_answer(body)

    def whole_stream(
        self, pieces: list[bytes], size: int, request: ChatRequest, target: Target
    ) -> WholeStream | None:
        """What is known of a streamed answer that can go on as it came: likewise, and it is of one choice and not too long."""
        quirks = target.quirks
        if self._think_tags or quirks.think_tags or quirks.response:
            return None
        if size > target.max_event or size > target.max_answer:
            return None
        if _choices_of(request) > 1 or customs(request, target):
            return None
        return whole_stream(pieces)

    def stream(self, request: ChatRequest, target: Target, *, created: int) -> StreamDecoder:
        """A decoder for one streamed answer."""
        stream = OpenAIStream(target, created, _choices_of(request))
        names = customs(request, target)
        return FreeformStream(stream, names, target.max_answer) if names else stream

    def fault(self, status: int, headers: Mapping[str, str], body: bytes) -> ProxyError:
        """Name a failure, in the provider's own words."""
        return faults.fault(status, headers, body)

    def refused(
        self, failure: ProxyError, request: ChatRequest, call: HttpCall, target: Target
    ) -> frozenset[str]:
        """The fields that were refused by name, and that can go."""
        return refused(failure, request, call, target)


def _choices_of(request: ChatRequest) -> int:
    """How many were asked for."""
    asked = request.body.get("n")
    return asked if isinstance(asked, int) else 1
