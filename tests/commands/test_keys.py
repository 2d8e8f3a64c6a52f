import pytest

from proxy.core import jsons
from proxy.gate.virtual_key import is_key
from tests.support.commands import shell as shell
from tests.support.desks import beside_a_server, on_a_file


@pytest.fixture
def house(shell):
    on_a_file(shell)
    shell.run("teams", "create", "acme", "--rpm", "100")
    return shell


def made(house, *argv):
    status, out, err = house.run("keys", "create", "--team", "acme", *argv)
    assert status == 0, err
    return out.strip(), err.split()[0]


def test_the_key_alone_is_on_standard_output_once(house):
    key, name = made(house, "--name", "laptop")
    later = [house.run("keys", "list"), house.run("keys", "show", name, "--json")]

    assert is_key(key.encode())
    assert all(key not in out + err for _, out, err in later)
    assert f"…{key[-4:]}" in later[0][1]


def test_a_key_made_for_a_program_is_in_its_json(house):
    _, out, err = house.run("keys", "create", "--team", "acme", "--json", "--expires", "2099-01-01")
    told = jsons.decode(out.encode())

    assert is_key(told["key"].encode())
    assert (told["expires_at"], err) == (4_070_908_800, "")


def test_a_key_is_changed_and_its_bounds_are_taken_back(house):
    _, name = made(house, "--rpm", "50", "--models", "chat,fast")
    house.run("keys", "update", name, "--rpm", "none", "--name", "phone")
    _, out, _ = house.run("keys", "show", name, "--json")
    told = jsons.decode(out.encode())

    assert (told["rpm"], told["name"], told["allowed_models"]) == (None, "phone", ["chat", "fast"])


def test_a_key_may_not_have_more_than_its_team(house):
    status, _, err = house.run("keys", "create", "--team", "acme", "--rpm", "101")

    assert status == 1
    assert "Invalid 'rpm'" in err


def test_a_revoked_key_is_shown_as_such(house):
    _, name = made(house)
    status, out, _ = house.run("keys", "revoke", name)

    assert status == 0
    assert "STATUS   revoked" in out


@pytest.mark.parametrize("verb", ["revoke", "show", "update"])
def test_a_key_in_place_of_its_id_is_not_shown(house, verb):
    key, _ = made(house)
    status, out, err = house.run("keys", verb, key)

    assert (status, out) == (1, "")
    assert key not in err
    assert "begins with `key_`" in err


def test_keys_are_listed_by_team(house):
    house.run("teams", "create", "zeta")
    made(house)
    _, out, _ = house.run("keys", "list", "--team", "zeta", "--json")

    assert jsons.decode(out.encode()) == []


def test_the_same_over_the_admin_api(shell):
    with beside_a_server(shell):
        shell.run("teams", "create", "acme")
        _, name = made(shell)
        status, out, _ = shell.run("keys", "revoke", name, "--json")

    assert (status, jsons.decode(out.encode())["status"]) == (0, "revoked")
