"""Notes on an answer's text: flat in this API, in chat nested under their type.

Chat counts places from the beginning of the whole text, this API from that of the part that a note is on.

Source: https://developers.openai.com/api/reference/resources/responses (read 2026-11-21).
"""

from __future__ import annotations

from typing import Any, Final

from proxy.core.shape import Json

_PLACES: Final = {"file_citation": ("index",)}
"""Members of notes that are places in the text, where they are not the usual ones."""
_USUAL: Final = ("start_index", "end_index")


def native_note(note: Any, before: int) -> Json | None:
    """A note of chat in this API's form; None for one that says nothing.

    Args:
        note: As chat has it.
        before: Characters of text before the part that it is on.
    """
    kind = note.get("type") if isinstance(note, dict) else None
    inner = note.get(kind) if isinstance(kind, str) else None
    if not isinstance(inner, dict):
        return None
    assert isinstance(kind, str)
    places = _PLACES.get(kind, _USUAL)
    moved = {
        name: max(value - before, 0) if name in places and isinstance(value, int) else value
        for name, value in inner.items()
    }
    return {"type": kind, **moved}
