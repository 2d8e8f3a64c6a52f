import json

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.codecs.bedrock import Bedrock
from proxy.core.credential import AwsAuth
from proxy.core.errors import Kind, ProxyError
from proxy.core.secret import Secret
from proxy.core.shape import ChatRequest
from tests.support.converse import (
    AUTH,
    GPT_OSS,
    HI,
    NOVA,
    OPUS_4_5,
    SAID,
    SONNET_4_5,
    call,
    complaint,
    dropped,
    function,
    native,
    spec,
    target,
)

KEY = Secret("bedrock-api-key-0123456789")


def test_a_call_is_exactly_this():
    body = {
        "model": "asked",
        "messages": [{"role": "system", "content": "Be brief."}, *HI],
        "max_tokens": 1024,
        "tools": [function()],
        "tool_choice": "auto",
        "stream": True,
        "stream_options": {"include_usage": True},
        "seed": 7,
        "user": "u1",
    }
    encoded = call(body, stream=True)

    assert encoded.method == "POST"
    assert encoded.url == (
        "https://bedrock-runtime.eu-west-1.amazonaws.com/model/"
        "us.anthropic.claude-sonnet-4-5-20250929-v1%3A0/converse-stream"
    )
    assert encoded.headers == (
        ("content-type", "application/json"),
        ("accept", "application/vnd.amazon.eventstream"),
    )
    assert encoded.auth == AUTH
    assert encoded.dropped == ("seed", "user")
    assert json.loads(encoded.body) == {
        "messages": SAID,
        "system": [{"text": "Be brief."}],
        "toolConfig": {"tools": [spec()], "toolChoice": {"auto": {}}},
        "inferenceConfig": {"maxTokens": 1024},
    }


def test_a_whole_answer_is_asked_for_at_another_path():
    encoded = call({"messages": HI})

    assert encoded.url.endswith("/converse")
    assert dict(encoded.headers)["accept"] == "application/json"


def test_an_api_key_goes_as_a_bearer_and_nothing_is_signed():
    encoded = call({"messages": HI}, api_key=KEY)

    assert dict(encoded.headers)["authorization"] == f"Bearer {KEY.reveal()}"
    assert encoded.auth is None


@pytest.mark.parametrize(
    ("named", "start"),
    [
        ({"base_url": "http://sim.test"}, "http://sim.test/model/"),
        (
            {"options": {"region": "us-west-2"}},
            "https://bedrock-runtime.us-west-2.amazonaws.com/model/",
        ),
        (
            {"auth": AwsAuth("cn-north-1")},
            "https://bedrock-runtime.cn-north-1.amazonaws.com.cn/model/",
        ),
    ],
)
def test_the_address_is_given_or_made_of_the_region(named, start):
    assert call({"messages": HI}, **named).url.startswith(start)


def test_without_address_and_region_the_entry_is_at_fault():
    error = complaint({}, auth=None)

    assert error.kind is Kind.MISCONFIGURED
    assert "region" in error.message


def test_an_arn_is_one_segment_of_the_path_and_httpx_leaves_it_so():
    arn = "arn:aws:bedrock:eu-west-1:123456789012:application-inference-profile/a1b2c3d4e5f6"
    path = call({"messages": HI}, arn).url.partition(".com")[2]

    assert path == (
        "/model/arn%3Aaws%3Abedrock%3Aeu-west-1%3A123456789012%3A"
        "application-inference-profile%2Fa1b2c3d4e5f6/converse"
    )
    assert httpx.URL(f"https://a.test{path}").raw_path == path.encode()


def test_headers_of_target_and_caller_are_kept_but_credentials_are_ours():
    forward = (("traceparent", "00-1"), ("authorization", "Bearer caller"), ("accept", "x"))
    headers = dict(call({"messages": HI}, forward=forward, headers=(("x-team", "blue"),)).headers)

    assert headers["x-team"] == "blue"
    assert headers["traceparent"] == "00-1"
    assert headers["accept"] == "application/json"
    assert "authorization" not in headers


def test_betas_go_to_claude_in_the_body():
    forward = (("anthropic-beta", "a-2026-01-01, b-2026-01-01"),)
    body = {"messages": HI, "betas": ["c-2026-01-01", 7, "a-2026-01-01"]}
    encoded = call(body, forward=forward)

    assert json.loads(encoded.body)["additionalModelRequestFields"] == {
        "anthropic_beta": ["c-2026-01-01", "a-2026-01-01", "b-2026-01-01"]
    }
    assert "anthropic-beta" not in dict(encoded.headers)
    assert "additionalModelRequestFields" not in json.loads(call(body, NOVA, forward=forward).body)
    assert complaint({"betas": "x"}).param == "betas"


