"""A Responses request while it is being written: what the chat request said, and what this model makes of it.

Invariant: a draft shares no container with the chat request that any later step changes.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from proxy.codecs.responses.models import Reasons, base_model, row
from proxy.codecs.responses.replay import makers
from proxy.core.shape import Json, Target


@dataclass(slots=True)
class Draft:
    """One request on its way from chat to Responses."""

    model: str
    reasons: Reasons
    makers: frozenset[str]
    """Whose encrypted reasoning this target takes back."""
    developer: bool = True
    """Whether `developer` is a role here."""
    input: list[Json] = field(default_factory=list)
    tools: list[Json] = field(default_factory=list)
    reasoning: Json = field(default_factory=dict)
    text: Json = field(default_factory=dict)
    body: Json = field(default_factory=dict)
    """All other fields, in their final form."""
    include: list[str] = field(default_factory=list)
    dropped: list[str] = field(default_factory=list)

    def drop(self, name: str) -> None:
        """Note a chat field that this target does not take."""
        if name not in self.dropped:
            self.dropped.append(name)

    @property
    def thinks(self) -> bool:
        """Whether the model will reason on this request."""
        effort = self.reasoning.get("effort")
        if effort is None:
            return self.reasons is Reasons.UNLESS_TOLD
        return bool(effort != "none")


def draft_for(target: Target) -> Draft:
    """An empty draft for a target."""
    return Draft(
        target.model,
        row(base_model(target)).reasons,
        makers(target),
        developer=target.quirks.developer_role,
    )
