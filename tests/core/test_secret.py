import pytest

from proxy.core.secret import Secret

KEY = "sk-canary-0123456789abcd"


@pytest.mark.parametrize("shown", [str(Secret(KEY)), repr(Secret(KEY)), f"{Secret(KEY)}"])
def test_a_secret_shows_its_last_four_characters_at_most(shown):
    assert shown == "Secret(…abcd)"


def test_a_short_secret_shows_nothing():
    assert Secret("elevenchars").hint == "…"
    assert Secret("twelve-chars").hint == "…hars"


def test_a_secret_is_revealed_only_by_name():
    assert Secret(KEY).reveal() == KEY


def test_secrets_compare_by_value():
    assert Secret(KEY) == Secret(KEY)
    assert Secret(KEY) != Secret(KEY + "x")
    assert Secret(KEY) != KEY
    assert len({Secret(KEY), Secret(KEY)}) == 1
    assert Secret(KEY).matches(KEY)
    assert not Secret(KEY).matches("é")


def test_an_empty_secret_is_false():
    assert not Secret("")
    assert Secret("x")
