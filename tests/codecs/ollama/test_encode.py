"""Chat requests at the boundary: the exact native body, URL and headers that are sent, or the refusal."""

import copy
import json

import pytest
from hypothesis import given

from proxy.codecs.ollama.encode import encode
from proxy.codecs.plain.answer_format import ONLY_JSON
from proxy.core.errors import Kind, ProxyError
from proxy.core.secret import Secret
from proxy.core.shape import ChatRequest, Target
from tests.support.chat_bodies import BODY
from tests.support.encoded import encoded

HI = [{"role": "user", "content": "Hi"}]
TIDE = {
    "type": "function",
    "function": {
        "name": "tide",
        "description": "the tide",
        "parameters": {"type": "object", "properties": {"port": {"type": "string"}}},
        "strict": True,
    },
}
WIND = {"type": "function", "function": {"name": "wind"}}
TIDE_SENT = {
    "type": "function",
    "function": {k: v for k, v in TIDE["function"].items() if k != "strict"},
}
WIND_SENT = {
    "type": "function",
    "function": {"name": "wind", "parameters": {"type": "object", "properties": {}}},
}
SCHEMA = {"type": "object", "properties": {"a": {"type": "integer"}}}


def target(model="qwen3:8b", base="http://localhost:11434", **more):
    return Target("local", model, "ollama", base, **more)


def call(body, to=None, *, stream=False, **more):
    request = ChatRequest(body={"messages": HI, **body}, stream=stream, **more)
    return encoded(encode, request, to or target())


def sent(body, to=None, **more):
    return json.loads(call(body, to, **more).body)


def beside(body, to=None):
    """What is sent beside what is always sent."""
    always = {"model": "qwen3:8b", "messages": HI, "stream": False, "truncate": False}
    native = sent(body, to)
    return {name: value for name, value in native.items() if always.get(name, ...) != value}


def test_the_least_request_is_sent_whole():
    written = call({}, target(api_key=Secret("key")), forward=(("traceparent", "t"),))

    assert written.method == "POST"
    assert written.url == "http://localhost:11434/api/chat"
    assert written.headers == (
        ("traceparent", "t"),
        ("content-type", "application/json"),
        ("accept", "application/json"),
        ("authorization", "Bearer key"),
    )
    assert json.loads(written.body) == {
        "model": "qwen3:8b",
        "messages": HI,
        "stream": False,
        "truncate": False,
    }
    assert written.dropped == ()


def test_a_stream_is_asked_for_as_lines():
    written = call({"stream": True, "stream_options": {"include_usage": True}}, stream=True)

    assert json.loads(written.body)["stream"] is True
    assert ("accept", "application/x-ndjson") in written.headers
    assert written.dropped == ()


@pytest.mark.parametrize(
    "base", ["https://ollama.test", "https://ollama.test/v1", "https://ollama.test/api"]
)
def test_the_address_is_the_hosts_whatever_path_was_pasted(base):
    assert call({}, target(base=base)).url == "https://ollama.test/api/chat"


@pytest.mark.parametrize(
    ("chat", "native"),
    [
        ({"max_tokens": 9}, {"options": {"num_predict": 9}}),
        ({"max_completion_tokens": 9, "max_tokens": 5}, {"options": {"num_predict": 9}}),
        (
            {"temperature": 0, "top_p": 0.5, "seed": 7},
            {"options": {"temperature": 0, "top_p": 0.5, "seed": 7}},
        ),
        ({"top_k": 4, "min_p": 0.1}, {"options": {"top_k": 4, "min_p": 0.1}}),
        ({"repetition_penalty": 1.1}, {"options": {"repeat_penalty": 1.1}}),
        (
            {"frequency_penalty": 0.5, "presence_penalty": -1},
            {"options": {"frequency_penalty": 0.5, "presence_penalty": -1}},
        ),
        ({"num_ctx": 8192}, {"options": {"num_ctx": 8192}}),
        ({"stop": "END"}, {"options": {"stop": ["END"]}}),
        ({"stop": ["a", "b"]}, {"options": {"stop": ["a", "b"]}}),
        ({"stop": []}, {}),
        ({"stop": ""}, {}),
        ({"stop": ["", "a"]}, {"options": {"stop": ["a"]}}),
        (
            {"temperature": 1, "options": {"temperature": 0.2, "mirostat": 1}},
            {"options": {"temperature": 0.2, "mirostat": 1}},
        ),
        ({"keep_alive": "10m"}, {"keep_alive": "10m"}),
        ({"keep_alive": 0}, {"keep_alive": 0}),
        ({"truncate": True, "shift": False}, {"truncate": True, "shift": False}),
        ({"logprobs": True, "top_logprobs": 3}, {"logprobs": True, "top_logprobs": 3}),
        ({"format": "json"}, {"format": "json"}),
        ({"response_format": {"type": "text"}}, {}),
        ({"reasoning_effort": "low"}, {"think": "low"}),
        ({"reasoning_effort": "none"}, {"think": False}),
        ({"thinking": {"type": "enabled", "budget_tokens": 9}}, {"think": True}),
        ({"think": "medium"}, {"think": "medium"}),
        ({"tools": [TIDE, WIND]}, {"tools": [TIDE_SENT, WIND_SENT]}),
        ({"tools": [TIDE], "tool_choice": "auto"}, {"tools": [TIDE_SENT]}),
        ({"tools": [TIDE], "tool_choice": "none"}, {}),
        ({"tools": [], "n": 1, "modalities": ["text"], "parallel_tool_calls": True}, {}),
    ],
)
def test_each_parameter_has_its_native_form(chat, native):
    assert beside(chat) == native


