import json
from dataclasses import replace

import pytest

from proxy.codecs.bedrock import Bedrock
from proxy.codecs.bedrock.invoke import serves
from proxy.core.errors import Kind, ProxyError
from proxy.core.secret import Secret
from proxy.core.state import pack
from tests.support import relayed
from tests.support.converse import AUTH, NOVA, SERVICE, SONNET_4_5, target

CODEC = Bedrock()
APPLICATION = "arn:aws:bedrock:eu-west-1:123456789012:application-inference-profile/abc123def456"
NAMED = "arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.anthropic.claude-opus-4-6-v1"


def call(raw=relayed.RAW, model=SONNET_4_5, *, stream=False, forward=(), **named):
    made = relayed.call(CODEC, target(model, **named), raw, stream=stream, forward=forward)

    # Every header of the service's own is one that AWS's client knows.
    shape = SERVICE.shape_for("InvokeModelRequest")
    known = {m.serialization.get("name", "").lower() for m in shape.members.values()}
    ours = {name for name, _ in made.headers if name.startswith("x-amzn-bedrock")}
    assert ours <= known

    return made


def body(raw=relayed.RAW, **named):
    return json.loads(call(raw, **named).body)


@pytest.mark.parametrize(
    ("model", "options", "invoked"),
    [
        ("anthropic.claude-3-haiku-20240307-v1:0", {}, True),
        ("us.anthropic.claude-opus-4-6-v1", {}, True),
        ("global.anthropic.claude-sonnet-4-5-20250929-v1:0", {}, True),
        ("us-gov.anthropic.claude-sonnet-4-5-20250929-v1:0", {}, True),
        ("arn:aws:bedrock:us-east-1::foundation-model/anthropic.claude-opus-5", {}, True),
        (NAMED, {}, True),
        (APPLICATION, {"family": "anthropic.claude-sonnet-4-5"}, True),
        (APPLICATION, {}, False),
        (NOVA, {}, False),
        ("meta.llama4-maverick-17b-instruct-v1:0", {}, False),
    ],
)
def test_claude_is_called_in_its_own_words_and_all_others_by_converse(model, options, invoked):
    to = target(model, options=options)
    made = CODEC.encode(relayed.request(), to)

    assert serves(relayed.request(), to) is invoked
    assert not serves(relayed.request(raw=b""), to)
    assert made.url.endswith("/invoke" if invoked else "/converse")


def test_what_only_a_relay_keeps_is_refused_by_other_families():
    asked = replace(relayed.request(), only_native="Only Anthropic runs this tool.")

    assert CODEC.encode(asked, target()).url.endswith("/invoke")
    with pytest.raises(ProxyError, match="Only Anthropic") as caught:
        CODEC.encode(asked, target(NOVA))
    assert caught.value.kind is Kind.UNSUPPORTED


def test_the_callers_own_bytes_go_out_with_the_version_and_without_the_model():
    made = call(stream=True)

    assert made.url == (
        "https://bedrock-runtime.eu-west-1.amazonaws.com/model/"
        "us.anthropic.claude-sonnet-4-5-20250929-v1%3A0/invoke-with-response-stream"
    )
    assert made.body == (
        b'{"max_tokens":9,"messages":[{"role":"user","content":"H\\u0069"}],"new_field":1.50,'
        b'"anthropic_version":"bedrock-2023-05-31"}'
    )
    assert made.auth is AUTH
    assert dict(made.headers) == {
        "content-type": "application/json",
        "accept": "application/vnd.amazon.eventstream",
    }


def test_a_whole_answer_is_asked_for_as_one():
    made = call({"model": "a", "stream": True})

    assert made.url.endswith("/invoke")
    assert dict(made.headers)["accept"] == "application/json"
    assert json.loads(made.body) == {"anthropic_version": "bedrock-2023-05-31"}


def test_a_key_needs_no_signature():
    made = call(api_key=Secret("bedrock-key"))

    assert made.auth is None
    assert dict(made.headers)["authorization"] == "Bearer bedrock-key"


def test_a_region_is_needed():
    with pytest.raises(ProxyError) as caught:
        CODEC.encode(relayed.request(), target(auth=None))

    assert caught.value.kind is Kind.MISCONFIGURED


