import pytest

from proxy.codecs.plain.arguments import FREEFORM
from proxy.core.errors import Kind
from tests.support.claude import (
    OLD,
    OPUS_5_5,
    SONNET_4_5,
    complaint,
    dropped,
    function,
    native,
    said,
)

ANY = {"type": "object", "properties": {}}
PORT = {"type": "object", "properties": {"port": {"type": "string"}}, "required": ["port"]}
CLOSED = {**PORT, "additionalProperties": False}
TOOLS = [function("tide"), function("wind")]


def tools(*given, model=SONNET_4_5):
    return native({"tools": list(given)}, model)["tools"]


def tide(schema=ANY, **more):
    return {"name": "tide", **more, "input_schema": schema}


@pytest.mark.parametrize(
    ("tool", "expected"),
    [
        (function("tide"), tide()),
        (function("tide", description="When?"), tide(description="When?")),
        (function("tide", parameters=PORT), tide(PORT)),
        (function("tide", parameters=None, description=None), tide()),
        (function("tide", parameters={}), tide()),
        (function("tide", parameters={"properties": {"a": {}}}), tide({"type": "object", "properties": {"a": {}}})),
        (function("tide", parameters=PORT, strict=True), {**tide(CLOSED), "strict": True}),
        (function("tide", parameters=PORT, strict=False), tide(PORT)),
        (
            {**function("tide"), "eager_input_streaming": True, "defer_loading": None},
            {**tide(), "eager_input_streaming": True},
        ),
        (function("tide", input_examples=[{}]), {**tide(), "input_examples": [{}]}),
        ({"type": "web_search_20250305", "name": "web_search", "max_uses": 2},) * 2,
        ({"type": "tool_search_tool_bm25_20251119", "name": "tool_search_tool_bm25"},) * 2,
        ({"type": "mcp_toolset", "mcp_server_name": "x"},) * 2,
    ],
)  # fmt: skip
def test_every_kind_of_tool_has_its_form(tool, expected):
    assert tools(tool) == [expected]


def test_a_strict_tool_is_an_ordinary_one_where_the_model_or_the_schema_does_not_allow_it():
    recursive = {**PORT, "properties": {"again": {"$ref": "#/properties/again"}}}

    assert tools(function("tide", parameters=PORT, strict=True), model=OLD) == [tide(PORT)]
    for schema in (recursive, {"type": "object", "additionalProperties": {"type": "string"}}):
        assert tools(function("tide", parameters=schema, strict=True)) == [tide(schema)]


def test_nothing_is_joined_at_the_root_of_a_schema_strict_or_not():
    joined = {**PORT, "anyOf": [{"required": ["port"]}, {"required": ["at"]}]}
    told = {**PORT, "description": 'anyOf: [{"required":["port"]},{"required":["at"]}]'}

    for strict in (True, False):
        assert tools(function("tide", parameters=joined, strict=strict)) == [tide(told)]


def test_a_custom_tool_takes_one_free_text():
    plain = {
        "type": "custom",
        "custom": {"name": "sql", "description": "Ask.", "format": {"type": "text"}},
    }
    grammar = {"type": "grammar", "grammar": {"syntax": "lark", "definition": "start: WORD"}}
    strict = {"type": "custom", "custom": {"name": "sql", "format": grammar}}
    [one, two, three] = tools(plain, strict, {"type": "custom", "custom": {"name": "sql"}})

    assert one["description"] == "Ask."
    assert one["input_schema"]["required"] == [FREEFORM]
    assert two["description"] == "The input must follow this lark grammar:\nstart: WORD"
    assert "description" not in three


@pytest.mark.parametrize(
    ("tool", "kind", "path"),
    [
        ("odd", "invalid_request", "tools[0]"),
        ({"type": "web_search"}, "unsupported", "tools[0].type"),
        ({"type": 7}, "unsupported", "tools[0].type"),
        ({}, "unsupported", "tools[0].type"),
        ({"type": "function"}, "invalid_request", "tools[0].function"),
        (function("a b"), "invalid_request", "tools[0].function.name"),
        (function("x" * 129), "invalid_request", "tools[0].function.name"),
        (function(None), "invalid_request", "tools[0].function.name"),
        (function("a", parameters=[]), "invalid_request", "tools[0].function.parameters"),
        ({"type": "custom", "custom": {}}, "invalid_request", "tools[0].custom.name"),
    ],
)
def test_a_tool_out_of_form_is_refused_with_its_path(tool, kind, path):
    error = complaint({"tools": [tool]})

    assert (error.kind, error.param) == (Kind(kind), path)


def test_tools_must_be_an_array():
    assert complaint({"tools": {}}).param == "tools"


NAMED = {"type": "function", "function": {"name": "tide"}}


