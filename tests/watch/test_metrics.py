import random
from decimal import Decimal

import pytest

from proxy.core.errors import Kind, Tried
from proxy.core.facts import AnswerResumed, HedgeEnded, Outcome, Run
from proxy.core.usage import Usage
from proxy.watch import families
from proxy.watch.cells import Cells
from proxy.watch.families import BY_NAME
from proxy.watch.metrics import Metrics
from tests.support.told import TRACE, began, ended, failed, refused


def metrics(**options):
    found = Metrics(**options)
    found.adopt(["chat", "*"], ["a/m", "b/m"])
    return found


def heard(*facts):
    found = metrics()
    for fact in facts:
        found.on(fact)
    return found.reading()


def series(reading, name):
    """One family by labels: a counter's number, a histogram's count and sum."""
    return {
        labels: numbers[0] if len(numbers) == 1 else (sum(numbers[:-1]), numbers[-1])
        for (family, labels), numbers in reading.items()
        if family == name
    }


def test_a_call_is_counted_by_surface_alias_target_and_outcome():
    reading = heard(ended(), ended(), ended(outcome=Outcome.CUT, kind=Kind.TRUNCATED))

    assert series(reading, "firstbyte_requests_total") == {
        ("chat", "chat", "b/m", "served"): 2,
        ("chat", "chat", "b/m", "cut"): 1,
    }


def test_a_call_that_nobody_served_has_no_target():
    reading = heard(refused())

    assert series(reading, "firstbyte_requests_total") == {("chat", "chat", "none", "refused"): 1}
    assert {name for name, _ in reading} == {"firstbyte_requests_total"}


def test_what_a_cache_did_is_counted_where_there_is_one():
    reading = heard(ended(cache="miss"), ended(cache="hit", target=None), ended())

    assert series(reading, "firstbyte_cache_total") == {("chat", "miss"): 1, ("chat", "hit"): 1}


def test_every_try_is_counted_with_what_became_of_it():
    skipped = Tried("b/m", Kind.CIRCUIT_OPEN, None, None, 0.0, skipped=True)
    outrun = Tried("b/m", Kind.OUTRUN, None, None, 9.0)
    fact = ended(attempts=(skipped, *ended().attempts, outrun))

    assert series(heard(fact), "firstbyte_attempts_total") == {
        ("a/m", "overloaded"): 1,
        ("b/m", "served"): 1,
        ("b/m", "outrun"): 1,
    }


def test_a_failover_is_counted_as_it_happens_and_a_last_failure_is_none():
    reading = heard(failed(), failed(moved_on=False))

    assert series(reading, "firstbyte_failovers_total") == {("chat", "a/m", "overloaded"): 1}


def test_the_first_token_is_timed_when_it_comes_and_for_streams_alone():
    reading = heard(began(), began(stream=False))

    assert series(reading, "firstbyte_time_to_first_token_seconds") == {
        ("chat", "b/m"): (1, 0.04321)
    }


def test_a_token_s_time_is_that_of_the_tokens_after_the_first():
    times = series(heard(ended()), "firstbyte_time_per_output_token_seconds")

    assert times == {("b/m",): (1, pytest.approx((0.09996 - 0.04321) / 4))}


@pytest.mark.parametrize(
    "changes",
    [
        {"usage": Usage(10, 1)},
        {"usage": None},
        {"stream": False},
        {"ttft_ms": None},
        {"outcome": Outcome.CUT},
        {"runs": (Run("a/m", None, None), Run("b/m", Usage(10, 5), None))},
    ],
)
def test_a_token_s_time_is_not_told_where_there_is_none(changes):
    assert series(heard(ended(**changes)), "firstbyte_time_per_output_token_seconds") == {}


def test_a_call_s_time_and_our_part_of_it():
    reading = heard(ended(), ended(outcome=Outcome.FAILED, overhead_ms=None))

    assert series(reading, "firstbyte_request_duration_seconds") == {
        ("chat", "chat"): (2, pytest.approx(0.19992))
    }
    assert series(reading, "firstbyte_overhead_seconds") == {("chat",): (1, pytest.approx(0.00021))}


def test_a_call_that_was_refused_is_timed_where_a_target_was_asked():
    asked = Tried("a/m", Kind.INVALID_REQUEST, 400, None, 5.0)
    unfit = Tried("a/m", Kind.UNSUPPORTED, None, None, 0.0, skipped=True)
    told = [
        ended(outcome=Outcome.REFUSED, attempts=each) for each in ((), (unfit,), (unfit, asked))
    ]
    durations = "firstbyte_request_duration_seconds"

    assert series(heard(*told[:2]), durations) == {}
    assert series(heard(*told), durations)["chat", "chat"][0] == 1


def test_tokens_and_costs_go_to_whoever_served_that_part():
    runs = (
        Run("a/m", Usage(10, 2), Decimal("0.5")),
        Run("b/m", Usage(12, 3, cached=8, cache_write=1, reasoning=2), Decimal("0.25")),
        Run("b/m", None, None),
    )
    reading = heard(ended(runs=runs))

    assert series(reading, "firstbyte_tokens_total") == {
        ("a/m", "input"): 10,
        ("a/m", "output"): 2,
        ("b/m", "input"): 12,
        ("b/m", "output"): 3,
        ("b/m", "cached"): 8,
        ("b/m", "cache_write"): 1,
        ("b/m", "reasoning"): 2,
    }
    assert series(reading, "firstbyte_cost_usd_total") == {("a/m",): 0.5, ("b/m",): 0.25}


