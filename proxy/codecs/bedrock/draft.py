"""A Converse request while it is being written: what the chat request said, and what this model makes of it.

Fields of the chat request are taken in first, one by one; then what hangs together (reasoning and limits, tools and
answer format, cache points) is settled on the draft as a whole.

Invariant: a draft shares no container with the chat request that any later step changes.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from proxy.codecs.bedrock.models import Family, family_of, maker_of
from proxy.core.shape import Json, Target

PROTOCOL: Final = "bedrock"


@dataclass(slots=True)
class Draft:
    """One request on its way from chat to Converse."""

    family: Family
    maker: str
    """Whose signed reasoning may go back to this model."""
    body: Json = field(default_factory=dict)
    """Fields that are already in their final form."""
    inference: Json = field(default_factory=dict)
    """`inferenceConfig`."""
    additional: Json = field(default_factory=dict)
    """`additionalModelRequestFields`, as we write it; the caller's own is laid over it."""
    system: list[Json] = field(default_factory=list)
    messages: list[Json] = field(default_factory=list)
    tools: list[Json] = field(default_factory=list)
    sentences: list[str] = field(default_factory=list)
    """What we have to tell the model ourselves, for the end of the system text."""
    dropped: list[str] = field(default_factory=list)
    called: list[str] = field(default_factory=list)
    """Names of the tools that the conversation has called."""
    effort: str | None = None
    thinking: Json | None = None
    shown: bool = False
    """Whether the caller would see what the model thinks, however much that is."""
    dialect: str = ""
    """The API that the caller speaks."""
    choice: Json | None = None
    """The tool choice in native form, as the caller means it; `{"none": {}}`, which is not native, for none."""
    parallel: bool = True
    format: Json | None = None
    """The caller's `response_format`."""

    def drop(self, name: str) -> None:
        """Note a chat field that this target does not take."""
        if name not in self.dropped:
            self.dropped.append(name)

    @property
    def thinks_on_budget(self) -> bool:
        """Whether the request, as written so far, has Claude reason on a budget of tokens."""
        thinking = self.additional.get("thinking")
        return isinstance(thinking, dict) and thinking.get("type") == "enabled"

    @property
    def may_force(self) -> bool:
        """Whether a call of any tool at all may be demanded."""
        return "any" in self.family.choices and not self.thinks_on_budget


def draft_for(target: Target, *, dialect: str = "") -> Draft:
    """An empty draft for a target, and for a caller of the API that `dialect` names."""
    family = family_of(target.model, target.options)
    return Draft(family, maker_of(target.model, family), dialect=dialect)
