import re
from itertools import pairwise

import pytest

from proxy.core.errors import Kind
from proxy.core.facts import Outcome
from proxy.watch.sentence import MAX_NAME, sentence
from tests.support.told import ended, refused


def told(fact, **more):
    return sentence(fact, **more)


def test_a_person_reads_what_happened():
    line = told(ended())

    assert re.match(r"\d\d:\d\d:\d\d  served    200  first token 43 ms  ", line)
    assert "10+5 tokens" in line
    assert line.endswith("$0.0000125  chat  a/m=overloaded > b/m=served")


def test_what_is_always_there_stands_in_columns():
    calls = [
        ended(),
        ended(ttft_ms=None, usage=None),
        ended(ttft_ms=123456.0, duration_ms=9999999.0),
        ended(outcome=Outcome.CANCELLED, status=499, ttft_ms=0.25),
    ]
    begins = [told(call).index("$") for call in calls]

    assert all(one == other for one, other in pairwise(begins))
    assert {told(call).index("all ") for call in calls} == {told(calls[0]).index("all ")}


@pytest.mark.parametrize(
    ("ms", "text"),
    [
        (0.25, "0.2 ms"),
        (43.2, "43 ms"),
        (9999.0, "9999 ms"),
        (12345.0, "12.3 s"),
        (9_999_000.0, "9999 s"),
    ],
)
def test_a_time_is_as_long_as_it_has_to_be(ms, text):
    assert f"first token {text} " in told(ended(ttft_ms=ms))


def test_a_refused_call_says_why():
    line = told(refused())

    assert line.endswith("chat  unknown_model")
    assert "tokens" not in line
    assert "$" not in line
    assert "first token" not in line


def test_a_call_without_a_model_or_a_reason_still_reads():
    assert told(ended(asked="", attempts=(), kind=None)).endswith("(no model)")


def test_a_name_cannot_write_to_the_operators_terminal():
    line = told(ended(asked="\x1b[2Jevil\u202e\n"))

    assert "?[2Jevil??" in line
    assert line.isprintable()


def test_a_long_name_does_not_fill_the_terminal():
    assert "x" * (MAX_NAME - 1) + "…" in told(ended(asked="x" * 5000))
    assert len(told(ended(asked="x" * 5000))) < 250


@pytest.mark.parametrize(
    ("outcome", "colour"),
    [
        (Outcome.SERVED, 32),
        (Outcome.FAILED, 31),
        (Outcome.CUT, 31),
        (Outcome.CANCELLED, 33),
        (Outcome.REFUSED, 33),
    ],
)
def test_how_it_ended_has_its_colour_and_the_text_is_the_same(outcome, colour):
    fact = ended(outcome=outcome, kind=Kind.CONNECT)
    painted = told(fact, colour=True)

    assert f"\x1b[{colour}m{outcome.value}" in painted
    assert re.sub(r"\x1b\[\d+m", "", painted) == told(fact)
