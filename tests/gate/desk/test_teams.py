import pytest

from proxy.core.errors import Kind, ProxyError
from proxy.gate.credits import account_of
from proxy.store.records import Ask, Hold, Settlement
from tests.support.tenants import NOW, Office


@pytest.fixture
def office():
    return Office()


async def refusal(coroutine):
    with pytest.raises(ProxyError) as caught:
        await coroutine
    return caught.value


async def test_a_new_team_is_shown_with_all_that_holds_of_it(office):
    assert await office.post("/admin/teams", id="acme") == {
        "id": "acme",
        "object": "team",
        "organization_id": None,
        "name": "",
        "status": "active",
        "budget_mode": "job_based",
        "credits": {"allocated": 0, "held": 0, "spent": 0, "remaining": 0},
        "credits_per_dollar": 10,
        "tokens_per_credit": 10_000,
        "allowed_models": [],
        "jobs_only": False,
        "default_model": None,
        "keep_bodies": False,
        "rpm": None,
        "tpm": None,
        "budget_usd": None,
        "budget_period": "month",
        "created_at": int(NOW),
    }


async def test_a_team_belongs_to_an_organization_that_is_there(office):
    error = await refusal(office.post("/admin/teams", id="acme", organization_id="org"))
    await office.post("/admin/organizations", id="org")
    await office.post("/admin/organizations", id="other")
    for name, owner in (("a", "org"), ("b", "other"), ("c", "org")):
        await office.post("/admin/teams", id=name, organization_id=owner)
    listed = await office.get("/admin/teams", organization_id="org")

    assert (error.kind, error.param) == (Kind.MISSING, "organization_id")
    assert [team["id"] for team in listed["data"]] == ["a", "c"]


async def test_an_id_is_taken_once(office):
    await office.post("/admin/teams", id="acme")

    assert (await refusal(office.post("/admin/teams", id="acme"))).kind is Kind.CONFLICT


async def test_what_is_changed_is_shown_and_told(office):
    await office.post("/admin/teams", id="acme", name="Acme", rpm=5)
    before = len(office.changes)
    after = await office.patch("/admin/teams/acme", status="suspended", rpm=None)

    assert (after["status"], after["rpm"], after["name"]) == ("suspended", None, "Acme")
    assert after == await office.get("/admin/teams/acme")
    assert len(office.changes) > before


@pytest.mark.parametrize(
    ("verb", "path", "body"),
    [
        ("get", "/admin/teams/no", {}),
        ("patch", "/admin/teams/no", {"name": "x"}),
        ("delete", "/admin/teams/no", {}),
        ("post", "/admin/teams/no/credits", {"amount": 1}),
    ],
)
async def test_a_team_that_is_not_there_is_a_404(office, verb, path, body):
    error = await refusal(getattr(office, verb)(path, **body))

    assert (error.meaning.status, error.code) == (404, "team_not_found")


async def test_a_team_goes_with_its_keys(office):
    await office.post("/admin/teams", id="acme")
    key = await office.post("/admin/keys", team_id="acme")
    gone = await office.delete("/admin/teams/acme")
    error = await refusal(office.get(f"/admin/keys/{key['id']}"))

    assert gone == {"id": "acme", "object": "team", "deleted": True}
    assert error.kind is Kind.MISSING


async def test_credits_are_given_once_for_each_id_and_shown_with_what_is_left(office):
    await office.post("/admin/teams", id="acme")
    for _ in range(2):
        given = await office.post("/admin/teams/acme/credits", amount=100, id="g1", note="hello")
    account = account_of("acme")
    await office.store.admit(Ask(holds=(Hold("h1", account, 10, 60), Hold("h2", account, 5, 60))))
    await office.store.settle([Settlement("h1", 4)])

    shown = await office.get("/admin/teams/acme")
    listed = await office.get("/admin/teams")

    assert given["credits"] == {"allocated": 100, "held": 0, "spent": 0, "remaining": 100}
    assert (given["id"], given["amount"], given["note"]) == ("g1", 100, "hello")
    assert shown["credits"] == {"allocated": 100, "held": 5, "spent": 4, "remaining": 91}
    assert listed["data"] == [shown]


async def test_no_more_credits_are_taken_away_than_are_left(office):
    await office.post("/admin/teams", id="acme")
    await office.post("/admin/teams/acme/credits", amount=10)
    error = await refusal(office.post("/admin/teams/acme/credits", amount=-11))
    left = await office.post("/admin/teams/acme/credits", amount=-10)

    assert (error.meaning.status, error.code) == (409, "insufficient_credits")
    assert left["credits"]["remaining"] == 0
