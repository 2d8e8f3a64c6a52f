import pytest

from proxy.core import jsons
from tests.support.commands import shell as shell
from tests.support.desks import on_a_file


@pytest.fixture
def house(shell):
    return on_a_file(shell)


def told(house, *argv):
    status, out, err = house.run("teams", *argv, "--json")
    assert status == 0, err
    return jsons.decode(out.encode())


def test_a_team_is_made_with_what_the_options_say(house):
    team = told(
        *(house, "create", "acme", "--name", "Acme", "--mode", "consumption_usd"),
        *("--models", "chat", "--jobs-only", "yes", "--credits-per-dollar", "20"),
        *("--default-model", "chat", "--keep-bodies", "yes", "--budget-usd", "5"),
    )

    assert (team["id"], team["name"], team["budget_mode"]) == ("acme", "Acme", "consumption_usd")
    assert (team["allowed_models"], team["jobs_only"], team["keep_bodies"]) == (
        ["chat"],
        True,
        True,
    )
    assert (team["credits_per_dollar"], team["default_model"]) == (20, "chat")


def test_without_an_id_one_is_drawn(house):
    assert told(house, "create")["id"].startswith("team_")


def test_a_team_is_changed_shown_and_listed(house):
    told(house, "create", "acme")
    told(house, "update", "acme", "--status", "suspended")

    _, card, _ = house.run("teams", "show", "acme")
    _, table, _ = house.run("teams", "list")

    assert "STATUS              suspended" in card
    assert table.splitlines()[1].split()[:2] == ["acme", "-"]


def test_credits_are_given_once_for_each_grant(house):
    told(house, "create", "acme")
    for _ in range(2):
        given = told(house, "credits", "acme", "100", "--grant", "g1", "--note", "hello")
    _, out, _ = house.run("teams", "credits", "acme", "-30")

    assert given["credits"]["remaining"] == 100
    assert "REMAINING  70" in out


def test_a_team_goes_with_its_keys(house):
    told(house, "create", "acme")
    status, out, _ = house.run("teams", "delete", "acme")
    after, _, err = house.run("teams", "show", "acme")

    assert (status, out) == (0, "team acme and its keys are gone\n")
    assert (after, "There is no team 'acme'" in err) == (1, True)


def test_a_team_belongs_to_an_organization(house):
    house.run("organizations", "create", "org", "--name", "Org")
    told(house, "create", "acme", "--organization", "org")
    told(house, "create", "zeta")

    assert [team["id"] for team in told(house, "list", "--organization", "org")] == ["acme"]
