"""Chat requests at the boundary: the exact native body, URL and headers that are sent, or the refusal."""

import base64
import copy
import json

import pytest
from hypothesis import given

from proxy.codecs.cohere.encode import encode
from proxy.codecs.plain.answer_format import ONLY_JSON
from proxy.core.errors import Kind, ProxyError
from proxy.core.secret import Secret
from proxy.core.shape import ChatRequest, Target
from tests.support.chat_bodies import BODY
from tests.support.encoded import encoded

HI = [{"role": "user", "content": "Hi"}]
THINKER = "command-a-plus-05-2026"
SCHEMA = {"type": "object", "properties": {"a": {"type": "integer"}}, "required": ["a"]}
LOOSE = {"type": "object", "properties": {"a": {"type": "integer"}}}


def function(name, **more):
    return {"type": "function", "function": {"name": name, **more}}


def tool(name, **more):
    """A function as it is sent."""
    return function(name, **more, parameters={"type": "object", "properties": {}})


TOOLS = [function("get-tide", description="d", strict=True), function("wind")]
SENT = [tool("get_x2d_tide", description="d"), tool("wind")]


def target(model=THINKER, base="https://api.cohere.test", **more):
    return Target("cohere", model, "cohere", base, **more)


def call(body, to=None, *, stream=False, **more):
    request = ChatRequest(body={"messages": HI, **body}, stream=stream, **more)
    return encoded(encode, request, to or target())


def sent(body, to=None, **more):
    return json.loads(call(body, to, **more).body)


def beside(body, to=None):
    """What is sent beside what is always sent."""
    always = {"model": THINKER, "messages": HI, "stream": False}
    return {name: value for name, value in sent(body, to).items() if always.get(name, ...) != value}


def test_the_least_request_is_sent_whole():
    written = call({}, target(api_key=Secret("key")), forward=(("traceparent", "t"),))

    assert written.method == "POST"
    assert written.url == "https://api.cohere.test/v2/chat"
    assert written.headers == (
        ("traceparent", "t"),
        ("content-type", "application/json"),
        ("accept", "application/json"),
        ("authorization", "Bearer key"),
    )
    assert json.loads(written.body) == {"model": THINKER, "messages": HI, "stream": False}
    assert written.dropped == ()


def test_a_stream_is_asked_for_as_events():
    written = call({"stream": True, "stream_options": {"include_usage": True}}, stream=True)

    assert json.loads(written.body)["stream"] is True
    assert ("accept", "text/event-stream") in written.headers
    assert written.dropped == ()


@pytest.mark.parametrize("path", ["", "/v1", "/v2"])
def test_the_address_is_the_hosts_whatever_path_was_pasted(path):
    assert call({}, target(base=f"https://c.test{path}")).url == "https://c.test/v2/chat"


@pytest.mark.parametrize(
    ("chat", "native"),
    [
        ({"max_tokens": 9}, {"max_tokens": 9}),
        ({"max_completion_tokens": 9, "max_tokens": 5}, {"max_tokens": 9}),
        ({"temperature": 0.7}, {"temperature": 0.7}),
        ({"temperature": 2}, {"temperature": 1.0}),
        ({"top_p": 1.0}, {"p": 0.99}),
        ({"top_k": 1000}, {"k": 500}),
        ({"p": 0.2, "k": 3}, {"p": 0.2, "k": 3}),
        ({"frequency_penalty": 0.5, "presence_penalty": 0}, {"frequency_penalty": 0.5}),
        ({"presence_penalty": 2}, {"presence_penalty": 1.0}),
        ({"seed": 7}, {"seed": 7}),
        ({"stop": "END"}, {"stop_sequences": ["END"]}),
        ({"stop_sequences": ["a"]}, {"stop_sequences": ["a"]}),
        ({"logprobs": True}, {"logprobs": True}),
        ({"logprobs": False}, {}),
        ({"reasoning_effort": "low"}, {"thinking": {"type": "enabled", "token_budget": 1024}}),
        ({"thinking": {"type": "disabled"}}, {"thinking": {"type": "disabled"}}),
        (
            {"documents": [{"data": {"text": "HW"}}], "citation_options": {"mode": "OFF"}},
            {"documents": [{"data": {"text": "HW"}}], "citation_options": {"mode": "OFF"}},
        ),
        ({"safety_mode": "STRICT", "priority": 3}, {"safety_mode": "STRICT", "priority": 3}),
        ({"response_format": {"type": "text"}}, {}),
        ({"tools": TOOLS}, {"tools": SENT, "strict_tools": True}),
        ({"tools": TOOLS, "strict_tools": False}, {"tools": SENT, "strict_tools": False}),
        ({"tools": TOOLS[1:], "tool_choice": "auto"}, {"tools": SENT[1:]}),
        ({"tools": TOOLS[1:], "tool_choice": "none"}, {"tools": SENT[1:], "tool_choice": "NONE"}),
        (
            {"tools": TOOLS[1:], "tool_choice": "required"},
            {"tools": SENT[1:], "tool_choice": "REQUIRED"},
        ),
        (
            {"tools": TOOLS, "tool_choice": {"type": "function", "function": {"name": "get-tide"}}},
            {"tools": SENT[:1], "strict_tools": True, "tool_choice": "REQUIRED"},
        ),
        ({"tools": [], "tool_choice": "none", "n": 1, "modalities": ["text"]}, {}),
    ],
)
def test_each_parameter_has_its_native_form(chat, native):
    assert beside(chat) == native


