import pytest

from proxy.core.errors import ProxyError
from proxy.surfaces.messages.tools import choice, must_search, needs_its_maker, tools

SCHEMA = {"type": "object", "properties": {"port": {"type": "string"}}}
TIDE = {"name": "tide", "input_schema": SCHEMA}
SEARCH = {"type": "web_search_20260318", "name": "web_search", "max_uses": 2}
CODE = {"type": "code_execution_20260521", "name": "code_execution"}


def made(*given):
    chat = {}
    tools(chat, list(given))
    return chat


def chosen(value, *given):
    chat = made(*(given or (TIDE,)))
    choice(chat, value)
    chat.pop("tools", None)
    return chat


def test_a_tool_becomes_a_function():
    full = {
        **TIDE,
        "type": "custom",
        "description": "Tides.",
        "strict": True,
        "cache_control": {"type": "ephemeral"},
        "eager_input_streaming": True,
    }

    assert made(TIDE, full)["tools"] == [
        {"type": "function", "function": {"name": "tide", "parameters": SCHEMA}},
        {
            "type": "function",
            "function": {
                "name": "tide",
                "description": "Tides.",
                "parameters": SCHEMA,
                "strict": True,
            },
            "cache_control": {"type": "ephemeral"},
        },
    ]


def test_no_tools_are_none():
    assert made() == {}


def test_a_tool_of_the_providers_own_goes_on_as_it_came_and_is_named():
    assert made(SEARCH, CODE)["tools"] == [CODE]
    assert needs_its_maker({"tools": [SEARCH, CODE]}) == (
        "tools.1 is of type 'code_execution_20260521', which only Anthropic's models have."
    )


@pytest.mark.parametrize("given", [None, [], [TIDE], [{**TIDE, "type": "custom"}, SEARCH]])
def test_functions_can_be_given_to_anybody_and_searches_to_others(given):
    assert needs_its_maker({"tools": given}) == ""


def test_a_search_has_a_form_in_chat():
    where = {"type": "approximate", "city": "Cork", "region": None}
    chat = made(TIDE, {**SEARCH, "allowed_domains": ["a.test"], "user_location": where})

    assert [tool["type"] for tool in chat["tools"]] == ["function"]
    assert chat["web_search_options"] == {
        "type": "web_search_20260318",
        "max_uses": 2,
        "allowed_domains": ["a.test"],
        "user_location": {"type": "approximate", "approximate": {"city": "Cork"}},
    }
    assert "'web_search_20260318'" in must_search(chat)
    assert must_search({}) == ""


WISHES = {"type": "web_search_20260318", "max_uses": 2}
NAMED = {"type": "tool", "name": "web_search"}
FUNCTION = {"type": "function", "function": {"name": "web_search"}}


@pytest.mark.parametrize(
    ("value", "given", "said"),
    [
        (NAMED, [SEARCH], {"web_search_options": {**WISHES, "required": True}}),
        (NAMED, [TIDE, SEARCH], {"web_search_options": {**WISHES, "required": True}}),
        ({"type": "any"}, [SEARCH], {"web_search_options": {**WISHES, "required": True}}),
        (
            {"type": "any"},
            [TIDE, SEARCH],
            {"web_search_options": WISHES, "tool_choice": "required"},
        ),
        ({"type": "auto"}, [SEARCH], {"web_search_options": WISHES}),
        ({"type": "none"}, [SEARCH], {}),
        ({"type": "none"}, [TIDE, SEARCH], {"tool_choice": "none"}),
        (NAMED, [{**TIDE, "name": "web_search"}], {"tool_choice": FUNCTION}),
        (
            NAMED,
            [{**TIDE, "name": "web_search"}, SEARCH],
            {"web_search_options": WISHES, "tool_choice": FUNCTION},
        ),
    ],
)
def test_a_search_can_be_chosen_and_forbidden(value, given, said):
    assert chosen(value, *given) == said


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ({"type": "auto"}, {"tool_choice": "auto"}),
        ({"type": "any"}, {"tool_choice": "required"}),
        ({"type": "none"}, {"tool_choice": "none"}),
        (
            {"type": "tool", "name": "tide", "disable_parallel_tool_use": False},
            {"tool_choice": {"type": "function", "function": {"name": "tide"}}},
        ),
        (
            {"type": "auto", "disable_parallel_tool_use": True},
            {"tool_choice": "auto", "parallel_tool_calls": False},
        ),
    ],
)
def test_a_choice_has_chats_words(value, said):
    assert chosen(value) == said


@pytest.mark.parametrize("odd", [None, 5, "x", [], {"name": 5}])
def test_a_tool_of_the_providers_own_may_have_members_of_any_kind(odd):
    native = {"type": "bash_20250124", "name": "bash", "function": odd}
    chat = chosen(NAMED, native, SEARCH)

    assert chat["web_search_options"]["required"]


def test_a_choice_among_no_tools_says_nothing():
    chat = {}
    choice(chat, {"type": "any", "disable_parallel_tool_use": True})

    assert chat == {}


@pytest.mark.parametrize(
    ("tool", "said"),
    [
        (5, "tools.0: Input should be a valid dictionary"),
        ({}, "tools.0.name: Field required"),
        ({"name": ""}, "tools.0.name: String should have at least 1 character"),
        ({"name": "tide"}, "tools.0.input_schema: Field required"),
        ({"name": "tide", "input_schema": 5}, "tools.0.input_schema: Input should be a valid dict"),
        ({"type": 5}, "tools.0.type: Input should be a valid string"),
    ],
)
def test_a_tool_out_of_form_is_refused_with_its_place(tool, said):
    with pytest.raises(ProxyError) as caught:
        made(tool)

    assert caught.value.message.startswith(said)


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("auto", "tool_choice: Input should be a valid dictionary"),
        ({}, "tool_choice.type: Field required"),
        ({"type": "tool"}, "tool_choice.name: Field required"),
        ({"type": "all"}, "tool_choice.type: Input should be 'auto', 'any', 'tool' or 'none'"),
    ],
)
def test_a_choice_out_of_form_is_refused(value, said):
    with pytest.raises(ProxyError) as caught:
        chosen(value)

    assert caught.value.message == said
