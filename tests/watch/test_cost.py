from decimal import Decimal
from math import inf

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.core.price import Price
from proxy.core.usage import Usage
from proxy.watch.cost import _input, _output, cost_of

D = Decimal

CLAUDE = Price(
    input=D("4"),
    output=D("20"),
    cache_read=D("0.2"),
    cache_write=D("5"),
    cache_write_1h=D("8"),
)
GPT = Price(input=D("2.5"), output=D("15"), cache_read=D("0.25"))
VOICE = Price(input=D("2.5"), output=D("10"), audio_input=D("32"), audio_output=D("64"))
FLASH = Price(input=D("0.3"), output=D("2.5"), cache_read=D("0.03"), audio_input=D("1"))
PAINTER = Price(input=D("0.3"), output=D("2.5"), image_output=D("30"))
RESEARCH = Price(input=D("2"), output=D("8"), reasoning=D("3"))


@pytest.mark.parametrize(
    ("price", "usage", "usd"),
    [
        # 1,000 x 2.50 + 200 x 15 = 2,500 + 3,000 = 5,500 millionths.
        (GPT, Usage(1_000, 200), "0.0055"),
        # OpenAI: 600 of 1,000 were cached. 400 x 2.50 + 600 x 0.25 + 200 x 15 = 1,000 + 150 + 3,000.
        (GPT, Usage(1_000, 200, cached=600), "0.00415"),
        # Reasoning is output, at output's price where it has none: still 200 x 15.
        (GPT, Usage(1_000, 200, cached=600, reasoning=150), "0.00415"),
        # A cache write without a price of its own is input: 1,000 x 2.50.
        (GPT, Usage(1_000, 0, cache_write=400), "0.0025"),
        # Anthropic: of 100,000, 60,000 read and 20,000 written. 20,000 x 4 + 60,000 x 0.20 + 20,000 x 5
        # = 80,000 + 12,000 + 100,000, and 1,000 x 20 = 20,000 of output.
        (CLAUDE, Usage(100_000, 1_000, cached=60_000, cache_write=20_000), "0.212"),
        # 15,000 of the 20,000 for an hour: 5,000 x 5 + 15,000 x 8 = 145,000 in place of 100,000.
        (
            CLAUDE,
            Usage(100_000, 1_000, cached=60_000, cache_write=20_000, cache_write_1h=15_000),
            "0.257",
        ),
        # All written for an hour, and the total of writes not told: 100 x 4 + 100 x 8.
        (CLAUDE, Usage(200, 0, cache_write_1h=100), "0.0012"),
        # Audio in and out: 100 x 2.50 + 400 x 32 + 50 x 10 + 150 x 64 = 250 + 12,800 + 500 + 9,600.
        (VOICE, Usage(500, 200, audio_input=400, audio_output=150), "0.02315"),
        # Audio without a price of its own is text: as the first row.
        (GPT, Usage(1_000, 200, audio_input=900, audio_output=100), "0.0055"),
        # Gemini tells cached audio as cached and as audio: 800 x 0.03 + 200 x 1, no text is left.
        (FLASH, Usage(1_000, 0, cached=800, audio_input=1_000), "0.000224"),
        # An image of 1,290 tokens and 10 of text: 20 x 0.30 + 10 x 2.50 + 1,290 x 30 = 6 + 25 + 38,700.
        (PAINTER, Usage(20, 1_300, image_output=1_290), "0.038731"),
        # Cohere asks for 30 of 912 and 18 of 44, whatever of them was cached: 30 x 2.50 + 18 x 15 = 75 + 270.
        (
            Price(input=D("2.5"), output=D("15")),
            Usage(912, 44, cached=900, reasoning=40, unbilled_input=882, unbilled_output=26),
            "0.000345",
        ),
        (GPT, Usage(912, 44, unbilled_input=882), "0.000735"),
        (GPT, Usage(912, 44, unbilled_output=99), "0.00228"),
        # Perplexity bills reasoning apart: 100 x 2 + 200 x 8 + 10,000 x 3 = 200 + 1,600 + 30,000.
        (RESEARCH, Usage(100, 10_200, reasoning=10_000), "0.0318"),
        # Parts that are more than their total were billed all the same: 600 x 0.25, and nothing below 0.
        (GPT, Usage(100, 0, cached=600), "0.00015"),
        (GPT, Usage(0, 10, reasoning=40), "0.0006"),
        (GPT, Usage(), "0"),
        # A model that only embeds has no price for output, and makes none.
        (Price(input=D("0.02")), Usage(1_000_000, 0), "0.02"),
        # What costs nothing costs nothing, and that is known.
        (Price(input=D(0), output=D(0)), Usage(1_000, 1_000, cached=10), "0"),
    ],
)
def test_each_kind_of_token_is_billed_by_its_price(price, usage, usd):
    assert cost_of(price, usage) == D(usd)


