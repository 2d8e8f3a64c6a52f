import pytest

from proxy.cli import main


def refused(capsys, *words):
    with pytest.raises(SystemExit) as caught:
        main(list(words))

    assert caught.value.code == 2
    return capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "said", "where"),
    [
        (["serv"], "there is no 'serv'; did you mean 'serve'?", "firstbyte"),
        (["keys", "creat"], "there is no 'creat'; did you mean 'create'?", "firstbyte keys"),
        (["probe", "redy"], "there is no 'redy'; did you mean 'ready'?", "firstbyte probe"),
        (["serve", "--lisen=x"], "unknown: '--lisen'; did you mean '--listen'?", "firstbyte serve"),
        (["keys", "--hlep"], "unknown: '--hlep'; did you mean '--help'?", "firstbyte keys"),
        (["teams", "show", "a", "--jsn"], "did you mean '--json'?", "firstbyte teams show"),
        (["--versoin"], "unknown: '--versoin'; did you mean '--version'?", "firstbyte"),
        (["keys", "create", "--taem=x"], "did you mean '--team'?", "firstbyte keys create"),
    ],
)
def test_a_word_that_is_nearly_one_of_ours_is_told_with_the_one_that_was_meant(
    capsys, words, said, where
):
    err = refused(capsys, *words)

    assert said in err
    assert err.endswith(f"`{where} --help` says more\n")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["serve", "--port", "4000"], "unknown: '--port'; did you mean '--listen HOST:PORT'?"),
        (["serve", "--host=0.0.0.0"], "unknown: '--host'; did you mean '--listen HOST:PORT'?"),
        (["serve", "--watch"], "unknown: '--watch'; did you mean '--reload'?"),
        (["teams", "credits", "a", "5", "--reason", "x"], "did you mean '--note TEXT'?"),
    ],
)
def test_what_other_servers_call_an_option_is_told_with_ours_where_the_command_has_it(
    capsys, words, said
):
    assert said in refused(capsys, *words)
    assert "--listen" not in refused(capsys, "check", "--port", "4000")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["start"], "there is no 'start'; did you mean 'serve'?"),
        (["validate"], "there is no 'validate'; did you mean 'check'?"),
        (["serve", "a.yaml"], "unknown: 'a.yaml'; did you mean '--config' before 'a.yaml'?"),
        (["check", "--port", "1"], "unknown: '--port'\n"),
        (["completion", "bash", "a.yaml"], "unknown: 'a.yaml'\n"),
    ],
)
def test_what_is_elsewhere_another_word_is_no_riddle_here(capsys, words, said):
    assert said in refused(capsys, *words)


@pytest.mark.parametrize(
    "words", [["--config", "a.yaml"], ["--config", "a.yaml", "serve"], ["--config=a.yaml"]]
)
def test_an_option_before_the_command_is_told_where_it_stands(capsys, words):
    err = refused(capsys, *words)

    assert "unknown: '--config'; options stand behind a command: `firstbyte COMMAND --opt" in err
    assert "there is no" not in err


def test_what_stands_behind_a_wrong_command_is_not_to_blame(capsys):
    assert "there is no 'serv'" in refused(capsys, "serv", "--config", "a.yaml")
    assert "it is one of text, json" in refused(capsys, "check", "--format", "xml")


def test_a_word_that_is_near_to_none_is_told_with_all_that_there_are(capsys):
    assert "it is one of ready, live\n" in refused(capsys, "probe", "xyz")


def test_a_strange_option_is_refused_with_the_usage_of_its_own_command(capsys):
    assert "usage: firstbyte serve " in refused(capsys, "serve", "--nothing-like-it")


def test_what_is_missing_is_told_where_every_option_is_one_of_ours_or_shortened(capsys):
    for words in (["keys", "create"], ["keys", "create", "--nam", "x"]):
        assert "required: --team\n" in refused(capsys, *words)


def test_a_key_that_was_pasted_among_the_words_is_not_shown(capsys):
    key = "sk-proj-0123456789abcdefghijklmnopqrstuvwxyz"

    assert key not in refused(capsys, "check", key)
    assert key not in refused(capsys, key)
