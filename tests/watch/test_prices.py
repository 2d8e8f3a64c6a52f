from datetime import UTC, datetime
from decimal import Decimal

import pytest

from proxy.config.schema import Provider
from proxy.core import jsons
from proxy.core.price import Price
from proxy.core.usage import Usage
from proxy.watch import prices as subject
from proxy.watch.price_table import PriceTable
from proxy.watch.prices import MAX_KNOWN, Prices, spellings

D = Decimal
MILLION = Usage(1_000_000)
COLUMNS = ["input", "output", "cache_read"]
TABLE = {
    "columns": COLUMNS,
    "also": {"azure": ["openai"]},
    "openai": [
        ["=gpt-9-2026-05-13", "7"],
        ["=gpt-9", "2,8"],
        ["^ft:gpt-9-2026-", "3"],
        ["=gpt-9-long", {"price": "1,2", "above": {"200000": "2,4"}}],
        ["=gpt-9-tiers", "4,8", {"price": "2,4", "tier": "flex"}],
        ["=gpt-9-soon", "4,8", {"price": "5,10", "from": "2027-01-01"}],
    ],
    "azure": [["=phi-9", "5"]],
    "deepseek": [["=night", "1", {"price": "2", "daily": ["01:00", "04:00"]}]],
    "anthropic": [["=claude-9-1", "3"]],
    "google": [["^gemini-9", "6"], ["=claude-9", "11"]],
    "aws": [
        ["=anthropic.claude-9-v1:0", "8.8"],
        ["*global.anthropic.claude-9-v1", "8"],
    ],
    "openrouter": [["=acme/one", "1"]],
    "perplexity": [["=sonar", "1,1"]],
    "huggingface_groq": [["=acme/one", "9"]],
}
ENTRIES = {
    "openai": Provider("openai", "openai", "openai", ""),
    "my-azure": Provider("my-azure", "azure", "azure", ""),
    "deepseek": Provider("deepseek", "deepseek", "openai", ""),
    "gemini": Provider("gemini", "gemini", "gemini", ""),
    "my-vertex": Provider("my-vertex", "", "vertex", ""),
    "my-bedrock": Provider("my-bedrock", "", "bedrock", ""),
    "openrouter": Provider("openrouter", "openrouter", "openai", ""),
    "perplexity": Provider("perplexity", "perplexity", "openai", ""),
    "huggingface": Provider("huggingface", "huggingface", "openai", ""),
    "local": Provider("local", "", "openai", ""),
    "relay": Provider("relay", "", "anthropic", ""),
}


class Stopped:
    def __init__(self, moment):
        self.moment = moment

    def wall(self):
        return datetime.fromisoformat(self.moment).replace(tzinfo=UTC).timestamp()


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "prices.json"
    path.write_bytes(jsons.encode(TABLE))
    return PriceTable(path)


def over(table, moment="2026-11-21T12:00", **own):
    return Prices(own, ENTRIES, Stopped(moment), table)


