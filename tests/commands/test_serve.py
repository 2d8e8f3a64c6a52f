"""The command as a process: what it prints, how it starts, how it stops."""

import os
import re
import signal
import socket
import subprocess
import sys
from pathlib import Path

import openai
import pytest

from proxy.cli import main
from proxy.commands import serve
from proxy.commands.following import Files
from proxy.config.problems import ConfigError
from tests.support.commands import shell as shell
from tests.support.turns import HANGS
from tests.support.workers import written_whole

ROOT = str(Path(__file__).resolve().parents[2])
ANYWHERE = ("--listen", "127.0.0.1:0", "--ops-listen", "off")


@pytest.fixture
def start(tmp_path):
    """Start `firstbyte serve` on a free port; gives the process and its banner."""
    running = []

    def _start(*options, **environ):
        clean = {k: v for k, v in os.environ.items() if not k.endswith(("_API_KEY", "_BASE_URL"))}
        process = subprocess.Popen(
            [sys.executable, "-m", "proxy", "serve", *ANYWHERE, *options],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=tmp_path,
            env={**clean, "PYTHONPATH": ROOT, **environ},
        )
        running.append(process)
        lines = []
        while not lines or "try it" not in lines[-1]:
            line = process.stderr.readline()
            assert line, f"it ended with {process.wait()}: {lines}"
            lines.append(line)
        return process, "".join(lines)

    yield _start
    for process in running:
        process.kill()
        process.communicate()


def base_of(said):
    return re.search(r"listening on (\S+)", said)[1]


def test_it_serves_and_stops_well(start):
    process, said = start()
    with openai.OpenAI(base_url=base_of(said), api_key="x", max_retries=0) as client:
        answer = client.chat.completions.create(
            model="mock/echo", messages=[{"role": "user", "content": "hello"}]
        )
    process.send_signal(signal.SIGTERM)
    out, err = process.communicate(timeout=HANGS)

    assert answer.choices[0].message.content.strip() == "hello"
    assert process.returncode == 0
    assert err == ""
    assert out.count("\n") == 1
    assert '"target":"mock/echo"' in out


def test_a_stream_under_way_is_finished_before_it_stops(start):
    process, said = start()
    with openai.OpenAI(base_url=base_of(said), api_key="x", max_retries=0) as client:
        stream = client.chat.completions.create(
            model="mock/lorem", messages=[{"role": "user", "content": "go on"}], stream=True
        )
        first = next(iter(stream))
        process.send_signal(signal.SIGTERM)
        rest = list(stream)
    process.communicate(timeout=HANGS)

    assert first.choices[0].delta.role == "assistant"
    assert rest[-1].choices[0].finish_reason == "stop"
    assert process.returncode == 0


def test_a_port_in_use_is_one_sentence_with_the_remedy(shell):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]

        status, _, err = shell.run("serve", "--listen", f"127.0.0.1:{port}")

    assert status == 1
    assert f"127.0.0.1:{port}" in err
    assert "--listen" in err
    assert "Traceback" not in err


def test_it_refuses_to_be_open_without_saying_so(shell):
    status, _, err = shell.run("serve", "--listen", "0.0.0.0:0")

    assert status == 78
    assert "auth: {required: true" in err


def test_a_base_url_that_points_at_ourselves_is_ignored_with_a_warning(shell):
    shell.set("OPENAI_API_KEY", "sk-0123456789abcdef")
    shell.set("OPENAI_BASE_URL", "http://localhost:8080/v1")

    _, out, _ = shell.run("check")

    assert "warning: " in out
    assert "OPENAI_BASE_URL" in out


def test_a_taken_address_for_operators_is_one_sentence_with_its_own_remedy(shell):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        address = f"127.0.0.1:{taken.getsockname()[1]}"

        status, _, err = shell.run("serve", "--listen", "127.0.0.1:0", "--ops-listen", address)

    assert status == 1
    assert err == (
        f"firstbyte serve: address already in use: {address}; "
        "stop the other process or set server.ops_listen / --ops-listen\n"
    )


