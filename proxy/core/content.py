"""What was said in a call, for an operator who asked for it (`log.content`): the one record that holds words.

It is no fact: those go to every observer, and this to the log alone.
"""

from __future__ import annotations

from dataclasses import dataclass

from proxy.core.shape import Json


@dataclass(frozen=True, slots=True)
class Content:
    """A call's words, each side bounded by whoever took them down."""

    call: str
    """The call's request id."""
    surface: str
    at: float
    """When the call ended, seconds since 1970."""
    request: Json | str
    """The body, in the caller's own API; text where it was too long and is cut."""
    answer: list[Json] | None
    """Choices, as of a chat completion, whatever API was spoken; None where nothing was said."""
    is_cut: bool
    """Whether something of it was too long."""
