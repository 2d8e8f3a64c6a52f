"""Times for people, rounded: Python's own `round` writes a number out and reads it again, which is most of its price.

Invariant: for what is not negative and below 2**40 the result is that of `round`, but that halves go up.
"""

from __future__ import annotations


def tenths(value: float) -> float:
    """To one digit behind the point."""
    return (value * 10.0 + 0.5) // 1.0 / 10.0


def thousandths(value: float) -> float:
    """To three digits behind the point."""
    return (value * 1000.0 + 0.5) // 1.0 / 1000.0
