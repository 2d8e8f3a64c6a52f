import sqlite3
import stat

import pytest

from proxy.store.sqlite.connection import connect, connect_to_read


@pytest.fixture
def path(tmp_path):
    return str(tmp_path / "deep" / "store.db")


def test_the_file_and_its_log_are_its_owners_alone(path, tmp_path):
    connection = connect(path)
    connection.execute("CREATE TABLE t (a)")
    modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in (tmp_path / "deep").iterdir()}
    connection.close()

    assert modes == {"store.db": 0o600, "store.db-wal": 0o600, "store.db-shm": 0o600}


def test_it_writes_ahead_and_waits_for_the_disk(path):
    connection = connect(path)
    found = [
        connection.execute(f"PRAGMA {name}").fetchone()[0]
        for name in ("journal_mode", "synchronous", "busy_timeout")
    ]
    connection.close()

    assert found == ["wal", 2, 2000]


def test_a_reader_changes_nothing(path):
    connect(path).close()
    connection = connect_to_read(path)
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        connection.execute("CREATE TABLE t (a)")
    connection.close()
