"""Rows as people and programs read them: a table in columns, JSON, JSON lines, or CSV.

Invariant: a cell of the table has no control character; a cell of CSV is never a formula of a spreadsheet.
Source: OWASP, CSV injection, https://owasp.org/www-community/attacks/CSV_Injection (read 2026-11-21).
"""

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from proxy.core import jsons
from proxy.core.shape import Json
from proxy.gate.desk import moments

Column = tuple[str, Callable[[Json], Any]]
"""Its head, and what it shows of an object."""

_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


def field(name: str) -> Callable[[Json], Any]:
    """Shows a field; of an object in an object by its path, `credits.remaining`."""
    path = name.split(".")

    def show(value: Json) -> Any:
        found: Any = value
        for each in path:
            found = found.get(each) if isinstance(found, Mapping) else None
        return found

    return show


def when(name: str) -> Callable[[Json], str]:
    """Shows a field that is a moment."""

    def show(value: Json) -> str:
        found = value.get(name)
        return "" if found is None else moments.iso(found)

    return show


def table(columns: Sequence[Column], objects: Iterable[Json]) -> Iterator[str]:
    """Lines of columns as wide as they must be, the head first."""
    rows = [[head for head, _ in columns]]
    rows += [[_cell(show(each)) for _, show in columns] for each in objects]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        yield "  ".join(cells).rstrip()


def card(columns: Sequence[Column], value: Json) -> Iterator[str]:
    """One object, a line for each column."""
    width = max(len(head) for head, _ in columns)
    for head, show in columns:
        yield f"{head.ljust(width)}  {_cell(show(value))}".rstrip()


def json_text(value: Any) -> str:
    """One JSON value for a reader who may be a program."""
    return jsons.encode_sorted(value, indent=2)


def json_line(value: Json) -> str:
    """One object on one line."""
    return jsons.encode(value).decode()


def csv_line(cells: Iterable[Any]) -> str:
    """One line of CSV, without its end."""
    out = io.StringIO()
    csv.writer(out, lineterminator="").writerow([_csv_cell(cell) for cell in cells])
    return out.getvalue()


def _csv_cell(value: Any) -> Any:
    if isinstance(value, dict | list):
        return json_line(value) if isinstance(value, dict) else ";".join(map(str, value))
    if isinstance(value, str) and value.startswith(_FORMULA):
        return f"'{value}"
    if isinstance(value, bool):
        # As in JSON lines; Python's own word for it is nobody else's.
        return json_text(value)
    return "" if value is None else value


def _cell(value: Any) -> str:
    if value is None or value == "":
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.6f}".rstrip("0").rstrip(".")
    if isinstance(value, list):
        return ",".join(map(_cell, value)) or "-"
    return "".join(c if c.isprintable() else "?" for c in str(value))
