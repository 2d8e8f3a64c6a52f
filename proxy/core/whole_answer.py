"""A whole answer in the form that every chat caller may have as it came: what is known of it beside its bytes.

Invariant: it is nothing but texts, in one object, whose tokens stand where they belong.
"""

from __future__ import annotations

from proxy.core.record import record
from proxy.core.usage import Usage


@record
class WholeAnswer:
    """All that a target has said."""

    body: bytes
    """As it came."""
    model: str
    """As it names it."""
    tier: str | None
    """The service tier that it names."""
    usage: Usage | None
    """None where it tells none."""
