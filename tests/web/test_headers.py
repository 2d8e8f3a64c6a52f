"""What the head of an answer says of its call."""

import sys

import pytest

from proxy.core.errors import Kind, Tried
from proxy.gate.answers import HIT, Entry
from proxy.gate.cache import Kept
from proxy.web.call import Call
from proxy.web.headers import MAX_HEADER, ascii_of, attempt_headers, head_of

SKIPPED = Tried("a/m", Kind.CIRCUIT_OPEN, None, None, 0.0, skipped=True)
FAILED = Tried("b/m", Kind.OVERLOADED, 529, "busy_now", 12.5)
SERVED = Tried("c/m", None, None, None, 40.0)


def call(**known):
    return Call("req_1", 100.0, "chat", **known)


def head(one, now=100.05, passed=None):
    return {
        name.decode("latin-1"): value.decode("latin-1")
        for name, value in head_of(one, "application/json", now, passed or {})
    }


def test_what_the_cache_did_is_told_and_who_gave_the_answer_before():
    told = head(call(entry=Entry(HIT, Kept("b/m"))))

    assert (told["x-firstbyte-cache"], told["x-firstbyte-target"]) == ("hit", "b/m")


def test_a_call_without_a_cache_tells_of_none():
    assert "x-firstbyte-cache" not in head(call())


def test_who_was_passed_over_is_named_and_not_counted():
    one = call(tried=(SKIPPED, FAILED, SERVED))

    assert dict(attempt_headers(one.tried)) == {
        b"x-firstbyte-attempts": b"2",
        b"x-firstbyte-cascade": b"a/m=circuit_open, b/m=overloaded, c/m=served",
    }


def test_the_head_says_what_and_who():
    told = head(call(target="c/m", tried=(SERVED,)))

    assert told["content-type"] == "application/json"
    assert told["x-firstbyte-target"] == "c/m"
    assert told["x-firstbyte-attempts"] == "1"
    assert "x-firstbyte-dropped" not in told


def test_our_own_time_is_what_the_upstreams_leave_of_it():
    assert head(call(upstream_ms=30.0))["server-timing"] == "proxy;dur=20.0, upstream;dur=30.0"


def test_our_own_time_is_never_below_nothing():
    assert head(call(upstream_ms=80.0))["server-timing"] == "proxy;dur=0.0, upstream;dur=80.0"


def test_what_a_target_does_not_take_is_told():
    assert head(call(dropped=("seed", "top_k")))["x-firstbyte-dropped"] == "seed, top_k"


def test_only_a_providers_limits_pass():
    passed = {
        "x-ratelimit-remaining-requests": "9",
        "anthropic-ratelimit-tokens-limit": "caf\xe9",
        "openai-processing-ms": "12",
        "openai-organization": "acme",
        "set-cookie": "a=b",
        "content-length": "7",
    }
    told = head(call(), passed=passed)

    assert passed.keys() & told.keys() == {
        "x-ratelimit-remaining-requests",
        "anthropic-ratelimit-tokens-limit",
        "openai-processing-ms",
    }
    assert told["anthropic-ratelimit-tokens-limit"] == "caf\xe9"


@pytest.mark.parametrize(
    "name", ["a\r\nx-evil: 1", "a\nb", "a\0b", "a\tb", "a\x7fb", "caf\xe9\u2603"]
)
def test_no_name_can_break_out_of_a_header(name):
    one = call(target=name, tried=(Tried(name, None, None, None, 0.0),), dropped=(name,))
    values = [value for _, value in head_of(one, "application/json", 100.0, {})]

    assert all(0x20 <= byte <= 0x7E for value in values for byte in value)


def test_a_header_has_an_end_however_long_the_names():
    assert ascii_of("x" * 5000) == b"x" * MAX_HEADER
    assert ascii_of("\u2603ok ~") == b"?ok ~"


def test_a_name_of_any_length_is_not_remembered():
    name = "x" * 100_000
    one = call(tried=(Tried(name, None, None, None, 0.0),))
    before = sys.getrefcount(name)
    ascii_of(name)
    told = attempt_headers(one.tried)

    assert told[1] == (b"x-firstbyte-cascade", b"x" * MAX_HEADER)
    assert sys.getrefcount(name) == before