def test_files_join_the_callers_documents():
    data = f"data:text/plain;base64,{base64.b64encode(b'HW').decode()}"
    messages = [
        {
            "role": "user",
            "content": [
                {"type": "text", "text": "Hi"},
                {"type": "file", "file": {"filename": "a.txt", "file_data": data}},
            ],
        }
    ]
    native = sent({"messages": messages, "documents": ["first"]})

    assert native["documents"] == ["first", {"data": {"title": "a.txt", "text": "HW"}}]
    assert native["messages"] == HI


@pytest.mark.parametrize(
    ("body", "form", "told"),
    [
        ({}, {"type": "json_object", "json_schema": SCHEMA}, ONLY_JSON),
        ({"tools": TOOLS[1:]}, None, f"{ONLY_JSON} It must be valid against"),
        ({"documents": ["a"]}, None, f"{ONLY_JSON} It must be valid against"),
    ],
)
def test_a_schema_holds_the_decoder_or_is_told(body, form, told):
    asked = {"type": "json_schema", "json_schema": {"name": "x", "schema": SCHEMA}}
    native = sent({**body, "response_format": asked})

    assert native.get("response_format") == form
    assert native["messages"][0]["content"].startswith(told)


def test_a_schema_that_the_provider_does_not_take_is_told():
    asked = {"type": "json_schema", "json_schema": {"name": "x", "schema": LOOSE}}
    native = sent({"response_format": asked})

    assert native["response_format"] == {"type": "json_object"}
    assert "It must be valid against" in native["messages"][0]["content"]


def test_any_object_is_asked_for_as_such():
    native = sent({"response_format": {"type": "json_object"}})

    assert native["response_format"] == {"type": "json_object"}
    assert native["messages"] == [{"role": "system", "content": ONLY_JSON}, *HI]
    assert "response_format" not in sent(
        {"response_format": {"type": "json_object"}, "tools": TOOLS}
    )


def test_what_has_no_form_is_dropped_and_named():
    body = {
        "user": "u", "metadata": {}, "logit_bias": {}, "service_tier": "auto", "store": False, "top_logprobs": 3,
        "parallel_tool_calls": False, "verbosity": "low", "unheard_of": 1, "presence_penalty": -1, "prediction": None,
    }  # fmt: skip

    assert set(call(body).dropped) == set(body) - {"prediction"}
    assert beside(body) == {}
    assert call({"reasoning_effort": "low"}, target("command-r")).dropped == ("reasoning_effort",)


def test_a_targets_parameters_replace_the_callers_and_may_be_native():
    to = target(params={"max_tokens": 5, "safety_mode": "OFF", "brand_new": True})

    assert beside({"max_completion_tokens": 9}, to) == {
        "max_tokens": 5,
        "safety_mode": "OFF",
        "brand_new": True,
    }


@pytest.mark.parametrize(
    ("body", "kind", "param"),
    [
        ({"n": 2}, Kind.UNSUPPORTED, "n"),
        ({"stop": list("abcdef")}, Kind.UNSUPPORTED, "stop"),
        ({"temperature": "hot"}, Kind.INVALID_REQUEST, "temperature"),
        ({"documents": "a"}, Kind.INVALID_REQUEST, "documents"),
        ({"tool_choice": "required"}, Kind.INVALID_REQUEST, "tool_choice"),
        ({"tools": [{"type": "web_search"}]}, Kind.UNSUPPORTED, "tools[0].type"),
        (
            {"messages": [*HI, {"role": "assistant", "content": "a"}]},
            Kind.UNSUPPORTED,
            "messages[1]",
        ),
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
