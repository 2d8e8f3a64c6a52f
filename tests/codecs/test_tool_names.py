"""Tools whose names a provider would refuse, under names that it takes, and back."""

import copy
import re

import pytest

from proxy.codecs import tool_names
from proxy.codecs.openai import OpenAI
from proxy.codecs.tool_names import names_for
from proxy.core import jsons
from proxy.core.errors import Kind, ProxyError
from proxy.core.fold import fold
from proxy.core.shape import ChatRequest, Target

LONG = "mcp__plugin_harbour_almanac_for_pilots__harbour__tide_table_of_one_single_port"
DOTTED = "harbour.wind"
ASKED = [{"role": "user", "content": "Tide?"}]


def function(name):
    return {"type": "function", "function": {"name": name, "parameters": {"type": "object"}}}


def called(name, mark="c1"):
    return {"id": mark, "type": "function", "function": {"name": name, "arguments": "{}"}}


def asks(*names, messages=ASKED, **fields):
    tools = [function(name) for name in names]
    return ChatRequest({"model": "m", "messages": messages, "tools": tools, **fields})


def target(protocol="openai", model="m", **options):
    return Target("p", model, protocol, "http://p", options=options)


def heard(request, to=None):
    """What the provider hears: the names of its tools, in order."""
    names = names_for(request, to or target())
    assert names is not None
    return [tool["function"]["name"] for tool in names.asked(request).body["tools"]]


@pytest.mark.parametrize(
    "protocol", ["openai", "azure", "responses", "mistral", "bedrock", "anthropic", "gemini"]
)
def test_names_that_a_provider_takes_are_left_alone(protocol):
    assert names_for(asks("tide", "a-B_9", "t" * 64), target(protocol)) is None


@pytest.mark.parametrize("protocol", ["openai", "azure", "responses", "mistral", "bedrock"])
def test_a_name_is_at_most_64_letters_digits_underscores_and_dashes(protocol):
    names = heard(asks(LONG, DOTTED, "tide", "Flut für heute"), target(protocol))

    assert all(re.fullmatch(r"[A-Za-z0-9_-]{1,64}", name) for name in names)
    assert names[0].startswith("mcp__plugin_harbour")
    assert "_of_one_single_port_" in names[0]
    assert names[1].startswith("harbour_wind_")
    assert names[2] == "tide"
    assert len(set(names)) == 4


@pytest.mark.parametrize(
    ("to", "taken", "refused"),
    [
        (target("anthropic"), "t" * 128, "t" * 129),
        (target("anthropic"), "9t", DOTTED),
        (target("vertex", "claude-x"), "9t", DOTTED),
        (target("gemini"), "a.b:c-d", "9t"),
        (target("gemini"), "t" * 128, "-t"),
        (target("vertex", "gemini-x"), DOTTED, "9t"),
    ],
)
def test_others_have_rules_of_their_own(to, taken, refused):
    (name,) = heard(asks(refused), to)

    assert names_for(asks(taken), to) is None
    assert re.fullmatch(r"[A-Za-z_][A-Za-z0-9_-]{0,127}", name)


@pytest.mark.parametrize("protocol", ["ollama", "cohere"])
def test_some_take_any_name_or_have_a_way_of_their_own(protocol):
    assert names_for(asks(LONG, DOTTED), target(protocol)) is None


@pytest.mark.parametrize(
    ("dialect", "to"),
    [
        ("messages", target("anthropic")),
        ("messages", target("vertex", "claude-x")),
        ("messages", target("bedrock", "anthropic.claude-x")),
        ("messages", target("bedrock", "arn:x", family="claude-x")),
        ("responses", target("responses")),
    ],
)
def test_a_caller_of_the_providers_own_api_is_relayed_with_its_names(dialect, to):
    request = ChatRequest(asks("a b").body, b"{}", dialect=dialect)

    assert names_for(request, to) is None
    assert names_for(ChatRequest(request.body, dialect=dialect), to) is not None


@pytest.mark.parametrize(
    ("dialect", "to"),
    [
        ("chat", target()),
        ("messages", target()),
        ("messages", target("bedrock", "amazon.nova")),
        ("messages", target("vertex", "gemini-x")),
        ("responses", target("anthropic")),
    ],
)
def test_a_caller_of_another_api_is_not(dialect, to):
    assert names_for(ChatRequest(asks("a b").body, b"{}", dialect=dialect), to) is not None


def test_a_call_of_texts_has_no_names():
    assert names_for(ChatRequest(asks(DOTTED).body, only_texts=True), target()) is None


def test_the_same_tool_has_the_same_name_in_each_turn_whatever_stands_beside_it():
    assert heard(asks(LONG))[0] == heard(asks("tide", DOTTED, LONG))[2]


