import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.codecs.mistral import Mistral
from proxy.codecs.openai import OpenAI
from proxy.codecs.vendors import REPLAY, REQUEST, RESPONSE
from proxy.core.errors import ProxyError
from proxy.core.shape import ChatRequest, Quirks, Target
from tests.support.written import call_of, target, written

VALUE = st.recursive(
    st.none() | st.booleans() | st.integers(-2, 9) | st.sampled_from(["required", "none", "high", "text", ""]),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(st.sampled_from(["type", "text", "function", "name", "id", "mode", "url"]), inner, max_size=3)
    ),
    max_leaves=6,
)  # fmt: skip
FIELDS = [
    "tools", "tool_choice", "reasoning_effort", "thinking", "reasoning", "temperature", "stop", "logprobs", "n",
    "top_logprobs", "response_format", "provider", "chat_template_kwargs", "service_tier", "max_tokens", "seed",
]  # fmt: skip
MESSAGE = st.fixed_dictionaries(
    {"role": st.sampled_from(["system", "user", "assistant", "tool", "developer", "odd"])},
    optional=dict.fromkeys(
        ["content", "tool_calls", "tool_call_id", "name", "reasoning_content", "reasoning_details", "refusal"], VALUE
    ),
)  # fmt: skip
BODY = st.builds(
    lambda fields, messages: {**fields, "messages": messages},
    st.dictionaries(st.sampled_from(FIELDS), VALUE, max_size=5),
    st.lists(MESSAGE, max_size=4),
)
USER = {"role": "user", "content": []}
ODD = [
    {},
    {"messages": [3, {"role": 5}, {"role": "assistant", "tool_calls": 3, "content": 4}, USER]},
    {"messages": [{"role": "user", "content": None}], "tools": 3, "tool_choice": 4, "stop": 5},
    {"messages": 3, "reasoning_effort": 3, "thinking": 4, "response_format": 5, "temperature": "a"},
    {"messages": [], "response_format": {"type": "json_schema", "json_schema": 4}, "logprobs": "x"},
    {"messages": [], "reasoning": 4, "chat_template_kwargs": 3, "provider": 3, "n": 2},
]


def test_names_are_words_that_a_row_can_hold():
    names = [*REQUEST, *RESPONSE, *REPLAY]

    assert all(name.replace("_", "").isalpha() and name.islower() for name in names)
    assert all(edit.__doc__ for edit in REQUEST.values())


@pytest.mark.parametrize("name", sorted(REQUEST))
@pytest.mark.parametrize("body", ODD)
def test_no_request_is_too_odd_for_an_edit(name, body):
    for model in ("qwen3-8b", "gpt-oss", "glm-5", "grok-4.3"):
        native, _ = written({"messages": [], **body}, model, request=(name,))

        assert isinstance(native, dict)


@pytest.mark.parametrize("name", sorted(REPLAY))
@pytest.mark.parametrize("body", ODD)
def test_no_message_is_too_odd_to_go_back(name, body):
    native, _ = written({"messages": [], **body}, reasoning_replay=name)

    assert native.get("messages", []) == body.get("messages", [])


@pytest.mark.parametrize("name", sorted(RESPONSE))
def test_each_correction_corrects_usage_or_frames(name):
    row = RESPONSE[name]
    corrected = row.usage or row.reader

    assert (row.usage is None) is not (row.reader is None)
    assert corrected is not None


def test_targets_name_what_they_need():
    to: Target = target(quirks=Quirks(request=("no_names",), response=("citations",)))

    assert to.quirks.request[0] in REQUEST
    assert to.quirks.response[0] in RESPONSE
    assert ChatRequest(body={}).body == {}


@given(BODY, st.sampled_from(sorted(REPLAY)), st.booleans())
def test_no_request_is_too_odd_for_all_edits_together(body, replay, stream):
    quirks = Quirks(
        request=tuple(sorted(REQUEST)),
        reasoning_replay=replay,
        clamp={"temperature": (0, 1)},
        developer_role=False,
    )
    for codec in (OpenAI(), Mistral()):
        for model in ("qwen3-8b", "mistral-small-latest"):
            with contextlib.suppress(ProxyError):
                call_of(body, target(model, quirks=quirks), stream=stream, codec=codec)
