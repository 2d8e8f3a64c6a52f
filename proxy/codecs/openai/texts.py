"""The plain whole answer, read in one look: texts in the exact form of OpenAI's own servers.

Invariant: an answer of this form is one that `whole.py` would have passed on as its own bytes, and that no caller of the
chat API needs an edit of.
Source: https://platform.openai.com/docs/api-reference/chat/object (read 2026-11-21).
"""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal, TypeAlias

from proxy.core import jsons
from proxy.core.shape import Json

_Counted: TypeAlias = Annotated[int, jsons.Meta(ge=1)]


class _Message(jsons.Struct, forbid_unknown_fields=True, frozen=True):
    role: Literal["assistant"]
    content: str
    refusal: str | None
    reasoning_content: str | None = None
    annotations: list[Any] | None = None


class _Choice(jsons.Struct, forbid_unknown_fields=True, frozen=True):
    index: int
    message: _Message
    logprobs: Json | None
    finish_reason: Literal["stop", "length", "content_filter"]


class _Usage(jsons.Struct, frozen=True):
    prompt_tokens: int
    # Where servers have put what belongs into the details; `tokens.py` puts it there.
    prompt_cache_hit_tokens: None = None
    cache_read_input_tokens: None = None
    cache_creation_input_tokens: None = None


class _Answer(jsons.Struct, forbid_unknown_fields=True, frozen=True):
    id: Annotated[str, jsons.Meta(min_length=1)]
    object: Literal["chat.completion"]
    created: _Counted
    model: str
    choices: Annotated[list[_Choice], jsons.Meta(min_length=1)]
    usage: _Usage | None = None
    service_tier: str | None = None
    system_fingerprint: str | None = None


_ANSWER: Final = jsons.Form(_Answer)


def is_texts(answer: Json) -> bool:
    """Whether a decoded body is an answer of this form."""
    return _ANSWER.of(answer) is not None
