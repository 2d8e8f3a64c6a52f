"""What each Claude model takes and refuses, as data, and the family that a model's name stands for.

A row is found by the family, the name without vendor prefixes, date and revision, and then by the longest row that
the family begins with. A Claude that no row knows is taken for the newest generation, which refuses most, so that
nothing is sent that it may not take; a model of another house behind this protocol is taken for a classic one.

Source: https://platform.claude.com/docs/en/about-claude/models/overview and .../build-with-claude/effort,
.../adaptive-thinking, .../structured-outputs (read 2026-11-20).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final, Literal

Thinking = Literal["disabled", "enabled", "adaptive", "between_tools"]

_LOW: Final = ("low", "medium", "high")
_MAX: Final = (*_LOW, "max")
_ALL: Final = (*_LOW, "xhigh", "max")


@dataclass(frozen=True, slots=True)
class Capability:
    """One row."""

    max_tokens: int
    """The most that an answer may have; sent where the caller gives no limit, because the field is required."""
    thinking: frozenset[Thinking] = frozenset()
    """Values of `thinking.type` that are taken."""
    thinks_unasked: bool = False
    """Whether it reasons where the request says nothing of it."""
    hides_thinking: bool = False
    """Whether the text of its reasoning is left out unless `display` asks for it."""
    efforts: tuple[str, ...] = ()
    """Values of `output_config.effort`, weakest first."""
    sampling: bool = True
    """Whether `temperature`, `top_p` and `top_k` are taken."""
    one_sampler: bool = False
    """Whether `temperature` and `top_p` exclude each other."""
    forced_choice: bool = True
    """Whether `tool_choice` may be `any` or `tool`."""
    prefill: bool = True
    """Whether the last message may be the assistant's."""
    system_turns: bool = False
    """Whether `messages` may hold system messages."""
    schemas: bool = False
    """Whether `output_config.format` and strict tools are taken."""
    fast: bool = False
    """Whether `speed: fast` is offered."""


_MANUAL: Final[frozenset[Thinking]] = frozenset({"disabled", "enabled"})
_BOTH: Final[frozenset[Thinking]] = frozenset({"disabled", "enabled", "adaptive"})
_CHOICE: Final[frozenset[Thinking]] = frozenset({"disabled", "adaptive"})
_ALWAYS: Final[frozenset[Thinking]] = frozenset({"adaptive"})
_BETWEEN: Final[frozenset[Thinking]] = frozenset({"between_tools", "adaptive"})

_CLASSIC: Final = Capability(8_192, thinking=_MANUAL)
_CLAUDE_4: Final = Capability(64_000, thinking=_MANUAL, one_sampler=True)
_CLAUDE_4_5: Final = replace(_CLAUDE_4, schemas=True)
_CLAUDE_4_6: Final = replace(_CLAUDE_4_5, thinking=_BOTH, efforts=_MAX, prefill=False)
_OPUS_4_7: Final = Capability(
    128_000,
    thinking=_CHOICE,
    hides_thinking=True,
    efforts=_ALL,
    sampling=False,
    prefill=False,
    schemas=True,
    fast=True,
)
_OPUS_5: Final = replace(_OPUS_4_7, thinks_unasked=True, system_turns=True)
_SONNET_5: Final = replace(_OPUS_5, fast=False)
_FABLE_5: Final = replace(_SONNET_5, thinking=_ALWAYS)
_NEWEST: Final = replace(_FABLE_5, forced_choice=False)

_ROWS: Final[dict[str, Capability]] = {
    "claude-3": Capability(4_096),
    "claude-3-5": Capability(8_192),
    "claude-3-7": Capability(64_000, thinking=_MANUAL),
    "claude-opus-4": replace(_CLAUDE_4, max_tokens=32_000),
    "claude-opus-4-1": replace(_CLAUDE_4, max_tokens=32_000),
    "claude-sonnet-4": _CLAUDE_4,
    "claude-opus-4-5": replace(_CLAUDE_4_5, efforts=_LOW),
    "claude-sonnet-4-5": _CLAUDE_4_5,
    "claude-haiku-4-5": _CLAUDE_4_5,
    "claude-opus-4-6": replace(_CLAUDE_4_6, fast=True),
    "claude-sonnet-4-6": _CLAUDE_4_6,
    "claude-opus-4-7": _OPUS_4_7,
    "claude-opus-4-8": replace(_OPUS_4_7, system_turns=True),
    "claude-sonnet-5": _SONNET_5,
    "claude-opus-5": _OPUS_5,
    "claude-fable-5": _FABLE_5,
    "claude-mythos": _FABLE_5,
    "claude-fable-5-1": _NEWEST,
    "claude-fable-5-2": _NEWEST,
    "claude-mythos-5-1": _NEWEST,
    "claude-mythos-5-2": _NEWEST,
    "claude-opus-5-5": replace(_NEWEST, fast=True),
    "claude-sonnet-5-5": replace(_NEWEST, thinking=_BETWEEN),
    "claude-haiku-5-5": replace(_NEWEST, thinking=_CHOICE),
}

_PREFIX: Final = re.compile(r"^(?:.*/)?(?:[a-z]+\.)*(?=claude)")
_REVISION: Final = re.compile(r"(?:[-@]\d{8}|-latest|@latest|@default|-v\d+(?::\d+)?|:\d+)+$")
_KNOWN: Final = 256
"""Names that are remembered: models are few, and come again with every call."""
_POINT_ZERO: Final = re.compile(r"^(claude-(?:opus|sonnet|haiku)-4)-0$")


@lru_cache(maxsize=_KNOWN)
def capability(model: str) -> Capability:
    """The row for a model, by any of the names that Anthropic, Bedrock and Vertex give it."""
    name = family(model)
    if row := _ROWS.get(name):
        return row
    known = [prefix for prefix in _ROWS if name.startswith(f"{prefix}-")]
    if known and not _is_newer(name, longest := max(known, key=len)):
        return _ROWS[longest]
    return _NEWEST if name.startswith("claude-") else _CLASSIC


@lru_cache(maxsize=_KNOWN)
def family(model: str) -> str:
    """A model's name without vendor prefix, date and revision: what stays the same from one snapshot to the next."""
    name = _PREFIX.sub("", model.lower())
    name = _REVISION.sub("", name).replace(".", "-") if name.startswith("claude") else name
    return _POINT_ZERO.sub(r"\1", name)


def _is_newer(name: str, row: str) -> bool:
    """Whether the name goes on with a version number: `claude-opus-5-7` is no `claude-opus-5`."""
    rest = name.removeprefix(f"{row}-").split("-")[0]
    return rest.isdecimal() and len(rest) < 3
