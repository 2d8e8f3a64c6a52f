"""The catalogue: every row is fit, and a slip in one is told with its place."""

from collections import Counter
from dataclasses import fields
from urllib.parse import urlsplit

import pytest

from proxy.codecs.anthropic.models import capability
from proxy.codecs.vendors import REPLAY, REQUEST, RESPONSE
from proxy.config import capabilities, quirks
from proxy.config.addresses import places
from proxy.config.catalog import MOCK, catalog, read
from proxy.config.problems import ConfigError
from proxy.config.protocols import ACCOUNT, KNOWN, PROTOCOLS
from proxy.config.schema import TargetRef
from proxy.config.urls import is_address
from proxy.core.shape import Capabilities, Quirks
from tests.support.configs import loaded

VENDORS = catalog().vendors

NAMED = """openai anthropic gemini vertex bedrock azure ollama cohere mistral groq deepseek xai openrouter
perplexity together fireworks cerebras sambanova nvidia huggingface moonshot zai alibaba minimax cloudflare
databricks snowflake writer vercel-gateway vllm llama-cpp lmstudio"""

OTHER_NAMES = {
    "together_ai": "together", "dashscope": "alibaba", "qwen": "alibaba", "zhipu": "zai", "kimi": "moonshot",
    "google": "gemini", "gemini-api": "gemini", "aws": "bedrock", "azure_openai": "azure", "hf": "huggingface",
    "fireworks_ai": "fireworks", "nvidia_nim": "nvidia", "x-ai": "xai", "Grok": "xai", "claude": "anthropic",
    "vertex_ai": "vertex", "cohere_chat": "cohere", "llama.cpp": "llama-cpp", "lm-studio": "lmstudio",
    "vercel_ai_gateway": "vercel-gateway", "meta_llama": "meta", "gradient_ai": "digitalocean",
}  # fmt: skip

HOST_ALONE = {"anthropic", "azure", "bedrock", "cohere", "ollama", "vertex"}

DROPPED = """brave dataforseo deepgram duckduckgo elevenlabs exa_ai fal_ai firecrawl google_pse jina_ai linkup
parallel_ai recraft runwayml serper stability tavily topaz langgraph nlp_cloud replicate github"""
"""Neither chat nor embeddings in a protocol that is spoken here, or retired."""

HEAD = "openai_only: [store]\ncompatible: {developer_role: false}\nvendors:\n"
ROW = "  - {id: a, name: A, protocol: openai, base_url: 'http://h/v1'"


def test_a_hundred_vendors_are_known_and_the_usual_ones_by_their_usual_names():
    ids = [vendor.id for vendor in VENDORS]

    assert len(ids) >= 100
    assert len(ids) == len(set(ids))
    assert set(NAMED.split()) <= set(ids)
    assert {name: catalog().find(name).id for name in OTHER_NAMES} == OTHER_NAMES


def test_what_has_neither_chat_nor_embeddings_is_no_vendor():
    assert [name for name in DROPPED.split() if catalog().find(name)] == []


@pytest.mark.parametrize("vendor", VENDORS, ids=lambda vendor: vendor.id)
def test_every_row_has_an_address_of_its_protocols_form(vendor):
    url = vendor.base_url

    assert is_address(url)
    assert not url.endswith("/")
    assert url.startswith("https://") or vendor.keyless
    assert (urlsplit(url).path == "") is (
        vendor.protocol in HOST_ALONE
    ) or vendor.id == "perplexity"
    assert set(places(url)) <= {ACCOUNT, "region", "location", "resource", "host"}


@pytest.mark.parametrize("vendor", VENDORS, ids=lambda vendor: vendor.id)
def test_every_row_says_how_it_is_logged_in_to(vendor):
    assert vendor.keyless or vendor.env or vendor.login_env
    assert bool(vendor.login_env) is bool(KNOWN[vendor.protocol].login)
    assert set(vendor.option_env) <= {*KNOWN[vendor.protocol].options, *places(vendor.base_url)}
    assert set(vendor.option_default) <= set(vendor.option_env)


@pytest.mark.parametrize("vendor", VENDORS, ids=lambda vendor: vendor.id)
def test_every_row_has_quirks_that_exist(vendor):
    has = vendor.quirks

    assert set(has.request) <= set(REQUEST)
    assert set(has.response) <= set(RESPONSE)
    assert has.reasoning_replay in {"", *REPLAY}
    assert all(low < high for low, high in has.clamp.values())
    assert not set(has.rename) & has.drop
    assert not has.drop & {"model", "messages", "stream", "tools", "n", "response_format"}
    assert vendor.protocol == "openai" or has == Quirks()


@pytest.mark.parametrize("vendor", VENDORS, ids=lambda vendor: vendor.id)
def test_every_row_knows_models_by_more_than_a_letter(vendor):
    assert all(len(family) >= 2 for family in (*vendor.families, *vendor.models))
    assert all(known != Capabilities() for known in vendor.models.values())


def test_a_key_variable_belongs_to_one_vendor():
    owners = Counter(name for vendor in VENDORS for name in dict.fromkeys(vendor.env))

    assert [name for name, count in owners.items() if count > 1] == []


def test_every_protocol_is_spoken_by_somebody():
    spoken = {name for vendor in VENDORS for name in (vendor.protocol, *vendor.speaks)}

    assert spoken == set(PROTOCOLS)


