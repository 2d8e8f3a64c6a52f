from typing import ClassVar

import pytest

from proxy.codecs.plain.draft import Draft
from proxy.codecs.plain.thread import Thread, answered, arguments_of, calls_of, walk
from proxy.core.errors import Kind, ProxyError
from proxy.core.state import pack

PACKED = pack("call_1", "anthropic/claude", [{"type": "thinking", "signature": "s"}])


class Talk(Thread):
    def user(self, message, path):
        self.draft.messages.append({"role": "user", "content": path})

    roles: ClassVar = {"system": Thread.system, "developer": Thread.system, "user": user}


def taken(messages):
    draft = Draft("m")
    Talk(draft).take(messages)
    return draft


def test_system_texts_before_everything_are_gathered_and_later_ones_stay_in_place():
    draft = taken(
        [
            {"role": "system", "content": "a"},
            {"role": "developer", "content": [{"type": "text", "text": "b"}]},
            {"role": "system", "content": " "},
            {"role": "user"},
            {"role": "system", "content": "c"},
        ]
    )

    assert draft.system == ["a", "b"]
    assert draft.messages == [
        {"role": "user", "content": "messages[3]"},
        {"role": "system", "content": "c"},
    ]


@pytest.mark.parametrize(
    ("messages", "param"),
    [
        ("hi", "messages"),
        (["hi"], "messages[0]"),
        ([{}], "messages[0].role"),
        ([{"role": "user"}, {"role": "robot"}], "messages[1].role"),
        ([{"role": "system", "content": 1}], "messages[0].content"),
    ],
)
def test_a_message_that_is_none_is_refused(messages, param):
    with pytest.raises(ProxyError) as caught:
        taken(messages)

    assert (caught.value.kind, caught.value.param) == (Kind.INVALID_REQUEST, param)


def test_calls_have_bare_ids():
    function = {"name": "f", "arguments": "{}"}
    message = {"tool_calls": [{"id": PACKED, "function": function}, {"function": function}]}

    assert calls_of(message, "m") == [
        ("call_1", function, "m.tool_calls[0].function"),
        ("", function, "m.tool_calls[1].function"),
    ]
    assert calls_of({}, "m") == []
    assert calls_of({"tool_calls": None}, "m") == []


@pytest.mark.parametrize(
    ("calls", "param"),
    [
        ("x", "m.tool_calls"),
        (["x"], "m.tool_calls[0]"),
        ([{"type": "custom"}], "m.tool_calls[0].function"),
        ([{"function": {}}], "m.tool_calls[0].function.name"),
    ],
)
def test_a_call_that_is_none_is_refused(calls, param):
    with pytest.raises(ProxyError) as caught:
        calls_of({"tool_calls": calls}, "m")

    assert (caught.value.kind, caught.value.param) == (Kind.INVALID_REQUEST, param)


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ('{"a": 1}', {"a": 1}),
        ({"a": 1}, {"a": 1}),
        ("", {}),
        (" ", {}),
        ("null", {}),
        (None, {}),
    ],
)
def test_arguments_are_an_object(arguments, expected):
    assert arguments_of({"arguments": arguments}, "f") == expected


@pytest.mark.parametrize("arguments", ["{", "[1]", "1", 7, '{"a": "\ud800'])
def test_arguments_that_are_no_object_are_refused(arguments):
    with pytest.raises(ProxyError) as caught:
        arguments_of({"arguments": arguments}, "f")

    assert (caught.value.kind, caught.value.param) == (Kind.INVALID_REQUEST, "f.arguments")


def test_a_result_answers_a_bare_id():
    assert answered({"tool_call_id": PACKED}) == "call_1"
    assert answered({}) == ""


def test_each_message_goes_to_the_method_of_its_role():
    heard = []
    roles = {"user": lambda thread, message, path: thread.append((message["content"], path))}
    last = walk([{"role": "user", "content": "a"}, {"role": "user", "content": "b"}], roles, heard)

    assert heard == [("a", "messages[0]"), ("b", "messages[1]")]
    assert last == "messages[1]"


@pytest.mark.parametrize(
    ("messages", "param"),
    [("x", "messages"), (["x"], "messages[0]"), ([{"role": "odd"}], "messages[0].role")],
)
def test_a_message_that_nobody_takes_is_refused_with_its_path(messages, param):
    with pytest.raises(ProxyError) as caught:
        walk(messages, {}, None)

    assert (caught.value.kind, caught.value.param) == (Kind.INVALID_REQUEST, param)
