"""What steers the sampler, within the bounds that the provider has.

Source: https://docs.cohere.com/v2/reference/chat (read 2026-11-20).
"""

from __future__ import annotations

from typing import Any, Final

from proxy.codecs.plain.complaint import a_number, unsupported
from proxy.codecs.plain.draft import Draft, Write, stops_of

MAX_STOPS: Final = 5


def within(name: str, least: float, most: float, native: str = "") -> Write:
    """A number that is brought within bounds, under its native name where that is another."""

    def write(draft: Draft, value: Any) -> None:
        draft.body[native or name] = min(max(a_number(value, name), least), most)

    return write


def penalty(name: str) -> Write:
    """A penalty: 0 is none, and one below it, which would be a reward, has no form here."""

    def write(draft: Draft, value: Any) -> None:
        given = a_number(value, name)
        if given < 0:
            draft.drop(name)
        elif given > 0:
            draft.body[name] = min(given, 1.0)

    return write


def stop(draft: Draft, value: Any) -> None:
    """`stop`, which is a list here.

    Raises:
        ProxyError: INVALID_REQUEST, or UNSUPPORTED for too many.
    """
    stops = stops_of(draft, value)
    if len(stops) > MAX_STOPS:
        raise unsupported(f"This model takes at most {MAX_STOPS} stop sequences.", "stop")
    if stops:
        draft.body["stop_sequences"] = stops


def logprobs(draft: Draft, value: Any) -> None:
    """`logprobs`: of the tokens that were chosen, not of others."""
    if value is True:
        draft.body["logprobs"] = True


def settle(draft: Draft) -> None:
    """Of the two penalties the provider takes one."""
    if "frequency_penalty" in draft.body and draft.body.pop("presence_penalty", None):
        draft.drop("presence_penalty")