@pytest.mark.parametrize(
    ("target", "served", "usd"),
    [
        # As it is called; where the answer names another model, by that.
        ("openai/gpt-9", "", "2"),
        ("openai/gpt-9", "gpt-9", "2"),
        ("openai/gpt-9", "gpt-9-2026-05-13", "7"),
        ("openai/gpt-9", "something-new", "2"),
        # A dated name has the price of the model, in either way of writing a date.
        ("openai/gpt-9-2026-03-05", "", "2"),
        ("openai/gpt-9-20260305", "", "2"),
        ("openai/gpt-9-20260513", "", "7"),
        ("openai/GPT-9", "", "2"),
        # Fine-tuned models have prices of their own or none.
        ("openai/gpt-9", "ft:gpt-9-2026-03-05:acme::id", "3"),
        ("openai/ft:gpt-8-2026-03-05:acme::id", "", None),
        # A deployment's name says nothing; the model that it serves does, by Azure's list, then by its maker's.
        ("my-azure/prod-chat", "gpt-9-2026-05-13", "7"),
        ("my-azure/prod-chat", "phi-9", "5"),
        ("my-azure/prod-chat", "prod-chat", None),
        # Google's paths; an entry without a vendor whose protocol only one vendor speaks.
        ("gemini/gemini-9-pro", "", "6"),
        ("gemini/models/gemini-9-pro", "", "6"),
        ("my-vertex/publishers/google/models/gemini-9-pro", "", "6"),
        ("my-vertex/projects/p/locations/l/publishers/google/models/gemini-9", "", "6"),
        ("my-vertex/claude-9@20260305", "claude-9", "11"),
        # Bedrock: inference profiles of a region cost what the region costs, global ones less.
        ("my-bedrock/anthropic.claude-9-v1:0", "", "8.8"),
        ("my-bedrock/eu.anthropic.claude-9-v1:0", "", "8.8"),
        ("my-bedrock/us-gov.anthropic.claude-9-v1:0", "", "8.8"),
        ("my-bedrock/eu.anthropic.claude-9-20260305-v1:0", "", "8.8"),
        ("my-bedrock/global.anthropic.claude-9-v1:0", "", "8"),
        (
            "my-bedrock/arn:aws:bedrock:eu-west-1:1:inference-profile/eu.anthropic.claude-9-v1:0",
            "",
            "8.8",
        ),
        ("my-bedrock/arn:aws:bedrock:eu-west-1:1:application-inference-profile/x1", "", None),
        # Routers: their own list, then the maker's; a variant of a model is not the model.
        ("openrouter/acme/one", "", "1"),
        ("openrouter/openai/gpt-9", "", "2"),
        ("openrouter/openai/gpt-9:free", "", None),
        ("openrouter/nobody/gpt-9", "", None),
        ("openrouter/gpt-9", "", None),
        ("huggingface/acme/one:groq", "acme/one", "9"),
        ("huggingface/acme/one", "", None),
        # What nobody prices costs what nobody knows.
        ("openai/unheard-of", "", None),
        ("openai/", "", None),
        ("openai/" + "x" * 300, "", None),
        ("local/gpt-9", "gpt-9", None),
        ("relay/claude-9-1", "claude-9-1", None),
        ("nobody/gpt-9", "", None),
        ("mock/echo", "echo", None),
    ],
)
def test_a_model_is_found_however_it_is_named(table, target, served, usd):
    cost = over(table).cost(target, served, MILLION)

    assert cost == (None if usd is None else D(usd))


def test_an_unknown_price_is_none_even_for_nothing(table):
    assert over(table).cost("local/m", "m", Usage()) is None


def test_the_operators_own_price_goes_first(table):
    prices = over(table, **{"openai/gpt-9": Price(D("0.5"), D(1)), "local/qwen": Price(D(0), D(0))})

    assert prices.cost("openai/gpt-9", "gpt-9-2026-05-13", MILLION) == D("0.5")
    assert prices.cost("local/qwen", "qwen", Usage(10, 10)) == 0
    assert prices.cost("openai/latest", "gpt-9", MILLION) == D("0.5")
    assert prices.cost("openai/gpt-9-long", "", MILLION) == D(2)


def test_the_operators_own_price_is_whole(table):
    prices = over(table, **{"openai/gpt-9": Price(input=D(1))})

    assert prices.cost("openai/gpt-9", "", Usage(1_000_000, 1)) is None


def test_what_a_teller_says_goes_before_the_table(table):
    told = Usage(1_000_000, cost=D("0.1230"))
    prices = over(table, **{"openrouter/own": Price(D(5), D(5))})

    assert prices.cost("openrouter/acme/one", "", told) == D("0.123")
    assert prices.cost("perplexity/sonar", "", Usage(1, 1, cost=D(0))) == 0
    assert prices.cost("openrouter/own", "", told) == D(5)


def test_nobody_else_is_believed(table):
    assert over(table).cost("openai/gpt-9", "", Usage(1_000_000, cost=D(99))) == D(2)
    assert over(table).cost("local/m", "", Usage(1_000_000, cost=D(99))) is None


@pytest.mark.parametrize(("prompt", "usd"), [(200_000, "0.2"), (200_001, "0.400002")])
def test_a_long_call_costs_more_for_all_its_tokens(table, prompt, usd):
    assert over(table).cost("openai/gpt-9-long", "", Usage(prompt)) == D(usd)


@pytest.mark.parametrize(("tier", "usd"), [("", 4), ("default", 4), ("flex", 2), ("nonsense", 4)])
def test_the_tier_that_served_decides(table, tier, usd):
    assert over(table).cost("openai/gpt-9-tiers", "", MILLION, tier) == usd


@pytest.mark.parametrize(
    ("target", "moment", "usd"),
    [
        ("openai/gpt-9-soon", "2026-12-31T23:59", 4),
        ("openai/gpt-9-soon", "2027-01-01T00:00", 5),
        ("deepseek/night", "2026-11-21T00:59", 1),
        ("deepseek/night", "2026-11-21T01:00", 2),
    ],
)
def test_prices_change_with_the_date_and_the_hour(table, target, moment, usd):
    assert over(table, moment).cost(target, "", MILLION) == usd


