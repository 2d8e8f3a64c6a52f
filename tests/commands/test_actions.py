import pytest

from tests.support.commands import shell as shell


def test_a_verb_of_verbs_says_which_there_are(shell, capsys):
    with pytest.raises(SystemExit) as caught:
        shell.run("keys")

    assert caught.value.code == 2
    assert "ACTION" in capsys.readouterr().err


def test_each_action_explains_itself(shell, capsys):
    with pytest.raises(SystemExit) as caught:
        shell.run("teams", "credits", "--help")

    assert caught.value.code == 0
    assert "give a team credits" in capsys.readouterr().out
