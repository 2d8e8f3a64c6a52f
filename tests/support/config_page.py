"""The reference table of `docs/config.md`, from the same tables as the check.

Every key is a row: its path, what it takes, its default, what it does. Keys that a target of a pool shares with a
step of its own have their rows there. It stands between two marks, and a test holds the page to it.

Run: python -m tests.support.config_page
"""

from dataclasses import dataclass
from pathlib import Path

from proxy.config.fields.root import ROOT
from proxy.config.profiles import KEY as PROFILES
from proxy.config.sections import Either, ListOf, MapOf, Record, Shorthand

PAGE = Path(__file__).parents[2] / "docs" / "config.md"
BEGIN = "<!-- reference: written from proxy/config/fields/; a test holds it -->"
END = "<!-- end of reference -->"


@dataclass(frozen=True, slots=True)
class Row:
    """One key."""

    path: str
    """`providers.NAME.base_url`, `models.NAME.cascade[].target`."""
    takes: str
    default: str
    doc: str
    example: str
    required: bool


def rows():
    """Every key, in the order of the definition."""
    return tuple(_rows(ROOT, ""))


def render():
    """The table as Markdown."""
    head = ("| key | takes | default | what it does |", "|---|---|---|---|")
    return "\n".join((*head, *(_line(row) for row in rows()))) + "\n"


def refreshed(page):
    """A page with the table between its marks replaced by the present one.

    Raises:
        ValueError: a mark is missing.
    """
    before, found, rest = page.partition(BEGIN)
    _, closed, after = rest.partition(END)
    if not (found and closed):
        raise ValueError(f"expected the lines {BEGIN} and {END}")
    return f"{before}{BEGIN}\n{render()}{END}{after}"


def _rows(record, prefix, told=None):
    told = told or {}
    for name, known in record.fields.items():
        if told.get(name) == known:
            continue
        path = f"{prefix}{name}"
        takes = known.kind.label
        yield Row(path, takes, known.default, known.doc, known.example, known.required)
        if name == PROFILES:
            continue
        kind, suffix = _inner(known.kind)
        if isinstance(kind, Either):
            yield from _rows(kind.usual.record, f"{path}{suffix}.")
            yield from _rows(kind.other, f"{path}{suffix}.", kind.usual.record.fields)
        elif isinstance(kind, Record):
            yield from _rows(kind, f"{path}{suffix}.", told)


def _inner(kind):
    """What stands within lists, maps and short forms, and how a path leads into it."""
    suffix = ""
    while isinstance(kind, MapOf | ListOf):
        suffix += ".NAME" if isinstance(kind, MapOf) else "[]"
        kind = kind.kind
    return (kind.record if isinstance(kind, Shorthand) else kind), suffix


def _line(row):
    default = f"`{row.default}`" if row.default else "required" if row.required else ""
    doc = f"{row.doc} For example `{row.example}`." if row.example else row.doc
    cells = (f"`{row.path}`", row.takes, default, doc)
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


if __name__ == "__main__":
    PAGE.write_text(refreshed(PAGE.read_text()))
