import pytest

from proxy.codecs.plain import tools
from proxy.codecs.plain.draft import Choice, Draft
from proxy.core.errors import Kind, ProxyError


def function(name="f", **more):
    return {"type": "function", "function": {"name": name, **more}}


def drafted(given=(), choice=None):
    draft = Draft("m")
    tools.write(draft, list(given))
    if choice is not None:
        tools.choice(draft, choice)
    tools.settle(draft)
    return draft


def names(draft):
    return [tool["function"]["name"] for tool in draft.tools]


def test_a_function_keeps_what_the_protocols_take():
    given = function(description="d", parameters={"type": "object"}, strict=False)
    draft = drafted([given, function("g", strict=True), {"function": {"name": "h"}}])
    bare = {"type": "object", "properties": {}}

    assert draft.tools == [
        {
            "type": "function",
            "function": {"name": "f", "description": "d", "parameters": {"type": "object"}},
        },
        {"type": "function", "function": {"name": "g", "parameters": bare}},
        {"type": "function", "function": {"name": "h", "parameters": bare}},
    ]
    assert draft.strict
    assert not drafted([given]).strict


ONE = {"type": "function", "function": {"name": "g"}}
SOME = {
    "type": "allowed_tools",
    "allowed_tools": {"mode": "required", "tools": [ONE]},
}


@pytest.mark.parametrize(
    ("choice", "expected", "left"),
    [
        (None, Choice(), ["f", "g"]),
        ("auto", Choice(), ["f", "g"]),
        ("none", Choice("none"), ["f", "g"]),
        ("required", Choice("required"), ["f", "g"]),
        (ONE, Choice("required", frozenset({"g"})), ["g"]),
        (SOME, Choice("required", frozenset({"g"})), ["g"]),
        (
            {"type": "allowed_tools", "allowed_tools": {"tools": [ONE]}},
            Choice("auto", frozenset({"g"})),
            ["g"],
        ),
    ],
)
def test_a_choice_leaves_the_tools_that_may_be_called(choice, expected, left):
    draft = drafted([function(), function("g")], choice)

    assert draft.choice == expected
    assert names(draft) == left


def test_parallel_calls_that_are_forbidden_are_a_drop():
    draft = Draft("m")
    tools.parallel(draft, True)

    assert draft.dropped == []

    tools.parallel(draft, False)

    assert draft.dropped == ["parallel_tool_calls"]


@pytest.mark.parametrize(
    ("given", "choice", "kind", "param"),
    [
        ([{"type": "custom", "custom": {}}], None, Kind.UNSUPPORTED, "tools[0].type"),
        ([{"type": "web_search"}], None, Kind.UNSUPPORTED, "tools[0].type"),
        (["f"], None, Kind.INVALID_REQUEST, "tools[0]"),
        ([{"type": "function"}], None, Kind.INVALID_REQUEST, "tools[0].function"),
        ([function(None)], None, Kind.INVALID_REQUEST, "tools[0].function.name"),
        ([function(parameters=1)], None, Kind.INVALID_REQUEST, "tools[0].function.parameters"),
        ([function()], "any", Kind.INVALID_REQUEST, "tool_choice"),
        ([function()], 5, Kind.INVALID_REQUEST, "tool_choice"),
        ([function()], ONE, Kind.INVALID_REQUEST, "tool_choice"),
        ([], "required", Kind.INVALID_REQUEST, "tool_choice"),
        ([function()], {"type": "function"}, Kind.INVALID_REQUEST, "tool_choice.function"),
        (
            [function()],
            {"type": "allowed_tools", "allowed_tools": {"mode": 1, "tools": []}},
            Kind.INVALID_REQUEST,
            "tool_choice.allowed_tools.mode",
        ),
    ],
)
def test_what_cannot_be_written_is_refused_with_its_path(given, choice, kind, param):
    with pytest.raises(ProxyError) as caught:
        drafted(given, choice)

    assert (caught.value.kind, caught.value.param) == (kind, param)
