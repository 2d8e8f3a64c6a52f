from dataclasses import FrozenInstanceError, fields
from decimal import Decimal

import pytest

from proxy.core.price import Price


def test_a_price_that_nobody_told_is_unknown_and_not_free():
    assert {getattr(Price(), field.name) for field in fields(Price)} == {None}
    assert Price(input=Decimal(0)) != Price()


def test_a_price_is_exact_and_stays_as_it_is():
    price = Price(input=Decimal("0.1"), output=Decimal("0.2"))

    assert price.input + price.output == Decimal("0.3")
    with pytest.raises(FrozenInstanceError):
        price.input = Decimal(1)