def test_a_name_that_is_taken_is_not_given_twice():
    (made,) = heard(asks(LONG))
    both = heard(asks(LONG, made))

    assert both[1] == made
    assert both[0] != made
    assert len(both[0]) <= 64


def test_the_choice_and_the_history_have_the_same_names_as_the_tools():
    history = [
        *ASKED,
        {"role": "assistant", "content": None, "tool_calls": [called(LONG), called("tide", "c2")]},
        {"role": "tool", "tool_call_id": "c1", "name": LONG, "content": "14:20"},
        {"role": "tool", "tool_call_id": "c2", "name": "tide", "content": "14:20"},
        "no message",
    ]
    choice = {"type": "function", "function": {"name": LONG}}
    request = asks(LONG, "tide", messages=history, tool_choice=choice)
    before = copy.deepcopy(request.body)
    body = names_for(request, target()).asked(request).body
    new = body["tools"][0]["function"]["name"]

    assert new != LONG
    assert [call["function"]["name"] for call in body["messages"][1]["tool_calls"]] == [new, "tide"]
    assert [message["name"] for message in body["messages"][2:4]] == [new, "tide"]
    assert body["tool_choice"]["function"]["name"] == new
    assert LONG not in jsons.encode(body).decode()
    assert request.body == before


def test_the_tools_that_are_allowed_have_them_too():
    allowed = {"mode": "auto", "tools": [function(DOTTED), function("tide")]}
    request = asks(DOTTED, "tide", tool_choice={"type": "allowed_tools", "allowed_tools": allowed})
    body = names_for(request, target()).asked(request).body
    named = [tool["function"]["name"] for tool in body["tool_choice"]["allowed_tools"]["tools"]]

    assert named == [tool["function"]["name"] for tool in body["tools"]]


def test_a_choice_in_a_word_stays_it():
    request = asks(DOTTED, tool_choice="required")

    assert names_for(request, target()).asked(request).body["tool_choice"] == "required"


def test_a_call_of_a_tool_that_is_there_no_more_has_a_name_that_is_taken():
    history = [*ASKED, {"role": "assistant", "tool_calls": [called(DOTTED)]}]
    request = asks("tide", messages=history)
    body = names_for(request, target()).asked(request).body

    assert re.fullmatch(r"[A-Za-z0-9_-]+", body["messages"][1]["tool_calls"][0]["function"]["name"])


def test_custom_tools_have_names_too():
    tool = {"type": "custom", "custom": {"name": DOTTED}}
    request = ChatRequest({"messages": ASKED, "tools": [tool]})
    names = names_for(request, target())
    new = names.asked(request).body["tools"][0]["custom"]["name"]
    call = {"id": "c", "type": "custom", "custom": {"name": new, "input": "x"}}
    answer = names.answered({"choices": [{"index": 0, "message": {"tool_calls": [call]}}]})

    assert answer["choices"][0]["message"]["tool_calls"][0]["custom"]["name"] == DOTTED


@pytest.mark.parametrize(
    "body",
    [
        {"tools": 3, "messages": ASKED},
        {"tools": ["x", {}, {"function": "x"}, {"function": {"name": 3}}, function("")]},
        {"messages": [{"role": "assistant", "tool_calls": "x"}]},
        {"tool_choice": {"allowed_tools": {"tools": None}}},
        {"tool_choice": {"allowed_tools": 3}},
    ],
)
def test_what_is_no_tool_has_no_name(body):
    assert names_for(ChatRequest(body), target()) is None


def test_what_is_no_tool_stays_as_it_is():
    body = {"tools": 3, "tool_choice": {"type": "function", "function": {"name": DOTTED}}}
    request = ChatRequest(body)

    assert names_for(request, target()).asked(request).body["tools"] == 3


def test_the_call_that_goes_out_holds_no_name_that_would_be_refused():
    raw = jsons.encode(asks(LONG).body)
    request = ChatRequest(asks(LONG).body, raw, model="m")
    call = OpenAI().encode(names_for(request, target()).asked(request), target())

    assert LONG.encode() not in call.body


def test_a_whole_answer_calls_the_tool_by_the_callers_name():
    request = asks(LONG, "tide")
    names, (new, _) = names_for(request, target()), heard(request)
    message = {"role": "assistant", "tool_calls": [called(new), called("tide", "c2")]}
    completion = {"choices": [{"index": 0, "message": message}], "native": {"dialect": "openai"}}
    answer = names.answered(completion)

    calls = answer["choices"][0]["message"]["tool_calls"]
    assert [call["function"]["name"] for call in calls] == [LONG, "tide"]
    assert "native" not in answer
    assert message["tool_calls"][0]["function"]["name"] == new


