import pytest

from proxy.core.errors import ProxyError
from proxy.surfaces.responses.tools import chat_tools
from proxy.surfaces.responses.wants import Wants

TIDE = {"type": "function", "name": "tide"}
CHAT_TIDE = {"type": "function", "function": {"name": "tide"}}


def read(**body):
    wants = Wants()
    return chat_tools(body, wants), wants.sentence


@pytest.mark.parametrize(
    ("tool", "made"),
    [
        (TIDE, CHAT_TIDE),
        (
            {**TIDE, "description": "d", "parameters": {}, "strict": False, "defer_loading": True},
            {
                "type": "function",
                "function": {"name": "tide", "description": "d", "parameters": {}, "strict": False},
                "defer_loading": True,
            },
        ),
        ({**TIDE, "parameters": None, "strict": None}, CHAT_TIDE),
        (CHAT_TIDE, CHAT_TIDE),
        ({"type": "custom", "name": "note"}, {"type": "custom", "custom": {"name": "note"}}),
        (
            {"type": "custom", "name": "note", "format": {"type": "text"}},
            {"type": "custom", "custom": {"name": "note", "format": {"type": "text"}}},
        ),
        (
            {
                "type": "custom",
                "name": "note",
                "format": {"type": "grammar", "syntax": "lark", "definition": "a"},
            },
            {
                "type": "custom",
                "custom": {
                    "name": "note",
                    "format": {"type": "grammar", "grammar": {"syntax": "lark", "definition": "a"}},
                },
            },
        ),
        ({"type": "bash_20250124", "name": "bash"}, {"type": "bash_20250124", "name": "bash"}),
    ],
)
def test_a_tool_is_nested_as_chat_has_it(tool, made):
    assert read(tools=[tool]) == ({"tools": [made]}, "")


MAPS = {"type": "namespace", "name": "mcp__maps", "description": "Maps."}
CHAT_LOOK = {
    "type": "function",
    "function": {"name": "mcp__maps__look", "description": "Maps.", "strict": False},
}


def test_the_tools_of_a_namespace_are_tools_of_chat_under_one_name_each():
    look = {"type": "function", "name": "look", "strict": False, "defer_loading": True}
    note = {"type": "custom", "name": "note", "description": "Notes."}
    chat, sentence = read(tools=[TIDE, {**MAPS, "tools": [look, note]}, {**MAPS, "tools": None}])

    assert sentence == ""
    assert chat["tools"] == [
        CHAT_TIDE,
        {**CHAT_LOOK, "defer_loading": True},
        {"type": "custom", "custom": {"name": "mcp__maps__note", "description": "Notes."}},
    ]


def test_one_of_a_namespace_may_be_chosen():
    look = {"type": "function", "name": "look", "namespace": "mcp__maps"}
    tools = [{**MAPS, "tools": [{"type": "function", "name": "look"}]}]
    chosen = {"type": "function", "function": {"name": "mcp__maps__look"}}

    assert read(tools=tools, tool_choice=look)[0]["tool_choice"] == chosen


def test_what_runs_at_openai_alone_is_noted_within_a_namespace_too():
    _, sentence = read(tools=[{**MAPS, "tools": [{"type": "namespace", "name": "inner"}]}])

    assert "'tools[0].tools[0].type' (a tool of type 'namespace')" in sentence


def test_the_providers_own_search_is_chats():
    where = {"type": "approximate", "country": "IE", "city": None}
    tools = [
        {"type": "web_search_preview", "search_context_size": "low", "user_location": where},
        TIDE,
    ]

    assert read(tools=tools, tool_choice={"type": "web_search_preview"}) == (
        {
            "web_search_options": {
                "search_context_size": "low",
                "user_location": {"type": "approximate", "approximate": {"country": "IE"}},
                "required": True,
            },
            "tools": [CHAT_TIDE],
        },
        "",
    )
    assert read(tools=[{"type": "web_search_2025_08_26"}]) == ({"web_search_options": {}}, "")


def test_a_search_of_what_openai_has_stored_is_nobody_elses():
    stored = {"type": "web_search", "external_web_access": False}

    assert read(tools=[stored, TIDE]) == ({"tools": [CHAT_TIDE]}, "")


@pytest.mark.parametrize("kind", ["file_search", "computer_use_preview", "mcp", "local_shell"])
def test_a_tool_that_runs_at_openai_alone_is_noted(kind):
    chat, sentence = read(tools=[TIDE, {"type": kind}])

    assert chat == {"tools": [CHAT_TIDE]}
    assert f"'tools[1].type' (a tool of type '{kind}')" in sentence