def test_what_rows_share_is_said_once():
    found = read(
        f"{HEAD}{ROW}, capabilities: {{tools: false}}, models: {{m-: {{context: 9}}}},"
        " option_env: {account: [A_B]}, option_default: {account: x}, login_env: [[C, D]]}".encode(),
        "v",
    ).find("a")

    assert found.capabilities == Capabilities(tools=False)
    assert found.models == {"m-": Capabilities(context=9)}
    assert (found.option_env, found.option_default) == ({"account": ("A_B",)}, {"account": "x"})
    assert found.login_env == (("C", "D"),)


def test_rows_that_drop_what_openai_alone_has_drop_all_its_words_for_the_prompt_cache():
    words = {"prompt_cache_retention", "prompt_cache_options"}
    dropped = [vendor.quirks.drop & words for vendor in VENDORS if vendor.quirks.drop & words]

    assert len(dropped) > 20
    assert all(each == words for each in dropped)


def test_vendors_that_refuse_what_they_do_not_know_get_nothing_of_it_in_messages():
    strict = {vendor.id for vendor in VENDORS if "known_members" in vendor.quirks.request}

    assert strict == {"groq", "cerebras", "fireworks", "nvidia"}


def test_every_quirk_that_a_row_may_have_can_be_written():
    assert set(quirks.RECORD.fields) == {field.name for field in fields(Quirks)}
    assert set(capabilities.RECORD.fields) == {field.name for field in fields(Capabilities)}


def test_rows_are_found_by_id_and_by_further_names():
    assert catalog().find("Grok") is catalog().find("xai")
    assert catalog().find("llama.cpp") is catalog().find("llama-cpp")
    assert catalog().find("nobody") is None
    assert catalog().find(MOCK) is None


def test_quirks_are_data():
    perplexity = catalog().find("perplexity").quirks

    assert perplexity.rename["max_completion_tokens"] == "max_tokens"
    assert not perplexity.stream_options
    assert not perplexity.developer_role
    assert perplexity.think_tags
    assert perplexity.clamp == {"temperature": (0.0, 1.99)}
    assert catalog().find("openai").quirks == Quirks(reasoning_replay="none")
    assert "store" in catalog().find("cerebras").quirks.drop
    assert "openai_only" not in catalog().find("cerebras").quirks.drop


def test_a_row_without_quirks_is_taken_for_plain_and_an_empty_one_for_openais_equal():
    found = read(f"{HEAD}{ROW}}}\n{ROW.replace('id: a', 'id: b')}, quirks: {{}}}}\n".encode(), "v")

    assert found.find("a").quirks == found.compatible == Quirks(developer_role=False)
    assert found.find("b").quirks == Quirks()


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
        (f"{HEAD}{ROW}, quirks: {{request: [no_nmes]}}}}", "did you mean 'no_names'?"),
        (f"{HEAD}{ROW}, quirks: {{clamp: {{n: [2, 1]}}}}}}", "clamp.n: expected the least and the"),
        (f"{HEAD}{ROW}, quirks: {{clamp: {{n: [1]}}}}}}", "expected at least 2 in the least and"),
        (
            f"{HEAD}{ROW}, quirks: {{clamp: {{n: [1, b]}}}}}}",
            "clamp.n[1]: expected a number, got 'b'",
        ),
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


def test_local_servers_relay_completions_and_voyage_is_there_for_its_vectors():
    assert catalog().find("vllm").surfaces == ("completions",)
    assert "completions" not in catalog().find("openai").surfaces
    assert catalog().find("voyage").base_url == "https://api.voyageai.com/v1"


@pytest.mark.parametrize(
    ("name", "model", "known"),
    [
        ("mistral", "mistral-large-latest", True),
        ("moonshot", "kimi-k2.5", True),
        ("vllm", "qwen3", True),
        ("groq", "llama-3.3-70b-versatile", True),
        ("groq", "openai/gpt-oss-120b", None),
        ("anthropic", "claude-sonnet-4-20250514", True),
        ("anthropic", "claude-haiku-4-5-20251001", True),
        ("anthropic", "claude-sonnet-4-6", None),
        ("anthropic", "claude-sonnet-5-5", None),
        ("openai", "gpt-5.4", None),
    ],
)
def test_who_goes_on_from_a_begun_answer_is_known(name, model, known):
    provider = loaded(f"providers: {{{name}: {{api_key: k}}}}").providers[name]

    assert capabilities.resolve(provider, TargetRef(name, model)).prefill is known


@pytest.mark.parametrize(
    "model",
    [
        "claude-3-haiku-20240307", "claude-3-7-sonnet-latest", "claude-opus-4-0", "claude-opus-4-20250514",
        "claude-opus-4-1-20250805", "claude-sonnet-4-0", "claude-opus-4-5", "claude-sonnet-4-5-20250929",
        "claude-opus-4-6", "claude-sonnet-4-6", "claude-opus-4-7", "claude-opus-4-8", "claude-opus-5",
        "claude-haiku-5-5", "claude-fable-5",
    ],
)  # fmt: skip
def test_of_claude_the_catalogue_knows_what_the_codec_knows(model):
    provider = loaded("providers: {anthropic: {api_key: k}}").providers["anthropic"]
    known = capabilities.resolve(provider, TargetRef("anthropic", model)).prefill

    assert bool(known) == capability(model).prefill
