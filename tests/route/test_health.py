import math

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from proxy.core.errors import Kind, ProxyError
from proxy.core.shape import Target
from proxy.route import health as health_file
from proxy.route.circuit import IN_A_ROW, OPEN_FIRST, State
from proxy.route.health import P95_LEAST, RATE_MOST, REFUSED, Health, NoAdvice, Rest

START = 1000.0


def target(provider="p", model="m", **details):
    return Target(provider, model, "openai", "http://x", **details)


def failure(kind, **details):
    return ProxyError(kind, "it failed", **{"status": 500, **details})


def health(advice=None):
    return Health(lambda: 0.5, advice)


def fail(of, at, error, now=START):
    entry = of.enter(at, now)
    of.failed(entry, error, now)
    of.ended(entry)


def serve(of, at, now=START, wait=0.1):
    entry = of.enter(at, now)
    of.spoke(entry, now + wait)
    of.ended(entry)


def is_fit(of, at, now=START):
    return of.fitness(at, now).share > 0


def test_a_target_is_fit_until_something_speaks_against_it():
    assert is_fit(health(), target())


def test_five_failures_make_it_unfit_and_no_other():
    records = health()
    for _ in range(5):
        fail(records, target(), failure(Kind.SERVER_ERROR))

    assert not is_fit(records, target())
    assert is_fit(records, target(model="n"))
    assert records.fitness(target(), START).free_at == pytest.approx(START + 5)


def test_the_callers_failures_and_callers_who_left_do_nothing():
    records = health()
    for _ in range(50):
        fail(records, target(), failure(Kind.INVALID_REQUEST, status=400))
        fail(records, target(), ProxyError(Kind.UNSUPPORTED, "skipped"))
        entry = records.enter(target(), START)
        records.left(entry, START)
        records.ended(entry)

    assert is_fit(records, target())


@pytest.mark.parametrize("kind", [Kind.AUTH, Kind.QUOTA])
def test_a_refused_key_is_left_alone_at_all_models_and_other_keys_are_not(kind):
    records = health()
    fail(records, target(credential="k1"), failure(kind, status=401))

    assert not is_fit(records, target(credential="k1"))
    assert not is_fit(records, target(model="other", credential="k1"))
    assert is_fit(records, target(credential="k2"))
    assert is_fit(records, target(credential="k1"), START + REFUSED)


def test_a_refused_permission_is_the_keys_and_the_models():
    records = health()
    fail(records, target(credential="k1"), failure(Kind.PERMISSION, status=403))

    assert not is_fit(records, target(credential="k1"))
    assert is_fit(records, target(model="other", credential="k1"))


def test_a_model_that_is_not_there_is_left_alone_whatever_the_key():
    records = health()
    fail(records, target(credential="k1"), failure(Kind.NOT_FOUND, status=404))

    assert not is_fit(records, target(credential="k2"))
    assert is_fit(records, target(model="other"))


@pytest.mark.parametrize(
    ("kind", "part"),
    [
        (Kind.AUTH, "key"),
        (Kind.QUOTA, "key"),
        (Kind.PERMISSION, "model"),
        (Kind.NOT_FOUND, "target"),
    ],
)
def test_what_rests_says_which_part_of_the_target_until_when_and_why(kind, part):
    records = health()
    fail(records, target(credential="k1"), failure(kind))

    assert records.rest(target(credential="k1"), START) == Rest(part, START + REFUSED, kind)
    assert records.rest(target(credential="k1"), START + REFUSED) is None


def test_of_two_cool_downs_the_longer_is_told_and_of_one_thing_the_longer_holds():
    records = health()
    for kind, wait in ((Kind.RATE_LIMIT, 60.0), (Kind.RATE_LIMIT, 7.0), (Kind.NOT_FOUND, None)):
        before = records.rest(target(), START)
        fail(records, target(), failure(kind, retry_after=wait))

    assert before == Rest("model", START + 60.0, Kind.RATE_LIMIT)
    assert records.rest(target(), START) == Rest("target", START + REFUSED, Kind.NOT_FOUND)


