import json

import pytest

from proxy.codecs.gemini.tools import known_name, returned_name
from proxy.core.errors import Kind, ProxyError
from proxy.core.shape import ChatRequest
from tests.support.google import CODECS, FLASH, HELLO, call, native, target

OLD, MIDDLE = "gemini-2.0-flash", "gemini-2.5-flash"
SCHEMA = {"type": "object", "properties": {"port": {"type": "string"}}, "required": ["port"]}
GRAMMAR = {"type": "grammar", "grammar": {"syntax": "lark", "definition": "start: WORD"}}


def function(name="tide", **more):
    return {"type": "function", "function": {"name": name, **more}}


def custom(name="shell", **more):
    return {"type": "custom", "custom": {"name": name, **more}}


def declared(tool, model=FLASH):
    [[declaration]] = [
        tool["functionDeclarations"] for tool in native(model, tools=[tool])["tools"]
    ]
    return declaration


def chosen(choice, tools=None, model=FLASH):
    made = native(model, tools=tools or [function(), function("wind")], tool_choice=choice)
    return made.get("toolConfig", {}).get("functionCallingConfig")


@pytest.mark.parametrize(
    ("tool", "model", "declaration"),
    [
        (function(), FLASH, {"name": "tide"}),
        (function(description="When."), FLASH, {"name": "tide", "description": "When."}),
        (function(parameters={}), FLASH, {"name": "tide"}),
        (function(parameters={"type": "object", "properties": {}}), FLASH, {"name": "tide"}),
        (function(parameters=SCHEMA), FLASH, {"name": "tide", "parametersJsonSchema": SCHEMA}),
        (
            function(parameters={"properties": SCHEMA["properties"]}),
            FLASH,
            {
                "name": "tide",
                "parametersJsonSchema": {"type": "object", "properties": SCHEMA["properties"]},
            },
        ),
        (
            function(parameters=SCHEMA),
            OLD,
            {
                "name": "tide",
                "parameters": {
                    "type": "OBJECT",
                    "properties": {"port": {"type": "STRING"}},
                    "required": ["port"],
                },
            },
        ),
        (
            function(parameters={"type": "object", "additionalProperties": {"type": "integer"}}),
            FLASH,
            {
                "name": "tide",
                "parametersJsonSchema": {
                    "type": "object",
                    "additionalProperties": {"type": "integer"},
                },
            },
        ),
        (
            function(parameters={"$ref": "#/definitions/In", "definitions": {"In": SCHEMA}}),
            OLD,
            {
                "name": "tide",
                "parameters": {
                    "type": "OBJECT",
                    "properties": {"port": {"type": "STRING"}},
                    "required": ["port"],
                },
            },
        ),
        (
            custom(description="Runs.", format=GRAMMAR),
            FLASH,
            {
                "name": "shell",
                "description": "Runs.\n\nThe input must follow this lark grammar:\nstart: WORD",
                "parametersJsonSchema": {
                    "type": "object",
                    "properties": {
                        "freeform_input": {
                            "type": "string",
                            "description": "The whole input, as plain text.",
                        }
                    },
                    "required": ["freeform_input"],
                },
            },
        ),
    ],
)
def test_a_tool_is_declared(tool, model, declaration):
    assert declared(tool, model) == declaration


def test_arguments_that_an_older_model_has_no_form_for_are_dropped_by_name():
    tool = function(parameters={"type": "object", "additionalProperties": {"type": "integer"}})
    made = call(OLD, tools=[tool])

    assert json.loads(made.body)["tools"] == [{"functionDeclarations": [{"name": "tide"}]}]
    assert made.dropped == ("tools.function.parameters",)


def test_a_custom_tool_that_says_nothing_has_no_description():
    assert "description" not in declared(custom(format={"type": "text"}))


@pytest.mark.parametrize(
    ("choice", "form"),
    [
        ("auto", {"mode": "AUTO"}),
        ("none", {"mode": "NONE"}),
        ("required", {"mode": "ANY"}),
        (
            {"type": "function", "function": {"name": "wind"}},
            {"mode": "ANY", "allowedFunctionNames": ["wind"]},
        ),
        (
            {"type": "custom", "custom": {"name": "shell"}},
            {"mode": "ANY", "allowedFunctionNames": ["shell"]},
        ),
        (
            {
                "type": "allowed_tools",
                "allowed_tools": {"mode": "required", "tools": [function("wind")]},
            },
            {"mode": "ANY", "allowedFunctionNames": ["wind"]},
        ),
        (None, None),
    ],
)
def test_a_choice_among_tools(choice, form):
    assert chosen(choice) == form


def test_tools_that_are_allowed_but_not_required_are_all_there_are():
    allowed = {"mode": "auto", "tools": [function("wind")]}
    made = native(
        tools=[function(), function("wind")],
        tool_choice={"type": "allowed_tools", "allowed_tools": allowed},
    )

    assert made["tools"] == [{"functionDeclarations": [{"name": "wind"}]}]
    assert made["toolConfig"] == {"functionCallingConfig": {"mode": "AUTO"}}


def test_strict_functions_are_validated_where_the_model_can():
    strict = [function(strict=True, parameters=SCHEMA)]

    assert chosen(None, strict) == {"mode": "VALIDATED"}
    assert chosen("auto", strict) == {"mode": "VALIDATED"}
    assert chosen("required", strict) == {"mode": "ANY"}
    assert chosen("auto", strict, MIDDLE) == {"mode": "AUTO"}


def test_parallel_calls_cannot_be_forbidden():
    assert call(tools=[function()], parallel_tool_calls=False).dropped == ("parallel_tool_calls",)
    assert call(tools=[function()], parallel_tool_calls=True).dropped == ()


