import pytest

from proxy.codecs.gemini.calls import Calls
from proxy.core.build import Builder
from proxy.core.errors import Kind, ProxyError
from proxy.core.state import unpack
from tests.support.google import answer, event, finish

MAKER = "gemini/gemini-3.8-flash"


def called(*parts):
    """The tool calls of an answer with these parts, one an event."""
    events = [event(part) for part in parts]
    return answer(*events, event(finish="STOP"))["choices"][0]["message"]["tool_calls"]


def part(name=None, args=None, signature=None, **more):
    call = {"name": name, "args": args, **more}
    sign = {"thoughtSignature": signature} if signature else {}
    return {
        "functionCall": {key: value for key, value in call.items() if value is not None},
        **sign,
    }


def functions(*parts):
    return [call["function"] for call in called(*parts)]


def piece(path, value, **more):
    return {"functionCall": {"partialArgs": [{"jsonPath": path, **value}], **more}}


def test_a_whole_call_is_a_tool_call():
    [call] = called(part("tide", {"port": "Cork"}, id="fc1"))

    assert call == {
        "id": "fc1",
        "type": "function",
        "function": {"name": "tide", "arguments": '{"port":"Cork"}'},
    }


@pytest.mark.parametrize("args", [None, {}, [], "x"])
def test_a_call_without_arguments_has_an_empty_object(args):
    assert functions(part("tide", args)) == [{"name": "tide", "arguments": "{}"}]


def test_calls_are_numbered_over_all_events():
    named = functions(part("a", {"x": 1}), part("default_api:b"), part("c"))

    assert [each["name"] for each in named] == ["a", "b", "c"]


def test_ids_are_made_up_where_there_are_none_and_stay_the_same():
    first, second = called(part("a"), part("a"))
    again, _ = called(part("a"), part("a"))

    assert first["id"].startswith("call_")
    assert first["id"] != second["id"]
    assert first["id"] == again["id"]


def test_a_signature_goes_into_the_id():
    first, second = called(part("a", id="fc1", signature="CsQB"), part("b", id="fc2"))
    packed = unpack(first["id"])

    assert packed.id == "fc1"
    assert packed.maker == MAKER
    assert packed.blocks == ({"thought_signature": "CsQB"},)
    assert second["id"] == "fc2"


def test_a_call_of_a_custom_tool_is_one_again():
    [call] = called(part("shell", {"freeform_input": "ls -l"}, id="fc1"))

    assert call == {"id": "fc1", "type": "custom", "custom": {"name": "shell", "input": "ls -l"}}


def test_free_text_that_is_none_is_empty():
    [call] = called(part("shell", {"freeform_input": 7}))

    assert call["custom"]["input"] == ""


def test_a_call_in_pieces_is_put_together():
    pieces = [
        part("a", willContinue=True),
        piece("$.x", {"stringValue": "1", "willContinue": True}, willContinue=True),
        piece("$.x", {"stringValue": "2"}, willContinue=True),
        piece("$.y", {"numberValue": 3}),
        {"functionCall": {}},
        part("b", {"z": 1}),
    ]

    assert functions(*pieces) == [
        {"name": "a", "arguments": '{"x":"12","y":3}'},
        {"name": "b", "arguments": '{"z":1}'},
    ]


def test_a_call_in_pieces_may_open_with_one():
    opening = part("a", {"w": 0}, partialArgs=[{"jsonPath": "$.x", "boolValue": True}])

    assert functions(opening) == [{"name": "a", "arguments": '{"w":0,"x":true}'}]


def test_an_empty_call_is_nothing():
    assert finish(event({"functionCall": {}}), event({"text": "Hi"}, finish="STOP")) == "stop"


@pytest.mark.parametrize(
    "broken", [{"functionCall": 7}, part(args={"a": 1}), piece("$.x", {"stringValue": "y"})]
)
def test_a_call_without_a_name_is_malformed(broken):
    with pytest.raises(ProxyError, match="provider sent") as caught:
        called(broken)

    assert caught.value.kind is Kind.MALFORMED


def test_no_answer_has_calls_without_end():
    calls = Calls(Builder(1), 0, MAKER, "seed")
    for _ in range(1024):
        calls.take(part("a"))

    with pytest.raises(ProxyError, match="more than 1024"):
        calls.take(part("a"))
