from proxy.core import jsons
from tests.support.commands import shell as shell
from tests.support.desks import on_a_file


def test_an_organization_is_made_and_listed(shell):
    on_a_file(shell)
    made = shell.run("organizations", "create", "org", "--name", "Org")
    drawn = shell.run("organizations", "create", "--json")
    _, table, _ = shell.run("organizations", "list")
    _, listed, _ = shell.run("organizations", "list", "--json")

    assert made[1].splitlines()[0] == "ID       org"
    assert jsons.decode(drawn[1].encode())["id"].startswith("org_")
    assert table.splitlines()[0].split() == ["ID", "NAME", "CREATED"]
    assert [each["name"] for each in jsons.decode(listed.encode())] == ["Org", ""]
