"""docs/commands.md is what the command line says of itself, and the other pages name no command that is not there."""

import re
from pathlib import Path

import pytest

from proxy.cli import parser
from proxy.commands.tree import read
from tests.support.commands_page import PAGE, page

REPO = Path(__file__).parents[1]
TREE = read(parser())
PAGES = [*REPO.glob("*.md"), *(REPO / "docs").rglob("*.md")]
NAMED = re.compile(r"firstbyte ((?:[a-z]+ ?)+)((?:--[a-z-]+)?)")


def known(words):
    """Whether the words, up to the first that is a value, are a command."""
    at = TREE
    for word in words:
        below = {each.path[-1]: each for each in at.commands}
        if word not in below:
            return at is not TREE and not at.commands
        at = below[word]
    return True


def test_the_page_is_what_the_commands_say():
    assert PAGE.read_text() == page(), "write it anew: python -m tests.support.commands_page"


def test_every_command_has_its_section():
    headings = re.findall(r"^#+ firstbyte (.+)$", page(), re.MULTILINE)

    assert headings == [" ".join(each.path) for each in TREE.walk() if each.path]


@pytest.mark.parametrize("document", PAGES, ids=lambda path: path.relative_to(REPO).as_posix())
def test_every_command_that_a_page_names_is_there(document):
    spans = re.findall(r"`(firstbyte [^`\n]+)`", document.read_text())
    blocks = re.findall(r"^(?:\$ |\.venv/bin/)?(firstbyte .+)$", document.read_text(), re.MULTILINE)
    named = [NAMED.match(each) for each in (*spans, *blocks)]
    unknown = [each[0] for each in named if each and not known(each[1].split())]

    assert unknown == []


def test_a_command_that_is_not_there_would_be_noticed():
    assert known(["serve"])
    assert known(["explain", "chat"])
    assert known(["config", "show"])
    assert not known(["sreve"])
    assert not known(["config", "hide"])
