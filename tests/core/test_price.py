from dataclasses import FrozenInstanceError, fields
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.core import jsons
from proxy.core.price import Price, number


def test_a_price_that_nobody_told_is_unknown_and_not_free():
    assert {getattr(Price(), field.name) for field in fields(Price)} == {None}
    assert Price(input=Decimal(0)) != Price()


def test_a_price_is_exact_and_stays_as_it_is():
    price = Price(input=Decimal("0.1"), output=Decimal("0.2"))

    assert price.input + price.output == Decimal("0.3")
    with pytest.raises(FrozenInstanceError):
        price.input = Decimal(1)


def test_an_amount_that_is_not_known_is_no_number():
    assert number(None) is None
    assert number(Decimal(0)) == 0


@given(st.decimals(0, 999, places=12))
def test_an_amount_keeps_its_digits_as_a_number(amount):
    assert Decimal(jsons.encode(number(amount)).decode()) == amount
