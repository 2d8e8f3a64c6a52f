"""Tells what Anthropic's models have signed from what we put in the place of a signature.

Reasoning of other houses has no signature, and their citations have no index; but Anthropic's clients keep only what has
one, and send it back in the next turn. So `MADE_UP` stands there, with the marker that packed ids have: one look at a
body's bytes tells whether a relay may send it on as it is.

Source: https://platform.claude.com/docs/en/build-with-claude/extended-thinking (read 2026-11-20).
"""

from __future__ import annotations

from proxy.core.state import MARK


def is_signed(signature: object) -> bool:
    """Whether a signature is one, and not ours."""
    return isinstance(signature, str) and bool(signature) and MARK not in signature
