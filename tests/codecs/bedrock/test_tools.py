import pytest

from proxy.core.errors import Kind
from tests.support.converse import (
    HI,
    LLAMA,
    MISTRAL,
    NOVA,
    OPUS_5_5,
    SONNET_4_5,
    complaint,
    dropped,
    function,
    native,
    spec,
    user,
)

NAMED = {"type": "function", "function": {"name": "tide"}}
HISTORY = [
    *HI,
    {
        "role": "assistant",
        "tool_calls": [{"id": "c1", "function": {"name": "tide", "arguments": "{}"}}],
    },
    {"role": "tool", "tool_call_id": "c1", "content": "14:20"},
]


def config(body, model=SONNET_4_5):
    return native({"tools": [function()], **body}, model).get("toolConfig")


def test_a_function_is_a_specification():
    schema = {"type": "object", "properties": {"port": {"type": "string"}}}

    assert config({"tools": [function(description="Tides.", parameters=schema)]}) == {
        "tools": [spec(description="Tides.", schema=schema)]
    }


def test_a_description_is_never_empty_and_a_schema_always_an_object():
    assert config({"tools": [function(description=" ")]}) == {"tools": [spec()]}
    assert config({"tools": [function(parameters={})]}) == {"tools": [spec()]}


def test_a_strict_function_is_strict_where_the_model_can():
    schema = {"type": "object", "properties": {"port": {"type": "string"}}}
    closed = {**schema, "additionalProperties": False}
    tools = {"tools": [function(strict=True, parameters=schema)]}

    assert config(tools) == {"tools": [spec(schema=closed, strict=True)]}
    assert config(tools, LLAMA) == {"tools": [spec(schema=schema)]}


def test_a_strict_function_is_an_ordinary_one_where_its_schema_has_no_closed_form():
    schema = {"type": "object", "additionalProperties": {"type": "string"}}

    assert config({"tools": [function(strict=True, parameters=schema)]}) == {
        "tools": [spec(schema=schema)]
    }


def test_nothing_is_joined_at_the_root_of_a_schema():
    port = {"properties": {"port": {"type": "string"}}, "required": ["port"]}
    joined = {"type": "object", "allOf": [port]}

    assert config({"tools": [function(strict=True, parameters=joined)]}) == {
        "tools": [spec(schema={"type": "object", **port})]
    }


def test_a_custom_tool_takes_one_text():
    grammar = {"type": "grammar", "grammar": {"syntax": "lark", "definition": "start: A"}}
    tool = {
        "type": "custom",
        "custom": {"name": "note", "description": "Notes.", "format": grammar},
    }
    [written] = config({"tools": [tool]})["tools"]

    assert written["toolSpec"]["name"] == "note"
    assert written["toolSpec"]["description"].startswith(
        "Notes.\n\nThe input must follow this lark"
    )
    assert written["toolSpec"]["inputSchema"]["json"]["required"] == ["freeform_input"]
    [plain] = config({"tools": [{"type": "custom", "custom": {"name": "note"}}]})["tools"]
    assert plain["toolSpec"]["description"] == "note"


def test_a_tool_of_the_providers_own_passes():
    tool = {"type": "systemTool", "systemTool": {"name": "nova_grounding"}}

    assert config({"tools": [tool]}, NOVA) == {
        "tools": [{"systemTool": {"name": "nova_grounding"}}]
    }


def test_a_cache_mark_stands_behind_its_tool_where_the_model_takes_one():
    marked = [{**function(), "cache_control": {"type": "ephemeral"}}]
    inner = [function(cache_control={"type": "ephemeral"})]
    point = {"cachePoint": {"type": "default"}}

    assert config({"tools": marked}) == {"tools": [spec(), point]}
    assert config({"tools": inner}) == {"tools": [spec(), point]}
    assert config({"tools": marked}, NOVA) == {"tools": [spec()]}
    assert dropped({"tools": marked}, NOVA) == ("cache_control",)


@pytest.mark.parametrize(
    ("choice", "form"),
    [
        ("auto", {"auto": {}}),
        ("required", {"any": {}}),
        (NAMED, {"tool": {"name": "tide"}}),
    ],
)
def test_a_choice_goes_where_the_model_takes_it(choice, form):
    assert config({"tool_choice": choice})["toolChoice"] == form
    assert config({"tool_choice": choice}, NOVA)["toolChoice"] == form


