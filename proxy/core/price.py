"""What a model's tokens cost: USD per million, each kind of token by itself.

Exact decimals, because many small costs are added up. None means that no price of its own is known: whoever
computes a cost falls back to the wider kind (`cache_read` to `input`, `reasoning` to `output`); a free token has the
price 0.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TypeAlias

Usd: TypeAlias = Decimal
"""US dollars, exact."""


@dataclass(frozen=True, slots=True)
class Price:
    """USD per million tokens. `input` and `output` None: it is not known what they cost, which is not 0."""

    input: Usd | None = None
    """Fresh input tokens, and those of a kind without a price of its own."""
    output: Usd | None = None
    """Output tokens, and those of a kind without a price of its own."""
    cache_read: Usd | None = None
    """Input tokens read from a prompt cache."""
    cache_write: Usd | None = None
    """Input tokens written to a prompt cache."""
    cache_write_1h: Usd | None = None
    """Those that stay there for an hour."""
    reasoning: Usd | None = None
    """Output tokens spent on reasoning."""
    audio_input: Usd | None = None
    """Input tokens of audio."""
    audio_output: Usd | None = None
    """Output tokens of audio."""
    image_output: Usd | None = None
    """Output tokens of images."""
    web_search: Usd | None = None
    """A thousand searches of the web that the provider makes: not tokens, and nothing where no price is known."""


def number(cost: Usd | None) -> float | None:
    """An amount as a JSON number: its text has the same digits, as long as they are no more than 15."""
    return None if cost is None else float(cost)