def test_whoever_failed_without_a_word_of_its_key_has_a_circuit_and_no_cool_down():
    records = health()
    for _ in range(IN_A_ROW):
        fail(records, target(), failure(Kind.RESET))

    assert records.rest(target(), START) is None


def test_why_a_key_rests_that_only_replicas_know_of_is_not_known():
    class Others(NoAdvice):
        until = math.inf

        def heard(self, thing):
            return 30.0 if thing == "p#k1" else 0.0

    records = health(Others())
    told = records.rest(target(credential="k1"), START)
    fail(records, target(credential="k1"), failure(Kind.AUTH))

    assert told == Rest("key", START + 30.0, None)
    assert records.rest(target(credential="k1"), START) == Rest("key", START + REFUSED, Kind.AUTH)


def test_a_rate_limit_cools_until_its_hint_and_not_longer_than_two_minutes():
    records = health()
    fail(records, target(), failure(Kind.RATE_LIMIT, retry_after=7.0))
    fail(records, target("q"), failure(Kind.RATE_LIMIT, retry_after=9999.0))

    assert not is_fit(records, target(), START + 6.9)
    assert is_fit(records, target(), START + 7.0)
    assert records.fitness(target("q"), START).free_at == START + RATE_MOST


def test_a_request_that_is_too_large_for_a_limit_says_nothing_of_its_target():
    records = health()
    for _ in range(5):
        fail(records, target(), failure(Kind.RATE_LIMIT, status=413, retry_after=7.0))

    assert is_fit(records, target())


def test_a_rate_limit_without_a_hint_counts_as_a_failure():
    records = health()
    for _ in range(5):
        fail(records, target(), failure(Kind.RATE_LIMIT))

    assert not is_fit(records, target())


def test_a_callers_own_key_cools_nothing():
    records = health()
    own = target(passthrough=True)
    for kind in (Kind.AUTH, Kind.PERMISSION, Kind.NOT_FOUND):
        fail(records, own, failure(kind, status=401))

    assert is_fit(records, own)


def test_a_cool_down_is_told_to_others_and_theirs_are_heard():
    class Others(NoAdvice):
        until = math.inf

        def __init__(self):
            self.told = []

        def tell(self, thing, seconds):
            self.told.append((thing, seconds))

        def heard(self, thing):
            return 30.0 if thing == "far/m" else 0.0

    others = Others()
    records = health(others)
    fail(records, target(), failure(Kind.NOT_FOUND, status=404))

    assert others.told == [("p/m", REFUSED)]
    assert records.fitness(target("far"), START).free_at == START + 30.0


def test_a_circuit_that_opens_is_told_to_others_for_as_long_as_it_is_open():
    class Others(NoAdvice):
        told = ()

        def tell(self, thing, seconds):
            self.told = (*self.told, (thing, seconds))

    others = Others()
    records = health(others)
    for _ in range(IN_A_ROW - 1):
        fail(records, target(), failure(Kind.RESET))
    before = others.told
    fail(records, target(), failure(Kind.RESET))

    assert (before, others.told) == ((), (("p/m", OPEN_FIRST),))


def test_calls_under_way_are_counted():
    records = health()
    first, second = records.enter(target(), START), records.enter(target(), START)
    busy = records.in_flight(target())
    records.ended(first)
    records.ended(second)

    assert (busy, records.in_flight(target())) == (2, 0)


def test_speed_rises_at_once_and_falls_slowly():
    records = health()
    serve(records, target(), START, wait=0.1)
    serve(records, target(), START + 1, wait=2.0)
    peak = records.speed(target())
    serve(records, target(), START + 12, wait=0.1)

    assert peak == pytest.approx(2.0)
    assert 0.1 < records.speed(target()) < 2.0


