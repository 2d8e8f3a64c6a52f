import random
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.config.schema import Limits
from proxy.core.errors import Kind, ProxyError
from proxy.core.shape import Capabilities, ChatRequest, Target
from proxy.route.circuit import IN_A_ROW, OPEN_FIRST
from proxy.route.exhausted import OVER
from proxy.route.health import REFUSED, Health, NoAdvice
from proxy.route.plan import Candidate, Plan, Step
from proxy.route.way import Way, session_of

START = 1000.0


def candidate(name, **details):
    return Candidate(Target(name, "m", "openai", "http://x", **details), Limits())


def plan(*steps):
    made = tuple(Step((step,) if isinstance(step, Candidate) else tuple(step)) for step in steps)
    return Plan("chat", "chat", made, 600.0, 9, frozenset(), "served")


def request(**body):
    return ChatRequest(body={"messages": [], **body})


def health():
    return Health(lambda: 0.5)


def sick(records, one, now=START):
    for _ in range(IN_A_ROW):
        entry = records.enter(one.target, now)
        records.failed(entry, ProxyError(Kind.RESET, "reset"), now)
        records.ended(entry)


def walk(way, now=START):
    names = []
    while (one := way.next(now)) is not None:
        names.append(one.target.provider)
    return names


def way_of(the_plan, records=None, asked=None, draw=lambda: 0.0):
    return Way(the_plan, asked or request(), records or health(), draw)


def test_steps_come_in_order_and_each_once():
    way = way_of(plan(candidate("a"), candidate("b"), candidate("c")))

    assert walk(way) == ["a", "b", "c"]
    assert way.is_last
    assert way.skipped == []


def test_who_is_given_back_comes_again_after_everybody_else():
    a = candidate("a")
    way = way_of(plan(a, candidate("b"), candidate("c")))
    way.next(START)
    way.give_back(a)

    assert walk(way) == ["b", "c", "a"]


def test_all_equals_of_a_step_come_before_the_next_step():
    way = way_of(plan([candidate("a"), candidate("b")], candidate("c")))

    names = walk(way)

    assert set(names[:2]) == {"a", "b"}
    assert names[2:] == ["c"]


def test_who_is_unfit_is_passed_over_and_told():
    records, a, b = health(), candidate("a"), candidate("b")
    sick(records, a)
    way = way_of(plan(a, b), records)

    assert way.next(START).target.provider == "b"
    ((name, error),) = way.skipped
    assert (name, error.kind, error.retry_after) == ("a/m", Kind.CIRCUIT_OPEN, OPEN_FIRST)


def skipped(records, a, *steps, now=START):
    """The one failure of a call that goes past a target."""
    way = way_of(plan(a, *steps), records)
    way.next(now)
    ((_, error),) = way.skipped
    return error


def passed_over(records, a, *steps, now=START):
    """What is said of the one target that a call goes past."""
    return skipped(records, a, *steps, now=now).message


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        (Kind.AUTH, "its key was refused lately, and rests for another 300 s"),
        (Kind.QUOTA, "its key had no quota left lately, and rests for another 300 s"),
        (Kind.PERMISSION, "its key was refused for this model lately, and rests for another 300 s"),
        (Kind.NOT_FOUND, "its model was not found lately, and rests for another 300 s"),
        (Kind.RATE_LIMIT, "it limited its callers lately and rests for another 9 s"),
        (Kind.RESET, "it failed lately and rests for another 5 s"),
    ],
)
def test_who_is_passed_over_is_told_by_what_rests(kind, said):
    records, a = health(), candidate("a")
    for _ in range(IN_A_ROW):
        entry = records.enter(a.target, START)
        records.failed(entry, ProxyError(kind, "no", status=500, retry_after=9.0), START)
        records.ended(entry)

    assert passed_over(records, a, candidate("b")) == f"not asked: {said}"


@pytest.mark.parametrize(
    ("kind", "cause"),
    [
        (Kind.AUTH, Kind.AUTH),
        (Kind.NOT_FOUND, Kind.NOT_FOUND),
        (Kind.RATE_LIMIT, Kind.RATE_LIMIT),
        (Kind.RESET, None),
    ],
)
def test_who_rests_from_a_refusal_says_which_and_who_failed_does_not(kind, cause):
    records, a = health(), candidate("a")
    for _ in range(IN_A_ROW):
        entry = records.enter(a.target, START)
        records.failed(entry, ProxyError(kind, "no", status=500, retry_after=9.0), START)
        records.ended(entry)

    assert skipped(records, a, candidate("b")).cause is cause


def test_a_target_that_never_failed_is_not_blamed_for_its_key():
    records = health()
    guilty, innocent = (Candidate(Target("a", m, "openai", "http://x"), Limits()) for m in "mn")
    records.failed(records.enter(guilty.target, START), ProxyError(Kind.AUTH, "no"), START)

    said = "not asked: its key was refused lately, and rests for another 300 s"
    assert passed_over(records, innocent, candidate("b")) == said