@pytest.mark.parametrize(
    ("choice", "made"),
    [
        ("required", "required"),
        ({"type": "function", "name": "tide"}, CHAT_TIDE),
        ({"type": "custom", "name": "note"}, {"type": "custom", "custom": {"name": "note"}}),
        (
            {"type": "allowed_tools", "mode": "required", "tools": [TIDE, {"type": "web_search"}]},
            {
                "type": "allowed_tools",
                "allowed_tools": {"mode": "required", "tools": [CHAT_TIDE]},
            },
        ),
        (
            {"type": "allowed_tools", "tools": []},
            {"type": "allowed_tools", "allowed_tools": {"mode": "auto", "tools": []}},
        ),
    ],
)
def test_the_choice_is_nested_too(choice, made):
    chat, sentence = read(tools=[TIDE], tool_choice=choice, parallel_tool_calls=False)

    assert chat == {"tools": [CHAT_TIDE], "tool_choice": made, "parallel_tool_calls": False}
    assert sentence == ""


def test_a_choice_of_what_runs_at_openai_alone_is_noted():
    assert "'tool_choice' (a choice of type 'mcp')" in read(tool_choice={"type": "mcp"})[1]


def test_without_tools_there_is_nothing_to_choose():
    assert read(tool_choice="none", parallel_tool_calls=True) == ({}, "")


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"tools": [1]}, "Invalid type for 'tools[0]': expected an object"),
        ({"tools": [{}]}, "Missing required parameter: 'tools[0].type'."),
        ({"tools": [{"type": 1}]}, "Invalid type for 'tools[0].type': expected a string"),
        ({"tools": [{"type": "function"}]}, "Missing required parameter: 'tools[0].name'."),
        ({"tools": [{**MAPS, "name": ""}]}, "Invalid 'tools[0].name': got an empty string."),
        (
            {"tools": [{**MAPS, "tools": {}}]},
            "Invalid type for 'tools[0].tools': expected an array",
        ),
        ({"tools": [{**MAPS, "tools": [1]}]}, "Invalid type for 'tools[0].tools[0]'"),
        (
            {"tools": [{**MAPS, "tools": [{"type": "function"}]}]},
            "Missing required parameter: 'tools[0].tools[0].name'.",
        ),
        (
            {"tools": [{**MAPS, "tools": [{**TIDE, "strict": 1}]}]},
            "Invalid type for 'tools[0].tools[0].strict'",
        ),
        ({"tools": [{**TIDE, "name": ""}]}, "Invalid 'tools[0].name': got an empty string."),
        ({"tools": [{**TIDE, "parameters": []}]}, "Invalid type for 'tools[0].parameters'"),
        ({"tools": [{**TIDE, "strict": 1}]}, "Invalid type for 'tools[0].strict'"),
        (
            {"tools": [{"type": "custom", "name": "a", "format": "text"}]},
            "Invalid type for 'tools[0].format'",
        ),
        ({"tool_choice": "any"}, "Invalid 'tool_choice': got 'any'. Supported values are"),
        ({"tool_choice": {"type": "function"}}, "Missing required parameter: 'tool_choice.name'."),
        (
            {"tool_choice": {"type": "allowed_tools"}},
            "Missing required parameter: 'tool_choice.tools'.",
        ),
        (
            {"tool_choice": {"type": "allowed_tools", "tools": {}}},
            "Invalid type for 'tool_choice.tools': expected an array",
        ),
        (
            {"tool_choice": {"type": "allowed_tools", "tools": ["tide"]}},
            "Invalid type for 'tool_choice.tools[0]': expected an object",
        ),
    ],
)
def test_a_tool_of_the_wrong_shape_is_refused_by_its_path(body, said):
    with pytest.raises(ProxyError) as caught:
        read(**body)

    assert str(caught.value).startswith(said)


def test_a_search_is_held_to_its_filters_whoevers_words_they_have():
    filters = {"allowed_domains": ["a.test"], "excluded_domains": ["b.test"], "odd": 1}
    include = ["web_search_call.action.sources"]
    chat, _ = read(tools=[{"type": "web_search", "filters": filters}], include=include)

    assert chat == {
        "web_search_options": {
            "allowed_domains": ["a.test"],
            "blocked_domains": ["b.test"],
            "sources": True,
        }
    }


@pytest.mark.parametrize("filters", [None, "a.test"])
def test_filters_that_are_none_hold_to_nothing(filters):
    tool = {"type": "web_search", "filters": filters}

    assert read(tools=[tool], tool_choice="auto") == ({"web_search_options": {}}, "")
