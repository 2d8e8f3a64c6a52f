"""docs/providers.md is held to the code: its claims are proved on the codecs, its vendors come from the catalogue."""

import json
from dataclasses import dataclass
from functools import cache

import pytest

from proxy.config.catalog import catalog
from proxy.core.credential import AwsAuth, GoogleAuth
from proxy.core.errors import Kind, ProxyError
from proxy.core.fold import fold
from proxy.core.secret import Secret
from proxy.core.shape import ChatRequest, Target
from proxy.core.state import MARK
from tests.support import corpus, provider_page
from tests.support.features import CLAIMS, PROTOCOLS, How

MARKER = "Zm9vYmFy"
"""Base64 that stands in bodies for whatever must come through."""
MODELS = {
    "openai": "gpt-5",
    "azure": "gpt-5",
    "responses": "gpt-5",
    "anthropic": "claude-sonnet-4-5",
    "gemini": "gemini-2.5-flash",
    "vertex": "gemini-2.5-flash",
    "bedrock": "anthropic.claude-sonnet-4-5-20250929-v1:0",
    "mistral": "mistral-medium-latest",
    "cohere": "command-a-reasoning-08-2025",
    "ollama": "qwen3",
}
ON_VERTEX = {"vertex": "claude-sonnet-4-5"}
OPTIONS = {"project": "p", "location": "global", "region": "us-east-1"}
SCHEMA = {"type": "object", "properties": {MARKER: {"type": "string"}}, "required": [MARKER]}
TOOL = {"type": "function", "function": {"name": MARKER, "parameters": {"type": "object"}}}
CALLS = [
    {"role": "user", "content": "hi"},
    {
        "role": "assistant",
        "content": None,
        "tool_calls": [
            {
                "id": f"call_{at}",
                "type": "function",
                "function": {"name": MARKER, "arguments": "{}"},
            }
            for at in "12"
        ],
    },
    {"role": "tool", "tool_call_id": "call_1", "content": "one"},
    {"role": "tool", "tool_call_id": "call_2", "content": f"two {MARKER}"},
]


@dataclass(frozen=True)
class Probe:
    """A request that asks for a feature: what it adds to a plain one, and what shows in the body that it was written."""

    patch: dict
    marker: str = ""
    """What must stand in the body; empty where it is enough that the body is another."""
    emulation: tuple = ()
    """What stands in the body where the feature is only emulated."""
    models: tuple = ()
    """(protocol, model) in place of the usual ones."""


def part(part, marker=MARKER):
    message = {"role": "user", "content": [{"type": "text", "text": "q"}, part]}
    return Probe({"messages": [message]}, marker)


def file(**file):
    return {"type": "file", "file": file}


def image(url):
    return part({"type": "image_url", "image_url": {"url": url}}, url.rpartition(",")[2])


def schema(**models):
    form = {"type": "json_schema", "json_schema": {"name": "a", "strict": True, "schema": SCHEMA}}
    emulation = ("firstbyte_json_answer", "against this JSON Schema")
    return Probe({"response_format": form}, MARKER, emulation, tuple(models.items()))


MARKED = {"type": "text", "text": "q", "cache_control": {"type": "ephemeral"}}
CACHED = {"messages": [{"role": "user", "content": [MARKED]}]}
PROBES = {
    "tools": [
        Probe({"tools": [TOOL]}, MARKER),
        Probe({"tools": [TOOL], "tool_choice": "required"}, MARKER, ("You must call",)),
    ],
    "parallel tools": [
        Probe({"tools": [TOOL], "messages": CALLS}, f"two {MARKER}"),
        Probe({"tools": [TOOL], "parallel_tool_calls": False}, MARKER),
    ],
    "custom tools": [
        Probe({"tools": [{"type": "custom", "custom": {"name": MARKER}}]}, MARKER, ("freeform",))
    ],
    "images": [image(f"data:image/png;base64,{MARKER}"), image("https://provider.test/a.png")],
    "files": [
        part(file(filename="a.txt", file_data="data:text/plain;base64,Zm9v"), ""),
        part(file(filename="a.pdf", file_data="data:application/pdf;base64,JVBERi0xLjQK"), "JVBER"),
        part(file(file_id="file-1"), "file-1"),
    ],
    "audio in": [part({"type": "input_audio", "input_audio": {"data": MARKER, "format": "wav"}})],
    "audio out": [
        Probe({"modalities": ["text", "audio"], "audio": {"voice": "alloy", "format": "wav"}})
    ],
    "JSON schema": [
        schema(),
        schema(
            anthropic="claude-3-5-haiku-20241022",
            vertex="claude-3-5-haiku@20241022",
            bedrock="amazon.nova-pro-v1:0",
            cohere="command-r-03-2024",
        ),
    ],
    "reasoning": [Probe({"reasoning_effort": "high"})],
    "cache marks": [
        Probe(CACHED, "cache"),
        Probe(CACHED, "cache", models=tuple(ON_VERTEX.items())),
    ],
    "cache key": [Probe({"prompt_cache_key": MARKER}, MARKER)],
    "web search": [Probe({"web_search_options": {}}, "earch")],
    "logprobs": [
        Probe({"logprobs": True, "top_logprobs": 2}),
        Probe({"logprobs": True}, models=(*ON_VERTEX.items(), ("responses", "gpt-4.1"))),
    ],
    "n": [Probe({"n": 2}), Probe({"n": 2}, models=tuple(ON_VERTEX.items()))],
}
"""By feature, the requests that prove it."""