def test_a_beta_that_we_need_joins_those_that_were_asked_for():
    fields = native({"betas": ["a-2026-01-01"], "reasoning_effort": "low"}, OPUS_4_5)[
        "additionalModelRequestFields"
    ]

    assert fields["anthropic_beta"] == ["a-2026-01-01", "effort-2025-11-24"]


def test_the_providers_own_knobs_pass_and_lie_over_ours():
    guard = {"guardrailIdentifier": "abc", "guardrailVersion": "1", "trace": "enabled"}
    body = native(
        {
            "max_tokens": 9,
            "temperature": 0.5,
            "reasoning_effort": "low",
            "inferenceConfig": {"maxTokens": 12},
            "additionalModelRequestFields": {"extra": True},
            "additionalModelResponseFieldPaths": ["/stop_sequence"],
            "guardrailConfig": guard,
            "performanceConfig": {"latency": "optimized"},
            "outputConfig": {"effort": "low"},
        },
        GPT_OSS,
    )

    assert body["inferenceConfig"] == {"maxTokens": 12, "temperature": 0.5}
    assert body["additionalModelRequestFields"] == {"reasoning_effort": "low", "extra": True}
    assert body["additionalModelResponseFieldPaths"] == ["/stop_sequence"]
    assert body["guardrailConfig"] == guard
    assert body["performanceConfig"] == {"latency": "optimized"}
    assert body["outputConfig"] == {"effort": "low"}


def test_only_a_stream_has_a_mode_of_processing():
    guard = {"guardrailIdentifier": "abc", "guardrailVersion": "1"}
    body = {"guardrailConfig": {**guard, "streamProcessingMode": "async"}}

    assert native(body)["guardrailConfig"] == guard
    assert native(body, stream=True)["guardrailConfig"] == body["guardrailConfig"]


def test_the_targets_parameters_replace_the_callers():
    params = {
        "max_completion_tokens": 5,
        "temperature": 0.1,
        "requestMetadata": {"a": "b"},
        "seed": 1,
    }
    body = native({"max_tokens": 9, "temperature": 0.9}, NOVA, params=params)

    assert body["inferenceConfig"] == {"maxTokens": 5, "temperature": 0.1}
    assert body["requestMetadata"] == {"a": "b"}
    assert "seed" not in body
    assert dropped({}, NOVA, params=params) == ("seed",)


def test_a_targets_parameter_without_a_name_here_goes_as_it_is():
    request = ChatRequest(body={"messages": HI})
    encoded = Bedrock().encode(request, target(params={"novelty": {"a": 1}}))

    assert json.loads(encoded.body)["novelty"] == {"a": 1}


def test_null_is_absent():
    assert native({"temperature": None, "seed": None, "guardrailConfig": None}) == {
        "messages": SAID
    }


def test_a_request_says_something():
    error = complaint({"messages": None})

    assert error.kind is Kind.INVALID_REQUEST
    assert error.param == "messages"


def test_an_unknown_field_is_dropped_and_named():
    assert dropped({"novelty": 1}) == ("novelty",)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5000) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["type", "function", "name", "text", "role", "content", "url", "file", "id"]
            ),
            inner,
            max_size=3,
        )
    ),
    max_leaves=8,
)
FIELDS = [
    "messages",
    "tools",
    "tool_choice",
    "parallel_tool_calls",
    "response_format",
    "max_tokens",
    "reasoning_effort",
    "thinking",
    "temperature",
    "top_p",
    "top_k",
    "stop",
    "n",
    "metadata",
    "service_tier",
    "betas",
    "guardrailConfig",
    "inferenceConfig",
    "additionalModelRequestFields",
]


REFUSALS = {Kind.INVALID_REQUEST, Kind.UNSUPPORTED}


@pytest.mark.parametrize("model", [SONNET_4_5, NOVA, GPT_OSS])
@given(body=st.dictionaries(st.sampled_from(FIELDS), VALUES, max_size=5))
def test_any_request_is_written_or_refused_by_name(model, body):
    request = ChatRequest(body={"messages": HI, **body})
    failure = written = None
    try:
        written = json.loads(Bedrock().encode(request, target(model)).body)
    except ProxyError as error:
        failure = error

    assert written["messages"] if written else failure.kind in REFUSALS
