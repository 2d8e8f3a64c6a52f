"""`prices:` — what targets cost, over the built-in table."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Final

from proxy.config.kinds import Text, Usd
from proxy.config.problems import Findings, quoted, suggestion, under
from proxy.config.sections import Field, MapOf, Record, Section
from proxy.core.price import Price

_EACH: Final = {
    "input": "Input tokens.",
    "output": "Output tokens.",
    "cache_read": "Input tokens read from a prompt cache; by default as `input`.",
    "cache_write": "Input tokens written to a prompt cache; by default as `input`.",
    "cache_write_1h": "Those that stay there for an hour; by default as `cache_write`.",
    "reasoning": "Output tokens of reasoning; by default as `output`.",
    "audio_input": "Input tokens of audio; by default as `input`.",
    "audio_output": "Output tokens of audio; by default as `output`.",
    "image_output": "Output tokens of images; by default as `output`.",
}

_SEARCHES: Final = Field(
    Usd("thousand searches"), "Searches of the web that the provider makes; nothing by default."
)

RECORD: Final = Record(
    "price",
    {**{name: Field(Usd(), doc) for name, doc in _EACH.items()}, "web_search": _SEARCHES},
    "a map of prices",
)


def section(target: Text) -> MapOf:
    """The kind of `prices:`, whose keys are targets."""
    return MapOf(RECORD, "a map of targets", target.pattern, target.label)


def read(prices: Section, providers: Collection[str], findings: Findings) -> Mapping[str, Price]:
    """Each target's price.

    Args:
        prices: The section.
        providers: Names that a target may begin with; any other is a slip.
        findings: Takes every problem.
    """
    made: dict[str, Price] = {}
    for name, price in prices.values.items():
        provider = name.partition("/")[0]
        path = under(prices.path, name)
        if provider not in providers:
            near = suggestion(provider, providers)
            message = f"the provider {quoted(provider)} is not configured{near}"
            findings.blame(price.place, path, message)
        if not price.nodes:
            findings.blame(price.place, path, f"expected at least one of {', '.join(_EACH)}")
        made[name] = Price(**price.values)
    return made