SIGHTS = {
    "streaming": ["stream"],
    "tools": ["call"],
    "parallel tools": ["calls"],
    "reasoning": ["reasoning"],
    "signed reasoning": ["signed"],
    "citations": ["citation"],
    "usage details": ["cached", "reasoned"],
    "errors inside a 200": ["error"],
}
"""By feature, what must be seen in the answers of our fixtures."""
OWN_WORDS = {
    "azure": ("azure", "openai"),
    "vertex": ("vertex", "gemini", "anthropic"),
}
"""Folders of fixtures that a codec reads with what it has of others; each other codec has its own folder alone."""


def target(protocol, models=(), **more):
    model = dict(models).get(protocol, MODELS[protocol])
    more.setdefault("api_key", Secret("sk-made-up"))
    return Target(
        protocol, model, protocol, "https://provider.test/v1", options=dict(OPTIONS), **more
    )


def written(protocol, patch, models=()):
    body = {"model": "m", "messages": [{"role": "user", "content": "hi"}], **patch}
    request = ChatRequest(body=body, model="m")
    return corpus.CODECS[protocol].encode(request, target(protocol, models))


def outcome(protocol, probe):
    """How one request fares: YES, EMULATED, or NO where it is refused, or what it asks for left out."""
    try:
        call = written(protocol, probe.patch, probe.models)
    except ProxyError as error:
        if error.kind not in {Kind.UNSUPPORTED, Kind.INVALID_REQUEST}:
            raise
        return How.NO
    body = call.body.decode()
    if set(call.dropped) & probe.patch.keys() or probe.marker not in body:
        return How.NO
    if call.body == written(protocol, {}, probe.models).body:
        return How.NO
    return How.EMULATED if any(word in body for word in probe.emulation) else How.YES


def fixtures(protocol):
    folders = OWN_WORDS.get(protocol, (protocol,))
    borrowed = {"vertex": {"vertex", "gemini", "anthropic"}, "azure": {"azure", "openai"}}
    codecs = borrowed.get(protocol, {protocol})
    return [
        case
        for case in corpus.own()
        if case.codec in codecs and case.name.partition("/")[0] in folders
    ]


def read(case):
    if case.is_stream:
        decoder = case.decoder()
        return fold(decoder.feed(case.raw) + decoder.finish())
    status, headers = case.meta["status"], case.meta["response_headers"]
    codec = corpus.CODECS[case.codec]
    return codec.decode(status, headers, case.raw, created=1, target=case.target)


def counted(protocol):
    """A whole answer in OpenAI's shape with all details of its usage, as a codec of that shape gives it on."""
    details = {
        "prompt_tokens_details": {"cached_tokens": 2},
        "completion_tokens_details": {"reasoning_tokens": 3},
    }
    usage = {"prompt_tokens": 4, "completion_tokens": 5, "total_tokens": 9, **details}
    message = {"role": "assistant", "content": "hi"}
    choices = [{"index": 0, "message": message, "finish_reason": "stop"}]
    answer = {"id": "x", "object": "chat.completion", "model": "m", "choices": choices}
    body = json.dumps({**answer, "created": 1, "usage": usage}).encode()
    return corpus.CODECS[protocol].decode(200, {}, body, created=1)


