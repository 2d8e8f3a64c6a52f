"""The catalogue: every row is fit, and a slip in one is told with its place."""

import pytest

from proxy.config.catalog import MOCK, catalog, read
from proxy.config.kinds import is_address
from proxy.config.problems import ConfigError
from proxy.core.shape import Quirks

VENDORS = catalog().vendors

EXPECTED = """openai anthropic groq deepseek xai openrouter together fireworks perplexity mistral cerebras
sambanova nvidia moonshot zai alibaba huggingface vllm ollama lmstudio llama-cpp"""

HEAD = "openai_only: [store]\ncompatible: {}\nvendors:\n"
ROW = "  - {id: a, name: A, protocol: openai, base_url: 'http://h/v1'"


def test_the_vendors_that_are_known():
    assert [vendor.id for vendor in VENDORS] == EXPECTED.split()


@pytest.mark.parametrize("vendor", VENDORS, ids=lambda vendor: vendor.id)
def test_every_row_is_fit(vendor):
    assert is_address(vendor.base_url)
    assert not vendor.base_url.endswith("/")
    assert vendor.keyless or vendor.env
    assert vendor.base_url.startswith("https://") or vendor.keyless
    if vendor.protocol == "anthropic":
        assert vendor.base_url.count("/") == 2
    assert all(len(family) >= 2 for family in vendor.families)
    assert not set(vendor.quirks.rename) & vendor.quirks.drop
    assert not vendor.quirks.drop & {"model", "messages", "stream", "tools", "n", "response_format"}


def test_rows_are_found_by_id_and_by_further_names():
    assert catalog().find("Grok") is catalog().find("xai")
    assert catalog().find("llama.cpp") is catalog().find("llama-cpp")
    assert catalog().find("nobody") is None
    assert catalog().find(MOCK) is None


def test_quirks_are_data():
    mistral = catalog().find("mistral").quirks

    assert mistral.rename["seed"] == "random_seed"
    assert not mistral.stream_options
    assert not mistral.developer_role
    assert catalog().find("openai").quirks == Quirks()
    assert catalog().find("perplexity").quirks.think_tags
    assert "store" in catalog().find("cerebras").quirks.drop
    assert "openai_only" not in catalog().find("cerebras").quirks.drop


def test_an_unknown_server_is_taken_for_a_plain_one():
    assert catalog().compatible.rename == {"max_completion_tokens": "max_tokens"}
    assert not catalog().compatible.developer_role
    assert catalog().compatible.stream_options


def test_a_vendor_is_one_row_and_nothing_else():
    found = read(
        f"{HEAD}{ROW}, headers: {{x-a: b}}, quirks: {{drop: [openai_only]}}}}\n".encode(), "v"
    )

    assert found.find("a").headers == (("x-a", "b"),)
    assert found.find("a").quirks.drop == {"store"}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "v:1:1: expected the key 'vendors'"),
        (f"{HEAD}{ROW}, urls: []}}\n", "v:4:65: vendors[0].urls: unknown key"),
        (f"{HEAD}{ROW}}}\n{ROW}}}\n", "v:5:10: vendors[1].id: 'a' is taken"),
        (f"{HEAD}{ROW}, aliases: [mock]}}\n", "'mock' is taken"),
        (f"{HEAD}{ROW}, families: [x-, x-]}}\n", "vendors[0].families: 'x-' belongs to a"),
        (
            f"{HEAD}  - {{id: a, name: A, protocol: carrier, base_url: 'http://h'}}",
            "expected `openai`",
        ),
    ],
)
def test_a_slip_in_a_row_is_told(text, said):
    with pytest.raises(ConfigError) as caught:
        read(text.encode(), "v")

    assert said in str(caught.value)