def test_a_percentile_is_said_when_enough_is_known_and_forgotten_after_ten_minutes():
    records = health()
    for n in range(P95_LEAST - 1):
        serve(records, target(), START, wait=0.1 * n)
    before = records.p95(target(), START)
    serve(records, target(), START, wait=9.0)

    assert before is None
    assert records.p95(target(), START + 10) == pytest.approx(9.0)
    assert records.p95(target(), START + 700) is None


def test_budgets_are_each_targets_own():
    records = health()

    assert [records.may_retry(target(), START) for _ in range(4)] == [True, True, True, False]
    assert [records.may_hedge(target(), START) for _ in range(2)] == [True, False]
    assert records.may_retry(target("q"), START)
    assert dict(records.refusals()) == {"p/m": 2, "q/m": 0}


def test_what_was_extra_earns_no_further_extras():
    records = health()
    for _ in range(10):
        records.enter(target(), START)
    taken = 0
    while records.may_retry(target(), START):
        records.enter(target(), START, extra=True)
        taken += 1

    assert taken == 3 + 2
    assert [records.may_hedge(target(), START) for _ in range(2)] == [True, False]


def test_who_is_unfit_for_longer_than_the_wait_is_not_tried_again():
    records = health()
    for _ in range(5):
        fail(records, target(), failure(Kind.SERVER_ERROR))

    assert not records.may_retry(target(), START, 4.9)
    assert records.may_retry(target(), START, 5.0)


def test_states_are_told():
    records = health()
    for _ in range(5):
        fail(records, target(), failure(Kind.RESET))
    entry = records.enter(target("q"), START)

    assert list(records.states(START)) == [
        ("p/m", State.OPEN, 0, Kind.RESET, None),
        ("q/m", State.CLOSED, 1, None, None),
    ]
    records.ended(entry)


def test_who_rests_for_its_key_is_told_beside_who_never_failed():
    records = health()
    records.well(target(model="innocent", credential="k1"), START)
    fail(records, target(credential="k1"), failure(Kind.AUTH))
    rest = Rest("key", START + REFUSED, Kind.AUTH)

    assert list(records.states(START)) == [
        ("p/innocent", State.CLOSED, 0, None, rest),
        ("p/m", State.CLOSED, 0, Kind.AUTH, rest),
    ]


def test_names_that_callers_make_up_are_bounded(monkeypatch):
    monkeypatch.setattr(health_file, "MAX_KEPT", 10)
    records = health()
    held = records.enter(target(model="held"), START)
    for n in range(100):
        serve(records, target(model=str(n)))
        fail(records, target(model=str(n)), failure(Kind.NOT_FOUND, status=404), START + n * 100)

    assert len(list(records.states(START))) == 10
    assert records.in_flight(target(model="held")) == 1
    assert len(records._cooled) <= 11
    records.ended(held)


def test_what_budgets_refused_is_counted_on_though_its_target_is_forgotten_for_others(monkeypatch):
    monkeypatch.setattr(health_file, "MAX_KEPT", 3)
    records = health()
    while records.may_retry(target(), START):
        pass
    before = dict(records.refusals())
    for n in range(5):
        serve(records, target(model=str(n)))

    assert before["p/m"] == 1
    assert "p/m" not in [name for name, *_ in records.states(START)]
    assert sum(count for _, count in records.refusals()) == 1


def test_what_is_counted_of_forgotten_targets_is_bounded_and_nothing_of_it_is_lost(monkeypatch):
    monkeypatch.setattr(health_file, "MAX_KEPT", 3)
    records = health()
    for n in range(10):
        while records.may_retry(target(model=str(n)), START):
            pass

    assert sum(count for _, count in records.refusals()) == 10
    assert len(list(records.refusals())) <= 7


def test_every_place_that_is_busy_makes_room_for_one_more_all_the_same(monkeypatch):
    monkeypatch.setattr(health_file, "MAX_KEPT", 2)
    records = health()
    entries = [records.enter(target(model=str(n)), START) for n in range(3)]

    assert len(list(records.states(START))) == 3
    for entry in entries:
        records.ended(entry)


