import argparse

from proxy.commands.verb import add_config_options, load_config
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
