"""Reads a whole answer that can go on as it came, for what has to be known of it and no more.

Nearly every answer is of this form. It is held to it in the step that reads it, and nothing is made of what it says.

Invariant: an answer that is read here is one that `whole.py` would have read as settled, with the same model, tier and usage.
Source: https://platform.openai.com/docs/api-reference/chat/object (read 2026-11-21).
"""

from __future__ import annotations

from typing import Annotated, Final

from proxy.codecs.openai.texts import Texts
from proxy.core import jsons
from proxy.core.usage import ExactUsage, Usage
from proxy.core.whole_answer import WholeAnswer


class _Exact(Texts, forbid_unknown_fields=True, frozen=True):
    """With no more than OpenAI's own servers tell of tokens, and the name by which it is priced."""

    model: Annotated[str, jsons.Meta(min_length=1)]
    usage: ExactUsage | None = None  # type: ignore[assignment] # read as a form of its own, and never as the general one


_read: Final = jsons.Form(_Exact).read


def whole_answer(body: bytes) -> WholeAnswer | None:
    """What is known of an answer; None where it is any other, good or bad.

    Args:
        body: All of it.
    """
    if not (body.startswith(b"{") and body.endswith(b"}")):
        # What stands around it would go on with it.
        return None
    exact = _read(body)
    if exact is None:
        return None
    told = exact.usage
    return WholeAnswer(
        body, exact.model, exact.service_tier, None if told is None else Usage.of(told)
    )