def test_what_a_new_configuration_has_no_more_is_forgotten_once_its_last_call_has_ended():
    records = health()
    for credential in ("old", "new"):
        own = target(credential=credential)
        for _ in range(IN_A_ROW):
            fail(records, own, failure(Kind.SERVER_ERROR))
        while records.may_retry(own, START, delay=OPEN_FIRST):
            pass
    held = records.enter(target("gone"), START)
    refused = sum(count for _, count in records.refusals())

    def is_there(name, credential):
        return (name, credential) == ("p/m", "new")

    records.forget(is_there)
    with_held = [name for name, *_ in records.states(START)]
    records.ended(held)

    assert with_held == ["p/m", "gone/m"]
    assert [name for name, *_ in records.states(START)] == ["p/m"]
    assert not is_fit(records, target(credential="new"))
    # A count that was told does not fall.
    assert sum(count for _, count in records.refusals()) == refused == 2


def test_a_call_that_began_before_a_new_configuration_leaves_no_trace_of_what_that_has_no_more():
    records = health()
    records.forget(lambda name, _: name == "p/m")
    # Its plan is the old one, and it goes on to the next of its targets.
    fail(records, target("gone"), failure(Kind.SERVER_ERROR))
    while records.may_retry(target("gone"), START):
        pass

    assert [count for name, count in records.refusals() if name == "gone/m"] == [1]
    assert list(records.states(START)) == []


def test_what_a_provider_says_of_a_callers_own_key_concerns_that_caller_alone():
    records = health()
    own = target(passthrough=True)
    for kind in (Kind.RATE_LIMIT, Kind.QUOTA, Kind.NOT_FOUND, Kind.AUTH):
        for _ in range(5):
            fail(records, own, failure(kind, status=429))
    before = is_fit(records, own)
    for _ in range(5):
        fail(records, own, failure(Kind.SERVER_ERROR))

    assert before
    assert not is_fit(records, own)


def test_names_that_are_made_up_faster_than_forgotten_are_bounded(monkeypatch):
    monkeypatch.setattr(health_file, "MAX_KEPT", 10)
    records = health()
    for n in range(100):
        fail(records, target(model=str(n)), failure(Kind.NOT_FOUND, status=404), START + n * 0.01)

    assert len(records._cooled) <= 10
    assert not is_fit(records, target(model="99"), START + 1)


KINDS = st.sampled_from([None, Kind.SERVER_ERROR, Kind.AUTH, Kind.RATE_LIMIT, Kind.NOT_FOUND])
EVENTS = st.lists(st.tuples(st.floats(0, 40), st.sampled_from("mn"), KINDS), max_size=30)


class FarAway:
    """Replicas that rest one model."""

    until = math.inf

    def tell(self, thing, seconds):
        pass

    def heard(self, thing):
        return 9.0 if thing == "p/n" else 0.0


@given(EVENTS, st.sampled_from([None, FarAway()]))
@example([(0.0, "m", Kind.SERVER_ERROR)] * 5 + [(5.0, "m", None), (1.0, "m", None)], None)
def test_who_is_well_is_who_should_get_every_call(events, advice):
    records, now = health(advice), START
    for wait, model, kind in events:
        now += wait
        at = target(model=model)
        if kind is None:
            serve(records, at, now, 0.0)
        else:
            fail(records, at, failure(kind, retry_after=20.0), now)

        is_closed = records._record(at).circuit.state(now) is State.CLOSED

        assert (records.well(at, now) is not None) is (
            is_closed and records.fitness(at, now).share == 1.0
        )


def test_what_enters_a_record_has_entered_its_target():
    records = health()
    record = records.well(target(), START)
    entry = record.enter(target(), START)

    assert records.in_flight(target()) == 1
    assert entry == records.enter(target(), START)
