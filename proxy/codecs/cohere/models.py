"""What is known of the provider's models by their names.

Source: https://docs.cohere.com/docs/models (read 2026-11-20).
"""

from __future__ import annotations

import re
from typing import Final

_PLAIN: Final = re.compile(
    r"command(-light|-nightly|-light-nightly)?$|command-r($|\+|-|7b)|command-a-[0-9]|command-a-(vision|translate)"
    r"|c4ai-|aya-"
)
"""Models that do not reason. Any other, a tuned one among them, is taken for one that does."""


def reasons(model: str) -> bool:
    """Whether a model reasons, and takes `thinking`."""
    return not _PLAIN.match(model)
