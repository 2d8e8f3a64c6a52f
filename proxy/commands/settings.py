"""Options of the command line that are fields of a body: `--credits-per-dollar 20` is `credits_per_dollar: 20`.

Invariant: an option that was not given says nothing; `none` takes back what was there, as null does over HTTP.
"""

import argparse
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Final

from proxy.config.problems import quoted
from proxy.core.shape import Json

NONE: Final = "none"


def whole(text: str) -> int:
    """A whole number."""
    try:
        return int(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"expected a whole number, got {quoted(text)}") from None


@dataclass(frozen=True, slots=True)
class Setting:
    """One option."""

    flag: str
    field: str
    help: str
    read: Callable[[str], Any] = str
    """Reads what follows it; raises `ValueError`."""
    metavar: str = "TEXT"


def words(text: str) -> list[str]:
    """`a,b` as a list; nothing as an empty one."""
    return [word for word in (each.strip() for each in text.split(",")) if word]


def yes(text: str) -> bool:
    """`yes` or `no`."""
    known = {"yes": True, "true": True, "no": False, "false": False}
    if text.lower() not in known:
        raise ValueError(text)
    return known[text.lower()]


MODELS: Final = Setting(
    "--models", "allowed_models", "models that may be used, with commas; none: all", words, "NAMES"
)
BOUNDS: Final = (
    Setting("--rpm", "rpm", "requests a minute", int, "N"),
    Setting("--tpm", "tpm", "tokens a minute", int, "N"),
    Setting("--budget-usd", "budget_usd", "US dollars in a period", float, "USD"),
    Setting("--budget-period", "budget_period", "of the budget: day, week or month", str, "PERIOD"),
)


_FORMS: Final[dict[Callable[[str], Any], str]] = {
    int: "a whole number",
    float: "a number",
    yes: "yes, no",
}
"""What is expected, by what reads it; else as the help calls it."""


def add_settings(parser: argparse.ArgumentParser, settings: Iterable[Setting]) -> None:
    """The options of these."""
    for setting in settings:
        parser.add_argument(
            setting.flag,
            dest=setting.field,
            metavar=setting.metavar,
            type=_reader(setting),
            default=argparse.SUPPRESS,
            help=setting.help,
        )


def body_of(arguments: argparse.Namespace, settings: Iterable[Setting]) -> Json:
    """The fields that were given."""
    given = vars(arguments)
    return {each.field: given[each.field] for each in settings if each.field in given}


def _reader(setting: Setting) -> Callable[[str], Any]:
    def read(text: str) -> Any:
        if text == NONE:
            return None
        try:
            return setting.read(text)
        except ValueError:
            raise argparse.ArgumentTypeError(
                f"expected {_FORMS.get(setting.read, setting.metavar)} or `none`, got {quoted(text)}"
            ) from None

    return read
