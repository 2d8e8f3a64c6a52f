import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.codecs.anthropic.encode import encode
from proxy.core.errors import Kind, ProxyError
from proxy.core.shape import ChatRequest
from tests.support.claude import (
    HI,
    OPUS_4_8,
    OPUS_5_5,
    SONNET_4_5,
    call,
    complaint,
    dropped,
    function,
    native,
    said,
    target,
    user,
)


def test_a_chat_request_is_a_messages_request():
    body = {
        "model": "asked",
        "messages": [
            {"role": "developer", "content": "Be brief."},
            {"role": "user", "content": "Tide at Cork?"},
        ],
        "max_completion_tokens": 4096,
        "tools": [
            function(
                "tide",
                description="tide table",
                parameters={
                    "type": "object",
                    "properties": {"port": {"type": "string"}},
                    "required": ["port"],
                },
            )
        ],
        "parallel_tool_calls": False,
        "reasoning_effort": "low",
        "stream": True,
        "stream_options": {"include_usage": True},
    }
    encoded = call(body, OPUS_5_5, stream=True)

    assert (encoded.method, encoded.url) == ("POST", "https://api.anthropic.test/v1/messages")
    assert encoded.dropped == ()
    assert json.loads(encoded.body) == {
        "model": "claude-opus-5-5",
        "max_tokens": 4096,
        "system": [said("Be brief.")],
        "messages": [user(said("Tide at Cork?"))],
        "thinking": {"type": "adaptive", "display": "summarized"},
        "output_config": {"effort": "low"},
        "tools": [
            {
                "name": "tide",
                "description": "tide table",
                "input_schema": {
                    "type": "object",
                    "properties": {"port": {"type": "string"}},
                    "required": ["port"],
                },
            }
        ],
        "tool_choice": {"type": "auto", "disable_parallel_tool_use": True},
        "stream": True,
    }


def test_a_whole_answer_is_asked_for_by_saying_nothing_of_streams():
    assert native({"stream": False}) == {
        "model": SONNET_4_5,
        "max_tokens": 64_000,
        "messages": [user(said("Hi"))],
    }


@pytest.mark.parametrize(
    ("base", "url"),
    [
        ("https://x.test", "https://x.test/v1/messages"),
        ("https://x.test/v1", "https://x.test/v1/messages"),
        ("https://x.test/anthropic", "https://x.test/anthropic/v1/messages"),
    ],
)
def test_the_path_is_added_once(base, url):
    to = replace(target(), base_url=base)

    assert encode(ChatRequest(body={"messages": HI}), to).url == url


def test_hints_that_have_no_form_are_dropped_and_named():
    body = {
        "frequency_penalty": 0.5,
        "presence_penalty": 0.5,
        "seed": 7,
        "logit_bias": {"1": 2},
        "prediction": {"type": "content", "content": "x"},
        "verbosity": "low",
        "store": True,
        "metadata": {"a": "b"},
        "prompt_cache_key": "k",
        "unheard_of": 1,
        "nothing": None,
    }

    assert native(body) == native({})
    assert set(dropped(body)) == body.keys() - {"nothing"}


def test_the_providers_own_knobs_pass():
    knobs = {
        "cache_control": {"type": "ephemeral"},
        "container": "c1",
        "context_management": {"edits": []},
        "diagnostics": {"previous_message_id": "m"},
        "fallbacks": [],
        "inference_geo": "eu",
        "mcp_servers": [{"type": "url"}],
        "output_config": {"task_budget": 5},
        "speed": "fast",
    }
    body = native(knobs, OPUS_4_8)

    assert {name: body[name] for name in knobs} == knobs
    assert dropped(knobs, OPUS_4_8) == ()


def test_a_targets_parameters_with_chat_names_are_translated():
    params = {"max_tokens": 7, "temperature": 2, "stop": "END", "seed": 1, "reasoning_effort": None}
    body = {"messages": HI, "max_completion_tokens": 99, "reasoning_effort": "low"}
    encoded = call(body, params=params)
    written = json.loads(encoded.body)

    assert written["max_tokens"] == 7
    assert written["temperature"] == 1
    assert written["stop_sequences"] == ["END"]
    assert "thinking" not in written
    assert encoded.dropped == ("seed",)


def test_a_targets_other_parameters_go_as_they_are():
    params = {"workspace_id": "w", "system": "Ours."}
    written = json.loads(call({"messages": HI}, params=params).body)

    assert written["workspace_id"] == "w"
    assert written["system"] == "Ours."


def test_an_output_config_must_be_an_object():
    assert complaint({"output_config": "x"}).param == "output_config"


def test_betas_must_be_a_list():
    assert complaint({"betas": "x"}).param == "betas"


WORDS = [
    "assistant", "auto", "cache_control", "content", "custom", "enabled", "ephemeral", "file", "file_data",
    "function", "id", "image_url", "json_schema", "low", "messages", "name", "parameters",
    "prompt_cache_breakpoint", "refusal", "required", "role", "schema", "signature", "system", "text", "thinking",
    "thinking_blocks", "tool", "tool_call_id", "tool_calls", "tools", "type", "url", "user",
]  # fmt: skip
ODD = st.recursive(
    st.none() | st.booleans() | st.integers(-2, 9) | st.text(max_size=3) | st.sampled_from(WORDS),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(WORDS), inner, max_size=4)
    ),
    max_leaves=12,
)
FIELDS = [
    "cache_control",
    "max_tokens",
    "modalities",
    "n",
    "output_config",
    "parallel_tool_calls",
    "prompt_cache_options",
    "reasoning_effort",
    "response_format",
    "service_tier",
    "stop",
    "temperature",
    "thinking",
    "tool_choice",
    "tools",
    "top_p",
    "user",
    "web_search_options",
]


@pytest.mark.parametrize("model", [SONNET_4_5, OPUS_5_5])
@given(
    st.dictionaries(st.sampled_from(FIELDS), ODD, max_size=5),
    st.lists(
        st.dictionaries(
            st.sampled_from(["content", "tool_call_id", "tool_calls", "thinking_blocks"]), ODD
        ),
        max_size=3,
    ),
    st.sampled_from(["user", "assistant", "tool", "system"]),
)
def test_any_request_is_written_or_refused(model, fields, messages, role):
    said = [{"role": role, **message} for message in messages]
    request = ChatRequest(body={"messages": [*HI, *said], **fields})
    refusal = None
    try:
        encode(request, target(model))
    except ProxyError as error:
        refusal = error

    assert refusal is None or refusal.kind in {Kind.UNSUPPORTED, Kind.INVALID_REQUEST}
    assert refusal is None or refusal.param
