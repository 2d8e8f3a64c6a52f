import copy
import json

import pytest

from proxy.codecs.plain.freeform import (
    FreeformStream,
    as_functions,
    customs_again,
    customs_of,
    names_of,
)
from proxy.core.build import Builder
from proxy.core.errors import Kind, ProxyError
from proxy.core.fold import fold
from proxy.core.shape import ChatRequest
from proxy.core.usage import Usage

BUILD = Builder(1, "id", "model")
FUNCTION = {"type": "function", "function": {"name": "f", "parameters": {"type": "object"}}}
GRAMMAR = {"type": "grammar", "grammar": {"syntax": "lark", "definition": "start: /.+/"}}
PATCH = {
    "type": "custom",
    "custom": {"name": "patch", "description": "Edits.", "format": GRAMMAR},
    "cache_control": {"type": "ephemeral"},
}
CALL = {"id": "c", "type": "custom", "custom": {"name": "patch", "input": 'say "a"\n'}}
ARGUMENTS = json.dumps({"freeform_input": 'say "a"\n'}, separators=(",", ":"))
AS_FUNCTION = {"id": "c", "type": "function", "function": {"name": "patch", "arguments": ARGUMENTS}}
NAMES = frozenset({"patch"})
CUT = ARGUMENTS[:-6]
OWN = '{"patch":"*** Begin"}'


class Script:
    """A decoder that gives what it was made with."""

    ended, over, events = True, False, 7

    def __init__(self, *chunks, finish="tool_calls"):
        self._chunks = list(chunks)
        self._finish = finish

    def feed(self, data):
        del data
        return self._chunks

    def finish(self):
        return [BUILD.finish(self._finish)]


def read(*chunks, most=1_000, finish="tool_calls"):
    stream = FreeformStream(Script(*chunks, finish=finish), NAMES, most)
    return stream.feed(b"x") + stream.finish()


def called(chunks):
    return fold(chunks)["choices"][0]["message"]["tool_calls"]


def delta_of(chunk):
    return chunk["choices"][0]["delta"].get("tool_calls")


def opened(slot, name, arguments="", index=0):
    chunk = BUILD.tool_open(slot, f"id-{slot}", name, index)
    chunk["choices"][0]["delta"]["tool_calls"][0]["function"]["arguments"] = arguments
    return chunk


def test_names_are_those_of_custom_tools():
    assert names_of({"tools": [FUNCTION, PATCH, 3, {"type": "custom", "custom": {}}]}) == NAMES
    assert names_of({"tools": 3}) == frozenset()
    assert names_of({}) == frozenset()


def test_a_custom_tool_is_a_function_with_one_text():
    body = {"tools": [FUNCTION, PATCH, {"type": "custom", "custom": {"name": "b"}}]}
    before = copy.deepcopy(body)
    first, second, third = as_functions(body)["tools"]

    assert first is FUNCTION
    assert second["function"]["name"] == "patch"
    assert second["function"]["description"] == (
        "Edits.\n\nThe input must follow this lark grammar:\nstart: /.+/"
    )
    assert second["function"]["parameters"]["required"] == ["freeform_input"]
    assert second["cache_control"] == {"type": "ephemeral"}
    assert "description" not in third["function"]
    assert "custom" not in second
    assert body == before


@pytest.mark.parametrize(
    "body",
    [
        {"tools": [FUNCTION], "tool_choice": "auto", "messages": [{"role": "user"}, 3]},
        {"tools": 3, "tool_choice": {"type": "function", "function": {"name": "f"}}},
        {"tool_choice": {"type": "allowed_tools", "allowed_tools": {"tools": [FUNCTION]}}},
        {"messages": 3, "tool_choice": {"type": "allowed_tools", "allowed_tools": 3}},
    ],
)
def test_a_request_without_them_is_the_same(body):
    assert as_functions(body) is body


def test_a_choice_among_them_is_one_among_functions():
    chosen = {"type": "custom", "custom": {"name": "patch"}}
    function = {"type": "function", "function": {"name": "patch"}}
    allowed = {"type": "allowed_tools", "allowed_tools": {"mode": "auto", "tools": [chosen]}}

    assert as_functions({"tool_choice": chosen})["tool_choice"] == function
    assert as_functions({"tool_choice": allowed})["tool_choice"] == {
        "type": "allowed_tools",
        "allowed_tools": {"mode": "auto", "tools": [function]},
    }


