import asyncio
import sqlite3

import pytest

from proxy.store.sqlite.connection import connect, connect_to_read
from proxy.store.sqlite.writer import Writer
from proxy.store.store import StoreError


@pytest.fixture
def path(tmp_path):
    connection = connect(str(tmp_path / "store.db"))
    connection.execute("CREATE TABLE t (a INTEGER PRIMARY KEY)")
    connection.close()
    return str(tmp_path / "store.db")


def rows(path):
    connection = connect_to_read(path)
    found = [row[0] for row in connection.execute("SELECT a FROM t ORDER BY a")]
    connection.close()
    return found


def insert(number):
    return lambda to: to.execute("INSERT INTO t VALUES (?)", (number,)).rowcount


def traced(path):
    """A writer and the statements that it ran."""
    connection = connect(path)
    statements = []
    connection.set_trace_callback(statements.append)
    return Writer(path, connection), statements


async def test_what_comes_while_one_writes_shares_the_next_transaction(path):
    writer, statements = traced(path)
    await asyncio.gather(*(writer.do(insert(n), durable=True) for n in range(50)))
    await writer.close()

    assert rows(path) == list(range(50))
    assert statements.count("COMMIT") <= 10


async def test_a_step_that_fails_takes_no_other_with_it(path):
    writer, _ = traced(path)

    def broken(to):
        to.execute("INSERT INTO t VALUES (100)")
        raise LookupError("mine")

    steps = [insert(1), broken, insert(1), insert(2)]
    done = await asyncio.gather(
        *(writer.do(step, durable=True) for step in steps), return_exceptions=True
    )
    await writer.close()

    assert done[0] == done[3] == 1
    assert isinstance(done[1], LookupError)
    assert isinstance(done[2], StoreError)
    assert rows(path) == [1, 2]


async def test_only_a_durable_step_waits_for_the_disk(path):
    writer, statements = traced(path)
    await writer.do(insert(1), durable=False)
    await writer.do(insert(2), durable=False)
    await writer.do(insert(3), durable=True)
    await writer.close()
    settings = [each for each in statements if each.startswith("PRAGMA")]

    assert settings == ["PRAGMA synchronous = NORMAL", "PRAGMA synchronous = FULL"]
    assert statements.index(settings[1]) > statements.index("INSERT INTO t VALUES (2)")


async def test_a_locked_file_is_an_error_for_all_who_wait_and_passes(path):
    connection = connect(path)
    connection.execute("PRAGMA busy_timeout = 20")
    writer = Writer(path, connection)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    done = await asyncio.gather(
        *(writer.do(insert(n), durable=True) for n in range(20)), return_exceptions=True
    )
    other.execute("ROLLBACK")
    other.close()
    await writer.do(insert(99), durable=True)
    await writer.close()

    assert {str(each) for each in done} == {f"{path}: database is locked"}
    assert rows(path) == [99]


@pytest.mark.parametrize("replaced", [False, True])
async def test_nothing_is_written_to_a_file_that_has_lost_its_name(path, tmp_path, replaced):
    writer, _ = traced(path)
    await writer.do(insert(1), durable=True)
    aside = (tmp_path / "store.db").rename(tmp_path / "aside.db")
    if replaced:
        (tmp_path / "store.db").touch()
    with pytest.raises(StoreError, match=r"deleted or replaced while it was in use; put it back"):
        await writer.do(insert(2), durable=True)
    aside.rename(tmp_path / "store.db")
    await writer.do(insert(3), durable=True)
    await writer.close()

    assert rows(path) == [1, 3]


async def test_a_file_that_cannot_be_reached_for_a_while_is_written_again_once_it_can(tmp_path):
    folder = tmp_path / "folder"
    folder.mkdir()
    path = str(folder / "store.db")
    writer, _ = traced(path)
    await writer.do(lambda to: to.execute("CREATE TABLE t (a)").rowcount, durable=True)
    aside = folder.rename(tmp_path / "aside")
    folder.touch()
    with pytest.raises(StoreError, match=r"the file cannot be reached: not a directory$"):
        await writer.do(insert(2), durable=True)
    folder.unlink()
    aside.rename(folder)
    await writer.do(insert(3), durable=True)
    await writer.close()

    assert rows(path) == [3]


async def test_a_commit_that_fails_leaves_nothing_behind(path):
    connection = connect(path)
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("CREATE TABLE u (a REFERENCES t DEFERRABLE INITIALLY DEFERRED)")
    writer = Writer(path, connection)
    with pytest.raises(StoreError, match="FOREIGN KEY"):
        await writer.do(lambda to: to.execute("INSERT INTO u VALUES (7)"), durable=True)
    await writer.do(insert(1), durable=True)
    await writer.close()

    assert rows(path) == [1]