@pytest.mark.parametrize(
    ("thing", "said"),
    [
        ("a#", "its key was refused lately, and rests for another 30 s"),
        ("a/m", "it failed lately and rests for another 30 s"),
    ],
)
def test_what_replicas_say_rests_is_told_by_what_they_name(thing, said):
    class Others(NoAdvice):
        until = START + REFUSED

        def heard(self, asked):
            return 30.0 if asked == thing else 0.0

    records = Health(lambda: 0.5, Others())

    assert passed_over(records, candidate("a"), candidate("b")) == f"not asked: {said}"


def test_a_circuit_that_is_open_for_longer_than_the_cool_down_is_what_is_told():
    records, a = health(), candidate("a")
    records.failed(
        records.enter(a.target, START), ProxyError(Kind.RATE_LIMIT, "no", retry_after=1.0), START
    )
    sick(records, a)

    said = f"not asked: it failed lately and rests for another {OPEN_FIRST:.0f} s"
    assert passed_over(records, a, candidate("b")) == said


def test_after_a_failure_nobody_unfit_is_tried():
    records, a, b = health(), candidate("a"), candidate("b")
    sick(records, b)

    assert walk(way_of(plan(a, b), records)) == ["a"]


def test_where_nobody_is_fit_the_one_free_soonest_is_tried_anyway():
    records, a, b = health(), candidate("a"), candidate("b")
    sick(records, b, START - 2)
    sick(records, a, START)

    assert walk(way_of(plan(a, b), records)) == ["b"]


def test_a_slow_start_passes_part_of_the_calls_on():
    records, a, b = health(), candidate("a"), candidate("b")
    sick(records, a, START - 10)
    entry = records.enter(a.target, START)
    records.spoke(entry, START)
    records.ended(entry)

    patient = way_of(plan(a, b), records, draw=lambda: 0.5)
    lucky = way_of(plan(a, b), records, draw=lambda: 0.05)

    assert patient.next(START).target.provider == "b"
    assert [error.kind for _, error in patient.skipped] == [Kind.CIRCUIT_OPEN]
    assert walk(patient) == ["a"]
    assert patient.skipped == []
    assert walk(lucky) == ["a", "b"]


def test_a_target_that_cannot_serve_is_left_out_and_told():
    plain = candidate("a", capabilities=Capabilities(tools=False))
    tools = request(tools=[{"type": "function", "function": {"name": "f"}}])

    way = way_of(plan(plain, candidate("b")), asked=tools)

    assert walk(way) == ["b"]
    ((name, error),) = way.skipped
    assert (name, error.kind) == ("a/m", Kind.UNSUPPORTED)


def test_beside_gives_somebody_fit_whose_budget_allows_it():
    records, a, b = health(), candidate("a"), candidate("b")
    way = way_of(plan(a, b), records)
    way.next(START)

    refused = way.beside(a, START, lambda *_: False)
    granted = way.beside(a, START, lambda *_: True)

    assert (refused, granted.target.provider) == (None, "b")
    assert way.beside(a, START, lambda *_: True) is None


def keys_of(name, *keys):
    return [candidate(name, credential=key) for key in keys]


def walked(way, kind, attempts=9):
    """Who is asked in turn, each with its key, where all fail in the same way."""
    asked = []
    while (one := way.next(START)) is not None:
        asked.append(f"{one.target.provider}{one.target.credential}")
        way.go_past(one, ProxyError(kind, "no"), attempts - len(asked))
    return asked


@pytest.mark.parametrize(
    ("kind", "asked"),
    [
        (Kind.AUTH, ["a1", "a2", "a3", "b"]),
        (Kind.RATE_LIMIT, ["a1", "a2", "a3", "b"]),
        (Kind.CONNECT, ["a1", "b", "a2", "a3"]),
        (Kind.OVERLOADED, ["a1", "b", "a2", "a3"]),
        (Kind.CONNECT_TIMEOUT, ["a1", "b"]),
        (Kind.FIRST_BYTE_TIMEOUT, ["a1", "b"]),
        (Kind.IDLE_TIMEOUT, ["a1", "b"]),
    ],
)
def test_another_key_of_a_target_comes_before_others_only_where_the_key_may_be_at_fault(
    kind, asked
):
    way = way_of(plan(keys_of("a", "1", "2", "3"), candidate("b")))

    assert walked(way, kind) == asked


@pytest.mark.parametrize("kind", [Kind.RATE_LIMIT, Kind.FIRST_BYTE_TIMEOUT])
def test_where_nobody_else_is_left_a_targets_keys_are_asked_in_turn(kind):
    assert walked(way_of(plan(keys_of("a", "1", "2"))), kind) == ["a1", "a2"]


def test_no_key_of_a_target_takes_the_attempt_of_a_step():
    way = way_of(plan(keys_of("a", *"12345"), candidate("b"), candidate("c")))

    assert walked(way, Kind.RATE_LIMIT, attempts=4)[:4] == ["a1", "a2", "b", "c"]


