import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.gate.jobs.job import LASTS, MOST_LISTED, Held, Owed, Running, State, Totals
from tests.support.jobs import BY_JOB, BY_TOKENS, BY_USD, done, job
from tests.support.tenants import NOW


def test_a_job_begins_with_its_first_call():
    first = job().began(Running("c1"), NOW + 1)
    second = first.began(Running("c2"), NOW + 2)

    assert (job().state, first.state) == (State.PENDING, State.IN_PROGRESS)
    assert second.started_at == NOW + 1
    assert [each.id for each in second.running] == ["c1", "c2"]


def test_what_ended_is_added_up_and_listed():
    after = (
        job().began(Running("c1"), NOW).ended(done("c1", 10, 5)).ended(done("c2", 1, 1, error="x"))
    )

    assert after.running == ()
    assert after.totals == Totals(2, 1, 11, 0, 6, 20.0)
    assert [each.id for each in after.calls] == ["c1", "c2"]


def test_totals_count_what_is_not_listed_any_more():
    after = job()
    for number in range(MOST_LISTED + 3):
        after = after.ended(done(f"c{number}"))

    assert (len(after.calls), after.totals.calls) == (MOST_LISTED, MOST_LISTED + 3)


@pytest.mark.parametrize(
    ("tariff", "tokens", "micros", "price"),
    [
        (BY_JOB, 5_000_000, 9_000_000, 1),
        (BY_USD, 0, 0, 1),
        (BY_USD, 0, 152_000, 2),
        (BY_USD, 0, 100_000, 1),
        (BY_USD, 0, 100_001, 2),
        (BY_TOKENS, 1, 0, 1),
        (BY_TOKENS, 1_000, 0, 1),
        (BY_TOKENS, 4_500, 0, 5),
    ],
)
def test_the_price_is_of_the_sum_rounded_up_and_at_least_one(tariff, tokens, micros, price):
    assert job(tariff).ended(done("c", tokens, micros)).price == price


def test_what_calls_under_way_may_use_is_needed_and_not_yet_the_price():
    open_job = job(BY_TOKENS).ended(done("c1", 900)).began(Running("c2", 1_200), NOW)

    assert (open_job.price, open_job.needed) == (1, 3)
    assert open_job.withdrew("c2").needed == 1


def test_holds_that_are_not_needed_are_spare_but_never_the_first():
    held = tuple(Held(f"h{n}", amount) for n, amount in enumerate((1, 2, 5, 3)))
    needs_four = job(BY_TOKENS, holds=held).ended(done("c", 4_000))

    assert needs_four.spare() == ("h2", "h1")
    assert needs_four.released(["h2", "h1"]).held == 4
    assert job(BY_TOKENS, holds=held[:1]).spare() == ()


def test_what_a_call_under_way_holds_is_not_spare_for_it_may_be_on_its_way_to_the_ledger():
    open_job = job(BY_TOKENS, holds=HOLDS).began(Running("c1", 100), NOW)

    assert open_job.spare() == ("job_1:c2",)
    assert open_job.ended(done("c1", 100)).spare() == ("job_1:c2", "job_1:c1")


HOLDS = (Held("job_1:job", 1), Held("job_1:c1", 3), Held("job_1:c2", 4))


def test_a_call_that_ends_leaves_for_the_ledger_what_is_not_needed_any_more():
    open_job = job(BY_TOKENS, holds=HOLDS).began(Running("c1", 4_000), NOW)
    after = open_job.concluded(done("c1", 2_500))

    assert after.owed == after.unheard == (Owed("job_1:c2"),)
    assert after.holds == HOLDS[:2]


@pytest.mark.parametrize(
    ("state", "late"),
    [(State.COMPLETED, (Owed("job_1:late:c2", 2, "after completion"),)), (State.FAILED, ())],
)
def test_a_call_that_outlives_its_job_leaves_its_hold_and_what_it_adds_to_a_price(state, late):
    began = job(BY_TOKENS, holds=HOLDS).began(Running("c2", 4_000), NOW)
    over = began.closed(state, NOW, {}, "")
    after = over.concluded(done("c2", 2_500))

    assert after.owed == (Owed("job_1:c2"), *late)


def test_the_ledger_hears_of_releases_first_and_then_of_the_jobs_own_price():
    began = job(BY_TOKENS, holds=HOLDS).began(Running("c2", 4_000), NOW)
    over = began.closed(State.COMPLETED, NOW, {}, "")
    unheard = over.concluded(done("c2", 2_500)).unheard

    assert {each.hold for each in unheard[:2]} == {"job_1:c1", "job_1:c2"}
    assert [each.hold for each in unheard[2:]] == ["job_1:job", "job_1:late:c2"]


def test_what_the_ledger_has_heard_of_is_owed_no_more_and_the_first_answer_stays():
    over = job(holds=HOLDS[:1], owed=(Owed("a"), Owed("b", 2))).closed(State.FAILED, NOW, {}, "")
    heard = over.heard((Owed("a"),), {"first": 1})

    assert (over.is_due, heard.is_due) == (True, False)
    assert (heard.owed, heard.answer) == ((Owed("b", 2),), {"first": 1})
    assert heard.heard((Owed("a"),), {"second": 2}) is heard
    assert heard.heard((Owed("b", 2),), None).unheard == ()


def test_a_job_is_overdue_a_day_after_its_creation_unless_it_is_over():
    assert not job().is_overdue(NOW + LASTS - 1)
    assert job().is_overdue(NOW + LASTS)
    assert not job().closed(State.FAILED, NOW, {}, "").is_overdue(NOW + LASTS)


def test_closing_merges_metadata_and_takes_no_more_calls():
    over = job(metadata={"a": 1, "b": 1}).closed(State.FAILED, NOW + 5, {"b": 2}, "why")

    assert (over.metadata, over.completed_at, over.error) == ({"a": 1, "b": 2}, NOW + 5, "why")
    assert not over.is_open


@pytest.mark.parametrize(("state", "due"), [(State.COMPLETED, 3), (State.FAILED, 0)])
def test_what_is_due_is_the_price_at_the_end_whatever_calls_add_to_it(state, due):
    open_job = job(BY_TOKENS, holds=HOLDS).ended(done("c1", 2_500)).began(Running("c2"), NOW)
    over = open_job.closed(state, NOW, {}, "").concluded(done("c2", 4_000))

    assert (open_job.due, over.due, over.price) == (0, due, 7)
    assert Owed("job_1:job", due, state.value) in over.unheard


@given(st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 10**8)), max_size=20))
def test_a_price_never_falls(calls):
    for tariff in (BY_JOB, BY_USD, BY_TOKENS):
        now = job(tariff)
        prices = [now.price]
        for number, (tokens, micros) in enumerate(calls):
            now = now.ended(done(f"c{number}", tokens, micros))
            prices.append(now.price)

        assert prices == sorted(prices)


@given(
    st.lists(st.integers(1, 20), min_size=1, max_size=8),
    st.integers(0, 100_000),
)
def test_what_is_left_after_the_spare_is_gone_is_enough(amounts, tokens):
    holds = tuple(Held(f"h{n}", amount) for n, amount in enumerate(amounts))
    before = job(BY_TOKENS, holds=holds).ended(done("c", tokens))
    after = before.released(before.spare())

    assert after.held >= min(before.held, before.needed)
    assert after.holds[0] == holds[0]