@pytest.mark.parametrize(
    ("price", "usage"),
    [
        (Price(), Usage()),
        (Price(), Usage(1, 1)),
        (Price(cache_read=D(1)), Usage(1, 0, cached=1)),
        (Price(input=D(1)), Usage(1, 1)),
        (Price(output=D(1)), Usage(1, 1)),
        (Price(output=D(1)), Usage(5, 1, cached=5)),
        (Price(input=D(1)), Usage(5, 1, reasoning=1)),
    ],
)
def test_tokens_without_a_price_make_the_cost_unknown(price, usage):
    assert cost_of(price, usage) is None


def test_a_cost_is_written_without_needless_digits():
    assert f"{cost_of(Price(input=D('10.00'), output=D(1)), Usage(1_000_000)):f}" == "10"


usd = st.decimals(0, 1000, places=6)
some_usd = st.none() | usd
tokens = st.integers(0, 10_000_000)
some_tokens = st.none() | tokens
prices = st.builds(
    Price,
    input=usd,
    output=usd,
    cache_read=some_usd,
    cache_write=some_usd,
    cache_write_1h=some_usd,
    reasoning=some_usd,
    audio_input=some_usd,
    audio_output=some_usd,
    image_output=some_usd,
)
parts = st.fixed_dictionaries(
    dict.fromkeys(
        (
            "cached",
            "cache_write",
            "cache_write_1h",
            "reasoning",
            "audio_input",
            "audio_output",
            "image_output",
        ),
        some_tokens,
    )
)


@given(prices, tokens, tokens, parts)
def test_a_cost_is_never_negative_and_never_endless(price, prompt, completion, told):
    cost = cost_of(price, Usage(prompt, completion, **told))

    assert 0 <= cost < D(inf)


@given(prices, tokens, tokens, parts, tokens, tokens)
def test_more_tokens_never_cost_less(price, prompt, completion, told, more_in, more_out):
    less = cost_of(price, Usage(prompt, completion, **told))
    more = cost_of(price, Usage(prompt + more_in, completion + more_out, **told))

    assert less <= more


@given(prices, tokens, tokens)
def test_costs_add_up(price, prompt, completion):
    apart = cost_of(price, Usage(prompt, 0)) + cost_of(price, Usage(0, completion))

    assert apart == cost_of(price, Usage(prompt, completion))


@given(usd, tokens, tokens, st.data())
def test_one_price_for_all_is_the_price_of_the_total(each, prompt, completion, data):
    price = Price(*([each] * 9))
    cached = data.draw(st.integers(0, prompt))
    written = data.draw(st.integers(0, prompt - cached))
    spoken = data.draw(st.integers(0, completion))
    usage = Usage(prompt, completion, cached=cached, cache_write=written, audio_output=spoken)

    assert cost_of(price, usage) == each * (prompt + completion) / 1_000_000


@given(prices, tokens, tokens)
def test_plain_text_costs_what_it_costs_among_all_kinds_of_tokens(price, prompt, completion):
    usage = Usage(prompt, completion, cached=0)
    shares = [*_input(price, usage), *_output(price, usage)]

    assert cost_of(price, usage) == sum(tokens * (each or 0) for tokens, each in shares) / 10**6


@pytest.mark.parametrize(("fee", "usd"), [("10", "0.0255"), (None, "0.0055")])
def test_searches_have_their_fee_where_it_is_known(fee, usd):
    price = Price(input=D("2.5"), output=D("15"), web_search=fee and D(fee))

    assert cost_of(price, Usage(1_000, 200, searches=2)) == D(usd)
