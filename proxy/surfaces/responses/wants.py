"""What of a request chat has no form for: noted while it is read, and told as the one sentence that explains a refusal.

Source: https://developers.openai.com/api/reference/resources/responses/methods/create (read 2026-11-21).
"""

from __future__ import annotations

from typing import Final

MOST: Final = 3
"""Places that the sentence names; the rest is counted."""


class Wants:
    """The places of a request that only a target with a Responses API of its own can serve."""

    def __init__(self) -> None:
        self._noted: list[str] = []

    def __bool__(self) -> bool:
        return bool(self._noted)

    def note(self, path: str, what: str) -> None:
        """Something that chat has no form for.

        Args:
            path: Where it stands: `input[2].type`.
            what: What it is, as a phrase: `an item of type 'computer_call'`.
        """
        self._noted.append(f"'{path}' ({what})")

    @property
    def sentence(self) -> str:
        """Why others cannot serve the request; empty where they can."""
        if not self._noted:
            return ""
        rest = len(self._noted) - MOST
        places = ", ".join(self._noted[:MOST]) + (f" and {rest} more" if rest > 0 else "")
        return f"Only a target with a Responses API of its own takes {places}."
