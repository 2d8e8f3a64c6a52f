import pytest

from proxy.core.errors import Kind, ProxyError
from proxy.store.records import CallRow, Conclusion
from tests.support.tenants import Office


def row(name, at, team="acme", cost=0, **more):
    return CallRow(
        name, at, "chat", "fast", "fast", "p/m", "served", 200, False, team=team,
        prompt_tokens=10, completion_tokens=5, cost_micros=cost, priced=bool(cost),
        duration_ms=20.0, **more,
    )  # fmt: skip


async def furnished():
    office = Office()
    await office.post("/admin/teams", id="acme")
    await office.post("/admin/teams/acme/credits", amount=5, id="g1", note="welcome")
    rows = [row("c1", 100, cost=1_500_000), row("c2", 200), row("c3", 300, "zeta", key="k1")]
    await office.store.conclude([Conclusion(row=each) for each in rows])
    return office


async def refusal(coroutine):
    with pytest.raises(ProxyError) as caught:
        await coroutine
    return caught.value


async def test_usage_is_grouped_the_largest_cost_first():
    office = await furnished()
    usage = await office.get("/admin/usage")

    assert usage["by"] == "team"
    assert [each["group"] for each in usage["data"]] == ["acme", "zeta"]
    assert usage["data"][0] == {
        "group": "acme",
        "calls": 2,
        "served": 2,
        "failed": 0,
        "prompt_tokens": 20,
        "completion_tokens": 10,
        "cached_tokens": 0,
        "reasoning_tokens": 0,
        "total_tokens": 30,
        "cost_usd": 1.5,
        "avg_duration_ms": 20.0,
    }


async def test_usage_is_of_a_time_and_of_whom_one_asks_for():
    office = await furnished()
    late = await office.get("/admin/usage", by="alias", from_="200", to="300")
    of_key = await office.get("/admin/usage", by="key", key_id="k1")

    assert [each["calls"] for each in late["data"]] == [1]
    assert [each["group"] for each in of_key["data"]] == ["k1"]


async def test_calls_go_on_after_their_cursor():
    office = await furnished()
    first = await office.get("/admin/calls", limit="2")
    rest = await office.get("/admin/calls", limit="2", cursor=first["next_cursor"])

    assert [each["id"] for each in first["data"] + rest["data"]] == ["c1", "c2", "c3"]
    assert (first["has_more"], rest["has_more"]) == (True, False)
    assert (first["data"][0]["cost_usd"], first["data"][1]["cost_usd"]) == (1.5, None)


async def test_the_ledger_is_of_one_team_where_it_is_named():
    office = await furnished()
    await office.post("/admin/teams", id="zeta")
    await office.post("/admin/teams/zeta/credits", amount=7, id="g2")

    whole = await office.get("/admin/ledger", limit="1")
    rest = await office.get("/admin/ledger", limit="1", cursor=whole["next_cursor"])
    one = await office.get("/admin/ledger", team_id="zeta")
    same = await office.get("/admin/ledger", account="credits:zeta")

    assert whole["data"][0] == {
        "id": "1",
        "object": "ledger.entry",
        "at": pytest.approx(office.clock.at),
        "account": "credits:acme",
        "kind": "grant",
        "amount": 5,
        "ref": "g1",
        "note": "welcome",
        "shortfall": 0,
    }
    assert rest["data"] == one["data"] == same["data"]


@pytest.mark.parametrize(
    ("path", "query", "param"),
    [
        ("/admin/usage", {"by": "colour"}, "by"),
        ("/admin/usage", {"from_": "200", "to": "200"}, "to"),
        ("/admin/usage", {"limit": "5"}, "limit"),
        ("/admin/calls", {"from_": "soon"}, "from"),
        ("/admin/calls", {"limit": "0"}, "limit"),
        ("/admin/ledger", {"team_id": "a", "account": "b"}, "team_id"),
        ("/admin/ledger", {"from": "0"}, "from"),
    ],
)
async def test_a_wrong_query_is_refused_by_name(path, query, param):
    office = await furnished()
    error = await refusal(office.get(path, **query))

    assert (error.kind, error.param) == (Kind.INVALID_REQUEST, param)


async def test_a_group_without_calls_has_no_average():
    assert (await Office().get("/admin/usage"))["data"] == []
