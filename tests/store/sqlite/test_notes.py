import sqlite3

import pytest

from proxy.store.sqlite import notes
from proxy.store.sqlite.schema import migrate


@pytest.fixture
def connection():
    made = sqlite3.connect(":memory:", isolation_level=None)
    migrate(made)
    yield made
    made.close()


def test_a_topic_is_a_range_of_its_index(connection):
    statements = []
    connection.set_trace_callback(statements.append)
    notes.board(connection, "circuit", 0.0)
    connection.set_trace_callback(None)
    plan = [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {statements[0]}")]

    assert plan == ["SEARCH notes USING INDEX sqlite_autoindex_notes_1 (key>? AND key<?)"]


def test_a_sweep_deletes_only_what_ended_and_not_all_at_once(connection, monkeypatch):
    monkeypatch.setattr(notes, "SWEPT_AT_ONCE", 2)
    for n in range(3):
        notes.put(connection, f"a{n}", b"", 5.0)
    notes.put(connection, "b", b"", 6.0)
    notes.sweep(connection, 5.0)
    after_one = connection.execute("SELECT count(*) FROM notes").fetchone()
    notes.sweep(connection, 5.0)

    assert after_one == (2,)
    assert connection.execute("SELECT key FROM notes").fetchall() == [("b",)]
