import pytest

from proxy.core.errors import ProxyError
from proxy.store.records import Ask, Hold
from tests.support.tenants import Office


async def test_a_store_that_is_well_has_no_problems():
    office = Office()

    assert await office.get("/admin/store") == {
        "object": "store",
        "kind": "memory",
        "problems": [],
    }


async def test_what_is_wrong_is_said(monkeypatch):
    office = Office()

    async def check():
        return ["credits:acme: held is 5, its lines say 4"]

    monkeypatch.setattr(office.store, "check", check)

    assert (await office.get("/admin/store"))["problems"] == [
        "credits:acme: held is 5, its lines say 4"
    ]


async def test_a_sweep_releases_what_nobody_settled_in_time():
    office = Office()
    await office.post("/admin/teams", id="acme")
    await office.post("/admin/teams/acme/credits", amount=3)
    holds = tuple(Hold(f"h{n}", "credits:acme", 1, 60) for n in range(3))
    await office.store.admit(Ask(holds=holds))
    office.clock.at += 61
    swept = await office.post("/admin/store/sweep")
    again = await office.post("/admin/store/sweep")
    team = await office.get("/admin/teams/acme")

    assert (swept["released"], again["released"]) == (3, 0)
    assert team["credits"] == {"allocated": 3, "held": 0, "spent": 0, "remaining": 3}


async def test_a_query_is_refused():
    with pytest.raises(ProxyError):
        await Office().get("/admin/store", deep="1")
