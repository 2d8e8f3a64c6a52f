"""Knows the frames that stand around the text of an answer, as OpenAI itself writes them: the role, the end, the usage.

Every answer has them, and each would go through all that is asked of a frame of which nothing is known. Whatever is not
of these three forms, to the last member, is left to the reader of frames.

Invariant: a frame of a form is one that the reader of frames would pass on as its own bytes, in the place where its form
stands in an answer.
Source: https://platform.openai.com/docs/api-reference/chat-streaming (read 2026-11-20).
"""

from __future__ import annotations

from typing import Annotated, Final, Literal, TypeAlias

from proxy.core import jsons


class _Delta(jsons.Struct, forbid_unknown_fields=True, frozen=True, gc=False):
    role: Literal["assistant"] | None = None
    content: Literal[""] | None = None
    refusal: None = None


class EdgeChoice(jsons.Struct, forbid_unknown_fields=True, frozen=True, gc=False):
    """The one choice."""

    index: Literal[0]
    delta: _Delta
    finish_reason: Literal["stop", "length"] | None = None
    logprobs: None = None


_Details: TypeAlias = dict[str, int | float | str | bool | None]
"""Nothing nested: what is read without a look at its depth has to have one."""


class _Usage(jsons.Struct, forbid_unknown_fields=True, frozen=True, gc=False):
    prompt_tokens: jsons.Count
    completion_tokens: jsons.Count
    total_tokens: jsons.Count
    prompt_tokens_details: _Details | None = None
    completion_tokens_details: _Details | None = None


class Ident(jsons.Struct, forbid_unknown_fields=True, frozen=True, gc=False):
    """What every such frame has, whatever else it says."""

    id: str
    object: Literal["chat.completion.chunk"]
    created: int
    model: str
    service_tier: str | None = None
    system_fingerprint: str | None = None
    obfuscation: str | None = None


class EdgeFrame(Ident, forbid_unknown_fields=True, frozen=True, gc=False, kw_only=True):
    """Such a frame."""

    choices: Annotated[list[EdgeChoice], jsons.Meta(max_length=1)]
    usage: _Usage | None = None


_read: Final = jsons.Form(EdgeFrame).read


def edge_of(payload: bytes, *, is_first: bool) -> EdgeFrame | None:
    """A frame that may stand here; None for any other.

    Args:
        payload: Of its event.
        is_first: Whether no choice has come yet.
    """
    # Most frames behind the role are not worth a look.
    if is_first or b'"finish_reason":"' in payload or b'"usage":{' in payload:
        return _read(payload)
    return None
