"""The prices that everybody pays: the table beside this file, read when the first cost is asked for.

A list of a vendor is rows of conditions on a model's name and rates; the first row whose condition holds is the model's.
A condition is `=name`, `^beginning`, `$end`, `*part` or `~expression`, a list of alternatives, or `{"all": [...]}`. A
rate is its columns as text, or an object that says when it holds; of those that hold, the last counts.

Invariant: a table that is missing or broken makes prices unknown, told once in the log, and never fails a call.
Source: the table's own head names where it comes from; `make prices` writes it.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Final, TypeAlias

from proxy.core import jsons
from proxy.core.price import Price

TABLE: Final = Path(__file__).with_name("prices.json")

Row: TypeAlias = Sequence[Any]
"""A condition, then rates."""

_TESTS: Final[Mapping[str, Callable[[str, str], bool]]] = {
    "=": lambda name, text: name == text,
    "^": lambda name, text: name.startswith(text),
    "$": lambda name, text: name.endswith(text),
    "*": lambda name, text: text in name,
    "~": lambda name, text: re.search(text, name) is not None,
}
_log: Final = logging.getLogger("firstbyte.prices")


@dataclass(frozen=True, slots=True)
class Rate:
    """What a model costs while something holds."""

    price: Price
    above: tuple[tuple[int, Price], ...] = ()
    """Other prices for a call with more input tokens than this, in ascending order; they hold for all its tokens."""
    since: str = ""
    """An ISO date, from its beginning in UTC."""
    daily: tuple[str, str] | None = None
    """From and to, in UTC: `("01:00", "04:00")`."""
    tier: str = ""
    """The service tier that the provider names in its answer."""

    def holds(self, at: float, tier: str) -> bool:
        """Whether it is in force.

        Args:
            at: Unix time, seconds.
            tier: The answer's service tier, empty where none was named.
        """
        if self.tier and self.tier != tier:
            return False
        if not self.since and self.daily is None:
            return True
        moment = datetime.fromtimestamp(at, UTC)
        if self.since > f"{moment:%Y-%m-%d}":
            return False
        return self.daily is None or _within(f"{moment:%H:%M}", *self.daily)

    def for_input(self, tokens: int) -> Price:
        """The price of a call with so many input tokens."""
        price = self.price
        for start, other in self.above:
            if tokens > start:
                price = other
        return price


class PriceTable:
    """Lists of prices by vendor.

    Args:
        path: The table.
    """

    def __init__(self, path: Path = TABLE) -> None:
        self._path = path
        self._members: jsons.Members | None = None
        self._lists: dict[str, Sequence[Row]] = {}

    def rates(self, vendor: str, model: str) -> tuple[Rate, ...]:
        """A model's rates.

        Args:
            vendor: The list's name.
            model: The model's name, in lower case.

        Returns:
            All its rates, in order; none where the model is not on the list.
        """
        row = next((row for row in self._rows(vendor) if _matches(row[0], model)), None)
        if row is None:
            return ()
        columns = self._head("columns")
        return tuple(_rate(each, columns) for each in row[1:])

    def also(self, vendor: str) -> Sequence[str]:
        """Other lists that hold where the vendor's own does not name a model."""
        others: Sequence[str] = self._head("also").get(vendor, ())
        return others

    def _rows(self, vendor: str) -> Sequence[Row]:
        rows = self._lists.get(vendor)
        if rows is None:
            rows = self._lists[vendor] = self._head(vendor) if vendor in self._read() else ()
        return rows

    def _head(self, name: str) -> Any:
        member = self._read().get(name)
        return {} if member is None else jsons.decode(bytes(member))

    def _read(self) -> jsons.Members:
        if self._members is None:
            try:
                self._members = jsons.split(self._path.read_bytes())
            except (OSError, jsons.JsonError) as error:
                _log.error("the price table cannot be read, prices are unknown: %s", error)
                self._members = {}
        return self._members


def _matches(condition: Any, name: str) -> bool:
    if isinstance(condition, str):
        return _TESTS[condition[0]](name, condition[1:])
    if isinstance(condition, dict):
        return all(_matches(each, name) for each in condition["all"])
    return any(_matches(each, name) for each in condition)


def _rate(told: Any, columns: Sequence[str]) -> Rate:
    if isinstance(told, str):
        return Rate(_price(told, columns))
    above = ((int(start), _price(text, columns)) for start, text in told.get("above", {}).items())
    daily = told.get("daily")
    return Rate(
        price=_price(told["price"], columns),
        above=tuple(sorted(above, key=lambda pair: pair[0])),
        since=told.get("from", ""),
        daily=(daily[0], daily[1]) if daily else None,
        tier=told.get("tier", ""),
    )


def _price(text: str, columns: Sequence[str]) -> Price:
    told = zip(columns, text.split(","), strict=False)
    return Price(**{name: Decimal(value) for name, value in told if value})


def _within(moment: str, begin: str, end: str) -> bool:
    if begin <= end:
        return begin <= moment < end
    return moment >= begin or moment < end
