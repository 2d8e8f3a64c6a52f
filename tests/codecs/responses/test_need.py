import pytest

from proxy.codecs.responses.need import as_responses, needs_responses, takes_responses
from proxy.core.shape import ChatRequest, Quirks, Target
from tests.support.replies import function

TOOLS = {"tools": [function("tide")]}
OPENAI = "https://api.openai.com/v1"


def at(model, base_url=OPENAI, protocol="openai", **named):
    return Target("p", model, protocol, base_url, **named)


def needs(body, model, **named):
    return needs_responses(ChatRequest(body=body), at(model, **named))


@pytest.mark.parametrize(
    ("model", "body", "need"),
    [
        ("gpt-4.1", {**TOOLS, "reasoning_effort": "high"}, False),
        ("gpt-5", {**TOOLS, "reasoning_effort": "high"}, False),
        ("gpt-5.3", {**TOOLS, "reasoning_effort": "high"}, False),
        ("gpt-5.4", {**TOOLS, "reasoning_effort": "low"}, True),
        ("gpt-5.4", {**TOOLS, "reasoning": {"effort": "low"}}, True),
        ("gpt-5.4", {**TOOLS, "reasoning_effort": "none"}, False),
        ("gpt-5.4", TOOLS, False),
        ("gpt-5.4", {"reasoning_effort": "high"}, False),
        ("gpt-5.4", {"tools": [], "reasoning_effort": "high"}, False),
        ("gpt-6-sol", TOOLS, True),
        ("gpt-6-sol", {**TOOLS, "reasoning_effort": "none"}, False),
        ("gpt-6-sol", {"reasoning_effort": "high"}, False),
        ("gpt-6-astra", TOOLS, True),
        ("gpt-6.1-sol", {**TOOLS, "reasoning_effort": "none"}, True),
        ("gpt-6.1-sol", {"reasoning_effort": "high"}, False),
        ("gpt-5.3-codex", {}, True),
        ("o3-pro", {}, True),
    ],
)
def test_what_chat_refuses_needs_responses(model, body, need):
    assert needs(body, model) is need


def test_a_file_that_another_apis_caller_tells_by_its_address_needs_it_too():
    def asked(data, **more):
        part = {"type": "file", "file": {"filename": "a.pdf", "file_data": data}}
        said = {"role": "user", "content": [{"type": "text", "text": "a"}, part, 7]}
        body = {"messages": [3, {"role": "system", "content": "s"}, said]}
        return needs_responses(ChatRequest(body=body, **more), at("gpt-4.1"))

    assert asked("https://a.test/a.pdf", translated=True)
    assert not asked("data:application/pdf;base64,AA", translated=True)
    assert not asked("https://a.test/a.pdf")
    assert not needs_responses(ChatRequest(body={}, translated=True), at("gpt-4.1"))


@pytest.mark.parametrize("host", ["eu.api.openai.com", "api.openai.com"])
def test_every_region_of_openai_has_the_rule(host):
    assert needs(TOOLS, "gpt-6.1-sol", base_url=f"https://{host}/v1")


@pytest.mark.parametrize(
    "base_url",
    [
        "https://openrouter.ai/api/v1",
        "https://api.openai.com.evil.test/v1",
        "http://127.0.0.1:8000/v1",
        "",
    ],
)
def test_nobody_else_has_the_rule(base_url):
    assert not needs(TOOLS, "gpt-6.1-sol", base_url=base_url)


def test_other_protocols_never_need_it():
    assert not needs(TOOLS, "gpt-6.1-sol", protocol="responses")


def test_a_deployment_at_azure_is_judged_by_the_model_behind_it():
    named = {"base_url": "https://x.example", "protocol": "azure"}

    assert needs(TOOLS, "prod", options={"base_model": "gpt-6.1-sol"}, **named)
    assert needs(TOOLS, "gpt-6.1-sol", **named)
    assert not needs(TOOLS, "prod", **named)


def test_azure_is_known_by_its_hosts_too():
    assert needs(TOOLS, "gpt-6.1-sol", base_url="https://acme.openai.azure.com/openai/v1")
    assert needs(TOOLS, "gpt-6.1-sol", base_url="https://acme.services.ai.azure.com/openai/v1")


def test_the_targets_own_parameters_count():
    assert needs(TOOLS, "gpt-5.4", params={"reasoning_effort": "high"})
    assert not needs(
        {**TOOLS, "reasoning_effort": "high"}, "gpt-5.4", params={"reasoning_effort": "none"}
    )


def test_at_openai_only_the_protocol_changes():
    target = at("gpt-5.4")

    assert as_responses(target) == at("gpt-5.4", protocol="responses")


@pytest.mark.parametrize(
    ("base_url", "new"),
    [
        ("https://a.openai.azure.com", "https://a.openai.azure.com/openai/v1"),
        ("https://a.openai.azure.com/openai", "https://a.openai.azure.com/openai/v1"),
        ("https://a.openai.azure.com/openai/v1", "https://a.openai.azure.com/openai/v1"),
        (
            "https://a.openai.azure.com/openai/deployments/d",
            "https://a.openai.azure.com/openai/v1",
        ),
        ("https://a.services.ai.azure.com/models", "https://a.services.ai.azure.com/openai/v1"),
        ("https://gate.example:8443/az", "https://gate.example:8443/az/openai/v1"),
    ],
)
def test_at_azure_it_is_the_address_of_version_v1(base_url, new):
    changed = as_responses(at("prod", base_url, "azure"))

    assert (changed.protocol, changed.base_url) == ("responses", new)


@pytest.mark.parametrize(
    ("dialect", "raw", "protocol", "surfaces", "taken"),
    [
        ("responses", b"{}", "openai", ("responses",), True),
        ("responses", b"{}", "azure", ("completions", "responses"), True),
        ("responses", b"{}", "openai", ("completions",), False),
        ("responses", b"{}", "gemini", ("responses",), False),
        ("responses", b"", "openai", ("responses",), False),
        ("chat", b"{}", "openai", ("responses",), False),
    ],
)
def test_callers_of_the_api_are_relayed_where_the_provider_has_it(
    dialect, raw, protocol, surfaces, taken
):
    request = ChatRequest({}, raw=raw, dialect=dialect)

    assert takes_responses(request, at("gpt-4.1", protocol=protocol), surfaces) is taken


@pytest.mark.parametrize(
    ("model", "protocol", "surfaces", "takes"),
    [
        ("gpt-5", "openai", ("responses",), True),
        ("gpt-5", "azure", ("responses",), True),
        ("gpt-5", "openai", (), False),
        ("gpt-5", "mistral", ("responses",), False),
        ("gpt-5-search-api", "openai", ("responses",), False),
    ],
)
def test_a_search_that_must_be_made_is_a_tool_of_responses_alone(model, protocol, surfaces, takes):
    request = ChatRequest(body={}, dialect="messages", must_search="It needs a search.")

    assert takes_responses(request, at(model, protocol=protocol), surfaces) is takes


def test_what_a_chat_api_does_not_know_of_a_search_its_responses_api_knows():
    quirks = Quirks(drop=frozenset({"web_search_options", "seed"}))

    assert as_responses(at("grok-4", quirks=quirks)).quirks.drop == {"seed"}
