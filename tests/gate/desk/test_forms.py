import pytest

from proxy.core.errors import ProxyError
from proxy.gate.desk.forms import (
    changed,
    gift_of,
    key_change,
    key_of,
    organization_of,
    team_change,
    team_of,
)
from proxy.gate.tenants import Allowance, Key, Mode, Organization, Period, Status, Team


def test_a_team_takes_every_field_of_the_design():
    team = team_of(
        {
            "id": "acme",
            "organization_id": "org",
            "name": "Acme",
            "status": "suspended",
            "budget_mode": "consumption_usd",
            "allowed_models": ["chat"],
            "jobs_only": True,
            "default_model": "chat",
            "credits_per_dollar": 20,
            "tokens_per_credit": 500,
            "keep_bodies": True,
            "rpm": 60,
            "tpm": 1000,
            "budget_usd": 1.5,
            "budget_period": "day",
        }
    )

    assert team == Team(
        "acme",
        organization="org",
        name="Acme",
        status=Status.SUSPENDED,
        mode=Mode.CONSUMPTION_USD,
        allowed_models=("chat",),
        jobs_only=True,
        default_model="chat",
        credits_per_dollar=20,
        tokens_per_credit=500,
        keeps_bodies=True,
        allowance=Allowance(60, 1000, 1_500_000, Period.DAY),
    )


@pytest.mark.parametrize("body", [{}, {"id": None}])
def test_who_gives_no_id_gets_one_that_nobody_has(body):
    assert team_of(body).id.startswith("team_")
    assert team_of(body).id != team_of(body).id
    assert organization_of(body).id.startswith("org_")
    assert gift_of({**body, "amount": 1}).ref.startswith("grant_")


def test_an_organization_has_an_id_and_a_name():
    assert organization_of({"id": "org", "name": "Org"}) == Organization("org", "Org")


def test_a_key_has_a_team_and_bounds():
    key = key_of({"team_id": "acme", "name": "laptop", "rpm": 5, "expires_at": "1970-01-02"})

    assert key == Key(
        "", "acme", "", name="laptop", allowance=Allowance(rpm=5), expires_at=86_400.0
    )


def test_a_change_touches_what_it_names():
    before = Team("acme", name="Acme", allowance=Allowance(60, 1000), jobs_only=True)
    after = changed(team_change({"rpm": None, "name": "New", "budget_usd": 2}))(before)

    assert after == Team(
        "acme", name="New", allowance=Allowance(None, 1000, 2_000_000), jobs_only=True
    )


@pytest.mark.parametrize(
    ("read", "body", "param"),
    [
        (team_of, {"status": "revoked"}, "status"),
        (team_change, {"id": "other"}, "id"),
        (key_of, {}, "team_id"),
        (key_change, {"team_id": "other"}, "team_id"),
        (key_change, {"status": "active"}, "status"),
        (gift_of, {}, "amount"),
        (gift_of, {"amount": 0}, "amount"),
        (gift_of, {"amount": 1.5}, "amount"),
        (organization_of, {"id": "a b"}, "id"),
    ],
)
def test_what_may_not_be_said_is_refused_by_name(read, body, param):
    with pytest.raises(ProxyError) as caught:
        read(body)

    assert caught.value.param == param


def test_a_gift_may_take_away():
    gift = gift_of({"amount": -5, "id": "r1", "note": "too many"})

    assert (gift.amount, gift.ref, gift.note) == (-5, "r1", "too many")
