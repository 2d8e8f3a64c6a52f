import pytest

from proxy.codecs.cohere.tokens import usage_of
from proxy.core.usage import Usage

BILLED = {"input_tokens": 4.0, "output_tokens": 6.0}


@pytest.mark.parametrize(
    ("usage", "expected"),
    [
        (
            {"billed_units": BILLED, "tokens": {"input_tokens": 212.0, "output_tokens": 36}},
            Usage(212, 36, unbilled_input=208, unbilled_output=30),
        ),
        (
            {"billed_units": BILLED, "tokens": {"input_tokens": 4, "output_tokens": 5}},
            Usage(4, 5),
        ),
        (
            {
                "billed_units": {"output_tokens": 0},
                "tokens": {"input_tokens": 4, "output_tokens": 5},
            },
            Usage(4, 5, unbilled_output=5),
        ),
        (
            {
                "tokens": {"input_tokens": 9, "output_tokens": 5, "reasoning_tokens": 3},
                "cached_tokens": 7,
            },
            Usage(9, 5, cached=7, reasoning=3),
        ),
        ({"tokens": {"output_tokens": 5}}, Usage(0, 5)),
        ({"tokens": {"input_tokens": 5}}, Usage(5, 0)),
        ({"billed_units": BILLED}, Usage(4, 6)),
        ({"tokens": {"input_tokens": None}, "billed_units": BILLED}, Usage(4, 6)),
        ({}, None),
        (None, None),
        ({"tokens": 5}, None),
    ],
)
def test_real_tokens_count_and_billed_ones_stand_in(usage, expected):
    assert usage_of(usage) == expected
