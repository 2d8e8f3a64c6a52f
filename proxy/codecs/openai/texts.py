"""The plain whole answer, read in one look: texts in the exact form of OpenAI's own servers.

Invariant: an answer of this form is one that `whole.py` would have passed on as its own bytes, and that no caller of the
chat API needs an edit of.
Source: https://platform.openai.com/docs/api-reference/chat/object (read 2026-11-21).
"""

from __future__ import annotations

from typing import Annotated, Final, Literal, TypeAlias

from proxy.codecs.openai.tokens import DETAILS, MISSPELT
from proxy.core import jsons

_Told: TypeAlias = int | float | str | bool | None
_Usage: TypeAlias = Annotated[dict[str, _Told | dict[str, _Told]], jsons.Meta(min_length=1)]
_MISPLACED: Final = frozenset({MISSPELT, *(name for names in DETAILS.values() for name in names)})
"""Where servers have put what belongs into the details."""
_Counted: TypeAlias = Annotated[int, jsons.Meta(ge=1)]


class _Message(jsons.Struct, forbid_unknown_fields=True, frozen=True):
    role: Literal["assistant"]
    content: str
    refusal: str | None
    reasoning_content: str | None = None
    annotations: Annotated[list[None], jsons.Meta(max_length=0)] | None = None


class _Choice(jsons.Struct, forbid_unknown_fields=True, frozen=True):
    index: int
    message: _Message
    logprobs: None
    finish_reason: Literal["stop", "length", "content_filter"]


class Texts(jsons.Struct, forbid_unknown_fields=True, frozen=True):
    """An answer of nothing but texts, and how many tokens they were."""

    id: Annotated[str, jsons.Meta(min_length=1)]
    object: Literal["chat.completion"]
    created: _Counted
    model: str
    choices: Annotated[list[_Choice], jsons.Meta(min_length=1)]
    usage: _Usage | None = None
    service_tier: str | None = None
    system_fingerprint: str | None = None

    @property
    def is_settled(self) -> bool:
        """Whether its usage is where it belongs, too; `tokens.py` puts it there."""
        return self.usage is None or _MISPLACED.isdisjoint(self.usage)


read_texts: Final = jsons.Form(Texts).told
"""What a body says, and as this form where it is of it."""
