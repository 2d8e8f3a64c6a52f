from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.core.errors import Kind
from proxy.gate.caller import Tariff
from proxy.gate.credits import account_of, hold_of, price_of, refusal_of
from proxy.gate.tenants import Mode
from proxy.store.records import MOST, Hold, Short

USD = Tariff(Mode.CONSUMPTION_USD, 10, 10_000)
TOKENS = Tariff(Mode.CONSUMPTION_TOKENS, 10, 10_000)

costs = st.none() | st.decimals(0, 10**18, allow_nan=False, places=9)
tariffs = st.builds(
    Tariff,
    st.sampled_from([Mode.CONSUMPTION_USD, Mode.CONSUMPTION_TOKENS]),
    st.integers(1, 10**6),
    st.integers(1, 10**6),
)


@pytest.mark.parametrize(
    ("tariff", "cost", "tokens", "price"),
    [
        (USD, Decimal("0.152"), 0, 2),
        (USD, Decimal("0.1"), 0, 1),
        (USD, Decimal("0.1000001"), 0, 2),
        (USD, Decimal(0), 10**6, 1),
        (USD, None, 10**6, 1),
        (TOKENS, Decimal(99), 45_000, 5),
        (TOKENS, None, 10_000, 1),
        (TOKENS, None, 10_001, 2),
        (TOKENS, None, 0, 1),
        (Tariff(Mode.CONSUMPTION_TOKENS, 1, 0), None, 5, 5),
        (USD, Decimal(10) ** 30, 0, MOST),
    ],
)
def test_a_price_is_rounded_up_and_at_least_one(tariff, cost, tokens, price):
    assert price_of(tariff, cost, tokens) == price


@given(tariffs, costs, st.integers(0, 10**12))
def test_a_price_is_whole_and_within_the_books(tariff, cost, tokens):
    price = price_of(tariff, cost, tokens)

    assert isinstance(price, int)
    assert 1 <= price <= MOST


@given(tariffs, costs, costs, st.integers(0, 10**9), st.integers(0, 10**9))
def test_what_costs_more_never_has_a_lower_price(tariff, cost, more, tokens, further):
    dearer = (cost or Decimal(0)) + (more or Decimal(0))

    assert price_of(tariff, cost, tokens) <= price_of(tariff, dearer, tokens + further)


@given(costs, st.integers(0, 10**9))
def test_a_price_covers_the_cost_and_no_credit_more(cost, tokens):
    dollars = price_of(USD, cost, tokens)
    counted = price_of(TOKENS, cost, tokens)

    assert min(MOST, cost or 0) <= Decimal(dollars) / 10 or dollars == MOST
    assert dollars == 1 or Decimal(dollars - 1) / 10 < cost
    assert tokens <= counted * 10_000
    assert counted == 1 or (counted - 1) * 10_000 < tokens


def test_a_hold_is_on_the_teams_credits():
    assert hold_of("acme", "c1", 3, 60.0) == Hold("c1:credits", "credits:acme", 3, 60.0)
    assert account_of("acme") == "credits:acme"


def test_who_has_too_few_hears_how_many():
    error = refusal_of(Short("credits:acme", 3))

    assert (error.kind, error.meaning.status) == (Kind.UNPAID, 402)
    assert "3 credits" in error.message
    assert "acme" not in error.message