def test_hedges_and_resumes_are_counted():
    reading = heard(
        HedgeEnded("req_1", "chat", "second"), AnswerResumed("req_1", "chat", "b/m", "prefill")
    )

    assert series(reading, "firstbyte_hedges_total") == {("chat", "second"): 1}
    assert series(reading, "firstbyte_resumes_total") == {("prefill",): 1}


def test_callers_who_left_are_counted_by_when_they_left():
    left = {"outcome": Outcome.CANCELLED, "kind": Kind.CANCELLED}
    reading = heard(ended(**left), ended(**left, ttft_ms=None), ended(**left, ttft_ms=None))

    assert series(reading, "firstbyte_client_disconnects_total") == {
        ("chat", "after"): 1,
        ("chat", "before"): 2,
    }


def test_a_breach_of_our_own_protocol_is_counted():
    found = metrics()
    found.violated("chat", "role_missing")

    assert series(found.reading(), "firstbyte_protocol_violations_total") == {
        ("chat", "role_missing"): 1
    }


def test_ten_thousand_names_of_callers_add_one_series_to_each_metric():
    found = metrics()
    rng = random.Random(7)
    found.on(ended(ttft_ms=None))
    before = set(found.reading())
    for _ in range(10_000):
        name = f"{rng.getrandbits(80):x}/{rng.getrandbits(80):x}"
        more = {"alias": name, "target": name}
        found.on(failed(**more))
        found.on(began(**more))
        found.on(HedgeEnded("req_1", name, "first"))
        tried = (Tried(name, None, None, None, 1.0),)
        runs = (Run(name, Usage(1, 2), Decimal(1)),)
        found.on(ended(**more, asked=name, attempts=tried, runs=runs))
    added = [family for family, _ in set(found.reading()) - before]
    tokens = added.count("firstbyte_tokens_total")

    assert tokens == 2, "one for each kind"
    assert len(added) - tokens == len(set(added)) - 1
    assert all("other" in labels for _, labels in set(found.reading()) - before)


def test_a_reload_changes_the_names_that_are_labels_and_keeps_what_was_counted():
    found = metrics()
    found.on(ended(alias="new", target="c/m"))
    found.on(ended())
    found.adopt(["new"], ["c/m"])
    found.on(ended(alias="new", target="c/m"))
    found.on(ended())

    assert series(found.reading(), "firstbyte_requests_total") == {
        ("chat", "other", "other", "served"): 2,
        ("chat", "chat", "b/m", "served"): 1,
        ("chat", "new", "c/m", "served"): 1,
    }


def test_a_state_is_asked_for_when_it_is_read():
    found = metrics()
    told = {("chat",): 2.0}
    found.watch(families.IN_FLIGHT, lambda: told)

    assert series(found.reading(), "firstbyte_in_flight") == {("chat",): 2.0}

    told[("chat",)] = 1.0

    assert series(found.reading(), "firstbyte_in_flight") == {("chat",): 1.0}


def test_a_state_that_is_not_told_any_more_is_not_shown():
    found = metrics()
    told = {("a/m",): 2.0, ("b/m",): 0.0}
    found.watch(families.CIRCUIT, lambda: told)
    found.reading()
    del told["a/m",]

    assert series(found.reading(), "firstbyte_circuit_state") == {("b/m",): 0.0}

    told["a/m",] = 1.0

    assert series(found.reading(), "firstbyte_circuit_state") == {("b/m",): 0.0, ("a/m",): 1.0}


def test_a_count_that_somebody_else_keeps_stays_when_it_is_not_told():
    found = metrics()
    told = {("a/m",): 3.0}
    found.watch(families.BUDGET, lambda: told)
    found.reading()
    told.clear()

    assert series(found.reading(), "firstbyte_retry_budget_exhausted_total") == {("a/m",): 3.0}


def test_exemplars_name_the_trace_of_a_call_and_only_where_they_are_kept():
    alone, one_of_many = metrics(), metrics(cells=Cells(), exemplars=False)
    for found in (alone, one_of_many):
        found.on(began())
        found.on(ended())
        found.on(ended(trace=None))
        found.on(began(trace=None))
    times = alone.exemplars["firstbyte_time_to_first_token_seconds", ("chat", "b/m")]

    assert [one for one in times if one] == [(TRACE.id, 0.04321, 1_790_000_000.5)]
    assert one_of_many.exemplars == {}


def test_every_number_belongs_to_a_family():
    found = metrics()
    for fact in (ended(), began(), failed(), refused()):
        found.on(fact)

    for (name, labels), numbers in found.reading().items():
        assert len(labels) == len(BY_NAME[name].labels)
        assert len(numbers) == BY_NAME[name].width


def test_what_is_closed_hears_on():
    found = metrics()
    found.close()
    found.on(ended())

    assert series(found.reading(), "firstbyte_requests_total")


def test_what_was_not_heard_yet_is_heard_before_anything_is_read():
    found = metrics()
    found.follow(lambda: found.on(ended()))

    told = found.reading()

    assert sum(told[key][0] for key in told if key[0] == "firstbyte_requests_total") == 1


def test_a_stream_that_nobody_was_told_of_counts_as_one_that_began():
    told, hushed = Metrics(), Metrics()
    for metrics in (told, hushed):
        metrics.adopt(("chat",), ("b/m",))

    told.on_many(iter([began(), ended()]))
    hushed.on_many(iter([ended(hushed=True)]))

    assert (told.reading(), told.exemplars) == (hushed.reading(), hushed.exemplars)