def test_earlier_calls_of_them_are_calls_of_functions():
    plain = {"id": "d", "type": "function", "function": {"name": "f", "arguments": "{}"}}
    message = {"role": "assistant", "content": None, "tool_calls": [CALL, plain]}
    new = as_functions({"messages": [message]})

    assert new["messages"] == [{**message, "tool_calls": [AS_FUNCTION, plain]}]


def test_a_whole_answer_calls_the_custom_tool_again():
    message = {"role": "assistant", "content": None, "tool_calls": [AS_FUNCTION]}
    completion = BUILD.completion(message, "tool_calls", None)
    completion["native"] = {"dialect": "openai", "payload": b"{}"}
    again = customs_again(completion)

    assert again["choices"][0]["message"]["tool_calls"] == [CALL]
    assert "native" not in again
    assert "native" in completion


@pytest.mark.parametrize(
    "function",
    [{"name": "f", "arguments": "{}"}, {"name": "f", "arguments": "{"}, {"name": "f"}, None],
)
def test_a_whole_answer_without_one_is_the_same(function):
    message = {"role": "assistant", "tool_calls": [{"id": "c", "function": function}]}
    completion = BUILD.completion(message, "tool_calls", None)

    assert customs_again(completion) is completion


def whole(*functions, finish="tool_calls"):
    calls = [
        {"id": f"id-{at}", "type": "function", "function": each}
        for at, each in enumerate(functions)
    ]
    return BUILD.completion({"role": "assistant", "tool_calls": calls}, finish, None)


@pytest.mark.parametrize(
    ("arguments", "text"), [(ARGUMENTS, 'say "a"\n'), (OWN, OWN), ("*** Begin", "*** Begin")]
)
def test_a_whole_answer_calls_a_known_custom_tool_whatever_its_argument_is_named(arguments, text):
    plain = {"name": "f", "arguments": OWN}
    completion = whole({"name": "patch", "arguments": arguments}, plain)
    first, second = customs_again(completion, NAMES)["choices"][0]["message"]["tool_calls"]

    assert first == {"id": "id-0", "type": "custom", "custom": {"name": "patch", "input": text}}
    assert second["function"] == plain


def test_the_custom_tools_of_a_request_are_known():
    completion = whole({"name": "patch", "arguments": OWN})
    known = customs_of(completion, ChatRequest(body={"tools": [PATCH]}))

    assert known["choices"][0]["message"]["tool_calls"][0]["custom"]["input"] == OWN
    assert customs_of(completion, ChatRequest(body={"tools": [FUNCTION]})) is completion


@pytest.mark.parametrize("reading", ["stream", "whole"])
def test_a_call_that_was_cut_is_run_by_nobody(reading):
    def said(finish):
        if reading == "stream":
            return called(read(opened(0, "patch", CUT), finish=finish))
        completion = whole({"name": "patch", "arguments": CUT}, finish=finish)
        return customs_again(completion, NAMES)["choices"][0]["message"]["tool_calls"]

    cut = {"id": "id-0", "type": "custom", "custom": {"name": "patch", "input": ""}}

    assert said("length") == said("content_filter") == [cut]
    with pytest.raises(ProxyError, match=r"a call of patch that are not JSON") as caught:
        said("tool_calls")
    assert caught.value.kind is Kind.MALFORMED


@pytest.mark.parametrize("reading", ["stream", "whole"])
@pytest.mark.parametrize(
    ("arguments", "text"),
    [("{ echo hi; }", "{ echo hi; }"), ('{"freeform_input":"a\nb"}', "a\nb")],
)
def test_a_text_that_only_looks_cut_is_run(reading, arguments, text):
    if reading == "stream":
        calls = called(read(opened(0, "patch", arguments)))
    else:
        completion = whole({"name": "patch", "arguments": arguments}, finish="tool_calls")
        calls = customs_again(completion, NAMES)["choices"][0]["message"]["tool_calls"]

    assert [call["custom"] for call in calls] == [{"name": "patch", "input": text}]


def test_a_stream_holds_the_text_back_until_it_is_whole():
    half = len(ARGUMENTS) // 2
    chunks = read(
        opened(0, "patch", ARGUMENTS[:half]),
        BUILD.tool_arguments(0, ARGUMENTS[half:]),
    )

    assert called(chunks) == [{**CALL, "id": "id-0"}]
    assert [c["choices"][0]["delta"] for c in chunks][1] == {}


