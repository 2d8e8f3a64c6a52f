import sqlite3

import pytest

from proxy.store.records import Document, Table
from proxy.store.sqlite import documents
from proxy.store.sqlite.schema import migrate


@pytest.fixture
def connection():
    made = sqlite3.connect(":memory:", isolation_level=None)
    migrate(made)
    yield made
    made.close()


@pytest.mark.parametrize("owner", ["", "acme"])
def test_a_page_is_read_in_order_and_not_sorted(connection, owner):
    statements = []
    connection.set_trace_callback(statements.append)
    documents.page(connection, Table.JOBS, owner, 0, 10)
    connection.set_trace_callback(None)
    plan = [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {statements[0]}")]

    assert len(plan) == 1
    assert plan[0].startswith("SEARCH documents USING INDEX")


def test_a_place_in_the_list_is_never_given_again(connection):
    for name in "ab":
        documents.insert(connection, Table.JOBS, Document(name, {}))
    first = documents.page(connection, Table.JOBS, "", 0, 1)
    documents.delete(connection, Table.JOBS, "b")
    documents.insert(connection, Table.JOBS, Document("c", {}))
    following = documents.page(connection, Table.JOBS, "", int(first.cursor), 1)

    assert [each.id for each in following.documents] == ["c"]
