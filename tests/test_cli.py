import errno
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from proxy import __version__, cli
from proxy.cli import EX_CONFIG, VERBS, main, parser
from tests.support.turns import HANGS

ROOT = str(Path(__file__).resolve().parents[1])


@pytest.fixture(autouse=True)
def nothing_configured(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in list(os.environ):
        if name.endswith(("_API_KEY", "_BASE_URL", "_HOST", "_TOKEN")) or name.startswith(
            "FIRSTBYTE_"
        ):
            monkeypatch.delenv(name)
    return tmp_path


def test_the_version_is_told(capsys):
    with pytest.raises(SystemExit) as caught:
        main(["--version"])

    assert caught.value.code == 0
    assert capsys.readouterr().out == f"firstbyte {__version__}\n"


def test_every_verb_has_help(capsys):
    for verb in VERBS.values():
        with pytest.raises(SystemExit) as caught:
            parser().parse_args([verb.name, "--help"])

        assert caught.value.code == 0
        assert verb.help.split()[0] in capsys.readouterr().out


def test_without_a_command_all_of_them_are_listed(capsys):
    status = main([])

    err = capsys.readouterr().err
    assert status == 2
    assert all(verb.help.split()[0] in err for verb in VERBS.values())


def test_output_that_has_no_room_is_one_sentence():
    env = {**os.environ, "PYTHONPATH": ROOT}

    said = subprocess.run(
        ["sh", "-c", f"{sys.executable} -m proxy schema > /dev/full"],
        capture_output=True,
        text=True,
        check=False,
        timeout=HANGS,
        env=env,
    )

    assert said.returncode == 1
    assert said.stderr == (
        "firstbyte schema: standard output cannot be written to: no space left on device\n"
    )


def test_a_file_for_which_there_is_no_room_is_not_taken_for_output(monkeypatch, capsys):
    def fail(_arguments):
        raise OSError(errno.ENOSPC, "No space left on device", "/full/x")

    monkeypatch.setattr(cli, "VERBS", {"schema": replace(VERBS["schema"], run=fail)})
    status = main(["schema"])

    said = "firstbyte schema: /full/x cannot be written to: no space left on device\n"
    assert (status, capsys.readouterr().err) == (1, said)


def test_a_missing_file_is_one_sentence(capsys):
    status = main(["check", "--config", "nowhere.yaml"])

    err = capsys.readouterr().err
    assert status == EX_CONFIG
    assert err.count("\n") == 1
    assert "nowhere.yaml" in err
    assert "Traceback" not in err


def test_every_problem_of_a_configuration_is_told_at_once(nothing_configured, capsys):
    (nothing_configured / "firstbyte.yaml").write_text(
        "servr: {}\nmodels:\n  chat: [nobody/x]\ndefaults: {retries: many}\n"
    )

    status = main(["check"])

    lines = capsys.readouterr().err.splitlines()
    assert status == EX_CONFIG
    assert len(lines) == 3
    assert all(line.startswith("firstbyte.yaml:") for line in lines)
    assert "did you mean 'server'" in lines[0]


def test_an_unset_variable_is_one_sentence(nothing_configured, capsys):
    (nothing_configured / "firstbyte.yaml").write_text("default_model: ${NOT_SET_ANYWHERE}\n")

    status = main(["serve"])

    err = capsys.readouterr().err
    assert status == EX_CONFIG
    assert "NOT_SET_ANYWHERE" in err
    assert "Traceback" not in err


def test_the_module_is_the_same_command():
    said = subprocess.run(
        [sys.executable, "-m", "proxy", "--version"],
        capture_output=True,
        text=True,
        check=True,
        timeout=HANGS,
        env={**os.environ, "PYTHONPATH": ROOT},
    ).stdout

    assert said == f"firstbyte {__version__}\n"


def test_a_reader_who_goes_away_is_no_traceback():
    env = {**os.environ, "PYTHONPATH": ROOT}
    command = f"{sys.executable} -m proxy schema | head -n 1"

    said = subprocess.run(
        ["sh", "-c", command], capture_output=True, text=True, check=True, timeout=HANGS, env=env
    )

    assert said.stdout == "{\n"
    assert "Traceback" not in said.stderr