def test_the_last_target_is_nobodys_before_though_a_key_in_reserve_is_tried_behind_it():
    way = way_of(plan(keys_of("a", "1", "2"), candidate("b")))
    way.go_past(way.next(START), ProxyError(Kind.RESET, "reset"), 3)

    assert way.next(START).target.provider == "b"
    assert (way.has_next(START, START), way.is_last) == (False, False)
    assert (way.next(START).target.credential, way.is_last) == ("2", True)


def test_equals_that_are_other_targets_keep_their_place_and_so_does_a_later_step():
    again = candidate("a", credential="9")
    way = way_of(plan([*keys_of("a", "1", "2"), candidate("b")], candidate("c"), again))

    assert walked(way, Kind.RESET) == ["a1", "b", "c", "a9", "a2"]


def test_a_key_in_reserve_that_rests_is_not_asked():
    records, (first, second) = health(), keys_of("a", "1", "2")
    sick(records, second)

    assert walked(way_of(plan([first, second], candidate("b")), records), Kind.RESET) == ["a1", "b"]


@pytest.mark.parametrize(
    ("by", "is_one"),
    [(OPEN_FIRST - 1, False), (OPEN_FIRST + 1, True), (-1, False)],
    ids=["while it rests", "behind its rest", "over by now"],
)
def test_who_rests_is_a_next_one_only_behind_its_rest(by, is_one):
    records, resting = health(), candidate("a")
    sick(records, resting)

    assert way_of(plan(resting), records).has_next(START, START + by) is is_one


def test_who_is_free_is_a_next_one_also_when_the_clock_that_waits_for_it_strikes_late():
    assert way_of(plan(candidate("a"))).has_next(START, START - 0.1)


def test_beside_is_another_target_sooner_than_another_key_of_the_same():
    first, second = keys_of("a", "1", "2")
    way = way_of(plan([first, second], candidate("b")))
    way.go_on_with(first)

    beside = [way.beside(first, START, lambda *_: True) for _ in range(3)]

    assert [one and one.target.provider + one.target.credential for one in beside] == [
        "b",
        "a2",
        None,
    ]


@pytest.mark.parametrize(
    ("body", "session"),
    [
        ({"prompt_cache_key": "k", "user": "u"}, "k"),
        ({"user": "u"}, "u"),
        ({"prompt_cache_key": "", "user": 7}, ""),
        ({}, ""),
    ],
)
def test_a_session_is_the_cache_key_or_the_user(body, session):
    assert session_of(request(**body)) == session


@given(
    st.lists(st.integers(1, 4), min_size=1, max_size=5),
    st.sets(st.integers(0, 19)),
    st.integers(0, 2**32),
)
def test_a_way_always_ends_and_no_unfit_one_comes_while_a_fit_one_stands(sizes, ill, seed):
    records, number, steps, unfit = health(), 0, [], set()
    for size in sizes:
        step = []
        for _ in range(size):
            one = candidate(f"t{number}")
            if number in ill:
                sick(records, one)
                unfit.add(f"t{number}")
            step.append(one)
            number += 1
        steps.append(step)

    names = walk(way_of(plan(*steps), records, draw=random.Random(seed).random))

    everybody = {f"t{n}" for n in range(number)}
    assert len(names) == len(set(names))
    if unfit == everybody:
        assert len(names) == 1
    else:
        assert set(names) == everybody - unfit


def test_a_target_that_has_no_more_is_passed_over_and_named():
    one = Candidate(Target("a", "m", "openai", "http://x"), Limits(rpm=30))
    way = way_of(replace(plan(one, candidate("b")), over=frozenset({"a/m"})))
    names = walk(way)
    ((name, error),) = way.skipped

    assert (names, name) == (["b"], "a/m")
    assert (error.kind, error.code, error.retry_after) == (Kind.RATE_LIMIT, OVER, 2.0)


def test_where_every_target_has_no_more_nobody_is_asked():
    way = way_of(replace(plan(candidate("a")), over=frozenset({"a/m"})))

    assert walk(way) == []
    assert [error.retry_after for _, error in way.skipped] == [1.0]


def test_equals_of_one_that_has_no_more_are_asked():
    one, other = candidate("a"), candidate("b")
    way = way_of(replace(plan((one, other)), over=frozenset({"a/m"})))

    assert walk(way) == ["b"]


def test_who_is_tried_already_does_not_come_again():
    records = health()
    first, second = candidate("a"), candidate("b")
    way = Way(plan(first, second), request(), records, random.Random(1).random)
    way.go_on_with(first)

    assert (way.is_last, way.steps_left, way.skipped) == (False, 1, [])
    assert walk(way) == ["b"]


def test_who_is_tried_already_was_somebody_so_that_nobody_unfit_is_tried_for_want_of_others():
    records = health()
    first, second = candidate("a"), candidate("b")
    sick(records, second)
    way = Way(plan(first, second), request(), records, random.Random(1).random)
    way.go_on_with(first)

    assert walk(way) == []
    assert [name for name, _ in way.skipped] == ["b/m"]