@pytest.mark.parametrize(
    ("choice", "parallel", "expected"),
    [
        (None, None, None),
        ("auto", None, {"type": "auto"}),
        ("none", None, {"type": "none"}),
        ("required", None, {"type": "any"}),
        (NAMED, None, {"type": "tool", "name": "tide"}),
        ({"type": "custom", "custom": {"name": "sql"}}, None, {"type": "tool", "name": "sql"}),
        (None, True, None),
        (None, False, {"type": "auto", "disable_parallel_tool_use": True}),
        ("required", False, {"type": "any", "disable_parallel_tool_use": True}),
        (NAMED, False, {"type": "tool", "name": "tide", "disable_parallel_tool_use": True}),
        ("none", False, {"type": "none"}),
    ],
)
def test_every_choice_has_its_form(choice, parallel, expected):
    body = native({"tools": TOOLS, "tool_choice": choice, "parallel_tool_calls": parallel})

    assert body.get("tool_choice") == expected
    assert [tool["name"] for tool in body["tools"]] == ["tide", "wind"]


def test_a_choice_without_tools_says_nothing():
    body = native({"tools": [], "tool_choice": "required", "parallel_tool_calls": False})

    assert not {"tools", "tool_choice"} & body.keys()


@pytest.mark.parametrize(("mode", "expected"), [("auto", "auto"), ("required", "any")])
def test_of_allowed_tools_only_those_are_sent(mode, expected):
    choice = {"type": "allowed_tools", "allowed_tools": {"mode": mode, "tools": [NAMED]}}
    body = native({"tools": TOOLS, "tool_choice": choice})

    assert body["tool_choice"] == {"type": expected}
    assert [tool["name"] for tool in body["tools"]] == ["tide"]


@pytest.mark.parametrize(
    ("choice", "path"),
    [
        ("sometimes", "tool_choice"),
        (7, "tool_choice"),
        ({"type": "of_tomorrow"}, "tool_choice"),
        ({"type": ["odd"]}, "tool_choice"),
        ({"type": "function"}, "tool_choice.function"),
        ({"type": "function", "function": {"name": ""}}, "tool_choice.function.name"),
        ({"type": "allowed_tools"}, "tool_choice.allowed_tools"),
        ({"type": "allowed_tools", "allowed_tools": {}}, "tool_choice.allowed_tools"),
        (
            {"type": "allowed_tools", "allowed_tools": {"tools": ["odd"]}},
            "tool_choice.allowed_tools.tools[0]",
        ),
    ],
)
def test_a_choice_out_of_form_is_refused_with_its_path(choice, path):
    error = complaint({"tools": TOOLS, "tool_choice": choice})

    assert (error.kind, error.param) == (Kind.INVALID_REQUEST, path)


@pytest.mark.parametrize(
    ("choice", "sentence"),
    [
        ("required", "You must call at least one of the tools."),
        (NAMED, "You must call the tool tide."),
    ],
)
def test_a_model_that_cannot_be_forced_is_told(choice, sentence):
    system = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Hi"}]
    body = native({"messages": system, "tools": TOOLS, "tool_choice": choice}, OPUS_5_5)

    assert body["tool_choice"] == {"type": "auto"}
    assert body["system"] == [said("Be brief."), said(sentence)]


def test_reasoning_on_a_budget_cannot_be_forced_either():
    body = native({"tools": TOOLS, "tool_choice": "required", "reasoning_effort": "low"})

    assert body["thinking"]["type"] == "enabled"
    assert body["tool_choice"] == {"type": "auto"}


def test_web_search_is_the_providers_own():
    where = {"type": "approximate", "approximate": {"city": "Cork", "country": "IE"}}
    body = {"tools": TOOLS[:1], "web_search_options": {"user_location": where}}

    assert native(body)["tools"][1] == {
        "type": "web_search_20260318",
        "name": "web_search",
        "user_location": {"type": "approximate", "city": "Cork", "country": "IE"},
    }
    assert native({"web_search_options": {}})["tools"] == [
        {"type": "web_search_20260318", "name": "web_search"}
    ]
    assert dropped({"web_search_options": "odd"}) == ()


def test_a_search_is_held_to_what_its_caller_wishes():
    wishes = {"max_uses": 2, "allowed_domains": ["a.test"], "blocked_domains": []}
    options = {**wishes, "type": "web_search_20250305", "required": True}
    body = native({"web_search_options": options}, SONNET_4_5)

    assert body["tools"] == [
        {
            "type": "web_search_20250305",
            "name": "web_search",
            "max_uses": 2,
            "allowed_domains": ["a.test"],
        }
    ]
    assert body["tool_choice"] == {"type": "tool", "name": "web_search"}


@pytest.mark.parametrize("kind", ["odd", 5])
def test_a_search_of_another_name_is_the_newest(kind):
    options = {"type": kind, "search_context_size": "low"}

    assert native({"web_search_options": options})["tools"][0]["type"] == "web_search_20260318"
    assert dropped({"web_search_options": options}) == ("web_search_options.search_context_size",)
