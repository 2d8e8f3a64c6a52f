from dataclasses import replace
from decimal import Decimal

from proxy.core.facts import Outcome
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
