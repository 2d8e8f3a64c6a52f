import sqlite3

import pytest

from proxy.store.sqlite import audit
from proxy.store.sqlite.schema import migrate


@pytest.fixture
def connection():
    made = sqlite3.connect(":memory:", isolation_level=None)
    migrate(made)
    yield made
    made.close()


def test_a_sound_file_has_nothing_wrong(connection):
    connection.execute("INSERT INTO accounts VALUES ('a', 5, 2, 0)")
    connection.execute("INSERT INTO ledger VALUES (NULL, 0.0, 'a', 'grant', 5, 'g', '', 0)")
    connection.execute("INSERT INTO ledger VALUES (NULL, 0.0, 'a', 'hold', 2, 'h', '', 0)")
    connection.execute("INSERT INTO holds VALUES ('h', 'a', 2, NULL, 1.0, 0, 0, 0)")

    assert audit.wrong(connection) == []


def test_a_hold_that_nobody_counted_is_told(connection):
    connection.execute("INSERT INTO accounts VALUES ('a', 0, 0, 0)")
    connection.execute("INSERT INTO holds VALUES ('h', 'a', 2, NULL, 1.0, 0, 0, 0)")

    assert audit.wrong(connection) == ["a: 0 is held, and its open holds come to 2"]


def test_a_closed_hold_holds_nothing(connection):
    connection.execute("INSERT INTO accounts VALUES ('a', 0, 0, 0)")
    connection.execute("INSERT INTO holds VALUES ('h', 'a', 2, NULL, 1.0, 2, 2, 0)")

    assert audit.wrong(connection) == []
