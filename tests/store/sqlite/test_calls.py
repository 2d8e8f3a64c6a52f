import sqlite3

import pytest

from proxy.store.records import By, CallRow, Finding
from proxy.store.sqlite import calls
from proxy.store.sqlite.schema import migrate


@pytest.fixture
def connection():
    made = sqlite3.connect(":memory:", isolation_level=None)
    migrate(made)
    yield made
    made.close()


def plan(connection, run):
    """How SQLite finds what a function asks for."""
    statements = []
    connection.set_trace_callback(statements.append)
    run()
    connection.set_trace_callback(None)
    return " ".join(row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {statements[-1]}"))


@pytest.mark.parametrize(
    ("finding", "index"),
    [
        (Finding(job="j1", until=9.0), "calls_of_job"),
        (Finding(team="acme", since=5.0, until=9.0), "calls_of_team (team=? AND at>? AND at<?)"),
        (Finding(key="k1", since=5.0, until=9.0), "calls_in_order (at>? AND at<?)"),
    ],
)
def test_calls_are_found_through_an_index(connection, finding, index):
    assert index in plan(connection, lambda: calls.rows(connection, finding, "", 10))
    assert index in plan(connection, lambda: calls.sums(connection, By.TEAM, finding))


def test_details_stand_apart_and_only_where_there_are_any(connection):
    row = CallRow("c1", 1.0, "chat", "a", "a", "t", "served", 200, False)
    calls.add(connection.execute, row)

    assert connection.execute("SELECT count(*) FROM call_details").fetchone() == (0,)
    assert calls.rows(connection, Finding(), "", 10) == [row]
