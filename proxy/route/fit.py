"""Whether a target can serve a request at all, judged before anything is sent.

What is not known of a target keeps nothing away: its provider will say. The length of a prompt is judged with great
lenience, because only the provider counts tokens: a target is left out only where no usual text could be so short.

Invariant: pure; a body of any shape is judged without an error.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import lru_cache
from typing import Final

from proxy.codecs.web_search import can_search
from proxy.core import jsons
from proxy.core.shape import Capabilities, ChatRequest, Json, Target
from proxy.core.texts import objects_of, texts_of

_SPEAKERS: Final[dict[str, frozenset[str]]] = {
    "completions": frozenset({"completions"}),
    "messages": frozenset({"anthropic", "bedrock", "vertex"}),
    "responses": frozenset({"responses"}),
}
"""The protocols that speak the API of a surface; what one of their models cannot, its codec says."""

BYTES_PER_TOKEN: Final = 6
"""UTF-8 bytes of text in one token: more than any usual language or program has (English has 4 to 5)."""


def unfit(request: ChatRequest, target: Target) -> str | None:
    """Why this target cannot serve the request, as a sentence; None where nothing that is known speaks against it."""
    if request.only_native and target.protocol not in _SPEAKERS.get(request.dialect, ()):
        return request.only_native
    if request.must_search and not can_search(target):
        return request.must_search
    for needs, sentence in _lacks(target.capabilities):
        if needs(request.body):
            return sentence
    context = target.capabilities.context
    # The body as it came is longer than its texts: most requests need no further look.
    if context is None or 0 < len(request.raw) <= context * BYTES_PER_TOKEN:
        return None
    least = least_tokens(request.body)
    if least <= context:
        return None
    return f"The prompt has at least {least} tokens, and the model takes {context} with its answer."


def room_for_texts(target: Target) -> int:
    """Bytes up to which nothing that is known speaks against any call of nothing but texts; 0 where something may."""
    known = target.capabilities
    if known.prefill is False:
        return 0
    return sys.maxsize if known.context is None else known.context * BYTES_PER_TOKEN


def least_tokens(body: Json) -> int:
    """Tokens that the prompt of a chat body has at the least; images, audio and files count nothing."""
    size = sum(len(text.encode(errors="replace")) for text in texts_of(body))
    tools = body.get("tools")
    return (size + (len(jsons.encode(tools)) if tools else 0)) // BYTES_PER_TOKEN


def _uses_tools(body: Json) -> bool:
    if body.get("tools"):
        return True
    return any(
        message.get("tool_calls") or message.get("role") == "tool"
        for message in objects_of(body.get("messages"))
    )


def _shows_images(body: Json) -> bool:
    return any(
        part.get("type") == "image_url"
        for message in objects_of(body.get("messages"))
        for part in objects_of(message.get("content"))
    )


def _asks_for_a_schema(body: Json) -> bool:
    wanted = body.get("response_format")
    return isinstance(wanted, dict) and wanted.get("type") == "json_schema"


def _prefills(body: Json) -> bool:
    messages = list(objects_of(body.get("messages")))
    return bool(messages) and messages[-1].get("role") == "assistant"


_NEEDS: Final[
    tuple[tuple[Callable[[Capabilities], bool | None], Callable[[Json], bool], str], ...]
] = (
    (lambda can: can.tools, _uses_tools, "The model does not take tools."),
    (lambda can: can.images, _shows_images, "The model does not take images."),
    (
        lambda can: can.json_schema,
        _asks_for_a_schema,
        "The model does not take a `response_format` of type json_schema.",
    ),
    (
        lambda can: can.prefill,
        _prefills,
        "The model does not go on from a last message of the assistant.",
    ),
)
"""A capability, what of a request needs it, and what is said where it is missing."""


@lru_cache(maxsize=256)
def _lacks(capabilities: Capabilities) -> tuple[tuple[Callable[[Json], bool], str], ...]:
    """What such a target is known not to have. Nearly all lack nothing, and each is asked about with every call."""
    return tuple((needs, sentence) for has, needs, sentence in _NEEDS if has(capabilities) is False)
