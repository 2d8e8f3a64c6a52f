"""Documents in their table: one for all kinds, each kind with its own ids and marks."""

from __future__ import annotations

import sqlite3

from proxy.core import jsons
from proxy.store.plain import plain
from proxy.store.records import Document, Page, Table


def insert(connection: sqlite3.Connection, table: Table, document: Document) -> bool:
    """Keep a new one; False where its id or its mark is taken."""
    added = connection.execute(
        "INSERT INTO documents (kind, id, owner, mark, version, data) VALUES (?, ?, ?, ?, 1, ?) "
        "ON CONFLICT DO NOTHING",
        (table, *_names(document), _written(document)),
    )
    return added.rowcount == 1


def get(connection: sqlite3.Connection, table: Table, name: str) -> Document | None:
    """By its id."""
    found = connection.execute(
        "SELECT id, data, owner, mark, version FROM documents WHERE kind = ? AND id = ?",
        (table, plain(name)),
    ).fetchone()
    return None if found is None else _read(found)


def marked(connection: sqlite3.Connection, table: Table, mark: str) -> Document | None:
    """By its mark."""
    found = connection.execute(
        "SELECT id, data, owner, mark, version FROM documents WHERE kind = ? AND mark = ?",
        (table, plain(mark)),
    ).fetchone()
    return None if found is None else _read(found)


def replace(connection: sqlite3.Connection, table: Table, document: Document) -> bool:
    """Keep a changed one; False where it changed since, or its new mark is taken."""
    name, owner, mark = _names(document)
    changed = connection.execute(
        "UPDATE OR IGNORE documents SET data = ?, owner = ?, mark = ?, version = version + 1 "
        "WHERE kind = ? AND id = ? AND version = ?",
        (
            _written(document),
            owner,
            mark,
            table,
            name,
            document.version,
        ),
    )
    return changed.rowcount == 1


def delete(connection: sqlite3.Connection, table: Table, name: str) -> bool:
    """Whether it was there."""
    gone = connection.execute(
        "DELETE FROM documents WHERE kind = ? AND id = ?", (table, plain(name))
    )
    return gone.rowcount == 1


def page(connection: sqlite3.Connection, table: Table, owner: str, after: int, limit: int) -> Page:
    """Some of them, oldest first; of one owner where that is given."""
    if owner:
        found = connection.execute(
            "SELECT id, data, owner, mark, version, seq FROM documents "
            "WHERE kind = ? AND owner = ? AND seq > ? ORDER BY seq LIMIT ?",
            (table, plain(owner), after, limit + 1),
        ).fetchall()
    else:
        found = connection.execute(
            "SELECT id, data, owner, mark, version, seq FROM documents "
            "WHERE kind = ? AND seq > ? ORDER BY seq LIMIT ?",
            (table, after, limit + 1),
        ).fetchall()
    some = found[:limit]
    cursor = str(some[-1][5]) if len(found) > limit else ""
    return Page(tuple(_read(each[:5]) for each in some), cursor)


def _names(document: Document) -> tuple[str, str, str | None]:
    """Its id, owner and mark as columns; no mark is none, or all of those would be twins."""
    return plain(document.id), plain(document.owner), plain(document.mark) or None


def _written(document: Document) -> str:
    return jsons.encode(document.data).decode()


def _read(found: tuple[str, str, str, str | None, int]) -> Document:
    name, data, owner, mark, version = found
    return Document(name, jsons.decode(data.encode()), owner, mark or "", version)
