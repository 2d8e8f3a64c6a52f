"""A generateContent request while it is being written: what the chat request said, and what this model makes of it.

Fields of the chat request are taken in first, one by one; then what hangs together (reasoning and limits, tools and
answer format, what a cache holds already) is settled on the draft as a whole.

Invariant: a draft shares no container with the chat request that any later step changes.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from proxy.codecs.gemini.models import Capability, capability, family
from proxy.core.shape import Json


@dataclass(slots=True)
class Draft:
    """One request on its way from chat to generateContent."""

    able: Capability
    """What the model takes."""
    maker: str
    """Whose thought signatures may go back to this model."""
    vertex: bool = False
    """Whether it goes to Vertex AI, which knows some other fields."""
    body: Json = field(default_factory=dict)
    """Top-level fields that are already in their final form."""
    config: Json = field(default_factory=dict)
    """`generationConfig`."""
    system: list[Json] = field(default_factory=list)
    """Parts of `systemInstruction`."""
    contents: list[Json] = field(default_factory=list)
    functions: list[Json] = field(default_factory=list)
    """`functionDeclarations`."""
    native_tools: list[Json] = field(default_factory=list)
    """Google's own tools."""
    choice: Json | None = None
    """`functionCallingConfig`, as the caller means it."""
    strict: bool = False
    """Whether any function asks for arguments that fit its schema."""
    sentences: list[str] = field(default_factory=list)
    """What we have to tell the model ourselves, for the end of the system text."""
    dropped: list[str] = field(default_factory=list)
    limit: int | None = None
    """The caller's own limit of output tokens."""
    translated: bool = False
    """Whether another API's caller asks."""
    must_search: bool = False
    """Whether the request is nothing without its web search."""
    must_limit: bool = False
    """Whether that limit is none of the caller's own wish: the Messages API insists on one, thoughts included."""
    effort: str | None = None
    thinking: Json | None = None
    """The caller's `thinking`, as Anthropic's clients write it."""
    shown: bool = False
    """Whether the caller would see what the model thinks, however much that is."""
    format: Json | None = None
    """The caller's `response_format`."""

    def drop(self, name: str) -> None:
        """Note a chat field that this target does not take."""
        if name not in self.dropped:
            self.dropped.append(name)


def draft_for(model: str, protocol: str) -> Draft:
    """An empty draft for a model at one of Google's two services, `gemini` or `vertex`."""
    return Draft(capability(model), maker_of(model, protocol), vertex=protocol == "vertex")


def maker_of(model: str, protocol: str) -> str:
    """The name under which thought signatures of a model are packed and taken back; no service takes the other's."""
    return f"{protocol}/{family(model)}"
