import json

import pytest

from proxy.codecs.mistral import Mistral
from proxy.core.errors import Kind, ProxyError
from proxy.surfaces.chat import Chat
from proxy.surfaces.invariants import refuse
from proxy.surfaces.messages import Messages
from tests.support.written import ASKED, target, written

SMALL, LARGE, MAGISTRAL = "mistral-small-latest", "mistral-large-latest", "magistral-medium-latest"
TOOL = {"type": "function", "function": {"name": "f", "parameters": {}}}
OTHER = {"type": "function", "function": {"name": "g", "parameters": {}}}
FORCED = {"type": "function", "function": {"name": "f"}}
ON, OFF = {"type": "enabled", "budget_tokens": 9}, {"type": "disabled"}
EFFORT = ("reasoning_effort",)


def allowed(mode, *tools):
    inner = {"mode": mode, "tools": list(tools)}
    return {"type": "allowed_tools", "allowed_tools": inner}


@pytest.mark.parametrize(
    ("model", "body", "native", "dropped"),
    [
        (LARGE, {"max_completion_tokens": 5, "seed": 3}, {"max_tokens": 5, "random_seed": 3}, ()),
        (LARGE, {"max_tokens": 5, "max_completion_tokens": 6}, {"max_tokens": 6}, ()),
        (LARGE, {"temperature": 1.4}, {"temperature": 1.0}, ()),
        (LARGE, {"temperature": 0.4}, {"temperature": 0.4}, ()),
        (LARGE, {"service_tier": "priority"}, {"service_tier": "auto"}, ()),
        (LARGE, {"service_tier": "default"}, {"service_tier": "standard_only"}, ()),
        (LARGE, {"service_tier": None}, {"service_tier": None}, ()),
        (LARGE, {"reasoning_effort": "high"}, {}, EFFORT),
        (LARGE, {"thinking": ON}, {}, ("thinking",)),
        (LARGE, {"thinking": OFF}, {}, ()),
        (SMALL, {"reasoning_effort": "low"}, {"reasoning_effort": "high"}, ()),
        (SMALL, {"reasoning_effort": "minimal"}, {"reasoning_effort": "none"}, ()),
        (SMALL, {"reasoning_effort": "none", "thinking": ON}, {"reasoning_effort": "none"}, ()),
        (SMALL, {"reasoning_effort": "odd"}, {}, EFFORT),
        (SMALL, {"thinking": ON}, {"reasoning_effort": "high"}, ()),
        (SMALL, {"thinking": OFF}, {"reasoning_effort": "none"}, ()),
        (SMALL, {"thinking": {"type": "between_tools"}}, {"reasoning_effort": "none"}, ()),
        (SMALL, {"thinking": {}}, {}, ()),
        (SMALL, {}, {}, ()),
        (MAGISTRAL, {"reasoning_effort": "low"}, {"prompt_mode": "reasoning"}, ()),
        (MAGISTRAL, {"reasoning_effort": "none"}, {}, ()),
        (MAGISTRAL, {}, {}, ()),
        (LARGE, {"tools": [TOOL], "tool_choice": "required"}, {"tools": [TOOL], "tool_choice": "any"}, ()),
        (LARGE, {"tools": [TOOL], "tool_choice": "auto"}, {"tools": [TOOL], "tool_choice": "auto"}, ()),
        (LARGE, {"tools": [TOOL], "tool_choice": FORCED}, {"tools": [TOOL], "tool_choice": FORCED}, ()),
        (
            LARGE,
            {"tools": [TOOL, OTHER, 3], "tool_choice": allowed("required", FORCED)},
            {"tools": [TOOL], "tool_choice": "any"},
            (),
        ),
        (
            LARGE,
            {"tools": [TOOL, OTHER], "tool_choice": allowed("auto", OTHER)},
            {"tools": [OTHER], "tool_choice": "auto"},
            (),
        ),
        (
            LARGE,
            {"tools": [TOOL], "tool_choice": {"type": "allowed_tools", "allowed_tools": 3}},
            {"tools": [TOOL], "tool_choice": "auto"},
            (),
        ),
        (
            LARGE,
            {"tools": [{**TOOL, "cache_control": {"type": "ephemeral"}}]},
            {"tools": [TOOL]},
            (),
        ),
    ],
)  # fmt: skip
def test_fields_are_brought_into_mistrals_names_and_values(model, body, native, dropped):
    assert written(body, model, codec=Mistral()) == (native, dropped)


@pytest.mark.parametrize("function", [{"name": "f"}, {"name": "f", "parameters": None}])
def test_a_function_that_takes_nothing_says_so(function):
    tools = [{"type": "function", "function": function}, {"type": "function"}]
    native, _ = written({"tools": tools}, codec=Mistral())

    assert native["tools"][0]["function"]["parameters"] == {"type": "object", "properties": {}}
    assert native["tools"][1] == {"type": "function"}
    assert written({"tools": 3}, codec=Mistral())[0] == {"tools": 3}


def test_an_answer_in_sound_is_refused_and_one_in_text_is_what_there_is():
    with pytest.raises(ProxyError) as caught:
        written({"modalities": ["text", "audio"], "audio": {"voice": "v"}}, codec=Mistral())

    assert (caught.value.kind, caught.value.param) == (Kind.UNSUPPORTED, "modalities")
    assert written({"modalities": ["text"]}, codec=Mistral()) == ({}, ())


@pytest.mark.parametrize(("kind", "effort"), [("enabled", "high"), ("disabled", "none")])
def test_a_caller_of_messages_says_how_much_is_thought(kind, effort):
    body = {"model": "m", "max_tokens": 9, "messages": ASKED, "thinking": {"type": kind}}
    request = Messages().parse(json.dumps(body).encode())
    call = Mistral().encode(request, target(SMALL, "mistral"))

    assert json.loads(call.body)["reasoning_effort"] == effort
    assert call.dropped == ()


def test_an_old_callers_functions_are_tools():
    old = {"name": "f", "parameters": {}}
    body = {"model": "m", "messages": ASKED, "functions": [old], "function_call": {"name": "f"}}
    call = Mistral().encode(Chat(refuse).parse(json.dumps(body).encode()), target())
    native = json.loads(call.body)

    assert call.dropped == ()
    assert native["tools"] == [TOOL]
    assert native["tool_choice"] == FORCED
    assert native["parallel_tool_calls"] is False
    assert native.keys().isdisjoint({"functions", "function_call"})
    del body["function_call"]
    call = Mistral().encode(Chat(refuse).parse(json.dumps(body).encode()), target())

    assert "tool_choice" not in json.loads(call.body)


def test_custom_tools_are_functions():
    custom = {"type": "custom", "custom": {"name": "c"}}
    native, dropped = written({"tools": [TOOL, custom], "tool_choice": custom}, codec=Mistral())

    assert dropped == ()
    assert [tool["type"] for tool in native["tools"]] == ["function", "function"]
    assert native["tool_choice"] == {"type": "function", "function": {"name": "c"}}
