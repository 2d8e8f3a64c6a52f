"""Coding agents in front of every protocol and every vendor: what goes out is something that the provider takes."""

import json
from dataclasses import replace

import pytest

from proxy.codecs.responses.need import as_responses, needs_responses
from proxy.config.catalog import catalog
from proxy.core.secret import Secret
from proxy.core.shape import Quirks, Target
from proxy.surfaces.messages.parse import parse as read_messages
from proxy.surfaces.responses.parse import parse as read_responses
from tests.support import agents, judges
from tests.support.corpus import CODECS

KEY = Secret("k")
AGENTS = {
    "claude-code": lambda: read_messages(agents.written(agents.claude_code()), agents.HEADERS),
    "codex": lambda: read_responses(agents.written(agents.codex())),
}
SHAPED = [vendor for vendor in catalog().vendors if vendor.protocol == "openai"]
OWN_WORDS = {
    "chat_template_kwargs", "disable_reasoning", "enable_thinking", "provider", "reasoning", "reasoning_format",
    "reasoning_split", "separate_reasoning", "thinking", "thinking_budget", "tool_stream",
}  # fmt: skip
"""What edits of a vendor's row write in its own words; `tests/codecs/vendors` tests them one by one."""
REPLAYED = {"reasoning", "reasoning_content", "reasoning_details"}


def target(model, protocol="openai", base="http://provider.test/v1", **more):
    return Target("provider", model, protocol, base, api_key=KEY, **more)


def sent(agent, to):
    call = CODECS[to.protocol].encode(AGENTS[agent](), to)
    return json.loads(call.body), call


@pytest.mark.parametrize("agent", AGENTS)
@pytest.mark.parametrize("vendor", SHAPED, ids=[vendor.id for vendor in SHAPED])
def test_every_vendor_of_the_catalogue_takes_it(vendor, agent):
    base = vendor.base_url.replace("{", "").replace("}", "")
    quirks = vendor.quirks
    body, call = sent(agent, target("some-model", base=base, quirks=quirks))
    complaints = judges.chat(
        body,
        extras=OWN_WORDS | quirks.takes,
        replay=REPLAYED if quirks.reasoning_replay else (),
        marks="cache_control" in quirks.takes,
    )

    assert list(complaints) == []
    assert not [name for name, _ in call.headers if name.startswith("anthropic-")]


@pytest.mark.parametrize("agent", AGENTS)
@pytest.mark.parametrize(
    ("model", "reasons"),
    [("gpt-5", True), ("gpt-5.1", True), ("gpt-4o", False), ("gpt-4.1-mini", False), ("o3", True)],
)
@pytest.mark.parametrize("protocol", ["openai", "azure"])
def test_openais_own_models_take_it(protocol, model, reasons, agent):
    azure = protocol == "azure"
    base = "https://r.openai.azure.com" if azure else "https://api.openai.com/v1"
    options = {"base_model": model} if azure else {}
    quirks = catalog().find("openai").quirks
    body, _ = sent(agent, target(model, protocol, base, options=options, quirks=quirks))
    complaints = [
        *judges.chat(body, customs=model.startswith("gpt-5")),
        *judges.openai_models(body, reasons=reasons),
    ]

    assert complaints == []
    assert ("reasoning_effort" in body) is reasons


@pytest.mark.parametrize("agent", AGENTS)
def test_a_model_whose_tools_chat_refuses_beside_reasoning_is_asked_over_responses(agent):
    request, chat = AGENTS[agent](), target("gpt-5.4", base="https://api.openai.com/v1")
    body = json.loads(
        CODECS["responses"].encode(replace(request, raw=b""), as_responses(chat)).body
    )

    assert needs_responses(request, chat)
    assert list(judges.responses(body, reasons=True)) == []
    assert body["reasoning"]["effort"] == ("high" if agent == "claude-code" else "medium")


@pytest.mark.parametrize(
    ("model", "reasons"), [("gpt-5.2", True), ("gpt-4o", False), ("grok-4", True)]
)
def test_the_responses_api_takes_claude_code(model, reasons):
    body, _ = sent("claude-code", target(model, "responses"))

    assert list(judges.responses(body, reasons=reasons)) == []
    assert ("reasoning" in body) is reasons


@pytest.mark.parametrize("agent", AGENTS)
@pytest.mark.parametrize("model", ["mistral-large-latest", "magistral-medium-latest"])
def test_mistral_takes_it(model, agent):
    body, _ = sent(agent, target(model, "mistral"))

    assert list(judges.mistral(body)) == []


@pytest.mark.parametrize("agent", AGENTS)
@pytest.mark.parametrize(
    ("model", "newer"),
    [("gemini-2.5-pro", False), ("gemini-2.5-flash", False), ("gemini-3-pro-preview", True)],
)
def test_gemini_takes_it(model, newer, agent):
    body, _ = sent(agent, target(model, "gemini"))

    assert list(judges.gemini(body, mixes=newer, nested=newer)) == []


@pytest.mark.parametrize("agent", AGENTS)
@pytest.mark.parametrize("model", ["amazon.nova-pro-v1:0", "openai.gpt-oss-120b-1:0", "mistral.x"])
def test_converse_takes_it(model, agent):
    body, _ = sent(agent, target(model, "bedrock", options={"region": "us-east-1"}))

    assert list(judges.bedrock(body)) == []


def test_converse_takes_codex_for_claude():
    model = "anthropic.claude-sonnet-4-5-20250929-v1:0"
    body, _ = sent("codex", target(model, "bedrock", options={"region": "us-east-1"}))

    assert list(judges.bedrock(body)) == []


@pytest.mark.parametrize("agent", AGENTS)
def test_ollama_takes_it(agent):
    body, _ = sent(agent, target("qwen3:8b", "ollama"))

    assert list(judges.ollama(body)) == []


@pytest.mark.parametrize("agent", AGENTS)
@pytest.mark.parametrize("model", ["command-a-plus-05-2026", "command-r-08-2024"])
def test_cohere_takes_it(model, agent):
    body, _ = sent(agent, target(model, "cohere"))

    assert list(judges.cohere(body)) == []


@pytest.mark.parametrize("model", ["claude-sonnet-4-5", "claude-opus-4-8", "claude-3-5-haiku"])
def test_anthropic_takes_codex(model):
    body, _ = sent("codex", target(model, "anthropic"))

    assert list(judges.anthropic(body)) == []


@pytest.mark.parametrize("model", ["claude-sonnet-4-5", "claude-opus-4-8"])
def test_anthropic_takes_claude_code_where_it_cannot_be_relayed(model):
    request = replace(AGENTS["claude-code"](), raw=b"")
    body = json.loads(CODECS["anthropic"].encode(request, target(model, "anthropic")).body)

    assert list(judges.anthropic(body)) == []
    assert body["max_tokens"] == 32_000


@pytest.mark.parametrize("agent", AGENTS)
@pytest.mark.parametrize(
    "protocol", sorted(CODECS.keys() & {"openai", "mistral", "ollama", "cohere"})
)
def test_writing_it_twice_gives_the_same_and_leaves_the_request_alone(protocol, agent):
    request, to = AGENTS[agent](), target("some-model", protocol, quirks=Quirks())
    before = json.dumps(request.body)
    first, second = (CODECS[protocol].encode(request, to).body for _ in range(2))

    assert first == second
    assert json.dumps(request.body) == before
