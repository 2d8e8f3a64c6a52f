"""What each family of models on Bedrock takes and refuses, as data, and the family that a model's id stands for.

An id may be a model's own, a cross-region profile's (`us.`, `eu.`, `global.` before it), or an ARN that holds one of
these. An ARN that names no model (a profile or a deployment of somebody's own) tells no family: the provider's entry can,
by the option `family`. To a model of no known family everything is sent but what has many forms: the provider knows best.

Source: https://docs.aws.amazon.com/bedrock/latest/userguide/conversation-inference-supported-models-features.html,
.../structured-output.html, .../prompt-caching.html (read 2026-11-21).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final, Literal

from proxy.codecs.anthropic.draft import maker_of as claude_maker
from proxy.codecs.anthropic.models import Capability, capability

Reasoning = Literal["", "claude", "nova", "effort"]
Place = Literal["system", "messages", "tools"]


@dataclass(frozen=True, slots=True)
class Family:
    """One row."""

    name: str = ""
    claude: Capability | None = None
    """What Claude itself takes; None for all others."""
    choices: frozenset[str] = frozenset()
    """Values of `toolChoice` that are taken: `auto`, `any`, `tool`."""
    reasoning: Reasoning = ""
    """The form in which reasoning is asked for; empty where it cannot be."""
    caches: frozenset[Place] = frozenset()
    """Where cache points may stand."""
    schemas: bool = False
    """Whether `outputConfig.textFormat` and strict tools are taken."""
    system: bool = True
    """Whether `system` is taken."""
    prefill: bool = False
    """Whether the last message may be the assistant's."""
    status: bool = False
    """Whether a tool's result may say that it is an error."""


_ALL: Final = frozenset({"auto", "any", "tool"})
_EVERYWHERE: Final[frozenset[Place]] = frozenset({"system", "messages", "tools"})
_SPOKEN: Final[frozenset[Place]] = frozenset({"system", "messages"})

_CLAUDE: Final = Family("claude", choices=_ALL, reasoning="claude", caches=_EVERYWHERE, status=True)
_NOVA: Final = Family("nova", choices=_ALL, caches=_SPOKEN, prefill=True, status=True)
_OPEN: Final = Family("open", schemas=True)

_ROWS: Final[tuple[tuple[str, Family], ...]] = (
    ("anthropic.", _CLAUDE),
    ("amazon.nova-2", replace(_NOVA, reasoning="nova")),
    ("amazon.nova", _NOVA),
    ("amazon.titan", Family("titan", system=False, prefill=True)),
    ("meta.", Family("llama")),
    ("mistral.mistral-7b", Family("mistral", system=False)),
    ("mistral.mixtral", Family("mistral", system=False)),
    ("mistral.mistral-large-2", Family("mistral", choices=frozenset({"auto", "any"}))),
    ("mistral.mistral-small", Family("mistral")),
    ("mistral.pixtral", Family("mistral", choices=frozenset({"auto", "any"}))),
    ("mistral.", replace(_OPEN, name="mistral")),
    ("deepseek.r1", Family("deepseek")),
    ("deepseek.", replace(_OPEN, name="deepseek")),
    ("openai.", replace(_OPEN, name="openai", reasoning="effort")),
    ("cohere.", Family("cohere")),
    ("ai21.", Family("ai21")),
    *(
        (start, replace(_OPEN, name=start.rstrip(".")))
        for start in ("google.", "minimax.", "moonshot.", "moonshotai.", "nvidia.", "qwen.", "zai.")
    ),
)
"""By the beginning of a model's id; the first that fits."""

_UNKNOWN: Final = Family(choices=_ALL, caches=_EVERYWHERE, prefill=True, status=True)

_KNOWN: Final = 256
"""Names that are remembered: models are few, and come again with every call."""
_ARN: Final = re.compile(r"^arn:[^/]*/([^/]+).*$", re.DOTALL)
_REGION: Final = re.compile(r"^[a-z]{2,6}(?:-[a-z]{2,4})?\.(?=[a-z0-9]+\.)")


def family_of(model: str, options: Mapping[str, str]) -> Family:
    """The row for a model.

    Args:
        model: Its id, or an ARN.
        options: The target's; `family`, where it is given, is the beginning of the id of such a model
            (`anthropic.claude-sonnet-4-5`, `amazon.nova-2`).
    """
    return _row(named(model, options))


@lru_cache(maxsize=_KNOWN)
def _row(name: str) -> Family:
    row = next((family for start, family in _ROWS if name.startswith(start)), _UNKNOWN)
    if row.reasoning != "claude":
        return row
    able = capability(name)
    return replace(
        row, claude=able, schemas=able.schemas, prefill=able.prefill, choices=_choices(able)
    )


def named(model: str, options: Mapping[str, str]) -> str:
    """What says most of a model: its own id, or what the provider's entry says of it."""
    return options.get("family") or base_id(model)


@lru_cache(maxsize=_KNOWN)
def base_id(model: str) -> str:
    """A model's id without ARN and region."""
    return _REGION.sub("", _ARN.sub(r"\1", model.lower()))


def maker_of(model: str, family: Family) -> str:
    """The name under which signed reasoning is packed and taken back.

    Claude's own, wherever it runs: its signatures hold across platforms.
    """
    return claude_maker(base_id(model)) if family.claude else f"bedrock/{base_id(model)}"


def _choices(able: Capability) -> frozenset[str]:
    return _ALL if able.forced_choice else frozenset({"auto"})
