"""What the choices of a frame or of a whole answer say: their `delta` or their `message`.

Invariant: nothing that came is changed; what needs no change is returned as the very object that came.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from proxy.core.shape import Json

Edit: TypeAlias = Callable[[int, Json], Json]
"""Takes a choice's index and what it says; gives that, or a new object in its place."""


def over_choices(frame: Json, edit: Edit) -> Json:
    """The frame, what each of its choices says through `edit`."""
    came = frame.get("choices")
    if not isinstance(came, list):
        return frame
    choices = [_choice(choice, at, edit) for at, choice in enumerate(came)]
    changed = any(new is not old for new, old in zip(choices, came, strict=True))
    return {**frame, "choices": choices} if changed else frame


def _choice(choice: Any, at: int, edit: Edit) -> Any:
    if not isinstance(choice, dict):
        return choice
    name = "delta" if isinstance(choice.get("delta"), dict) else "message"
    said = choice.get(name)
    if not isinstance(said, dict):
        return choice
    index = choice.get("index")
    new = edit(index if isinstance(index, int) else at, said)
    return choice if new is said else {**choice, name: new}
