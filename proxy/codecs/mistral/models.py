"""Which of Mistral's models reason, and how they are told to.

Source: https://docs.mistral.ai/capabilities/reasoning (read 2026-11-20).
"""

from __future__ import annotations

import re
from typing import Final

_PROMPTED: Final = re.compile(r"(.*/)?magistral-")
_SWITCHED: Final = re.compile(
    r"(.*/)?mistral-(small-(latest|2[6-9]\d\d|[4-9])|medium-(latest|2[6-9]\d\d|3[.-][5-9]|[4-9]))"
)


def is_prompted(model: str) -> bool:
    """Whether the model reasons by `prompt_mode`."""
    return bool(_PROMPTED.match(model.lower()))


def is_switched(model: str) -> bool:
    """Whether the model reasons by `reasoning_effort`, `none` or `high`."""
    return bool(_SWITCHED.match(model.lower()))


def reasons(model: str) -> bool:
    """Whether the model takes the reasoning of earlier answers back."""
    return is_prompted(model) or is_switched(model)
