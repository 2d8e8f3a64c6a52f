"""Reads an event that is nothing but a piece of the first candidate's text or thought, as most of a stream are.

Read by the general reader, such an event would cost several times what it says. Here it is parsed by one typed decoder
that knows this form alone; whatever has a member more, or a value of another type, is left to the general reader.

Invariant: only members that the general reader would not read are skipped, and none of them is of a form that it would
refuse.
Source: https://ai.google.dev/api/generate-content#generatecontentresponse (read 2026-11-21).
"""

from __future__ import annotations

from typing import Final, Literal

from proxy.codecs.gemini.tokens import Told
from proxy.core import jsons


class Part(jsons.Struct, forbid_unknown_fields=True, frozen=True, gc=False):
    """A text, which may be empty, and whether it is a thought."""

    text: str
    thought: bool | None = None


class _Content(jsons.Struct, forbid_unknown_fields=True, frozen=True, gc=False):
    parts: tuple[Part]
    role: Literal["model"] | None = None


class _Rating(jsons.Struct, forbid_unknown_fields=True, frozen=True, gc=False, rename="camel"):
    category: str | None = None
    probability: str | None = None
    probability_score: float | None = None
    severity: str | None = None
    severity_score: float | None = None
    blocked: bool | None = None


class _Candidate(jsons.Struct, forbid_unknown_fields=True, frozen=True, gc=False, rename="camel"):
    content: _Content
    index: Literal[0] = 0
    finish_reason: Literal["STOP"] | None = None
    safety_ratings: tuple[_Rating, ...] | None = None


class Piece(jsons.Struct, forbid_unknown_fields=True, frozen=True, gc=False, rename="camel"):
    """One such event."""

    candidates: tuple[_Candidate]
    usage_metadata: Told | None = None
    model_version: str | None = None
    create_time: str | None = None
    response_id: str | None = None

    @property
    def part(self) -> Part:
        """What it says."""
        return self.candidates[0].content.parts[0]

    @property
    def is_last(self) -> bool:
        """Whether it says that the candidate is finished, as an answer is that lacks nothing."""
        return self.candidates[0].finish_reason is not None


piece_of: Final = jsons.Form(Piece).read
"""The event of a payload; None where it is any other."""
