"""What OpenAI's models do differently: when they reason, and what the chat API refuses them. One table, first match.

A name that no row knows is taken for a model that reasons only where it is asked to and that chat takes as it is.

Source: https://developers.openai.com/api/docs/models and .../guides/reasoning (read 2026-11-20).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum, auto, unique
from typing import Final

from proxy.core.shape import Target


@unique
class Reasons(Enum):
    """When a model reasons."""

    NEVER = auto()
    ASKED = auto()
    """Where the request names an effort other than `none`."""
    UNLESS_TOLD = auto()
    """Always, unless the effort is `none` (which some refuse)."""
    UNKNOWN = auto()
    """Where asked, as far as we know."""


@unique
class Chat(Enum):
    """What the chat API takes of a model's requests; all else needs the Responses API."""

    ALL = auto()
    TOOLS_UNLESS_REASONING = auto()
    """Tools only where no effort is named, or `none`."""
    TOOLS_AT_NONE = auto()
    """Tools only where the effort is `none`."""
    NO_TOOLS = auto()
    NOTHING = auto()


@dataclass(frozen=True, slots=True)
class Family:
    """One row."""

    reasons: Reasons
    chat: Chat = Chat.ALL


_ROWS: Final = tuple(
    (re.compile(pattern), family)
    for pattern, family in (
        (r"(o\d|gpt-\d+(\.\d+)?)-pro\b", Family(Reasons.UNLESS_TOLD, Chat.NOTHING)),
        (r"gpt-\d+(\.\d+)?-codex\b|codex-", Family(Reasons.UNLESS_TOLD, Chat.NOTHING)),
        (r"o\d(-mini)?-deep-research|computer-use-", Family(Reasons.UNLESS_TOLD, Chat.NOTHING)),
        (r"gpt-\d+(\.\d+)?-chat\b|gpt-[34]|chatgpt-", Family(Reasons.NEVER)),
        (r"o\d", Family(Reasons.UNLESS_TOLD)),
        (r"gpt-5(?![.\d])", Family(Reasons.UNLESS_TOLD)),
        (r"gpt-5\.[0-3](?!\d)", Family(Reasons.ASKED)),
        (r"gpt-5\.", Family(Reasons.ASKED, Chat.TOOLS_UNLESS_REASONING)),
        (r"gpt-6-astra", Family(Reasons.UNLESS_TOLD, Chat.NO_TOOLS)),
        (r"gpt-6(?![.\d])", Family(Reasons.UNLESS_TOLD, Chat.TOOLS_AT_NONE)),
        # What is newer than we know is taken for what the newest that we know is.
        (r"gpt-\d", Family(Reasons.UNLESS_TOLD, Chat.NO_TOOLS)),
        (r"grok-.*non-reasoning", Family(Reasons.NEVER)),
        (r"grok-([4-9]|\d\d)", Family(Reasons.UNLESS_TOLD)),
    )
)
_HARDEST: Final = (
    (re.compile(r"o\d|gpt-5(?![.\d])|gpt-5\.1(?!\d)(?!-codex-max)"), "high"),
    (re.compile(r"gpt-5\."), "xhigh"),
)
"""The strongest effort of models that do not take all of them."""
_STRONG: Final = ("high", "xhigh", "max")
_UNKNOWN: Final = Family(Reasons.UNKNOWN)

_VENDOR: Final = re.compile(r"^(?:.*/)?(?:openai\.)?(?:ft:)?")
_REVISION: Final = re.compile(r"(?:-\d{4}-\d{2}-\d{2}|-latest)$")


def row(model: str) -> Family:
    """The row of a model, by any of the names that OpenAI and those who resell it give it."""
    name = _VENDOR.sub("", model.lower(), count=1)
    return next((found for pattern, found in _ROWS if pattern.match(name)), _UNKNOWN)


def family(model: str) -> str:
    """A model's name without vendor and date: what stays the same from one snapshot to the next."""
    return _REVISION.sub("", _VENDOR.sub("", model.lower(), count=1))


def base_model(target: Target) -> str:
    """The model behind a target: a deployment has any name, so its option `base_model` says which model it is."""
    return target.options.get("base_model") or target.model


def within_reach(effort: str, model: str) -> str:
    """An effort, or the strongest that a model takes: other makers' models know some that are stronger."""
    name = _VENDOR.sub("", model.lower(), count=1)
    most = next((word for pattern, word in _HARDEST if pattern.match(name)), _STRONG[-1])
    if effort not in _STRONG:
        return effort
    return _STRONG[min(_STRONG.index(effort), _STRONG.index(most))]
