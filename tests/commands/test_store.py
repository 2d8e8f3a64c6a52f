import sqlite3

import pytest

from proxy.core import jsons
from tests.support.commands import shell as shell
from tests.support.desks import beside_a_server, on_a_file


def test_a_store_that_is_well_says_so(shell):
    on_a_file(shell)

    assert shell.run("store", "check")[:2] == (0, "sqlite: all is well\n")


def test_what_is_wrong_is_said_and_is_the_exit_status(shell):
    on_a_file(shell)
    shell.run("teams", "create", "acme")
    shell.run("teams", "credits", "acme", "5")
    with sqlite3.connect(shell.folder / "firstbyte.db") as file:
        file.execute("UPDATE accounts SET granted = 6")
    file.close()
    status, out, _ = shell.run("store", "check")

    assert status == 1
    assert "credits:acme" in out


def test_a_sweep_says_how_many(shell):
    on_a_file(shell)

    assert shell.run("store", "sweep")[:2] == (0, "0 released\n")


@pytest.mark.parametrize(
    ("address", "where"),
    [
        ("redis://:hush-hush@db.example:7000/1", "redis://db.example:7000"),
        ("memory:", "memory: in the server that runs, and nowhere else"),
    ],
)
def test_the_path_is_where_it_is_without_a_password(shell, address, where):
    shell.write(f"store: '{address}'\n")

    assert shell.run("store", "path") == (0, f"{where}\n", "")


def test_a_file_is_told_with_its_whole_path(shell):
    on_a_file(shell)

    assert shell.run("store", "path")[1] == f"{(shell.folder / 'firstbyte.db').resolve()}\n"


def test_a_store_in_memory_is_checked_by_its_server(shell):
    with beside_a_server(shell):
        status, out, _ = shell.run("store", "check", "--json")
        swept = shell.run("store", "sweep", "--json")

    assert (status, jsons.decode(out.encode())["kind"]) == (0, "memory")
    assert jsons.decode(swept[1].encode())["released"] == 0