def test_a_configuration_that_changes_is_taken_anew(start, tmp_path):
    file = tmp_path / "firstbyte.yaml"
    file.write_text("models: {before: [mock/echo]}\n")
    process, said = start("--reload")
    written_whole(file, "models: {after: [mock/echo]}\n")
    told = process.stderr.readline()
    with openai.OpenAI(base_url=base_of(said), api_key="x", max_retries=0) as client:
        names = [model.id for model in client.models.list()]
    written_whole(file, "modls: {}\n")
    refused = process.stderr.readline()

    assert told == "reloaded firstbyte.yaml\n"
    assert "after" in names
    assert "before" not in names
    assert refused.startswith("not reloaded: firstbyte.yaml:1:1: modls: unknown key")


LOCKED = "auth: {required: true, keys: [{key: fb-mine, team: t}]}\nstore: 'memory:'\n"


@pytest.fixture
def load(shell, monkeypatch):
    """Begin to serve a folder's configuration; gives the way in which SIGHUP, the admin API and `--reload` load anew."""
    seen = []
    monkeypatch.setattr(serve, "run_server", lambda coroutine: coroutine.close())
    monkeypatch.setattr(serve, "_serve", lambda _, load, __: seen.append(load) or _nothing())

    def _load(text=None):
        if text is not None:
            shell.write(text)
        main(["serve"])
        return seen[0]

    return _load


@pytest.mark.parametrize("name", ["config/firstbyte.yaml", "firstbyte.yaml~"])
def test_a_file_that_was_moved_is_not_served_without(load, shell, name):
    again = load(LOCKED)
    (shell.folder / "config").mkdir()
    (shell.folder / "firstbyte.yaml").rename(shell.folder / name)

    with pytest.raises(
        ConfigError, match=r"^firstbyte\.yaml: the file cannot be read: no such file"
    ):
        again()
    (shell.folder / name).rename(shell.folder / "firstbyte.yaml")
    assert again().auth.required


def test_a_file_that_comes_is_gone_by_from_then_on(load, shell):
    again = load()
    before = again()
    shell.write(LOCKED)
    after = again()
    (shell.folder / "firstbyte.yaml").unlink()

    assert (before.source, after.source) == ("", "firstbyte.yaml")
    assert after.auth.required
    with pytest.raises(ConfigError):
        again()


def test_callers_still_need_keys_when_the_file_is_gone_or_empty(start, tmp_path):
    file = tmp_path / "firstbyte.yaml"
    file.write_text(LOCKED)
    process, said = start("--reload")

    def refused():
        told = process.stderr.readline()
        with (
            openai.OpenAI(base_url=base_of(said), api_key="x", max_retries=0) as client,
            pytest.raises(openai.AuthenticationError),
        ):
            client.models.list()
        return told

    file.write_text("")
    assert refused().startswith("not reloaded: firstbyte.yaml:1:1: the file says nothing; ")
    file.unlink()
    assert refused().startswith("not reloaded: firstbyte.yaml: the file cannot be read: ")
    process.send_signal(signal.SIGHUP)
    assert refused().startswith("not reloaded: firstbyte.yaml: the file cannot be read: ")


def test_without_being_told_to_nobody_looks_at_the_file_again(monkeypatch):
    seen = []
    monkeypatch.setattr(serve, "run_server", lambda coroutine: coroutine.close())
    monkeypatch.setattr(serve, "_serve", lambda _, __, watched: seen.append(watched) or _nothing())

    main(["serve"])
    main(["serve", "--reload"])

    assert seen[0] is None
    assert isinstance(seen[1], Files)


async def _nothing():
    pass


@pytest.mark.parametrize("number", ["0", "-1", "257", "two", ""])
def test_a_number_of_workers_that_cannot_be_is_a_wrong_line(capsys, number):
    with pytest.raises(SystemExit) as ended:
        main(["serve", f"--workers={number}"])

    assert ended.value.code == 2
    said = capsys.readouterr().err
    assert f"--workers: expected a number from 1 to 256, got {number!r}" in said
