import pytest

from proxy.commands.way import store_of
from proxy.config.problems import ConfigError
from proxy.config.schema import Config
from proxy.core.secret import Secret
from tests.support.commands import shell as shell
from tests.support.desks import beside_a_server, on_a_file


def test_a_store_in_a_file_needs_no_server(shell):
    on_a_file(shell)

    status, out, _ = shell.run("teams", "create", "acme", "--json")

    assert status == 0
    assert '"id": "acme"' in out
    assert (shell.folder / "firstbyte.db").exists()


def test_a_store_in_memory_is_asked_for_over_the_admin_api(shell):
    with beside_a_server(shell):
        made = shell.run("teams", "create", "acme")
        listed = shell.run("teams", "list")

    assert (made[0], listed[0]) == (0, 0)
    assert "acme" in listed[1]


def test_a_server_is_asked_where_it_is_named_whatever_the_store_is(shell):
    with beside_a_server(shell) as url:
        on_a_file(shell)
        status, _, _ = shell.run("teams", "create", "acme", "--ops-url", f"{url}/")

    assert status == 0
    assert not (shell.folder / "firstbyte.db").exists()


def test_a_wrong_admin_key_is_a_sentence(shell):
    with beside_a_server(shell):
        shell.set("FIRSTBYTE_ADMIN_KEY", "fb-wrong-0123456789")
        status, _, err = shell.run("teams", "list")

    assert status == 1
    assert "The admin key is missing or not valid" in err


def test_a_server_that_does_not_run_is_a_sentence_with_what_to_do(shell):
    shell.write("server: {ops_listen: '127.0.0.1:9'}\n")

    status, _, err = shell.run("keys", "list")

    assert status == 1
    assert "does not answer: connection refused. " in err
    assert "sqlite:" in err


@pytest.mark.parametrize("url", ["ftp://x", "nowhere", "http://"])
def test_what_is_no_url_is_a_sentence(shell, url):
    status, _, err = shell.run("keys", "list", "--ops-url", url)

    assert (status, "expected --ops-url like" in err) == (2, True)


def test_what_the_desk_refuses_is_a_sentence(shell):
    on_a_file(shell)

    status, out, err = shell.run("keys", "create", "--team", "nobody")

    assert (status, out) == (1, "")
    assert err == (
        "firstbyte keys: There is no team 'nobody'. `firstbyte teams create` makes one.\n"
    )


def test_a_file_that_is_no_store_is_a_sentence(shell):
    shell.write("not a database", "firstbyte.db")
    on_a_file(shell)

    status, _, err = shell.run("store", "check")

    assert status == 1
    assert "firstbyte.db" in err


def test_an_answer_that_is_none_of_ours_is_a_sentence(shell):
    with beside_a_server(shell) as url:
        status, _, err = shell.run("teams", "list", "--ops-url", f"{url}/somewhere/else")

    assert status == 1
    assert "Unknown request URL" in err


def test_a_wrong_configuration_is_told_as_ever(shell):
    shell.write("stoer: x\n")

    assert shell.run("teams", "list")[0] == 78
    assert issubclass(ConfigError, Exception)


def test_a_command_is_as_patient_with_the_store_as_a_call():
    config = Config(store=Secret("redis://h"), store_timeout=7.0)

    assert store_of(config)._patience == 7.0
