"""The scripts, in the shells that are here. What only bash can show is shown there; the others say the same words."""

import re
import shutil
import subprocess

import pytest

from proxy.cli import parser
from proxy.commands.shells import SHELLS
from proxy.commands.tree import read
from tests.support.turns import HANGS

TREE = read(parser())
SCRIPTS = {name: write(TREE) for name, write in SHELLS.items()}
HERE = [name for name in SHELLS if shutil.which(name)]
COMMANDS = [" ".join(each.path) for each in TREE.walk() if each.path]
OPTIONS = [
    (" ".join(each.path), name)
    for each in TREE.walk()
    for option in each.options
    for name in option.names
]


def offered(line, folder):
    """What bash offers at the end of a line, by its own rules."""
    script = f"""
        {SCRIPTS["bash"]}
        COMP_WORDS=({line}); COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1))
        _firstbyte
        printf '%s\\n' "${{COMPREPLY[@]}}"
    """
    ran = subprocess.run(
        ["bash", "--norc", "-c", script], cwd=folder, capture_output=True, text=True, check=True
    )

    assert ran.stderr == ""
    return ran.stdout.split()


@pytest.mark.parametrize("shell", HERE)
def test_a_script_is_well_formed(shell, tmp_path):
    script = tmp_path / "script"
    script.write_text(SCRIPTS[shell])
    checked = subprocess.run(
        [shell, "-n", script], capture_output=True, text=True, check=False, timeout=HANGS
    )

    assert (checked.returncode, checked.stderr) == (0, "")


def test_bash_is_among_the_shells_that_are_here():
    assert "bash" in HERE


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("firstbyte che", ["check"]),
        ("firstbyte config ''", ["show", "-h", "--help"]),
        ("firstbyte serve --re", ["--reload"]),
        ("firstbyte config show --fo", ["--format"]),
        ("firstbyte config show --format ''", ["yaml", "json"]),
        ("firstbyte snippets cur", ["curl", "cursor"]),
        ("firstbyte probe ''", ["-h", "--help", "--url", "--timeout", "--config", "--profile"]),
        ("firstbyte serve --config fir", ["firstbyte.yaml"]),
        ("firstbyte init fir", ["firstbyte.yaml"]),
        ("firstbyte serve --profile ''", []),
        # What follows an option is its value, whatever it looks like.
        ("firstbyte serve --profile check --re", ["--reload"]),
        ("firstbyte nothing-like-it --re", []),
    ],
)
def test_bash_offers_what_may_follow(line, words, tmp_path):
    (tmp_path / "firstbyte.yaml").write_text("")
    (tmp_path / "other.yaml").write_text("")

    found = offered(line, tmp_path)

    assert [word for word in found if word not in {"ready", "live"}] == words


def test_bash_offers_every_command(tmp_path):
    assert set(offered("firstbyte ''", tmp_path)) >= {each.path[0] for each in TREE.commands}


@pytest.mark.parametrize("shell", ["bash", "zsh"])
def test_every_command_and_every_option_is_in_the_script(shell):
    arms = dict(
        re.findall(
            r"^        '([^']*)'\) (.*) ;;$", SCRIPTS[shell].split('case "$at" in')[1], re.MULTILINE
        )
    )

    assert set(arms) == {"", *COMMANDS}
    assert [(at, name) for at, name in OPTIONS if name not in arms[at]] == []


def test_every_command_and_every_option_is_in_fishs_script():
    said = SCRIPTS["fish"]
    missing = [
        (at, name)
        for at, name in OPTIONS
        if not re.search(
            rf"-n '{' '.join(filter(None, ('__firstbyte_at', at)))}' .*"
            rf"-{'l' if name.startswith('--') else 's'} {name.lstrip('-')}\b",
            said,
        )
    ]

    assert missing == []
    assert re.findall(r"-n '__firstbyte_at' -a (\S+)", said) == [
        each.path[0] for each in TREE.commands
    ]


def test_a_help_text_with_quotes_stays_one_word_of_the_script():
    assert "doctor" in SCRIPTS["zsh"]
    assert r"provider'\''s" in SCRIPTS["zsh"]
    assert r"provider\'s" in SCRIPTS["fish"]
    assert "%(default)s" not in "".join(SCRIPTS.values())