def test_calls_before_and_after_it_stay_as_they_are():
    chunks = read(
        opened(0, "f", "{}"),
        opened(1, "patch"),
        BUILD.tool_arguments(1, ARGUMENTS),
        opened(2, "patch", '{"freeform_input":""}'),
        opened(3, "f", '{"a":1}'),
    )
    names = [(call["type"], call.get("custom", call.get("function"))) for call in called(chunks)]

    assert names == [
        ("function", {"name": "f", "arguments": "{}"}),
        ("custom", CALL["custom"]),
        ("custom", {"name": "patch", "input": ""}),
        ("function", {"name": "f", "arguments": '{"a":1}'}),
    ]


def test_calls_that_take_turns_are_held_each_for_itself():
    half = len(ARGUMENTS) // 2
    chunks = read(
        opened(0, "patch", ARGUMENTS[:half]),
        opened(1, "patch", OWN[:5]),
        opened(2, "f", "{"),
        BUILD.tool_arguments(1, OWN[5:]),
        BUILD.tool_arguments(0, ARGUMENTS[half:]),
        BUILD.tool_arguments(2, "}"),
        opened(3, "f", "{}"),
    )

    assert [call.get("custom", call.get("function")) for call in called(chunks)] == [
        CALL["custom"],
        {"name": "patch", "input": OWN},
        {"name": "f", "arguments": "{}"},
        {"name": "f", "arguments": "{}"},
    ]


def test_nothing_follows_a_text_that_was_told():
    chunks = read(
        opened(0, "patch", ARGUMENTS),
        opened(1, "f", "{}"),
        BUILD.tool_arguments(0, " "),
    )

    assert [delta_of(chunk) for chunk in chunks][1:] == [
        [
            {"index": 0, "custom": {"input": CALL["custom"]["input"]}},
            opened(1, "f", "{}")["choices"][0]["delta"]["tool_calls"][0],
        ],
        None,
        None,
    ]


@pytest.mark.parametrize("arguments", ["*** Begin", '{"input":"x"}', '{"freeform_input":3}'])
def test_arguments_of_the_models_own_making_are_the_text(arguments):
    assert called(read(opened(0, "patch", arguments)))[0]["custom"]["input"] == arguments


def test_choices_are_followed_apart():
    chunks = read(opened(0, "patch", ARGUMENTS, index=1), BUILD.text("a", 0), BUILD.finish("x", 1))
    second = fold(chunks)["choices"][1]["message"]

    assert second["tool_calls"][0]["custom"] == CALL["custom"]


def test_what_speaks_of_no_custom_tool_is_the_same():
    text, usage = BUILD.text("a"), BUILD.silent()
    first, second, _ = read(text, usage)

    assert first is text
    assert second is usage


def test_bytes_of_what_was_changed_do_not_go_on():
    chunk = {**opened(0, "patch", ARGUMENTS), "native": {"dialect": "openai", "payload": b"{}"}}

    assert "native" not in read(chunk)[0]


def test_a_call_that_has_no_end_is_a_failure():
    with pytest.raises(ProxyError) as caught:
        read(opened(0, "patch", "x" * 8), BUILD.tool_arguments(0, "x" * 8), most=15)

    assert caught.value.kind is Kind.OVERSIZED


def test_calls_that_are_held_together_share_the_room():
    held = [opened(slot, "patch", ARGUMENTS[:-3]) for slot in range(2)]
    told = [opened(slot, "patch", ARGUMENTS) for slot in range(2)]
    room = len(ARGUMENTS) + 1

    assert len(called(read(*told, most=room))) == 2
    with pytest.raises(ProxyError) as caught:
        read(*held, most=room)
    assert caught.value.kind is Kind.OVERSIZED


def test_all_else_is_the_decoders():
    stream = FreeformStream(Script(), NAMES, 1)

    assert (stream.ended, stream.over, stream.events) == (True, False, 7)


def test_every_read_must_be_fed():
    stream = FreeformStream(Script(), NAMES, 1)

    assert (stream.more(b"x"), stream.template) == (0, None)


def test_events_that_went_by_are_counted_by_the_decoder():
    script = Script()
    script.passed = [].append
    FreeformStream(script, NAMES, 1).passed(2)

    assert script.passed.__self__ == [2]


def test_what_the_decoder_was_told_of_usage_is_told():
    script = Script()
    script.told = Usage(9, 1)

    assert FreeformStream(script, NAMES, 1).told == Usage(9, 1)