@pytest.mark.parametrize(
    ("fields", "tools"),
    [
        ({"web_search_options": {}}, [{"googleSearch": {}}]),
        ({"tools": [{"type": "google_search"}]}, [{"googleSearch": {}}]),
        (
            {"tools": [{"type": "code_execution"}, {"urlContext": {}}]},
            [{"codeExecution": {}}, {"urlContext": {}}],
        ),
        (
            {"tools": [{"googleSearch": {}}, function()]},
            [{"googleSearch": {}}, {"functionDeclarations": [{"name": "tide"}]}],
        ),
    ],
)
def test_googles_own_tools(fields, tools):
    assert native(**fields)["tools"] == tools


def test_a_choice_without_functions_is_left_out():
    made = native(web_search_options={}, tool_choice="auto")

    assert "toolConfig" not in made
    assert "tools" not in native(tools=[], tool_choice="auto")


@pytest.mark.parametrize(
    ("model", "fields", "param", "kind"),
    [
        (FLASH, {"tools": {}}, "tools", Kind.INVALID_REQUEST),
        (FLASH, {"tools": [7]}, "tools[0]", Kind.INVALID_REQUEST),
        (FLASH, {"tools": [{}]}, "tools[0].type", Kind.UNSUPPORTED),
        (FLASH, {"tools": [{"type": "smell"}]}, "tools[0].type", Kind.UNSUPPORTED),
        (FLASH, {"tools": [{"type": "function"}]}, "tools[0].function", Kind.INVALID_REQUEST),
        (FLASH, {"tools": [function(7)]}, "tools[0].function.name", Kind.INVALID_REQUEST),
        (FLASH, {"tools": [function("9x")]}, "tools[0].function.name", Kind.INVALID_REQUEST),
        (FLASH, {"tools": [function("x" * 129)]}, "tools[0].function.name", Kind.INVALID_REQUEST),
        (
            FLASH,
            {"tools": [function(parameters=[])]},
            "tools[0].function.parameters",
            Kind.INVALID_REQUEST,
        ),
        (FLASH, {"tools": [{"type": "custom"}]}, "tools[0].custom", Kind.INVALID_REQUEST),
        (FLASH, {"tool_choice": "perhaps"}, "tool_choice", Kind.INVALID_REQUEST),
        (FLASH, {"tool_choice": {"type": 7}}, "tool_choice", Kind.INVALID_REQUEST),
        (
            FLASH,
            {"tool_choice": {"type": "function"}},
            "tool_choice.function",
            Kind.INVALID_REQUEST,
        ),
        (
            FLASH,
            {"tool_choice": {"type": "allowed_tools"}},
            "tool_choice.allowed_tools",
            Kind.INVALID_REQUEST,
        ),
        (
            FLASH,
            {"tool_choice": {"type": "allowed_tools", "allowed_tools": {"tools": [7]}}},
            "tool_choice.allowed_tools.tools[0]",
            Kind.INVALID_REQUEST,
        ),
        ("gemma-3-27b-it", {"tools": [function()]}, "tools", Kind.UNSUPPORTED),
        (MIDDLE, {"tools": [function()], "web_search_options": {}}, "tools", Kind.UNSUPPORTED),
    ],
)
def test_what_cannot_be_written_is_refused_with_its_place(model, fields, param, kind):
    with pytest.raises(ProxyError) as caught:
        call(model, **fields)

    assert caught.value.param == param
    assert caught.value.kind is kind


def test_a_name_in_the_history_always_has_a_form_here():
    assert known_name("get_tide") == "get_tide"
    assert known_name("9 lives").startswith("_9_lives_")
    assert known_name("9 lives") == known_name("9 lives") != known_name("9.lives!")
    assert len(known_name("ü" * 500)) <= 128
    assert known_name(None).startswith("_")


def test_the_module_that_google_shows_functions_in_is_taken_off():
    assert returned_name("default_api:tide") == "tide"
    assert returned_name("tide") == "tide"
    assert returned_name(None) == ""


def test_a_search_that_another_api_offered_gives_way_to_the_callers_functions():
    body = {"messages": HELLO, "tools": [function()], "web_search_options": {}}
    encoded = CODECS["gemini"].encode(ChatRequest(body=body, translated=True), target(MIDDLE))

    assert [list(tool) for tool in json.loads(encoded.body)["tools"]] == [["functionDeclarations"]]
    assert encoded.dropped == ("web_search_options",)


def test_a_search_that_must_be_made_gives_way_to_nothing():
    body = {"messages": HELLO, "tools": [function()], "web_search_options": {}}
    request = ChatRequest(body=body, translated=True, must_search="It needs a search.")

    with pytest.raises(ProxyError) as caught:
        CODECS["gemini"].encode(request, target(MIDDLE))

    assert caught.value.kind is Kind.UNSUPPORTED


@pytest.mark.parametrize(
    ("protocol", "tool", "left_out"),
    [
        ("gemini", {}, ("web_search_options.blocked_domains", "web_search_options.max_uses")),
        ("vertex", {"excludeDomains": ["a.test"]}, ("web_search_options.max_uses",)),
    ],
)
def test_only_vertex_is_told_where_not_to_search(protocol, tool, left_out):
    options = {"blocked_domains": ["a.test"], "max_uses": 2}
    body = {"messages": HELLO, "web_search_options": options}
    encoded = CODECS[protocol].encode(ChatRequest(body=body), target(FLASH, protocol=protocol))

    assert json.loads(encoded.body)["tools"] == [{"googleSearch": tool}]
    assert encoded.dropped == left_out
