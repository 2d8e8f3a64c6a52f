"""What the file does beyond the contract: it survives, it refuses what is not its own, it tells what is wrong."""

import sqlite3

import pytest

from proxy.store.records import Ask, Balance, Document, Hold, Table, Want
from proxy.store.sqlite import notes
from proxy.store.sqlite.store import SqliteStore
from proxy.store.store import StoreError
from tests.support.patience import PATIENT


@pytest.fixture
def path(tmp_path):
    return str(tmp_path / "store.db")


def execute(path, statement, *values):
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute(statement, values)
    connection.close()


async def opened(path, clock=None):
    store = SqliteStore(path, clock, PATIENT)
    await store.open()
    return store


async def test_what_was_kept_is_there_when_it_is_opened_again(path):
    store = await opened(path)
    await store.insert(Table.TEAMS, Document("acme", {"n": 1}))
    await store.grant("credits:acme", 5, "g1")
    await store.admit(Ask((Want("requests:key:k", 10, 4),), (Hold("h1", "credits:acme", 2, 60),)))
    await store.close()
    again = await opened(path)

    assert (await again.get(Table.TEAMS, "acme")).data == {"n": 1}
    assert await again.balance("credits:acme") == Balance("credits:acme", 5, 2)
    level = (await again.admit(Ask((Want("requests:key:k", 10, 0),)))).levels[0]
    assert level.remaining == 6
    await again.close()


@pytest.mark.parametrize(("patience", "locked", "still"), [(0.3, 2, 5.0), (30, 30, 30)])
async def test_whoever_has_patience_has_it_with_locks_and_with_the_disk(
    path, patience, locked, still
):
    store = SqliteStore(path, patience=patience)
    await store.open()
    waits = {
        (await lane.do(lambda of: of.execute("PRAGMA busy_timeout").fetchone()[0]), lane._patience)
        for lane in (each._lane for each in store._lanes)
    }
    await store.close()

    assert waits == {(locked * 1000, still)}


async def test_a_store_that_is_not_open_says_so(path):
    store = SqliteStore(path)
    with pytest.raises(StoreError, match=r"store\.db is not open"):
        await store.balance("credits:acme")
    await store.close()


@pytest.mark.parametrize(
    ("statement", "sentence"),
    [
        ("CREATE TABLE recipes (name TEXT)", "another program"),
        ("PRAGMA user_version = 99", "version 99"),
    ],
)
async def test_a_file_that_is_not_ours_to_change_is_refused(path, statement, sentence):
    execute(path, statement)
    with pytest.raises(StoreError, match=rf"store\.db cannot be opened: .*{sentence}"):
        await opened(path)


async def test_a_file_that_is_no_database_is_refused(tmp_path):
    (tmp_path / "notes.txt").write_text("nothing that SQLite knows" * 100)
    with pytest.raises(StoreError, match="not a database"):
        await opened(str(tmp_path / "notes.txt"))


async def test_a_place_where_no_file_can_be_is_refused(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match="cannot be opened"):
        await opened(str(tmp_path / "file" / "store.db"))


async def test_a_balance_that_its_lines_do_not_make_is_told(path):
    store = await opened(path)
    await store.grant("credits:acme", 5, "g1")
    await store.admit(Ask(holds=(Hold("h1", "credits:acme", 2, 60),)))
    execute(path, "UPDATE accounts SET spent = 1, held = 1")
    wrong = await store.check()
    await store.close()

    assert len(wrong) == 2
    assert wrong[0].startswith("credits:acme: granted, held and spent are (5, 1, 1), and")
    assert wrong[1] == "credits:acme: 1 is held, and its open holds come to 2"


async def test_lines_without_an_account_are_told(path):
    store = await opened(path)
    execute(path, "INSERT INTO ledger VALUES (NULL, 0.0, 'lost', 'grant', 5, 'g', '', 0)")
    wrong = await store.check()
    await store.close()

    assert [sentence.split(":")[0] for sentence in wrong] == ["lost"]


async def test_a_schema_that_changed_under_it_is_told(path):
    store = await opened(path)
    execute(path, "PRAGMA user_version = 99")

    assert await store.check() == ["its schema is version 99, and this Firstbyte knows 1"]
    await store.close()


async def test_sweeping_forgets_limits_and_notes_that_ended(path, hand_clock):
    store = await opened(path, hand_clock)
    await store.admit(Ask((Want("requests:key:k", 10, 5),)))
    await store.put("a:1", b"x", 10)
    await store.put("a:2", b"x", 10_000)
    hand_clock.at += 3700
    await store.sweep()
    await store.close()
    connection = sqlite3.connect(path)
    left = [
        connection.execute(statement).fetchall()
        for statement in ("SELECT name FROM limits", "SELECT key FROM notes")
    ]
    connection.close()

    assert left == [[], [("a:2",)]]


async def test_all_notes_that_ended_go_in_one_sweep(path, hand_clock, monkeypatch):
    monkeypatch.setattr(notes, "SWEPT_AT_ONCE", 2)
    store = await opened(path, hand_clock)
    for n in range(5):
        await store.put(f"a:{n}", b"x", 10)
    await store.put("a:last", b"x", 10_000)
    hand_clock.at += 11
    await store.sweep()
    await store.close()
    connection = sqlite3.connect(path)
    left = connection.execute("SELECT key FROM notes").fetchall()
    connection.close()

    assert left == [("a:last",)]


async def test_a_long_sweep_is_done_in_parts(path, hand_clock):
    store = await opened(path, hand_clock)
    await store.grant("credits:acme", 5000, "g1")
    for n in range(0, 1100, 100):
        await store.admit(
            Ask(holds=tuple(Hold(f"h{each}", "credits:acme", 1, 5) for each in range(n, n + 100)))
        )
    hand_clock.at += 6
    counts = [await store.sweep() for _ in range(4)]

    assert counts == [500, 500, 100, 0]
    assert await store.balance("credits:acme") == Balance("credits:acme", 5000)
    assert await store.check() == []
    await store.close()


async def test_a_clock_that_was_set_back_closes_no_limit_for_longer(path, hand_clock):
    store = await opened(path, hand_clock)
    full = Ask((Want("requests:key:k", 10, 10),))
    await store.admit(full)
    hand_clock.at -= 3600
    refused = await store.admit(full)
    hand_clock.at += 60

    assert refused.retry_after == pytest.approx(60)
    assert (await store.admit(full)).levels[0].remaining == 0
    await store.close()
