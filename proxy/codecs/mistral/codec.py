"""Speaks Mistral's chat protocol: OpenAI's shape with other names, nine-character ids and content in chunks.

Source: https://docs.mistral.ai/api (read 2026-11-20).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from proxy.codecs import faults
from proxy.codecs.codec import StreamDecoder
from proxy.codecs.mistral.answer import Continuation, minted
from proxy.codecs.mistral.fields import whitelist
from proxy.codecs.mistral.messages import in_form, write_messages
from proxy.codecs.mistral.settings import settle
from proxy.codecs.openai import OpenAI
from proxy.codecs.openai.foreign import encode_for, without_customs
from proxy.codecs.openai.stream import OpenAIStream
from proxy.codecs.openai.whole import read_whole
from proxy.codecs.plain.freeform import FreeformStream, customs_again, names_of
from proxy.codecs.plain.refused import refused
from proxy.codecs.plain.results import hoisted
from proxy.codecs.vendors.content import no_cache_marks
from proxy.codecs.vendors.corrections import Corrections
from proxy.codecs.vendors.draft import Draft
from proxy.codecs.vendors.turns import begun
from proxy.core.errors import Kind, ProxyError
from proxy.core.shape import ChatRequest, Completion, HttpCall, Target
from proxy.core.whole_stream import WholeStream

_SAID: Final = {"3505": Kind.OVERLOADED, "invalid_model": Kind.NOT_FOUND}
"""Mistral's own codes and types that say more than the status."""
_TOO_LARGE: Final = "too large for model"
_OF_TOOLS: Final = frozenset({"tools", "tool_choice"})


class Mistral:
    """The codec; it serves any number of calls."""

    name = "mistral"

    def __init__(self) -> None:
        self._openai = OpenAI()

    def encode(self, request: ChatRequest, target: Target) -> HttpCall:
        """Write the call.

        Raises:
            ProxyError: UNSUPPORTED, where a message or tool, or an answer in more than text, has no form in this protocol.
        """
        return encode_for(request, target, edits=(_write,))

    def decode(
        self,
        status: int,
        headers: Mapping[str, str],
        body: bytes,
        *,
        created: int,
        target: Target | None = None,
    ) -> Completion:
        """Read a whole answer.

        Raises:
            ProxyError: an error inside a 200, EMPTY, MALFORMED.
        """
        del status, headers
        return customs_again(read_whole(body, created, corrections=Corrections(target, (minted,))))

    def whole_answer(self, body: bytes, target: Target) -> None:
        """None: its answers lack what OpenAI's have."""

    def whole_stream(
        self, pieces: list[bytes], size: int, request: ChatRequest, target: Target
    ) -> WholeStream | None:
        """What is known of a streamed answer that can go on as it came: one that nothing is taken off."""
        if _prefix(request):
            return None
        return self._openai.whole_stream(pieces, size, request, target)

    def stream(self, request: ChatRequest, target: Target, *, created: int) -> StreamDecoder:
        """A decoder for one streamed answer."""
        asked = request.body.get("n")
        prefix = _prefix(request)
        readers = (Continuation(prefix),) if prefix else ()
        choices = asked if isinstance(asked, int) else 1
        stream = OpenAIStream(target, created, choices, readers, of_calls=(minted,))
        names = names_of(request.body)
        return FreeformStream(stream, names, target.max_answer) if names else stream

    def fault(self, status: int, headers: Mapping[str, str], body: bytes) -> ProxyError:
        """Name a failure, in the provider's own words."""
        error = faults.fault(status, headers, body)
        for word in (error.type, error.code):
            error.kind = _SAID.get(word or "", error.kind)
        if error.kind is Kind.INVALID_REQUEST and _TOO_LARGE in error.message.lower():
            error.kind = Kind.CONTEXT_LENGTH
        return error

    def refused(
        self, failure: ProxyError, request: ChatRequest, call: HttpCall, target: Target
    ) -> frozenset[str]:
        """The fields that were refused by name, and that can go."""
        return refused(failure, request, call, target)


def _write(draft: Draft) -> None:
    """Bring a draft into Mistral's form; a conversation that is in it already costs no more than a look."""
    other = not in_form(draft.messages)
    if other or not _OF_TOOLS.isdisjoint(draft.members):
        # Custom tools as functions, and what tools gave that is no text.
        without_customs(draft)
        draft.messages = hoisted(draft.messages)
        no_cache_marks(draft)
    settle(draft)
    if other:
        write_messages(draft)
    if _prefix(draft.request):
        # What the answer repeats of its beginning is taken off a stream: who reads a whole one does not know the beginning.
        draft.put("stream", True)
    whitelist(draft)


def _prefix(request: ChatRequest) -> str:
    """The begun answer that a request ends with."""
    messages = request.body.get("messages")
    if not isinstance(messages, list) or not begun(messages):
        return ""
    content = messages[-1].get("content")
    return content if isinstance(content, str) else ""
