import pytest

from proxy.core.errors import Kind, ProxyError
from proxy.gate.virtual_key import digest, is_key
from proxy.store.records import Table
from tests.support.tenants import NOW, Office

TIGHT = {"allowed_models": ["chat", "fast"], "rpm": 60, "tpm": 1000, "budget_usd": 5}


@pytest.fixture
def office():
    return Office()


async def refusal(coroutine):
    with pytest.raises(ProxyError) as caught:
        await coroutine
    return caught.value


async def test_a_key_is_shown_once_and_never_again(office):
    await office.post("/admin/teams", id="acme")
    made = await office.post("/admin/keys", team_id="acme", name="laptop", rpm=5)
    secret = made.pop("key")
    shown = [
        await office.get(f"/admin/keys/{made['id']}"),
        *(await office.get("/admin/keys"))["data"],
        await office.patch(f"/admin/keys/{made['id']}", name="laptop"),
    ]
    kept = await office.store.marked(Table.KEYS, digest(secret.encode()))

    assert is_key(secret.encode())
    assert all(each == made for each in shown)
    assert made["hint"] == f"…{secret[-4:]}"
    assert kept.id == made["id"]
    assert secret not in str([shown, kept.data])
    assert kept.mark not in str(shown)


async def test_a_key_needs_a_team_that_is_there(office):
    error = await refusal(office.post("/admin/keys", team_id="acme"))

    assert (error.kind, error.param, error.code) == (Kind.MISSING, "team_id", "team_not_found")


async def test_keys_are_listed_by_team(office):
    for team in ("a", "b"):
        await office.post("/admin/teams", id=team)
        await office.post("/admin/keys", team_id=team)

    listed = await office.get("/admin/keys", team_id="b")

    assert [key["team_id"] for key in listed["data"]] == ["b"]


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ({"allowed_models": ["chat", "dear"]}, "allowed_models[1]"),
        ({"rpm": 61}, "rpm"),
        ({"tpm": 1001}, "tpm"),
        ({"budget_usd": 5.01}, "budget_usd"),
        ({"expires_at": NOW}, "expires_at"),
    ],
)
async def test_a_key_cannot_have_more_than_its_team(office, body, param):
    await office.post("/admin/teams", id="acme", **TIGHT)
    key = await office.post("/admin/keys", team_id="acme")
    made = await refusal(office.post("/admin/keys", team_id="acme", **body))
    changed = await refusal(office.patch(f"/admin/keys/{key['id']}", **body))

    assert (made.param, changed.param) == (param, param)
    assert made.kind is Kind.INVALID_REQUEST


@pytest.mark.parametrize(
    "body",
    [
        TIGHT,
        {"allowed_models": ["fast"], "rpm": 60},
        {"budget_usd": 50, "budget_period": "day"},
        {"expires_at": NOW + 1},
        {},
    ],
)
async def test_a_key_may_have_as_much_as_its_team(office, body):
    await office.post("/admin/teams", id="acme", **TIGHT)

    assert (await office.post("/admin/keys", team_id="acme", **body))["status"] == "active"


async def test_an_expired_key_may_still_be_renamed_and_given_a_later_end(office):
    await office.post("/admin/teams", id="acme")
    key = await office.post("/admin/keys", team_id="acme", expires_at=NOW + 1)
    office.clock.at += 100
    renamed = await office.patch(f"/admin/keys/{key['id']}", name="old")
    later = await office.patch(f"/admin/keys/{key['id']}", expires_at=None)

    assert (renamed["name"], later["expires_at"]) == ("old", None)


async def test_a_revoked_key_stays_revoked(office):
    await office.post("/admin/teams", id="acme")
    key = await office.post("/admin/keys", team_id="acme")
    revoked = await office.delete(f"/admin/keys/{key['id']}")
    again = await office.delete(f"/admin/keys/{key['id']}")
    error = await refusal(office.patch(f"/admin/keys/{key['id']}", name="x"))

    assert revoked["status"] == again["status"] == "revoked"
    assert (error.meaning.status, error.code) == (409, "key_revoked")


@pytest.mark.parametrize("verb", ["get", "patch", "delete"])
async def test_a_key_that_is_not_there_is_a_404(office, verb):
    error = await refusal(getattr(office, verb)("/admin/keys/key_no"))

    assert (error.meaning.status, error.code) == (404, "key_not_found")


async def test_a_key_that_goes_while_it_is_changed_is_a_404(office, monkeypatch):
    await office.post("/admin/teams", id="acme")
    key = await office.post("/admin/keys", team_id="acme")

    async def gone(*_):
        return None

    monkeypatch.setattr(office.registry, "change_key", gone)

    assert (await refusal(office.patch(f"/admin/keys/{key['id']}", name="x"))).kind is Kind.MISSING


async def test_a_key_whose_team_is_gone_cannot_be_changed(office):
    await office.post("/admin/teams", id="acme")
    key = await office.post("/admin/keys", team_id="acme")
    await office.store.delete(Table.TEAMS, "acme")

    error = await refusal(office.patch(f"/admin/keys/{key['id']}", name="x"))

    assert (error.kind, error.param) == (Kind.MISSING, "team_id")
