import sqlite3

import pytest

from proxy.store.sqlite import schema
from proxy.store.sqlite.schema import APPLICATION, VERSION, ForeignFile, migrate


@pytest.fixture
def connection():
    made = sqlite3.connect(":memory:", isolation_level=None)
    yield made
    made.close()


def pragma(connection, name):
    return connection.execute(f"PRAGMA {name}").fetchone()[0]


def test_an_empty_file_becomes_ours_at_this_version(connection):
    migrate(connection)

    assert pragma(connection, "user_version") == VERSION == len(schema.STEPS)
    assert pragma(connection, "application_id") == APPLICATION


def test_a_file_of_this_version_is_left_as_it_is(connection):
    migrate(connection)
    before = connection.execute("SELECT sql FROM sqlite_schema").fetchall()
    migrate(connection)

    assert connection.execute("SELECT sql FROM sqlite_schema").fetchall() == before


def test_an_older_file_gets_the_steps_that_it_lacks(connection, monkeypatch):
    migrate(connection)
    connection.execute("INSERT INTO accounts VALUES ('a', 5, 0, 0)")
    further = ("ALTER TABLE accounts ADD COLUMN colour TEXT", "PRAGMA user_version = 2")
    monkeypatch.setattr(schema, "STEPS", (*schema.STEPS, further))
    monkeypatch.setattr(schema, "VERSION", 2)
    migrate(connection)

    assert pragma(connection, "user_version") == 2
    assert connection.execute("SELECT * FROM accounts").fetchall() == [("a", 5, 0, 0, None)]


def test_a_step_that_fails_leaves_the_file_as_it_was(connection, monkeypatch):
    migrate(connection)
    broken = ("CREATE TABLE half (a INTEGER) STRICT", "no SQL at all", "PRAGMA user_version = 2")
    monkeypatch.setattr(schema, "STEPS", (*schema.STEPS, broken))
    monkeypatch.setattr(schema, "VERSION", 2)
    with pytest.raises(sqlite3.OperationalError):
        migrate(connection)

    assert pragma(connection, "user_version") == 1
    assert connection.execute("SELECT 1 FROM sqlite_schema WHERE name = 'half'").fetchall() == []


def test_a_file_of_a_newer_version_is_refused_and_not_touched(connection):
    migrate(connection)
    connection.execute("PRAGMA user_version = 99")
    with pytest.raises(ForeignFile, match=r"version 99.*knows 1.*newer"):
        migrate(connection)

    assert pragma(connection, "user_version") == 99


def test_another_programs_database_is_refused(connection):
    connection.execute("CREATE TABLE recipes (name TEXT)")
    with pytest.raises(ForeignFile, match="another program"):
        migrate(connection)

    assert pragma(connection, "application_id") == 0


@pytest.mark.parametrize(
    "statement",
    ["UPDATE ledger SET amount = 9", "DELETE FROM ledger", "DELETE FROM ledger WHERE id = 1"],
)
def test_no_line_of_the_ledger_can_be_changed(connection, statement):
    migrate(connection)
    connection.execute("INSERT INTO ledger VALUES (1, 0.0, 'a', 'grant', 5, 'g', '', 0)")
    with pytest.raises(sqlite3.IntegrityError, match="only ever added"):
        connection.execute(statement)

    assert connection.execute("SELECT amount FROM ledger").fetchall() == [(5,)]


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO accounts VALUES ('a', 5, -1, 0)",
        "INSERT INTO accounts VALUES ('a', 5, 0, -1)",
        "INSERT INTO accounts VALUES ('a', 'five', 0, 0)",
        "INSERT INTO ledger VALUES (NULL, 0.0, 'a', 'settle', -5, 'h', '', 0)",
        "INSERT INTO ledger VALUES (NULL, 0.0, 'a', 'gift', 5, 'h', '', 0)",
        "INSERT INTO holds VALUES ('h', 'a', -1, NULL, 0.0, 0, 0, 0)",
    ],
)
def test_the_tables_refuse_what_no_ledger_may_hold(connection, statement):
    migrate(connection)
    with pytest.raises(sqlite3.IntegrityError):
        connection.execute(statement)


def test_every_table_is_strict(connection):
    migrate(connection)
    tables = [
        row for row in connection.execute("PRAGMA table_list") if not row[1].startswith("sqlite")
    ]

    assert len(tables) == 8
    assert all(row[5] for row in tables)