def test_what_a_model_cannot_be_forced_to_it_is_told():
    for model, choice, sentence in (
        (LLAMA, "required", "You must call at least one of the tools."),
        (MISTRAL, NAMED, "You must call the tool tide."),
        (OPUS_5_5, "required", "You must call at least one of the tools."),
    ):
        body = native({"tools": [function()], "tool_choice": choice}, model)
        assert body["system"] == [{"text": sentence}]
        assert "toolChoice" not in body["toolConfig"]
    assert config({"tool_choice": "required"}, MISTRAL)["toolChoice"] == {"any": {}}
    assert "toolChoice" not in config({"tool_choice": "auto"}, LLAMA)


def test_reasoning_on_a_budget_is_not_forced_to_call():
    thinking = {"type": "enabled", "budget_tokens": 2048}
    body = native({"tools": [function()], "tool_choice": "required", "thinking": thinking})

    assert "toolChoice" not in body["toolConfig"]
    assert body["system"] == [{"text": "You must call at least one of the tools."}]


def test_no_tool_at_all_means_none_are_sent():
    assert config({"tool_choice": "none"}) is None


def test_a_history_with_calls_keeps_its_tools_and_the_model_is_told_not_to_call():
    body = native({"messages": HISTORY, "tools": [function()], "tool_choice": "none"})

    assert body["toolConfig"] == {"tools": [spec()]}
    assert body["system"] == [{"text": "You must not call any tool: answer in text."}]


def test_tools_are_made_up_for_a_history_without_them():
    assert native({"messages": HISTORY})["toolConfig"] == {
        "tools": [spec(schema={"type": "object"})]
    }


def test_only_claude_is_held_to_one_call():
    body = {"parallel_tool_calls": False, "tools": [function()]}
    choice = {"type": "tool", "name": "tide", "disable_parallel_tool_use": True}

    auto = native(body)
    assert auto["additionalModelRequestFields"] == {
        "tool_choice": {"type": "auto", "disable_parallel_tool_use": True}
    }
    named = native({**body, "tool_choice": NAMED})
    assert named["additionalModelRequestFields"] == {"tool_choice": choice}
    assert "toolChoice" not in named["toolConfig"]
    assert dropped(body, NOVA) == ("parallel_tool_calls",)


def test_only_allowed_tools_are_sent():
    allowed = {"mode": "required", "tools": [NAMED]}
    tools = [function(), function("now"), {"type": "systemTool", "systemTool": {"name": "x"}}]
    choice = {"type": "allowed_tools", "allowed_tools": allowed}

    assert config({"tools": tools, "tool_choice": choice}) == {
        "tools": [spec()],
        "toolChoice": {"any": {}},
    }
    choice = {"type": "allowed_tools", "allowed_tools": {"tools": [NAMED]}}
    assert config({"tools": tools, "tool_choice": choice})["toolChoice"] == {"auto": {}}


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ({"tools": {}}, "tools"),
        ({"tools": [7]}, "tools[0]"),
        ({"tools": [{"type": "function"}]}, "tools[0].function"),
        ({"tools": [function("a b")]}, "tools[0].function.name"),
        ({"tools": [function(parameters=[])]}, "tools[0].function.parameters"),
        ({"tool_choice": 7}, "tool_choice"),
        ({"tool_choice": {"type": "magic"}}, "tool_choice"),
        ({"tool_choice": {"type": "allowed_tools"}}, "tool_choice.allowed_tools"),
        (
            {"tool_choice": {"type": "allowed_tools", "allowed_tools": {"tools": [7]}}},
            "tool_choice.allowed_tools.tools[0]",
        ),
    ],
)
def test_what_is_no_tool_is_refused_with_its_place(body, param):
    error = complaint(body)

    assert error.kind is Kind.INVALID_REQUEST
    assert error.param == param


@pytest.mark.parametrize("kind", ["web_search", None])
def test_a_tool_of_another_kind_is_refused(kind):
    error = complaint(
        {"messages": [user({"type": "text", "text": "x"})], "tools": [{"type": kind}]}
    )

    assert error.kind is Kind.UNSUPPORTED
    assert error.param == "tools[0].type"
