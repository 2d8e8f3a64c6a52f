import pytest

from proxy.core import jsons
from tests.support.commands import shell as shell
from tests.support.desks import on_a_file

OWNED = [("teams", "--organization"), ("keys", "--team")]


@pytest.fixture
def house(shell):
    """Two owners, each with one thing of each kind that is called after it."""
    on_a_file(shell)
    for name in ("a", "b"):
        shell.run("organizations", "create", name)
        shell.run("teams", "create", name, "--organization", name, "--name", name)
        shell.run("keys", "create", "--team", name, "--name", name)
    return shell


def told(house, *argv):
    status, out, err = house.run(*argv, "--json")
    assert status == 0, err
    return jsons.decode(out.encode())


@pytest.mark.parametrize(("verb", "owner"), OWNED)
def test_all_are_listed_or_those_of_an_owner(house, verb, owner):
    everybody = told(house, verb, "list")
    of_one = told(house, verb, "list", owner, "b")
    _, table, _ = house.run(verb, "list", owner, "b")

    assert sorted(each["name"] for each in everybody) == ["a", "b"]
    assert [each["name"] for each in of_one] == ["b"]
    assert [line.split()[0] for line in table.splitlines()] == ["ID", of_one[0]["id"]]


@pytest.mark.parametrize(("verb", "owner"), OWNED)
def test_one_is_changed_and_shown_as_it_is_then(house, verb, owner):
    name = told(house, verb, "list", owner, "a")[0]["id"]
    changed = told(house, verb, "update", name, "--rpm", "7")
    _, card, _ = house.run(verb, "show", name)

    assert changed["rpm"] == 7
    assert [line.split() for line in card.splitlines() if line.startswith("RPM")] == [["RPM", "7"]]
    assert told(house, verb, "show", name) == changed


@pytest.mark.parametrize(("verb", "owner"), OWNED)
def test_one_that_is_not_there_is_said_to_be_unknown(house, verb, owner):
    status, out, err = house.run(verb, "show", "nobody")

    assert (status, out) == (1, "")
    assert "nobody" in err


def test_what_has_no_owner_is_listed_whole(house):
    assert sorted(each["id"] for each in told(house, "organizations", "list")) == ["a", "b"]
    with pytest.raises(SystemExit):
        house.run("organizations", "list", "--team", "a")