@pytest.mark.parametrize(
    ("choice", "tools", "sentence"),
    [
        ("required", [TIDE_SENT, WIND_SENT], "You must call at least one of the tools."),
        (
            {"type": "function", "function": {"name": "wind"}},
            [WIND_SENT],
            "You must call the tool wind.",
        ),
    ],
)
def test_the_choice_of_a_tool_is_told_to_the_model(choice, tools, sentence):
    native = sent({"tools": [TIDE, WIND], "tool_choice": choice})

    assert native["tools"] == tools
    assert native["messages"] == [{"role": "system", "content": sentence}, *HI]


@pytest.mark.parametrize(
    ("given", "native"),
    [
        ({"type": "json_object"}, "json"),
        ({"type": "json_schema", "json_schema": {"name": "x"}}, "json"),
        (
            {"type": "json_schema", "json_schema": {"name": "x", "schema": SCHEMA, "strict": True}},
            SCHEMA,
        ),
    ],
)
def test_json_is_asked_of_the_decoder_and_of_the_model(given, native):
    written = sent({"response_format": given})

    assert written["format"] == native
    assert written["messages"] == [{"role": "system", "content": ONLY_JSON}, *HI]


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"type": "json_object"}, ONLY_JSON),
        (
            {"type": "json_schema", "json_schema": {"name": "x", "schema": SCHEMA}},
            (
                f"{ONLY_JSON} It must be valid against this JSON Schema:\n"
                '{"type":"object","properties":{"a":{"type":"integer"}}}'
            ),
        ),
    ],
)
def test_beside_tools_json_is_asked_of_the_model_alone_because_no_call_is_of_that_form(
    given, sentence
):
    written = sent({"response_format": given, "tools": [TIDE]})

    assert "format" not in written
    assert written["messages"] == [{"role": "system", "content": sentence}, *HI]
    assert "format" in sent({"response_format": given, "tools": [TIDE], "tool_choice": "none"})
    assert sent({"format": "json", "tools": [TIDE]})["format"] == "json"


def test_a_model_that_was_told_of_json_is_not_told_again():
    asked = [{"role": "user", "content": "Give me JSON."}]

    assert (
        sent({"messages": asked, "response_format": {"type": "json_object"}})["messages"] == asked
    )


def test_what_has_no_form_is_dropped_and_named():
    body = {
        "user": "u", "metadata": {}, "logit_bias": {}, "service_tier": "auto", "store": False,
        "parallel_tool_calls": False, "verbosity": "low", "unheard_of": 1, "prediction": None,
    }  # fmt: skip

    assert set(call(body).dropped) == set(body) - {"prediction"}
    assert beside(body) == {}


def test_a_targets_parameters_replace_the_callers_and_may_be_native():
    to = target(
        params={"max_tokens": 5, "options": {"num_gpu": 1}, "keep_alive": -1, "brand_new": True}
    )

    assert beside({"max_completion_tokens": 9}, to) == {
        "options": {"num_predict": 5, "num_gpu": 1},
        "keep_alive": -1,
        "brand_new": True,
    }


@pytest.mark.parametrize(
    ("body", "kind", "param"),
    [
        ({"n": 2}, Kind.UNSUPPORTED, "n"),
        ({"modalities": ["audio"]}, Kind.UNSUPPORTED, "modalities"),
        ({"stop": 5}, Kind.INVALID_REQUEST, "stop"),
        ({"stop": [5]}, Kind.INVALID_REQUEST, "stop[0]"),
        ({"options": []}, Kind.INVALID_REQUEST, "options"),
        ({"reasoning_effort": "loud"}, Kind.INVALID_REQUEST, "reasoning_effort"),
        ({"tools": [{"type": "custom", "custom": {}}]}, Kind.UNSUPPORTED, "tools[0].type"),
        ({"tool_choice": "required"}, Kind.INVALID_REQUEST, "tool_choice"),
        ({"messages": "Hi"}, Kind.INVALID_REQUEST, "messages"),
    ],
)
def test_what_cannot_be_sent_is_refused_with_its_path(body, kind, param):
    with pytest.raises(ProxyError) as caught:
        call(body)

    assert (caught.value.kind, caught.value.param) == (kind, param)


def outcome(body):
    """What is sent for a body, or the refusal of it."""
    try:
        return encode(ChatRequest(body=body), target())
    except ProxyError as error:
        return error


@given(BODY)
def test_any_body_at_all_is_sent_or_refused_and_never_touched(body):
    before = copy.deepcopy(body)
    told = outcome(body)

    assert body == before
    if isinstance(told, ProxyError):
        assert told.kind in {Kind.UNSUPPORTED, Kind.INVALID_REQUEST}
        assert told.param
    else:
        assert json.loads(told.body)["model"] == target().model