def test_an_answer_without_such_a_call_is_the_very_one_that_came():
    names = names_for(asks(LONG), target())
    for message in ({"content": "hi"}, {"tool_calls": [called("tide")]}):
        completion = {"choices": [{"index": 0, "message": message}], "native": {}}

        assert names.answered(completion) is completion


def test_a_stream_calls_the_tool_by_the_callers_name():
    request = asks(LONG)
    names, (new,) = names_for(request, target()), heard(request)
    opened = {"index": 0, **called(new)}
    frames = [
        {"choices": [{"index": 0, "delta": {"role": "assistant", "content": None}}]},
        {"choices": [{"index": 0, "delta": {"tool_calls": [opened]}}]},
        {"choices": [{"index": 0, "delta": {}, "finish_reason": "tool_calls"}]},
    ]
    head = {"id": "x", "object": "chat.completion.chunk", "created": 1, "model": "m"}
    said = b"".join(b"data: %s\n\n" % jsons.encode({**head, **frame}) for frame in frames)
    to = target()
    stream = names.stream(OpenAI().stream(names.asked(request), to, created=1))
    chunks = [*stream.feed(said + b"data: [DONE]\n\n"), *stream.finish()]

    calls = [
        call
        for chunk in chunks
        for choice in chunk["choices"]
        for call in choice["delta"].get("tool_calls") or ()
    ]
    assert calls[0]["function"]["name"] == LONG
    assert new not in str(chunks)


def spoken(request, *deltas, end="tool_calls"):
    """The calls that a caller hears where a server streams these pieces of calls, by slot."""
    names = names_for(request, target())
    stream = names.stream(OpenAI().stream(names.asked(request), target(), created=1))
    said = [{"tool_calls": [delta]} for delta in deltas]
    frames = [{"index": 0, "delta": {"role": "assistant"}}]
    frames += [{"index": 0, "delta": delta} for delta in said]
    frames += [{"index": 0, "delta": {}, "finish_reason": end}]
    head = {"id": "x", "object": "chat.completion.chunk", "created": 1, "model": "m"}
    lines = [b"data: %s\n\n" % jsons.encode({**head, "choices": [frame]}) for frame in frames]
    chunks = [*stream.feed(b"".join(lines) + b"data: [DONE]\n\n"), *stream.finish()]
    calls = fold(chunks)["choices"][0]["message"]["tool_calls"]
    return [(call["id"], *call["function"].values()) for call in calls]


def streamed(slot, name=None, arguments=None, **more):
    given = {"name": name, "arguments": arguments}
    function = {key: value for key, value in given.items() if value is not None}
    return {"index": slot, **more, "function": function}


@pytest.mark.parametrize("last", ['{"a":1}', None])
def test_a_name_that_is_streamed_in_pieces_comes_back_whole(last):
    request = asks(DOTTED, "harbour_w")
    new = heard(request)[0]
    pieces = [
        streamed(0, new[:4], "", id="c0"),
        streamed(0, new[4:9]),
        streamed(0, new[9:]),
        *([streamed(0, arguments=last)] if last else []),
    ]

    assert spoken(request, *pieces) == [("c0", DOTTED, last or "{}")]


def test_a_call_whose_name_only_begins_like_one_of_ours_is_told_as_it_is():
    request = asks(DOTTED, "harbour_w")
    pieces = [
        streamed(0, "harbour_w", "", id="c0"),
        streamed(0, arguments="{}"),
        streamed(1, "harbour_w", id="c1"),
        streamed(2, "tide", "{}", id="c2"),
        streamed(3, "harbour_", "", id="c3"),
    ]

    assert spoken(request, *pieces) == [
        ("c0", "harbour_w", "{}"),
        ("c1", "harbour_w", "{}"),
        ("c2", "tide", "{}"),
        ("c3", "harbour_", "{}"),
    ]


def test_a_complaint_names_the_tool_that_the_caller_knows():
    request = asks(LONG)
    names, (new,) = names_for(request, target()), heard(request)
    error = ProxyError(Kind.INVALID_REQUEST, f"Invalid schema for function '{new}'.")

    assert names.blamed(error).message == f"Invalid schema for function '{LONG}'."


def test_names_whose_digests_are_alike_are_told_apart(monkeypatch):
    class Same:
        def __init__(self, text):
            self.text = text

        def hexdigest(self):
            return "0" * 8 if self.text[:1] not in b"123456789" else self.text[:1].decode() * 8

    monkeypatch.setattr(tool_names, "sha256", Same)
    names = heard(asks("a.b", "a:b", "a b"))

    assert names == ["a_b_00000000", "a_b_11111111", "a_b_22222222"]
