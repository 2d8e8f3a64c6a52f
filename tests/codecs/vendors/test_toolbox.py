import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.codecs.vendors import toolbox
from proxy.codecs.vendors.toolbox import with_nine, with_short
from tests.support.written import written

TOOLS = [{"type": "function", "function": {"name": "f"}}]
FORCED = {"type": "function", "function": {"name": "f"}}


def exchange(*ids):
    calls = [{"id": each, "type": "function", "function": {"name": "f"}} for each in ids]
    return [
        {"role": "assistant", "tool_calls": calls},
        *({"role": "tool", "tool_call_id": each, "content": ""} for each in ids),
    ]


def ids_of(messages):
    called = [call["id"] for message in messages for call in message.get("tool_calls", ())]
    return called, [message["tool_call_id"] for message in messages if "tool_call_id" in message]


@pytest.mark.parametrize(
    ("name", "body", "native", "dropped"),
    [
        ("no_required_choice", {"tool_choice": "required"}, {}, ("tool_choice",)),
        ("no_required_choice", {"tool_choice": "auto"}, {"tool_choice": "auto"}, ()),
        ("no_required_choice", {"tool_choice": FORCED}, {"tool_choice": FORCED}, ()),
        ("auto_choice", {"tool_choice": FORCED}, {}, ("tool_choice",)),
        ("auto_choice", {"tool_choice": "none"}, {"tool_choice": "none"}, ()),
        ("auto_choice", {}, {}, ()),
        ("parallel_calls", {}, {"parallel_tool_calls": True}, ()),
        ("parallel_calls", {"parallel_tool_calls": False}, {"parallel_tool_calls": False}, ()),
        ("tool_stream", {}, {}, ()),
    ],
)
def test_choices_among_tools_are_fitted(name, body, native, dropped):
    assert written({"tools": TOOLS, **body}, request=(name,)) == (
        {"tools": TOOLS, **native},
        dropped,
    )


def test_arguments_are_streamed_where_there_is_a_stream():
    sent, _ = written({"tools": TOOLS}, stream=True, request=("tool_stream",))

    assert sent["tool_stream"] is True
    assert written({}, stream=True, request=("tool_stream", "parallel_calls")) == ({}, ())


def test_ids_get_nine_characters_on_call_and_result_alike():
    messages = written(
        {"messages": exchange("call_1", "Abc123xyz")}, request=("nine_character_ids",)
    )[0]["messages"]
    called, answered = ids_of(messages)

    assert called == answered
    assert re.fullmatch("[a-zA-Z0-9]{9}", called[0])
    assert called[1] == "Abc123xyz"


def test_good_ids_leave_the_messages_as_they_are():
    messages = [*exchange("Abc123xyz"), {"role": "user", "content": "a"}, 3, {"tool_calls": [3]}]

    assert with_nine(messages) is messages


def test_only_messages_with_other_ids_change():
    good, bad = exchange("Abc123xyz"), exchange("call_1")
    odd = [{"role": "tool", "tool_call_id": ["x"]}, {"tool_calls": [{"id": {}}]}]
    messages = with_nine([*good, *bad, *odd])

    assert messages[0] is good[0]
    assert messages[2] != bad[0]
    assert messages[4:] == odd


def test_an_id_that_is_taken_is_made_anew(monkeypatch):
    made = iter(["Abc123xyz", "aaaaaaaaa", "aaaaaaaaa", "bbbbbbbbb"])
    monkeypatch.setattr(toolbox, "_made", lambda _given, _turn: next(made))

    assert ids_of(with_nine(exchange("Abc123xyz", "x", "y")))[0] == [
        "Abc123xyz",
        "aaaaaaaaa",
        "bbbbbbbbb",
    ]


@given(st.lists(st.text(max_size=12), unique=True, max_size=12))
def test_different_ids_stay_different(ids):
    called, answered = ids_of(with_nine(exchange(*ids)))

    assert called == answered
    assert len(set(called)) == len(ids)
    assert with_nine(exchange(*ids)) == with_nine(exchange(*ids))


def test_ids_that_are_too_long_for_openai_are_shortened_on_call_and_result_alike():
    longest, longer = "c" * 40, "chatcmpl-tool-" + "0" * 32
    messages = exchange(longest, longer)
    called, answered = ids_of(with_short(messages))

    assert called == answered
    assert called[0] == longest
    assert len(called[1]) == 40
    assert with_short(messages) == with_short(messages)
    assert with_short(exchange(longest)) == exchange(longest)


def test_a_search_that_a_chat_caller_asks_for_is_in_that_callers_words():
    body = {"web_search_options": {"search_context_size": "low"}}

    assert written(body, request=("openrouter_search",)) == (body, ())


def test_a_chat_caller_who_holds_a_search_to_domains_gets_the_tool_that_can_be_held_to_them():
    wishes = {"search_context_size": "low", "allowed_domains": ["a.test"], "max_uses": 2}
    native, dropped = written({"web_search_options": wishes}, request=("openrouter_search",))
    parameters = {"search_context_size": "low", "allowed_domains": ["a.test"]}

    assert native == {"tools": [{"type": "openrouter:web_search", "parameters": parameters}]}
    assert dropped == ("web_search_options.max_uses",)
