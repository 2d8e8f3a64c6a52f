"""Writes the price table from the data of the package `genai-prices`, which only this script needs.

Usage: make prices. It runs in an environment of its own and writes to standard output; the proxy never imports it.

What is left out: models that are not billed by the token, batch prices (we send no batches), fees of other tools than a search of the web, resellers
of seats instead of tokens, and prices that were over on the day of the run. Prices that begin later are kept.
Source: https://github.com/pydantic/genai-prices, MIT.
"""

import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from importlib.metadata import distribution
from typing import Any

from genai_prices.data import providers
from genai_prices.types import (
    ModelInfo,
    ModelPrice,
    StartDateConstraint,
    TieredPrices,
    TimeOfDateConstraint,
)

COLUMNS = {
    "input": "input_mtok",
    "output": "output_mtok",
    "cache_read": "cache_read_mtok",
    "cache_write": "cache_write_mtok",
    "cache_write_1h": "cache_write_1h_mtok",
    "reasoning": "output_reasoning_mtok",
    "audio_input": "input_audio_mtok",
    "audio_output": "output_audio_mtok",
    "image_output": "output_image_mtok",
    "web_search": "web_searches_kcount",
}
"""Our columns, and what they are called there."""

NO_API = {"cursor", "elevenlabs", "github-copilot", "modal", "openai-decisions", "typesafe"}
"""Lists that no chat target of ours is billed by."""

CLAUSES = {
    "equals": "=",
    "starts_with": "^",
    "ends_with": "$",
    "contains": "*",
    "regex": "~",
}


@dataclass
class Step:
    """A price and when it holds."""

    price: ModelPrice
    since: date | None = None
    daily: tuple[str, str] | None = None
    tier: str = ""


def clause(match: Any) -> Any:
    """One condition as text, alternatives as a list, several at once as {"all": [...]}."""
    for name, mark in CLAUSES.items():
        if (value := getattr(match, name, None)) is not None:
            return mark + (value if name == "regex" else value.lower())
    if (together := getattr(match, "and_", None)) is not None:
        return {"all": [clause(each) for each in together]}
    return [clause(each) for each in match.or_]


def steps(model: ModelInfo, today: date) -> list[Step]:
    """The standard prices from today on; where several hold, the last counts."""
    prices = model.prices
    if isinstance(prices, ModelPrice):
        return [Step(prices)]
    found: list[Step] = []
    for each in prices:
        limit = each.constraint
        if isinstance(limit, TimeOfDateConstraint):
            window = (utc(limit.start_time), utc(limit.end_time))
            found.append(Step(each.prices, daily=window))
        elif isinstance(limit, StartDateConstraint) and limit.start_date > today:
            found.append(Step(each.prices, since=limit.start_date))
        else:
            found = [Step(each.prices)]
    return found


def utc(moment: time) -> str:
    """`HH:MM`; whatever is not said in UTC ends the run."""
    if moment.utcoffset():
        sys.exit(f"a time of day that is not UTC: {moment}")
    return f"{moment:%H:%M}"


def variants(model: ModelInfo, today: date) -> Iterator[Step]:
    """Prices of service tiers; what is billed by another kind of request is left out. The first there counts."""
    for each in reversed(model.price_variants or []):
        tier = each.when.get("service_tier") or each.when.get("speed")
        if tier in (None, "default") or len(each.when) > 1:
            continue
        limit = each.constraint
        if limit is not None and not isinstance(limit, StartDateConstraint):
            sys.exit(f"{model.id}: a service tier by the hour")
        since = limit.start_date if limit else None
        at = datetime.combine(max(since or today, today), time.min, UTC)
        yield Step(model.get_prices(at, each.when), since=since, tier=tier)


def column(price: ModelPrice, name: str, over: int) -> str:
    """One price of a call with more than `over` input tokens; empty where there is none."""
    value = getattr(price, name)
    if isinstance(value, TieredPrices):
        value = next((t.price for t in reversed(value.tiers) if t.start <= over), value.base)
    return "" if value is None else f"{value.normalize():f}"


def rate(step: Step, today: date) -> Any:
    """A price as text where it always holds, else an object that says when."""
    starts = {
        tier.start
        for name in COLUMNS.values()
        if isinstance(value := getattr(step.price, name), TieredPrices)
        for tier in value.tiers
    }
    levels = {
        over: ",".join(column(step.price, name, over) for name in COLUMNS.values()).rstrip(",")
        for over in (0, *sorted(starts))
    }
    told: dict[str, Any] = {"price": levels.pop(0)}
    if levels:
        told["above"] = {str(over): text for over, text in levels.items()}
    if step.since and step.since > today:
        told["from"] = step.since.isoformat()
    if step.daily:
        told["daily"] = step.daily
    if step.tier:
        told["tier"] = step.tier
    return told["price"] if len(told) == 1 else told


def row(model: ModelInfo, today: date) -> list[Any] | None:
    """A model's row; without a rate where it must only keep a later row from being taken for it."""
    found = [*steps(model, today), *variants(model, today)]
    told = [rate(step, today) for step in found]
    if told[0]:
        return [clause(model.match), *told]
    names = clause(model.match)
    plain = all(
        str(each).startswith("=") for each in (names if isinstance(names, list) else [names])
    )
    return None if plain else [names]


def main() -> None:
    """Write the table, a model a line, so that a change of price is a change of a line."""
    today = datetime.now(UTC).date()
    package = distribution("genai-prices")
    licence = next(file for file in package.files or () if "licenses/" in str(file))
    head = {
        "source": f"genai-prices {package.version}, https://github.com/pydantic/genai-prices",
        "licence": package.locate_file(licence).read_text(),
        "made": today.isoformat(),
        "columns": list(COLUMNS),
    }
    lists = {
        each.id: [found for model in each.models if (found := row(model, today))]
        for each in providers
        if each.id not in NO_API
    }
    out = ["{", *(f'"{name}": {dump(value)},' for name, value in head.items())]
    out.append('"also": ' + dump(also(lists)) + ",")
    bodies = (
        f'"{name}": [\n' + ",\n".join(map(dump, rows)) + "\n]" for name, rows in lists.items()
    )
    sys.stdout.write("\n".join([*out, ",\n".join(bodies), "}", ""]))


def also(lists: dict[str, Any]) -> dict[str, list[str]]:
    """Whose prices a reseller asks where it has none of its own."""
    return {
        each.id: others
        for each in providers
        if each.id in lists and (others := each.fallback_model_providers)
    }


def dump(value: Any) -> str:
    """JSON on one line."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


main()
