"""A Messages request while it is being written: what the chat request said, and what this model makes of it.

Fields of the chat request are taken in first, one by one; then what hangs together (reasoning and limits, tools and
answer format, cache marks) is settled on the draft as a whole.

Invariant: a draft shares no container with the chat request that any later step changes.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from proxy.codecs.anthropic.models import Capability, capability, family
from proxy.core.shape import Json

PROTOCOL: Final = "anthropic"


@dataclass(slots=True)
class Draft:
    """One request on its way from chat to Messages."""

    model: str
    """As the provider names it."""
    able: Capability
    """What the model takes."""
    maker: str
    """Whose signed reasoning may go back to this model."""
    body: Json = field(default_factory=dict)
    """Fields that are already in their final form."""
    system: list[Json] = field(default_factory=list)
    messages: list[Json] = field(default_factory=list)
    tools: list[Json] = field(default_factory=list)
    sentences: list[str] = field(default_factory=list)
    """What we have to tell the model ourselves, for the end of the system text."""
    betas: list[str] = field(default_factory=list)
    """Values of `anthropic-beta` that what we send needs."""
    dropped: list[str] = field(default_factory=list)
    limit: int | None = None
    """The caller's own limit of output tokens."""
    effort: str | None = None
    thinking: Json | None = None
    shown: bool = False
    """Whether the caller would see what the model thinks, however much that is."""
    dialect: str = ""
    """The API that the caller speaks."""
    choice: Json | None = None
    """The tool choice in native form, as the caller means it."""
    parallel: bool = True
    format: Json | None = None
    """The caller's `response_format`."""

    def drop(self, name: str) -> None:
        """Note a chat field that this target does not take."""
        if name not in self.dropped:
            self.dropped.append(name)

    @property
    def manual_thinking(self) -> bool:
        """Whether the request, as written so far, reasons on a budget of tokens."""
        thinking = self.body.get("thinking")
        return thinking is not None and thinking.get("type") == "enabled"

    @property
    def may_force(self) -> bool:
        """Whether `tool_choice` may be `any` or `tool`."""
        return self.able.forced_choice and not self.manual_thinking


def draft_for(model: str, *, dialect: str = "") -> Draft:
    """An empty draft for a model, and for a caller of the API that `dialect` names."""
    return Draft(model, capability(model), maker_of(model), dialect=dialect)


def is_whole(dialect: str, thinking: Json | None) -> bool:
    """Whether a caller's limit of tokens has room for the reasoning already: in the Messages API a budget is part of it."""
    return dialect == "messages" and (thinking or {}).get("type") == "enabled"


def answer_room(thinking: Json | None, asked: int | None, limit: int) -> int:
    """Tokens of a limit that a budget leaves: one, where the caller chose both; else as many as were asked for.

    Half of the limit will do: where a model's most is small, more cannot be had.
    """
    if (thinking or {}).get("type") == "enabled":
        return 1
    return min(asked or limit, limit // 2)


def maker_of(model: str) -> str:
    """The name under which signed reasoning of a model is packed and taken back."""
    return f"{PROTOCOL}/{family(model)}"
