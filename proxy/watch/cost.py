"""What the tokens of one answer cost at a price.

Totals of a usage include their parts, and a part is billed by its own price instead of the total's: what is left of
the total after its parts is plain text. Audio that was read from a cache is counted as cached. What the provider does not
bill costs nothing, and is a part of plain text first.

Invariant: never negative; more input or more output at equal parts never costs less; a token without a price makes
the cost unknown and not smaller.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import chain
from typing import Final, TypeAlias

from proxy.core.price import Price, Usd
from proxy.core.usage import Usage

Share: TypeAlias = tuple[int, Usd | None]
"""A number of tokens, and USD for a million of them."""

_NOTHING: Final = Usd(0)


def cost_of(price: Price, usage: Usage) -> Usd | None:
    """USD for an answer.

    Args:
        price: USD per million tokens.
        usage: Tokens of the answer.

    Returns:
        The exact amount; None where a kind of token that was used has no price.
    """
    if price.input is None and price.output is None:
        return None
    if price.input is None or price.output is None or _has_parts(usage):
        return _in_parts(price, usage)
    # Plain text alone, as most answers are.
    millionths = max(0, usage.prompt) * price.input + max(0, usage.completion) * price.output
    return millionths.scaleb(-6).normalize()


def _has_parts(usage: Usage) -> bool:
    return bool(
        usage.cached
        or usage.cache_write
        or usage.cache_write_1h
        or usage.reasoning
        or usage.audio_input
        or usage.audio_output
        or usage.image_output
        or usage.searches
        or usage.unbilled_input
        or usage.unbilled_output
    )


def _in_parts(price: Price, usage: Usage) -> Usd | None:
    if usage.unbilled_input or usage.unbilled_output:
        usage = _billed(usage)
    millionths = _NOTHING
    for tokens, each in chain(_input(price, usage), _output(price, usage)):
        if tokens and each is None:
            return None
        millionths += tokens * (each or 0)
    if usage.searches and price.web_search:
        # Whose fee is not known is told without it: it is no kind of token.
        millionths += usage.searches * price.web_search * 1_000
    return millionths.scaleb(-6).normalize()


def _billed(usage: Usage) -> Usage:
    """What is left of a usage, whose parts are no more than what they are of."""
    prompt = max(0, usage.prompt - (usage.unbilled_input or 0))
    completion = max(0, usage.completion - (usage.unbilled_output or 0))
    return replace(
        usage,
        prompt=prompt,
        completion=completion,
        cached=min(usage.cached or 0, prompt),
        reasoning=min(usage.reasoning or 0, completion),
    )


def _input(price: Price, usage: Usage) -> Iterator[Share]:
    cached = usage.cached or 0
    long = usage.cache_write_1h or 0
    short = max(0, (usage.cache_write or 0) - long)
    fresh = max(0, usage.prompt - cached - short - long)
    # Cached audio is told twice, as cached and as audio: no more audio is fresh than what is fresh at all.
    audio = min(usage.audio_input or 0, fresh)
    yield fresh - audio, price.input
    yield audio, _first(price.audio_input, price.input)
    yield cached, _first(price.cache_read, price.input)
    yield short, _first(price.cache_write, price.input)
    yield long, _first(price.cache_write_1h, price.cache_write, price.input)


def _output(price: Price, usage: Usage) -> Iterator[Share]:
    reasoning = usage.reasoning or 0
    audio = usage.audio_output or 0
    image = usage.image_output or 0
    yield max(0, usage.completion - reasoning - audio - image), price.output
    yield reasoning, _first(price.reasoning, price.output)
    yield audio, _first(price.audio_output, price.output)
    yield image, _first(price.image_output, price.output)


def _first(*prices: Usd | None) -> Usd | None:
    return next((price for price in prices if price is not None), None)
