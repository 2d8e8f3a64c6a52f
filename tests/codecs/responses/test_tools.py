import json

import pytest

from proxy.core.errors import Kind
from tests.support.replies import call, complaint, function, native

TIDE = {"tools": [function("tide")]}
EMPTY = {"type": "object", "properties": {}}


def test_a_function_is_flat_and_says_whether_it_is_strict():
    schema = {"type": "object", "properties": {"port": {"type": "string"}}}
    tools = [
        function("tide", description="tide table", parameters=schema, strict=True),
        {**function("wind"), "defer_loading": True, "cache_control": {"type": "ephemeral"}},
    ]

    assert native({"tools": tools})["tools"] == [
        {
            "type": "function",
            "name": "tide",
            "description": "tide table",
            "parameters": schema,
            "strict": True,
        },
        {
            "type": "function",
            "name": "wind",
            "parameters": EMPTY,
            "strict": False,
            "defer_loading": True,
        },
    ]


@pytest.mark.parametrize(
    ("form", "flat"),
    [
        (None, None),
        ({"type": "text"}, {"type": "text"}),
        (
            {"type": "grammar", "grammar": {"syntax": "lark", "definition": "start: /a/"}},
            {"type": "grammar", "syntax": "lark", "definition": "start: /a/"},
        ),
    ],
)
def test_a_custom_tool_is_flat_too(form, flat):
    custom = {"name": "note", "description": "takes notes", "format": form}
    [tool] = native({"tools": [{"type": "custom", "custom": custom}]})["tools"]

    assert tool == {
        "type": "custom",
        "name": "note",
        "description": "takes notes",
        **({"format": flat} if flat else {}),
    }


def test_a_custom_tool_needs_no_description():
    [tool] = native({"tools": [{"type": "custom", "custom": {"name": "note"}}]})["tools"]

    assert tool == {"type": "custom", "name": "note"}


def test_what_the_provider_runs_itself_passes():
    tools = [{"type": "web_search"}, {"type": "code_interpreter", "container": {"type": "auto"}}]

    assert native({"tools": tools})["tools"] == tools


@pytest.mark.parametrize(
    ("choice", "form"),
    [
        ("none", "none"),
        ("auto", "auto"),
        ("required", "required"),
        (function("tide"), {"type": "function", "name": "tide"}),
        (
            {"type": "custom", "custom": {"name": "note"}},
            {"type": "custom", "name": "note"},
        ),
        ({"type": "file_search"}, {"type": "file_search"}),
        (
            {
                "type": "allowed_tools",
                "allowed_tools": {"mode": "required", "tools": [function("tide")]},
            },
            {
                "type": "allowed_tools",
                "mode": "required",
                "tools": [{"type": "function", "name": "tide"}],
            },
        ),
        (
            {"type": "allowed_tools", "allowed_tools": {"tools": []}},
            {"type": "allowed_tools", "mode": "auto", "tools": []},
        ),
    ],
)
def test_each_choice_has_its_form(choice, form):
    assert native({**TIDE, "tool_choice": choice})["tool_choice"] == form


def test_parallel_calls_may_be_forbidden():
    assert native({**TIDE, "parallel_tool_calls": False})["parallel_tool_calls"] is False
    assert native({**TIDE, "parallel_tool_calls": True})["parallel_tool_calls"] is True


def test_what_speaks_of_tools_goes_where_there_are_none():
    body = native({"tools": [], "tool_choice": "auto", "parallel_tool_calls": True})

    assert body.keys() == {"model", "input", "store"}


@pytest.mark.parametrize(
    ("options", "tool"),
    [
        ({}, {"type": "web_search"}),
        ({"search_context_size": "low"}, {"type": "web_search", "search_context_size": "low"}),
        (
            {"user_location": {"type": "approximate", "approximate": {"city": "Cork"}}},
            {"type": "web_search", "user_location": {"type": "approximate", "city": "Cork"}},
        ),
        ({"user_location": {"type": "approximate"}}, {"type": "web_search"}),
    ],
)
def test_web_search_is_a_tool(options, tool):
    assert native({"web_search_options": options})["tools"] == [tool]


@pytest.mark.parametrize(
    ("body", "kind", "param"),
    [
        ({"tools": {}}, Kind.INVALID_REQUEST, "tools"),
        ({"tools": ["tide"]}, Kind.INVALID_REQUEST, "tools[0]"),
        ({"tools": [{"type": "computer"}]}, Kind.UNSUPPORTED, "tools[0].type"),
        ({"tools": [{"type": "function"}]}, Kind.INVALID_REQUEST, "tools[0].function"),
        ({"tools": [function("")]}, Kind.INVALID_REQUEST, "tools[0].function.name"),
        (
            {"tools": [{"type": "custom", "custom": {}}]},
            Kind.INVALID_REQUEST,
            "tools[0].custom.name",
        ),
        ({**TIDE, "tool_choice": "any"}, Kind.INVALID_REQUEST, "tool_choice"),
        ({**TIDE, "tool_choice": 7}, Kind.INVALID_REQUEST, "tool_choice"),
        ({**TIDE, "tool_choice": {"type": "shell"}}, Kind.INVALID_REQUEST, "tool_choice"),
        (
            {**TIDE, "tool_choice": {"type": "function"}},
            Kind.INVALID_REQUEST,
            "tool_choice.function",
        ),
        (
            {**TIDE, "tool_choice": {"type": "allowed_tools"}},
            Kind.INVALID_REQUEST,
            "tool_choice.allowed_tools",
        ),
        (
            {**TIDE, "tool_choice": {"type": "allowed_tools", "allowed_tools": {"tools": [7]}}},
            Kind.INVALID_REQUEST,
            "tool_choice.allowed_tools.tools[0]",
        ),
        ({"web_search_options": True}, Kind.INVALID_REQUEST, "web_search_options"),
    ],
)
def test_a_tool_that_is_none_is_complained_of_by_its_path(body, kind, param):
    error = complaint(body)

    assert (error.kind, error.param) == (kind, param)


def test_a_search_is_told_what_it_has_a_form_for():
    wishes = {"allowed_domains": ["a.test"], "blocked_domains": ["b.test"], "max_uses": 2}
    encoded = call({"web_search_options": wishes})

    assert json.loads(encoded.body)["tools"] == [
        {"type": "web_search", "filters": {"allowed_domains": ["a.test"]}}
    ]
    assert encoded.dropped == ("web_search_options.blocked_domains", "web_search_options.max_uses")


@pytest.mark.parametrize(
    ("tools", "choice", "left_out"),
    [({}, "required", ()), (TIDE, None, ("tool_choice",))],
)
def test_a_search_that_must_be_made_is_the_only_tool(tools, choice, left_out):
    encoded = call({**tools, "web_search_options": {"required": True, "sources": True}})

    assert json.loads(encoded.body).get("tool_choice") == choice
    assert encoded.dropped == left_out
