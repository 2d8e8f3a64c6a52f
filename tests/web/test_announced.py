"""Which headers of a caller go on, and how long it says that it waits."""

import pytest

from proxy.web.announced import FORWARDED, cache_wish, forwarded, passed, patience


def test_the_headers_of_the_list_go_on_as_they_are():
    sent = [(name, b"1-" + name) for name in sorted(FORWARDED)]

    assert forwarded(sent) == tuple(
        (name.decode(), f"1-{name.decode()}") for name in sorted(FORWARDED)
    )


@pytest.mark.parametrize(
    "name",
    [
        b"authorization",
        b"x-api-key",
        b"cookie",
        b"host",
        b"via",
        b"x-forwarded-for",
        b"x-stainless-timeout",
        b"anthropic-beta-more",
    ],
)
def test_no_other_header_goes_on(name):
    assert forwarded([(name, b"x")]) == ()


def test_a_header_that_came_twice_goes_on_twice_in_order():
    sent = [(b"anthropic-beta", b"a"), (b"cookie", b"x"), (b"anthropic-beta", b"b")]

    assert forwarded(sent) == (("anthropic-beta", "a"), ("anthropic-beta", "b"))


def test_bytes_that_are_no_ascii_go_on_unchanged():
    [(_, value)] = forwarded([(b"anthropic-beta", b"caf\xe9\xff")])

    assert value.encode("latin-1") == b"caf\xe9\xff"


def test_where_a_request_has_been_is_one_list_over_all_its_lines():
    sent = [(b"via", b"1.0 a,1.1 b"), (b"cookie", b"x"), (b"via", b""), (b"via", b" 1.1 c ,")]

    assert list(passed(sent)) == ["1.0 a", "1.1 b", "1.1 c"]


@pytest.mark.parametrize(
    ("name", "value", "seconds"),
    [
        (b"x-request-timeout-ms", b"1500", 1.5),
        (b"x-stainless-timeout", b"30", 30.0),
        (b"x-stainless-timeout", b" 30.5 ", 30.5),
        (b"x-stainless-read-timeout", b"0.25", 0.25),
    ],
)
def test_each_header_has_its_unit(name, value, seconds):
    assert patience([(name, value)]) == pytest.approx(seconds)


def test_the_least_that_is_announced_counts():
    headers = [
        (b"x-stainless-timeout", b"60"),
        (b"x-request-timeout-ms", b"20000"),
        (b"x-stainless-read-timeout", b"45"),
    ]

    assert patience(headers) == 20.0


@pytest.mark.parametrize(
    "value",
    [
        b"",
        b"soon",
        b"nan",
        b"inf",
        b"-inf",
        b"0",
        b"-1",
        b"1e999",
        b"\xff",
        b"3,4",
        b"0x10",
        b"None",
    ],
)
def test_what_is_no_time_is_not_announced(value):
    assert patience([(b"x-stainless-timeout", value)]) is None
    assert patience([(b"x-stainless-timeout", value), (b"x-stainless-read-timeout", b"9")]) == 9.0


def test_who_announces_nothing_has_no_end_to_its_patience():
    assert patience([]) is None
    assert patience([(b"x-timeout", b"5")]) is None


@pytest.mark.parametrize(
    ("values", "wish"),
    [
        ([], ""),
        ([b"max-age=0"], ""),
        ([b"no-cache"], "refresh"),
        ([b"max-age=0, No-Cache"], "refresh"),
        ([b"no-cache", b"no-store"], "off"),
        ([b" no-store ,no-cache"], "off"),
        ([b"xno-store"], ""),
    ],
)
def test_what_is_wanted_of_a_cache_is_read(values, wish):
    headers = [(b"pragma", b"no-cache"), *((b"cache-control", value) for value in values)]

    assert cache_wish(headers) == wish
