"""What each Gemini model takes and refuses, as data, found by the generation and the tier in its name.

A Gemini that no row knows is taken for the newest generation, which refuses most; the moving `-latest` names are taken
for the newest but one; a tuned model whose name says nothing, for the oldest that can do all.

Source: https://ai.google.dev/gemini-api/docs/models and .../thinking, .../thought-signatures, .../structured-output;
https://docs.cloud.google.com/vertex-ai/generative-ai/docs/models (read 2026-11-20).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final

Level = str
LEVELS: Final[tuple[Level, ...]] = ("MINIMAL", "LOW", "MEDIUM", "HIGH", "XHIGH")
"""Values of `thinkingLevel`, weakest first."""


@dataclass(frozen=True, slots=True)
class Budget:
    """Bounds of `thinkingBudget`, in tokens."""

    least: int
    most: int
    may_be_off: bool = True
    """Whether 0 is taken."""


@dataclass(frozen=True, slots=True)
class Capability:
    """One row."""

    levels: tuple[Level, ...] = ()
    """Values of `thinkingLevel` that are taken, weakest first."""
    budget: Budget | None = None
    """Set where reasoning is bounded in tokens."""
    thinks_unasked: bool = False
    """Whether it reasons where the request says nothing of it."""
    sampling: bool = True
    """Whether `temperature`, `topP` and `topK` have any effect."""
    penalties: bool = False
    """Whether `presencePenalty` and `frequencyPenalty` are taken."""
    candidates: int = 8
    """The most that `candidateCount` may be."""
    json_schema: bool = True
    """Whether schemas may be plain JSON Schema; else they go in the OpenAPI subset."""
    tools: bool = True
    """Whether functions are taken at all."""
    mixes: bool = True
    """Whether functions go together with an answer in JSON, and with Google's own tools."""
    signatures: bool = True
    """Whether a function call in the history must have its thought signature."""
    result_media: bool = True
    """Whether a function's result may hold images and documents."""
    media: bool = True
    """Whether audio, video and documents are taken; images always are."""
    system: bool = True
    """Whether `systemInstruction` is taken."""
    prefill: bool = True
    """Whether the last turn may be the model's."""
    caching: bool = True
    """Whether `cachedContent` is taken."""
    unary_limit: int | None = None
    """Output tokens beyond which an answer must be streamed."""

    @property
    def thinks(self) -> bool:
        """Whether it can reason at all."""
        return bool(self.levels or self.budget)


_LOW_UP: Final = ("LOW", "MEDIUM", "HIGH")
_ALL: Final = ("MINIMAL", *_LOW_UP)

_OPEN: Final = Capability(
    json_schema=False,
    tools=False,
    mixes=False,
    signatures=False,
    result_media=False,
    media=False,
    system=False,
    caching=False,
)
_CLASSIC: Final = Capability(
    penalties=True, json_schema=False, mixes=False, signatures=False, result_media=False
)
_GEMINI_2_5: Final = Capability(
    budget=Budget(1, 24_576),
    thinks_unasked=True,
    mixes=False,
    signatures=False,
    result_media=False,
)
_GEMINI_3: Final = Capability(levels=_ALL, thinks_unasked=True)
_GEMINI_4: Final = Capability(
    levels=_LOW_UP,
    thinks_unasked=True,
    sampling=False,
    candidates=1,
    prefill=False,
    caching=False,
    unary_limit=32_768,
)

_ROWS: Final[tuple[tuple[tuple[int, int], str, Capability], ...]] = (
    ((4, 0), "", _GEMINI_4),
    ((3, 7), "flash", replace(_GEMINI_3, levels=_LOW_UP)),
    ((3, 1), "pro", replace(_GEMINI_3, levels=_LOW_UP)),
    ((3, 0), "pro", replace(_GEMINI_3, levels=("LOW", "HIGH"))),
    ((3, 0), "", _GEMINI_3),
    ((2, 5), "pro", replace(_GEMINI_2_5, budget=Budget(128, 32_768, may_be_off=False))),
    (
        (2, 5),
        "flash-lite",
        replace(_GEMINI_2_5, budget=Budget(512, 24_576), thinks_unasked=False),
    ),
    ((2, 5), "flash-image", replace(_GEMINI_2_5, budget=None, thinks_unasked=False)),
    ((2, 5), "", _GEMINI_2_5),
    ((0, 0), "", _CLASSIC),
)
"""The least generation that a row is for, what the tier begins with, and the row; the first that fits counts."""

_GENERATION: Final = re.compile(r"gemini-(?:live-)?(\d{1,3})(?:\.(\d{1,3}))?(?:-(.*))?")
_LATEST: Final = re.compile(r"gemini-(.+)-latest")
_NEWEST_BUT_ONE: Final = (3, 7)
_OTHERS: Final = ("gemma", "learnlm")
_KNOWN: Final = 256
"""Names that are remembered: a house has few, and they come again with every call."""
_REVISION: Final = re.compile(
    r"(?:-preview|-exp|-latest|-\d{2}-\d{4}|-\d{2}-\d{2}|-\d{3,}|@[\w-]+)+$"
)


@lru_cache(maxsize=_KNOWN)
def capability(model: str) -> Capability:
    """The row for a model, by any of the names that Google's two services give it."""
    name = bare_name(model).lower()
    if name.startswith(_OTHERS):
        return _OPEN
    if latest := _LATEST.fullmatch(name):
        return _row(_NEWEST_BUT_ONE, latest[1])
    if known := _GENERATION.fullmatch(name):
        return _row((int(known[1]), int(known[2] or 0)), known[3] or "")
    return _GEMINI_4 if name.startswith("gemini") else _CLASSIC


def bare_name(model: str) -> str:
    """A model's name without the path before it: `models/`, `publishers/google/models/`, `tunedModels/`."""
    return model.rpartition("/")[2]


@lru_cache(maxsize=_KNOWN)
def family(model: str) -> str:
    """A model's name without path, stage and revision: what stays the same from one snapshot to the next."""
    return _REVISION.sub("", bare_name(model).lower())


def _row(generation: tuple[int, int], tier: str) -> Capability:
    return next(
        row for least, start, row in _ROWS if generation >= least and tier.startswith(start)
    )
