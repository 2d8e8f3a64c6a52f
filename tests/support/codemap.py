"""Writes the code map of docs/architecture.md: every folder and file of `proxy/`, each with its own first sentence.

    python -m tests.support.codemap      (`make map`)

Invariant: nothing on the map is written by hand; what a file does stands at its head, and nowhere else.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

REPO: Final = Path(__file__).parents[2]
PAGE: Final = REPO / "docs/architecture.md"
BLOCK: Final = re.compile(r"(```map\n)(.*?)(```)", re.DOTALL)
COLUMN: Final = 24
"""Where sentences begin; a longer name pushes its own to the right."""
SPEECHLESS: Final = {
    "lua/": "The scripts; `prelude`, `buckets`, `accounts`, `documents` and `notes` are what others begin with",
    "static/": "What the browser gets: plain files, no library and no build",
    "icon.svg": "The mark in a browser's tab",
    "index.html": "The frame that the scripts fill",
    "prices.json": "What is charged by provider and model, a model a line; `make prices` writes it",
}
"""Folders of no package, and files that have no room for a sentence."""
_HIDDEN: Final = {"__init__.py", "__pycache__"}
_COMMENT: Final = re.compile(
    r"\A\s*(?:<!doctype html>\s*)?((?:[ \t]*(?:#|--|//)[^\n]*\n)+|/\*.*?\*/|<!--.*?-->)", re.DOTALL
)
_MARKS: Final = re.compile(r"^[ \t]*(?:#|--|//|/\*+|\*+/|\*|<!--)[ \t]?|(?:\*/|-->)", re.MULTILINE)
_END: Final = re.compile(r"[.](?=\s+[A-Z`\"]|\Z)|:\Z")


def code_map() -> str:
    """The block, ending in a newline."""
    return "".join(f"{line}\n" for line in _folder(REPO / "proxy", 0))


def shown() -> str:
    """The block that stands on the page."""
    found = BLOCK.search(PAGE.read_text("utf-8"))
    assert found, f"{PAGE.name} has no block for the code map"
    return found[2]


def _folder(folder: Path, depth: int) -> Iterator[str]:
    init = folder / "__init__.py"
    name = f"{folder.name}/"
    yield _line(name, sentence(init) if init.exists() else SPEECHLESS.get(name, ""), depth)
    entries = sorted(each for each in folder.iterdir() if each.name not in _HIDDEN)
    for path in filter(Path.is_file, entries):
        yield _line(path.name, sentence(path), depth + 1)
    for path in filter(_has_files, filter(Path.is_dir, entries)):
        yield from _folder(path, depth + 1)


def _has_files(folder: Path) -> bool:
    return any(each.is_file() and not _HIDDEN & set(each.parts) for each in folder.rglob("*"))


def _line(name: str, said: str, depth: int) -> str:
    start = f"{'  ' * depth}{name}"
    return f"{start:{COLUMN - 1}} {said}".rstrip()


def sentence(path: Path) -> str:
    """What a file says of itself, up to the end of its first sentence; empty where it says nothing."""
    if path.name in SPEECHLESS:
        return SPEECHLESS[path.name]
    text = path.read_text("utf-8", errors="replace")
    said = (ast.get_docstring(ast.parse(text)) or "") if path.suffix == ".py" else _comment(text)
    first = " ".join(said.split("\n\n")[0].split())
    return _END.split(first)[0]


def _comment(text: str) -> str:
    found = _COMMENT.match(text)
    return _MARKS.sub("", found[1]).strip() if found else ""


def main() -> None:
    """Write the page anew."""
    page = PAGE.read_text("utf-8")
    PAGE.write_text(BLOCK.sub(lambda found: found[1] + code_map() + found[3], page), "utf-8")


if __name__ == "__main__":
    main()
