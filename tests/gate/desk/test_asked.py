import pytest

from proxy.core.errors import Kind, ProxyError
from proxy.gate.desk.asked import Asked, not_there, taken


def test_a_query_that_says_nothing_has_defaults():
    asked = Asked()

    assert (asked.limit, asked.cursor, asked.moment("from", 7.0)) == (100, "", 7.0)


def test_a_query_is_read():
    asked = Asked(query={"limit": "5", "cursor": "c", "from": "1970-01-02"})

    assert (asked.limit, asked.cursor, asked.moment("from", 0.0)) == (5, "c", 86_400.0)


@pytest.mark.parametrize("limit", ["0", "1001", "-1", "x", "", "1.5", "²", "9" * 5000])
def test_a_limit_is_a_count(limit):
    with pytest.raises(ProxyError) as caught:
        _ = Asked(query={"limit": limit}).limit

    assert caught.value.param == "limit"


def test_what_is_no_moment_is_refused():
    with pytest.raises(ProxyError) as caught:
        Asked(query={"from": "soon"}).moment("from", 0.0)

    assert caught.value.param == "from"


def test_a_mistyped_filter_is_refused_because_it_would_show_everything():
    with pytest.raises(ProxyError) as caught:
        Asked(query={"team": "acme"}).only("team_id", "limit")

    assert "did you mean 'team_id'?" in caught.value.message


def test_what_is_not_there_and_what_is_taken_say_so_by_status():
    assert (not_there("team", "x").kind, not_there("team", "x").code) == (
        Kind.MISSING,
        "team_not_found",
    )
    assert (taken("team", "x").kind, taken("team", "x").code) == (Kind.CONFLICT, "team_exists")


def test_what_something_new_should_belong_to_is_told_with_how_it_is_made():
    assert not_there("team", "x").message == "There is no team 'x'."
    assert not_there("team", "x", "team_id").message == (
        "There is no team 'x'. `firstbyte teams create` makes one."
    )


def test_a_key_in_place_of_an_id_is_described():
    there = "a text of 14 characters that looks like a key"

    assert not_there("key", "sk-proj-SECRET").message == (
        f"There is no key of this id, {there}. "
        "Give the key's id, which begins with `key_`; a list of keys shows it."
    )
    assert not_there("team", "sk-proj-SECRET").message == f"There is no team of this id, {there}."
    assert taken("team", "sk-proj-SECRET").message.startswith(f"There is a team {there} already.")
