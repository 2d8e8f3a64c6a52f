import argparse

import pytest

from proxy.commands.verb import (
    Misused,
    Unusable,
    add_config_options,
    attempt,
    load_config,
    status_of,
)
from proxy.config.problems import ConfigError, Problem
from tests.support.commands import shell as shell


def parsed(*argv):
    parser = argparse.ArgumentParser()
    add_config_options(parser)
    parser.add_argument("--listen")
    return parser.parse_args(argv)


def test_a_file_and_a_profile_are_taken(shell):
    shell.write(
        "default_model: mock/echo\nprofiles: {dev: {default_model: mock/lorem}}\n", "other.yaml"
    )

    plain = load_config(parsed("--config", "other.yaml"))
    dev = load_config(parsed("--config", "other.yaml", "--profile", "dev"))

    assert (plain.default_model, dev.default_model) == ("mock/echo", "mock/lorem")


def test_an_address_on_the_command_line_wins(shell):
    config = load_config(parsed("--listen", "127.0.0.1:9999"))

    assert (config.server.host, config.server.port) == ("127.0.0.1", 9999)


LINE = Problem("--profile", 0, 0, "", "does not exist")
EXPOSED = Problem("--listen", 0, 0, "server.listen", "write `auth`")
FILE = Problem("firstbyte.yaml", 1, 1, "", "wrong")


@pytest.mark.parametrize(
    ("problems", "status"),
    [([LINE], 2), ([EXPOSED], 78), ([FILE], 78), ([LINE, FILE], 78)],
)
def test_what_is_to_be_mended_is_told_by_the_status(problems, status):
    assert status_of(ConfigError(problems)) == status


@pytest.mark.parametrize(("error", "status"), [(Unusable("no"), 1), (Misused("no"), 2)])
def test_what_cannot_be_done_is_a_sentence_and_a_status(capsys, error, status):
    def work():
        raise error

    assert attempt("x", work) == status
    assert capsys.readouterr().err == "firstbyte x: no\n"


@pytest.mark.parametrize(
    "line",
    [
        ["serve", "--listen", "8080"],
        ["serve", "--ops-listen", "8081"],
        ["serve", "--profile", "nope"],
        ["check", "--profile", "nope"],
        ["check", "--profile", "nope", "--format", "json"],
        ["doctor", "--profile", "nope"],
        ["snippets", "nope"],
        ["probe", "ready", "--url", "bogus"],
        ["keys", "list", "--ops-url", "bogus"],
        ["chaos", "--listen", "8080"],
        ["demo", "--listen", "8080"],
        ["conformance", "--only", "nope"],
    ],
)
def test_a_line_that_is_wrong_is_a_2_whoever_finds_it(shell, line):
    assert shell.run(*line)[0] == 2


def test_a_profile_of_the_environment_is_no_part_of_the_line(shell):
    shell.set("FIRSTBYTE_PROFILE", "nope")

    assert shell.run("check")[0] == 78
