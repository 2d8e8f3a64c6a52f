import argparse

from proxy.cli import VERBS, parser
from proxy.commands.tree import Option, read
from proxy.config.snippets import snippets

TREE = read(parser())


def command(*path):
    return next(each for each in TREE.walk() if each.path == path)


def option(name, *path):
    return next(each for each in command(*path).options if name in each.names)


def test_every_verb_is_a_command_with_its_help():
    assert [each.path for each in TREE.commands] == [(verb.name,) for verb in VERBS.values()]
    assert [each.help for each in TREE.commands] == [verb.help for verb in VERBS.values()]


def test_commands_within_commands_are_found():
    assert command("config", "show").path == ("config", "show")


def test_an_option_says_what_follows_it():
    assert option("--reload", "serve").takes is False
    assert option("--listen", "serve") == Option(
        ("--listen",),
        "the address to listen on (default: server.listen)",
        takes=True,
        value="HOST:PORT",
    )
    assert option("--config", "serve").files
    assert option("--format", "check").words == ("text", "json")


def test_help_is_filled_in():
    assert option("--format", "check").help.endswith("(default: text)")
    assert option("--format", "check").value == "text|json"


def test_values_that_are_known_here_are_offered_too():
    (tool,) = [each for each in command("snippets").options if not each.names]

    assert tool.words == tuple(snippets())
    assert "cut_mid_stream" in option("--only", "conformance").words
    assert option("--key-env", "conformance").words == ()


def test_a_value_by_itself_may_be_a_file():
    (file,) = [each for each in command("init").options if not each.names]

    assert file.files


def test_a_parser_without_help_has_commands_without_help():
    top = argparse.ArgumentParser()
    top.add_subparsers().add_parser("one")

    assert [each.help for each in read(top).commands] == [""]
