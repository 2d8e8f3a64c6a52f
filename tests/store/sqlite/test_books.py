import sqlite3

import pytest

from proxy.store.gcra import Bucket
from proxy.store.rules import Held, Line, Stage
from proxy.store.sqlite.books import HOUR, SqliteBooks, entries, sweep_limits
from proxy.store.sqlite.schema import migrate


@pytest.fixture
def connection():
    made = sqlite3.connect(":memory:", isolation_level=None)
    migrate(made)
    yield made
    made.close()


@pytest.fixture
def books(connection):
    return SqliteBooks(connection)


def test_a_limit_is_kept_for_an_hour_after_it_is_owed_off(books, connection):
    books.put_bucket("a", Bucket(600, 1000), per_minute=10)
    sweep_limits(connection, HOUR + 1060)
    kept = books.bucket("a")
    sweep_limits(connection, HOUR + 1062)

    assert kept == Bucket(600, 1000)
    assert books.bucket("a") is None


def test_a_hold_is_found_in_every_stage(books):
    held = Held("h", "a", 5, None, 10.5)
    books.put_hold(held)
    opened = books.hold("h")
    closed = Held("h", "a", 5, None, 10.5, Stage.CLOSED, 3, 1)
    books.put_hold(closed)

    assert opened == held
    assert books.hold("h") == closed
    assert isinstance(books.hold("h").stage, Stage)
    assert books.hold("g") is None


def test_lapsed_are_the_open_ones_whose_time_has_passed(books):
    for name, ends, stage in (
        ("late", 5.0, 0),
        ("closed", 1.0, 2),
        ("early", 2.0, 0),
        ("on", 9.0, 0),
    ):
        books.put_hold(Held(name, "a", 1, 7, ends, Stage(stage)))

    assert [held.id for held in books.lapsed(5.0)] == ["early", "late"]


def test_a_note_with_half_a_character_is_kept_all_the_same(books, connection):
    books.add_line(Line("a", "grant", 5, "g", "x\ud800"), 1.0)

    assert entries(connection, "", 0, 10)[0].note == "x?"
