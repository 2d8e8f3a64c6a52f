import pytest

from proxy.codecs.mistral import Mistral
from tests.support.written import written

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
        (SMALL, {"reasoning_effort": "low"}, {"reasoning_effort": "high"}, ()),
        (SMALL, {"reasoning_effort": "minimal"}, {"reasoning_effort": "none"}, ()),
        (SMALL, {"reasoning_effort": "none", "thinking": ON}, {"reasoning_effort": "none"}, ()),
        (SMALL, {"reasoning_effort": "odd"}, {}, EFFORT),
        (SMALL, {"thinking": ON}, {"reasoning_effort": "high"}, ()),
        (SMALL, {"thinking": OFF}, {"reasoning_effort": "none"}, ()),
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
            {"tools": [TOOL, OTHER], "tool_choice": allowed("auto")},
            {"tools": [TOOL, OTHER], "tool_choice": "auto"},
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


def test_custom_tools_are_functions():
    custom = {"type": "custom", "custom": {"name": "c"}}
    native, dropped = written({"tools": [TOOL, custom], "tool_choice": custom}, codec=Mistral())

    assert dropped == ()
    assert [tool["type"] for tool in native["tools"]] == ["function", "function"]
    assert native["tool_choice"] == {"type": "function", "function": {"name": "c"}}