def test_what_is_known_of_models_does_not_grow_without_end(table, monkeypatch):
    prices = over(table)

    for number in range(MAX_KNOWN + 10):
        prices.cost("openai/gpt-9", f"made-up-{number}", MILLION)

    assert len(prices._known) <= MAX_KNOWN
    assert prices.cost("openai/gpt-9", "", MILLION) == 2


def test_a_model_is_looked_up_once(table, monkeypatch):
    asked = []
    find = table.rates
    monkeypatch.setattr(table, "rates", lambda *place: asked.append(place) or find(*place))
    prices = over(table)

    prices.cost("openai/gpt-9", "", MILLION)
    prices.cost("openai/gpt-9", "", MILLION)

    assert asked == [("openai", "gpt-9")]


def test_a_name_without_end_is_not_kept(table):
    prices = over(table, **{"openai/gpt-9": Price(D(1))})

    assert prices.cost("openai/gpt-9", "x" * 300, MILLION) == D(1)
    assert not prices._known


def test_spellings_begin_with_the_name_as_it_is():
    assert list(spellings("eu.anthropic.claude-9-20260305-v1:0")) == [
        "eu.anthropic.claude-9-20260305-v1:0",
        "eu.anthropic.claude-9-2026-03-05-v1:0",
        "anthropic.claude-9-20260305-v1:0",
        "anthropic.claude-9-2026-03-05-v1:0",
        "eu.anthropic.claude-9-v1:0",
        "anthropic.claude-9-v1:0",
    ]
    assert list(spellings("gpt-9-20261399")) == ["gpt-9-20261399"]
    assert list(spellings("gpt-9-2026-03-05.ft-1")) == ["gpt-9-2026-03-05.ft-1"]


# The built-in table: hand-worked, so that a change of a price is noticed where it is taken over.


def real(target, usage, tier="", served=""):
    vendors = ("openai", "anthropic", "gemini", "bedrock", "mistral", "groq", "xai", "moonshot")
    entries = {name: Provider(name, name, "openai", "") for name in vendors}
    return Prices({}, entries, Stopped("2026-11-21T12:00")).cost(target, served, usage, tier)


@pytest.mark.parametrize(
    ("target", "usage", "tier", "usd"),
    [
        # 4, cache read 0.20, cache write 5, output 20: 80,000 + 12,000 + 100,000 + 20,000 millionths.
        (
            "anthropic/claude-opus-5-5",
            Usage(100_000, 1_000, cached=60_000, cache_write=20_000),
            "",
            "0.212",
        ),
        # 2, cache read 0.10, output 10: 600 x 2 + 400 x 0.10 + 100 x 10 = 1,200 + 40 + 1,000.
        ("openai/gpt-6.1-sol", Usage(1_000, 100, cached=400), "default", "0.00224"),
        # Flex is half of it.
        ("openai/gpt-6.1-sol", Usage(1_000, 100, cached=400), "flex", "0.00112"),
        # Above 272,000 tokens 4 and 15: 300,000 x 4 + 1,000 x 15.
        ("openai/gpt-6.1-sol", Usage(300_000, 1_000), "", "1.215"),
        # Speech: 1,000 x 32 + 500 x 64.
        ("openai/gpt-audio", Usage(1_000, 500, audio_input=1_000, audio_output=500), "", "0.064"),
        # 0.30 and 2.50, thoughts among the output: 1,000 x 0.30 + 900 x 2.50.
        ("gemini/gemini-2.5-flash", Usage(1_000, 900, reasoning=700), "", "0.00255"),
        # A profile of a region costs a tenth more than Anthropic's own 4 and 20: 1,000 x 4.40 + 100 x 22.
        ("bedrock/eu.anthropic.claude-opus-5-5", Usage(1_000, 100), "", "0.0066"),
        ("bedrock/global.anthropic.claude-opus-5-5", Usage(1_000, 100), "", "0.006"),
    ],
)
def test_real_prices_come_to_what_is_worked_out_by_hand(target, usage, tier, usd):
    assert real(target, usage, tier) == D(usd)


def test_every_list_that_is_renamed_is_there():
    table = jsons.decode_object(PriceTable()._path.read_bytes())

    assert set(subject.LISTS.values()) <= set(table)