def test_betas_stand_in_the_body_but_for_those_that_bedrock_refuses():
    made = call(
        {"anthropic_beta": ["in-body-2026-01-01", 7]},
        headers=(("anthropic-beta", "of-target-2026-01-01"),),
        forward=(
            ("anthropic-version", "2026-10-21"),
            ("anthropic-beta", "oauth-2025-04-20, context-1m-2025-08-07"),
            ("traceparent", "00-1"),
        ),
        params={"speed": "fast", "betas": ["of-params-2026-01-01"]},
    )

    assert json.loads(made.body)["anthropic_beta"] == [
        "of-target-2026-01-01",
        "context-1m-2025-08-07",
        "in-body-2026-01-01",
        "of-params-2026-01-01",
    ]
    assert made.dropped == ("oauth-2025-04-20", "fast-mode-2026-02-01")
    assert not {"anthropic-beta", "anthropic-version"} & dict(made.headers).keys()
    assert dict(made.headers)["traceparent"] == "00-1"


@pytest.mark.parametrize("given", [[], "odd", ["oauth-2025-04-20"]])
def test_no_betas_are_no_member(given):
    assert "anthropic_beta" not in body({"anthropic_beta": given})


def test_signed_reasoning_goes_back_to_the_model_that_the_entry_names():
    signed = {"type": "thinking", "thinking": "Hm.", "signature": "c2ln"}
    packed = pack("toolu_1", "anthropic/claude-sonnet-4-5", [signed])
    use = {"type": "tool_use", "id": packed, "name": "tide", "input": {}}
    raw = {"messages": [{"role": "assistant", "content": [use]}]}
    options = {"family": "anthropic.claude-sonnet-4-5-20250929-v1:0"}

    assert body(raw, model=APPLICATION, options=options)["messages"][0]["content"] == [
        signed,
        {**use, "id": "toolu_1"},
    ]


def test_parameters_for_converse_find_their_place():
    made = call(
        {"max_tokens": 9},
        params={
            "inferenceConfig": {"maxTokens": 50, "topP": 0.9, "stopSequences": ["END"]},
            "additionalModelRequestFields": {"top_k": 4, "new": 1},
            "guardrailConfig": {
                "guardrailIdentifier": "gr1",
                "guardrailVersion": "2",
                "trace": "enabled",
            },
            "performanceConfig": {"latency": "optimized"},
            "serviceTier": {"type": "flex"},
            "service_tier": "priority",
            "requestMetadata": {"team": "tides"},
            "toolConfig": {},
            "outputConfig": {"textFormat": {}},
            "seed": 1,
        },
    )

    assert json.loads(made.body) == {
        "max_tokens": 50,
        "stop_sequences": ["END"],
        "top_p": 0.9,
        "top_k": 4,
        "new": 1,
        "anthropic_version": "bedrock-2023-05-31",
    }
    assert {n: v for n, v in made.headers if n.startswith("x-amzn")} == {
        "x-amzn-bedrock-guardrailidentifier": "gr1",
        "x-amzn-bedrock-guardrailversion": "2",
        "x-amzn-bedrock-trace": "ENABLED",
        "x-amzn-bedrock-performanceconfig-latency": "optimized",
        "x-amzn-bedrock-service-tier": "flex",
        "x-amzn-bedrock-request-metadata": '{"team":"tides"}',
    }
    assert made.dropped == ("toolConfig", "outputConfig", "seed")


@pytest.mark.parametrize(
    ("tier", "sent", "dropped"),
    [
        ("fast", "priority", ()),
        ("flex", "flex", ()),
        ("auto", None, ()),
        ("odd", None, ("service_tier",)),
        (["flex"], None, ("service_tier",)),
    ],
)
def test_a_tier_goes_in_a_header(tier, sent, dropped):
    made = call(params={"service_tier": tier})

    assert dict(made.headers).get("x-amzn-bedrock-service-tier") == sent
    assert made.dropped == dropped


def test_a_version_of_the_targets_own_stays():
    assert body(params={"anthropic_version": "2026-10-21"})["anthropic_version"] == "2026-10-21"


@pytest.mark.parametrize("odd", [7, "x", None])
def test_parameters_of_an_odd_kind_are_no_failure(odd):
    params = {"inferenceConfig": odd, "additionalModelRequestFields": odd, "guardrailConfig": odd}

    assert body({"max_tokens": 9}, params=params)["max_tokens"] == 9
