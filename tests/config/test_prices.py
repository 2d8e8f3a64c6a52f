"""Prices as they are written."""

from decimal import Decimal

import pytest

from proxy.config.prices import RECORD
from proxy.core.price import Price
from tests.support.configs import loaded, problems


def test_prices_are_exact_and_unsaid_ones_are_not_known():
    prices = loaded(
        'prices: {local/qwen3: {input: 0, output: 0.1}, mock/a: {cache_read: "${COUNT}"}}\n'
        "providers: {local: {base_url: 'http://h/v1'}}"
    ).prices

    assert prices["local/qwen3"] == Price(input=Decimal(0), output=Decimal("0.1"))
    assert prices["mock/a"] == Price(cache_read=Decimal(2))


def test_every_price_there_is_can_be_written():
    assert set(RECORD.fields) == set(Price.__dataclass_fields__)


def test_a_price_may_name_a_vendor_that_is_not_in_use():
    assert problems("prices: {deepseek/deepseek-chat: {input: 1}}") == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{nobody/x: {input: 1}}", "the provider 'nobody' is not configured"),
        ("{openai/x: {}}", "expected at least one of input, output"),
        ("{openai/x: }", "expected at least one of input, output"),
        ("{openai/x: {input: 2000000}}", "a number from 0 to 1000000, got 2000000"),
        ("{openai/x: {inputs: 2}}", "prices.'openai/x'.inputs: unknown key; did you mean 'input'?"),
    ],
)
def test_a_slip_is_told_once(text, said):
    found = problems(f"prices: {text}")

    assert len(found) == 1
    assert said in found[0]


def test_a_broken_entrys_prices_are_no_second_slip():
    assert len(problems("providers: {p: {base_url: no}}\nprices: {p/x: {input: 1}}")) == 1
