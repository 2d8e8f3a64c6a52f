import json
import os

import pytest

from proxy.commands import doctor
from proxy.store.store import StoreError
from tests.support.commands import shell as shell

QUIET = "server: {listen: '127.0.0.1:0', ops_listen: 'off'}\n"
DEAD = "providers: {local: {base_url: 'http://127.0.0.1:9/v1', api_key: sk-canary-0123456789}}\n"


def test_a_machine_that_is_well_says_so_line_by_line(shell):
    shell.write(QUIET.replace("'off'", "'127.0.0.1:0'"))

    status, out, err = shell.run("doctor")

    assert (status, err) == (0, "")
    assert [line.split()[:2] for line in out.splitlines() if line[0] != " "] == [
        ["ok", "config"],
        ["ok", "files"],
        ["ok", "port"],
        ["ok", "ops"],
        ["ok", "store"],
        ["warn", "providers"],
        ["1", "warning."],
    ]


def test_a_provider_that_is_not_there_fails_with_its_remedy(shell):
    shell.write(QUIET + DEAD)

    status, out, _ = shell.run("doctor", "--keys")

    assert status == 1
    assert "fail  local       could not connect to 127.0.0.1:9: connection refused" in out
    assert "hint: is that server running" in out
    assert "canary" not in out


def test_programs_get_one_object(shell):
    shell.write(QUIET + DEAD)

    status, out, _ = shell.run("doctor", "--json")
    said = json.loads(out)

    assert status == 1
    assert said["ok"] is False
    assert {"level", "subject", "message", "hint"} == set(said["findings"][0])


def test_a_wrong_configuration_is_told_and_the_rest_left(shell):
    shell.write("servr: {}\nmodels: {a: [nobody/x]}\n")

    status, out, err = shell.run("doctor")

    assert (status, err) == (78, "")
    assert out.count("fail  config") == 2
    assert "did you mean 'server'" in out
    assert "the rest was not looked at" in out


def test_an_alias_that_cannot_serve_is_a_failure(shell):
    shell.write(QUIET + "providers: {groq: {}}\nmodels: {fast: [groq/x]}\n")

    status, out, _ = shell.run("doctor")

    assert status == 1
    assert "models.fast: no target of it can be used now" in out
    assert "GROQ_API_KEY" in out


@pytest.mark.parametrize(
    ("address", "status", "words"),
    [
        ("memory:", 0, "memory is well"),
        ("sqlite:new.db", 0, "new.db will be made at the first start"),
        ("sqlite:nowhere/new.db", 0, "nowhere/new.db will be made at the first start"),
        ("sqlite:firstbyte.yaml/new.db", 1, "firstbyte.yaml/new.db cannot be made"),
    ],
)
def test_a_store_is_looked_at_without_being_made(shell, address, status, words):
    shell.write(f"{QUIET}store: '{address}'\n")

    ended, out, _ = shell.run("doctor")

    assert ended == status
    assert words in out
    assert "canary" not in out
    assert [each.name for each in shell.folder.iterdir()] == ["firstbyte.yaml"]


def test_a_store_that_is_there_is_opened_and_looked_over(shell):
    shell.write(f"{QUIET}store: sqlite:empty.db\n")
    shell.write("", "empty.db")

    status, out, _ = shell.run("doctor")

    assert status == 0
    assert "sqlite is well" in out


async def test_what_is_no_address_is_told_without_repeating_it():
    (found,) = await doctor.store("mongodb://user:canary@host")

    assert found.level == "fail"
    assert "canary" not in found.message


class Ill:
    name = "redis"

    def __init__(self, trouble=None, wrong=()):
        self.trouble, self.wrong, self.closed = trouble, list(wrong), False

    async def open(self):
        if self.trouble:
            raise self.trouble

    async def check(self):
        return self.wrong

    async def close(self):
        self.closed = True


@pytest.mark.parametrize(
    ("store", "level", "message"),
    [
        (Ill(StoreError("redis at h:1 does not answer")), "fail", "redis at h:1 does not answer"),
        (Ill(TimeoutError()), "fail", "no answer within 10 s"),
        (Ill(wrong=["it forgets what it is given"]), "warn", "it forgets what it is given"),
    ],
)
async def test_what_a_store_says_of_itself_is_told(monkeypatch, store, level, message):
    monkeypatch.setattr(doctor, "store_at", lambda _, **__: store)

    (found,) = await doctor.store("redis://h:1")

    assert (found.level, found.message) == (level, message)
    assert store.closed


def test_a_file_is_well_where_serving_could_make_it_and_is_not_made(tmp_path):
    (told,) = doctor.missing_file(f"sqlite:{tmp_path}/not/yet/there.db")

    assert (told.level, told.message) == (
        "ok",
        f"{tmp_path}/not/yet/there.db will be made at the first start",
    )
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_serving_could_not_make_fails(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    (below_a_file,) = doctor.missing_file(f"sqlite:{tmp_path}/file/a.db")
    real = os.access
    monkeypatch.setattr(os, "access", lambda path, mode: mode == os.F_OK and real(path, mode))
    (not_ours,) = doctor.missing_file(f"sqlite:{tmp_path}/not/yet/there.db")

    assert (below_a_file.level, not_ours.level) == ("fail", "fail")
    assert not_ours.hint.endswith(f": {tmp_path}/not/yet")
