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
        (["--verison"], "unknown: '--verison'; did you mean '--version'?", "firstbyte"),
        (["keys", "create", "--tema", "a"], "did you mean '--team'?", "firstbyte keys create"),
        (["keys", "--hlep"], "unknown: '--hlep'; did you mean '--help'?", "firstbyte keys"),
        (["teams", "show", "a", "--jsn"], "did you mean '--json'?", "firstbyte teams show"),
    ],
)
def test_a_word_that_is_nearly_one_of_ours_is_told_with_the_one_that_was_meant(
    capsys, words, said, where
):
    err = refused(capsys, *words)

    assert said in err
    assert err.endswith(f"`{where} --help` says more\n")


def test_a_word_that_is_near_to_none_is_told_with_all_that_there_are(capsys):
    assert "it is one of ready, live\n" in refused(capsys, "probe", "xyz")


def test_a_strange_option_is_refused_with_the_usage_of_its_own_command(capsys):
    assert "usage: firstbyte serve " in refused(capsys, "serve", "--nothing-like-it")


def test_what_is_missing_is_told_where_nothing_was_mistyped(capsys):
    assert "error: the following arguments are required: --team\n" in refused(
        capsys, "keys", "create", "--nam", "a"
    )
    assert "are required: ACTION\n" in refused(capsys, "keys")


def test_a_key_that_was_pasted_among_the_words_is_not_shown(capsys):
    key = "sk-proj-0123456789abcdefghijklmnopqrstuvwxyz"

    assert key not in refused(capsys, "check", key)
    assert key not in refused(capsys, key)
