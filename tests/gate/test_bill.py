from dataclasses import replace
from decimal import Decimal

import pytest

from proxy.core.facts import Outcome, Run
from proxy.core.usage import Usage
from proxy.gate.bill import Bill, bill_of
from proxy.gate.estimate import Estimate
from tests.support.ended import ended


def never(*_):
    raise AssertionError("nobody need guess")


def test_a_call_comes_to_what_its_provider_told():
    served = ended(usage=Usage(10, 5), cost_usd=Decimal("0.5"))

    assert bill_of(served, never, never) == Bill(Usage(10, 5), cost=Decimal("0.5"))
    assert bill_of(served, never, never).tokens == 15


def test_a_call_that_nobody_served_comes_to_nothing():
    assert bill_of(ended(target=None, outcome=Outcome.FAILED), never, never) == Bill()
    assert Bill().tokens == 0


def test_a_call_that_was_left_is_guessed_and_priced_by_the_guess():
    asked = []

    def cost(*what):
        asked.append(what)
        return Decimal("0.25")

    left = replace(ended(usage=None, served="m-1"), outcome=Outcome.CANCELLED, bytes_out=300)
    bill = bill_of(left, lambda: Estimate(100, 50), cost)

    assert bill == Bill(Usage(100, 2), is_guess=True, cost=Decimal("0.25"))
    assert asked == [("p/m", "m-1", Usage(100, 2), "")]


def test_an_answer_that_was_kept_costs_nothing():
    hit = ended(target=None, cost_usd=Decimal(0), cache="hit")

    assert bill_of(hit, never, never) == Bill(cost=Decimal(0))


def test_what_was_told_before_an_early_end_is_charged_and_said_to_be_a_guess():
    told = Usage(4_009, 3, cached=4_000)
    runs = (Run("p/m", told, Decimal("0.25"), is_guess=True),)
    left = ended(usage=told, cost_usd=Decimal("0.25"), runs=runs, outcome=Outcome.CANCELLED)

    assert bill_of(left, never, never) == Bill(told, is_guess=True, cost=Decimal("0.25"))


def test_an_answer_that_another_went_on_with_is_a_guess_where_a_part_is():
    first, last = (
        Run("p/m", Usage(9, 3), Decimal(1), is_guess=True),
        Run("q/m", Usage(12, 4), Decimal(2)),
    )
    served = ended(usage=Usage(21, 7), cost_usd=Decimal(3), runs=(first, last))

    assert bill_of(served, never, never) == Bill(Usage(21, 7), is_guess=True, cost=Decimal(3))


@pytest.mark.parametrize(
    ("known", "rest", "cost"),
    [
        (Decimal(1), Decimal("0.5"), Decimal("1.5")),
        (Decimal(1), None, None),
        (None, Decimal(1), None),
    ],
)
def test_a_last_part_that_told_nothing_is_guessed_beside_what_the_first_told(known, rest, cost):
    runs = (Run("p/m", Usage(9, 3), known, is_guess=True), Run("q/m", None, None))
    left = ended(usage=Usage(9, 3), cost_usd=known, runs=runs, outcome=Outcome.CUT, bytes_out=1500)
    bill = bill_of(left, lambda: Estimate(100, 50), lambda *_: rest)

    assert bill == Bill(Usage(109, 10), is_guess=True, cost=cost)


def test_a_part_that_was_cut_and_told_nothing_is_guessed_beside_what_the_next_told():
    asked = []

    def cost(*what):
        asked.append(what)
        return Decimal("0.5")

    runs = (Run("p/m", None, None), Run("q/m", Usage(12, 4), Decimal(2)))
    served = ended(usage=Usage(12, 4), cost_usd=Decimal(2), served="m-1", runs=runs, bytes_out=1500)
    bill = bill_of(served, lambda: Estimate(100, 50), cost)

    assert bill == Bill(Usage(112, 10), is_guess=True, cost=Decimal("2.5"))
    assert asked == [("p/m", "", Usage(100, 6), "")]


def test_parts_that_all_told_nothing_share_what_went_out():
    runs = (Run("p/m", None, None), Run("q/m", None, None))
    left = ended(usage=None, served="m-1", runs=runs, outcome=Outcome.CUT, bytes_out=1050)
    bill = bill_of(left, lambda: Estimate(100, 50), lambda _, __, usage, ___: usage.completion)

    assert bill == Bill(Usage(200, 7), is_guess=True, cost=Decimal(7))
