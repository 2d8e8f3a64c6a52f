import pytest

from proxy.surfaces.responses.spaces import Spaces


def space(name, *tools):
    return {
        "type": "namespace",
        "name": name,
        "tools": [{"type": "function", "name": tool} for tool in tools],
    }


@pytest.mark.parametrize("name", ["mcp__maps", "mcp__maps__"])
def test_a_tool_in_a_namespace_has_one_name_and_gets_its_two_again(name):
    spaces = Spaces([space(name, "look")])

    assert spaces.flat(name, "look") == "mcp__maps__look"
    assert spaces.named("mcp__maps__look") == {"name": "look", "namespace": name}


def test_a_tool_outside_of_namespaces_keeps_its_name():
    spaces = Spaces([space("maps", "look"), {"type": "function", "name": "look"}])

    assert [spaces.flat(outside, "look") for outside in (None, "", 7)] == ["look"] * 3
    assert spaces.named("look") == {"name": "look"}


def test_names_that_come_to_the_same_are_told_apart():
    tools = [space("a", "b__c"), space("a__b", "c"), {"type": "custom", "name": "x__y"}]
    spaces = Spaces([*tools, space("x", "y")])
    flat = [spaces.flat(*pair) for pair in (("a", "b__c"), ("a__b", "c"), ("x", "y"))]

    assert len({*flat, "x__y"}) == 4
    assert [spaces.named(name)["namespace"] for name in flat] == ["a", "a__b", "x"]


def test_the_same_tool_twice_is_one():
    spaces = Spaces([space("maps", "look", "look"), space("maps", "look")])

    assert spaces.named(spaces.flat("maps", "look")) == {"name": "look", "namespace": "maps"}
    assert spaces.flat("maps", "look") == "maps__look"


def test_a_long_name_is_left_to_whoever_knows_what_its_provider_takes():
    long = "look_" * 20
    spaces = Spaces([space("maps", long)])

    assert spaces.flat("maps", long) == f"maps__{long}"
    assert spaces.named(f"maps__{long}") == {"name": long, "namespace": "maps"}


def test_a_call_of_a_tool_that_is_not_offered_any_more_has_a_name_too():
    assert Spaces().flat("maps", "look") == "maps__look"


@pytest.mark.parametrize("tools", [None, 7, [7], [{"type": "namespace", "tools": 7}]])
def test_what_is_no_namespace_of_tools_is_for_others_to_refuse(tools):
    assert Spaces(tools).named("look") == {"name": "look"}


def test_half_a_character_in_a_name_that_is_taken_is_no_failure():
    taken = {"type": "function", "name": "m__\ud800"}

    assert Spaces([taken, space("m", "\ud800")]).flat("m", "\ud800") != "m__\ud800"