@cache
def sights(protocol):
    """What is seen in the answers that our fixtures of this protocol hold."""
    seen = of_usage(counted(protocol)["usage"]) if protocol in corpus.CHAT_SHAPED else set()
    for case in fixtures(protocol):
        if case.meta["status"] >= 400:
            continue
        try:
            answer = read(case)
        except ProxyError:
            seen |= {"error"} if case.expect["error"] else set()
            continue
        seen |= {"stream"} if case.is_stream else set()
        seen |= of_usage(answer.get("usage") or {})
        for choice in answer["choices"]:
            seen |= of_message(choice["message"])
    return seen


def of_usage(usage):
    cached = (usage.get("prompt_tokens_details") or {}).get("cached_tokens")
    reasoned = (usage.get("completion_tokens_details") or {}).get("reasoning_tokens")
    return ({"cached"} if cached else set()) | ({"reasoned"} if reasoned else set())


def of_message(message):
    calls = message.get("tool_calls") or []
    facts = {
        "call": calls,
        "calls": len(calls) > 1,
        "signed": any(MARK in call["id"] for call in calls),
        "reasoning": message.get("reasoning_content"),
        "citation": message.get("annotations"),
    }
    return {name for name, fact in facts.items() if fact}


def proved(protocol, feature):
    """Every outcome that a feature has with a protocol."""
    found = {outcome(protocol, probe) for probe in PROBES.get(feature, ())}
    return found | {
        How.YES if sight in sights(protocol) else How.NO for sight in SIGHTS.get(feature, ())
    }


def together(outcomes):
    """Outcomes as the one word that a claim may have."""
    if How.NO not in outcomes:
        return How.YES if How.YES in outcomes else How.EMULATED
    return How.PART if len(outcomes) > 1 else How.NO


ALL = [(protocol, feature) for feature in CLAIMS for protocol in PROTOCOLS]


@pytest.mark.parametrize(("protocol", "feature"), ALL)
def test_a_claim_is_what_the_codec_does(protocol, feature):
    outcomes = proved(protocol, feature)
    claim = CLAIMS[feature][protocol]

    assert outcomes, "every feature has its proof"
    assert together(outcomes) == claim.how
    assert bool(claim.note) or (len(outcomes) == 1 and claim.how in {How.YES, How.NO})


def test_every_protocol_has_its_column_and_every_feature_its_proof():
    assert set(PROTOCOLS) == set(corpus.CODECS)
    assert all(set(claims) == set(PROTOCOLS) for claims in CLAIMS.values())
    assert set(CLAIMS) == PROBES.keys() | SIGHTS.keys()


def test_signed_details_of_openrouter_are_kept_in_ids():
    [case] = [c for c in corpus.own() if c.name == "vendors/openrouter-stream-signed-details"]

    assert "signed" in of_message(read(case)["choices"][0]["message"])


def test_a_probe_can_fail():
    assert outcome("anthropic", Probe({"n": 2})) is How.NO
    assert outcome("anthropic", Probe({"seed": 1})) is How.NO
    assert outcome("openai", Probe({"seed": 1}, "nowhere")) is How.NO
    assert outcome("openai", Probe({})) is How.NO


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_key_goes_in_the_header_that_the_page_names(protocol):
    sent = dict(written(protocol, {}).headers)
    named = provider_page.KEY_HEADERS[protocol]

    assert [name for name, value in sent.items() if "sk-made-up" in value] == [named]


@pytest.mark.parametrize(
    ("protocol", "auth"), [("bedrock", AwsAuth("us-east-1")), ("vertex", GoogleAuth())]
)
def test_a_credential_that_is_more_than_a_key_is_left_to_its_scheme(protocol, auth):
    request = ChatRequest(body={"messages": [{"role": "user", "content": "hi"}]})
    call = corpus.CODECS[protocol].encode(request, target(protocol, api_key=None, auth=auth))

    assert call.auth == auth
    assert protocol in provider_page.SCHEMES


def test_the_page_holds_the_present_tables():
    page = provider_page.PAGE.read_text()

    assert provider_page.refreshed(page) == page, "run: python -m tests.support.provider_page"


def test_the_page_speaks_of_every_protocol_and_lists_every_vendor():
    page = provider_page.PAGE.read_text()
    headings = [line[4:].strip("`") for line in page.splitlines() if line.startswith("### ")]

    assert [name for name in headings if name in PROTOCOLS] == list(PROTOCOLS)
    assert all(f"| `{vendor.id}` |" in page for vendor in catalog().vendors)


def test_a_page_without_its_marks_is_refused():
    with pytest.raises(ValueError, match="vendors"):
        provider_page.refreshed("no marks")
