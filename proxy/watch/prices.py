"""What a call cost: by the operator's own prices, else by what the provider says, else by the built-in table.

Providers name one model in many ways; a name is looked for as it is first, then without what only says where or when.
A fine-tuned model is never taken for the one it came from, which costs less.

Invariant: an unknown price is None and never 0; nothing here fails a call.
Source: https://docs.aws.amazon.com/bedrock/latest/userguide/inference-profiles-support.html,
https://openrouter.ai/docs/use-cases/usage-accounting, https://docs.perplexity.ai/getting-started/pricing (2026-11-21).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final

from proxy.config.schema import Provider
from proxy.core.clock import Clock
from proxy.core.price import Price, Usd
from proxy.core.usage import Usage
from proxy.watch.cost import cost_of
from proxy.watch.price_table import PriceTable, Rate

LISTS: Final[Mapping[str, str]] = {
    "bedrock": "aws",
    "codestral": "mistral",
    "gemini": "google",
    "mistralai": "mistral",
    "moonshot": "moonshotai",
    "vertex": "google",
    "voyage": "voyageai",
    "xai": "x-ai",
    "z-ai": "zai",
}
"""Vendors, and makers as gateways name them, whose list has another name."""

MAKERS: Final = frozenset({"azure", "bedrock", "gemini", "vertex"})
"""Protocols that only one vendor speaks, so that an entry without a vendor is that vendor's."""

TELLERS: Final = frozenset({"openrouter", "perplexity"})
"""Vendors whose `usage` says in USD what an answer cost, fees included."""

GATEWAYS: Final = frozenset({"openrouter", "vercel-gateway"})
"""Vendors that sell `vendor/model` at the maker's price."""

MAX_NAME: Final = 256
"""Characters of a model's name; a longer one has no price."""
MAX_KNOWN: Final = 1024
"""Pairs of a target and a model whose rates are kept; names come from answers."""

_PATH: Final = re.compile(r"^(?:(?:projects/.+/)?publishers/[^/]+/)?models/|^arn:.*/")
_DATE: Final = re.compile(r"[-@](20\d\d)-?(0[1-9]|1[0-2])-?(0[1-9]|[12]\d|3[01])(?=$|[-:])")
_PLACE: Final = re.compile(r"^(?:apac|au|ca|eu|in|jp|us|us-gov)\.")
_TUNED: Final = re.compile(r"^ft:|[.:]ft-")


class Prices:
    """Prices in force.

    Args:
        overrides: The operator's own, by `provider/model`.
        providers: The configured providers by name, which say whose list a target is on.
        clock: Time: some prices change with the date, some with the hour.
        table: The built-in prices.
    """

    def __init__(
        self,
        overrides: Mapping[str, Price],
        providers: Mapping[str, Provider],
        clock: Clock,
        table: PriceTable | None = None,
    ) -> None:
        self._overrides = overrides
        self._vendors = {name: _vendor(provider) for name, provider in providers.items()}
        self._clock = clock
        self._table = table or PriceTable()
        self._known: dict[tuple[str, str], tuple[Rate, ...]] = {}
        """By target and the model that its answer names."""

    def cost(self, target: str, served: str, usage: Usage, tier: str = "") -> Usd | None:
        """What an answer cost.

        Args:
            target: `provider/model`.
            served: The model that the answer names; empty where it names none.
            usage: Its tokens.
            tier: The service tier that the answer names; empty where it names none.

        Returns:
            USD, exact; None where no price is known.
        """
        if usage.cost is not None and self._tells(target, served):
            return usage.cost.normalize()
        rates = self._known.get((target, served))
        if rates is None:
            rates = self._rates(target, served)
        at = self._clock.wall() if rates else 0.0
        for rate in reversed(rates):
            if rate.holds(at, tier):
                return cost_of(rate.for_input(usage.prompt), usage)
        return None

    def _tells(self, target: str, served: str) -> bool:
        """Whether the provider is believed what it says of the cost."""
        vendor = self._vendors.get(target.partition("/")[0], "")
        return vendor in TELLERS and self._own(target, served) is None

    def _own(self, target: str, served: str) -> Price | None:
        provider = target.partition("/")[0]
        return self._overrides.get(target) or self._overrides.get(f"{provider}/{served}")

    def _rates(self, target: str, served: str) -> tuple[Rate, ...]:
        """What may be the rate, of which the last that holds is."""
        provider, _, model = target.partition("/")
        own, vendor = self._own(target, served), self._vendors.get(provider, "")
        if own is not None:
            rates: tuple[Rate, ...] = (Rate(own),)
        else:
            rates = self._listed(vendor, served) or self._listed(vendor, model)
        if len(served) <= MAX_NAME and len(model) <= MAX_NAME:
            if len(self._known) >= MAX_KNOWN:
                self._known.clear()
            self._known[target, served] = rates
        return rates

    def _listed(self, vendor: str, model: str) -> tuple[Rate, ...]:
        if not vendor or not 0 < len(model) <= MAX_NAME:
            return ()
        found = (self._table.rates(*place) for place in self._places(vendor, model.lower()))
        return next(filter(None, found), ())

    def _places(self, vendor: str, model: str) -> Iterator[tuple[str, str]]:
        """Where a model may be found, best first: list and name."""
        name = LISTS.get(vendor, vendor)
        if vendor == "huggingface":
            # The router's names end in who serves: `org/model:groq`.
            model, _, server = model.rpartition(":")
            name = f"huggingface_{server}"
        for place in (name, *self._table.also(name)):
            yield from ((place, spelling) for spelling in spellings(model))
        maker, slash, rest = model.partition("/")
        # What follows a colon (`:free`) is a price of its own.
        if vendor in GATEWAYS and slash and ":" not in rest:
            place = LISTS.get(maker, maker)
            yield from ((place, spelling) for spelling in spellings(rest))


def spellings(model: str) -> Iterator[str]:
    """A model's name as it is, then in the ways that a list may have it.

    Args:
        model: In lower case.
    """
    seen = dict.fromkeys((model, _PATH.sub("", model)))
    if not _TUNED.search(model):
        for change in (_dashed, _placeless, _undated):
            seen.update(dict.fromkeys([change(each) for each in seen]))
    return iter(seen)


def _dashed(model: str) -> str:
    """`-20260305` is `-2026-03-05` on some lists."""
    return _DATE.sub(r"-\1-\2-\3", model)


def _undated(model: str) -> str:
    return _DATE.sub("", model)


def _placeless(model: str) -> str:
    """Where a Bedrock inference profile may send a call; what stays within a region has the regional price."""
    return _PLACE.sub("", model)


def _vendor(provider: Provider) -> str:
    if provider.vendor:
        return provider.vendor
    return provider.protocol if provider.protocol in MAKERS else ""
