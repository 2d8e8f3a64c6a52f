import asyncio
import csv
import io

import pytest

from proxy.core import jsons
from proxy.store.address import store_at
from proxy.store.records import CallRow, Conclusion
from tests.support.commands import shell as shell
from tests.support.desks import on_a_file

MOMENTS = ("1970-01-02", "1970-01-03", "1970-01-04")
DAY = 86_400.0


def row(name, at, team, cost):
    return CallRow(
        *(name, at, "chat", "=fast", "fast", "p/m", "served", 200, False),
        team=team,
        prompt_tokens=10,
        completion_tokens=5,
        cost_micros=cost,
        priced=True,
        detail={"purpose": "test"},
    )


async def kept(address, rows):
    store = store_at(address)
    await store.open()
    await store.conclude([Conclusion(row=each) for each in rows])
    await store.close()


@pytest.fixture
def house(shell):
    on_a_file(shell)
    rows = [
        row("c1", DAY, "acme", 250_000),
        row("c2", 2 * DAY, "zeta", 1),
        row("c3", 3 * DAY, "acme", 0),
    ]
    asyncio.run(kept(f"sqlite:{shell.folder / 'firstbyte.db'}", rows))
    return shell


def test_usage_is_a_table_by_team(house):
    status, out, _ = house.run("usage")
    lines = [line.split() for line in out.splitlines()]

    assert status == 0
    assert lines[1] == ["acme", "2", "2", "0", "20", "10", "30", "0.25", "0"]
    assert lines[2][0] == "zeta"


def test_usage_is_of_a_time_and_by_what_one_asks_for(house):
    _, out, _ = house.run(
        *("usage", "--from", "1970-01-02", "--to", "1970-01-03", "--by", "target"),
        *("--format", "jsonl"),
    )

    assert [jsons.decode(line.encode())["calls"] for line in out.splitlines()] == [1]


def test_every_call_by_itself_as_json_lines(house):
    _, out, _ = house.run("usage", "--rows", "--format", "jsonl", "--team", "acme")
    told = [jsons.decode(line.encode()) for line in out.splitlines()]

    assert [(each["id"], each["detail"]) for each in told] == [
        ("c1", {"purpose": "test"}),
        ("c3", {"purpose": "test"}),
    ]


def test_every_call_by_itself_as_csv_without_formulas(house):
    _, out, _ = house.run("usage", "--rows", "--format", "csv")
    told = list(csv.DictReader(io.StringIO(out)))

    assert [each["id"] for each in told] == ["c1", "c2", "c3"]
    assert (told[0]["cost_usd"], told[0]["alias"], told[0]["object"]) == ("0.25", "'=fast", "call")


def test_rows_go_on_page_after_page_under_one_head(house, monkeypatch):
    monkeypatch.setattr("proxy.commands.pages.AT_ONCE", "1")
    _, table, _ = house.run("usage", "--rows")
    _, told, _ = house.run("usage", "--rows", "--format", "csv")

    assert [line.split()[1] for line in table.splitlines()] == ["ID", "c1", "c2", "c3"]
    assert [line.split(",")[0] for line in told.splitlines()] == ["id", "c1", "c2", "c3"]


def test_nothing_is_nothing(shell):
    on_a_file(shell)

    assert shell.run("usage", "--format", "csv") == (0, "", "")
    assert shell.run("usage", "--rows", "--format", "jsonl") == (0, "", "")


def test_a_wrong_moment_is_a_sentence(house):
    status, _, err = house.run("usage", "--from", "soon")

    assert (status, "Invalid 'from'" in err) == (1, True)
