import pytest

from proxy.codecs.mistral.answer import Continuation, minted


def told(prefix, *choices):
    reader = Continuation(prefix)
    frames = [reader({"choices": [choice]}) for choice in choices]
    return [frame["choices"][0].get("delta", {}).get("content") for frame in frames]


def said(content, finish=None, **more):
    return {"index": 0, "delta": {"content": content, **more}, "finish_reason": finish}


@pytest.mark.parametrize(
    ("choices", "contents"),
    [
        ([said("Once upon"), said(" a time", "stop")], ["", " a time"]),
        ([said("On"), said("ce upon a"), said(" time")], ["", " a", " time"]),
        ([said(" a time"), said("Once upon")], [" a time", "Once upon"]),
        ([said("On"), said(" the hill")], ["", "On the hill"]),
        ([said("On"), said("", "stop")], ["", "On"]),
        ([said(""), said("On"), said(None, tool_calls=[1])], ["", "", "On"]),
        ([said([{"type": "text"}]), said("Once upon")], [[{"type": "text"}], "Once upon"]),
    ],
)
def test_a_begun_answer_is_not_told_again(choices, contents):
    assert told("Once upon", *choices) == contents


def test_each_choice_begins_by_itself():
    reader = Continuation("ab")
    first = {"index": 0, "delta": {"content": "abc"}}
    second = {"index": 1, "delta": {"content": "abd"}}
    choices = reader({"choices": [first, second]})["choices"]

    assert [choice["delta"]["content"] for choice in choices] == ["c", "d"]


@pytest.mark.parametrize(
    "frame", [{}, {"choices": 3}, {"choices": [3, {"delta": 4}, {"index": "a", "delta": {}}]}]
)
def test_odd_frames_pass(frame):
    assert Continuation("ab")(frame) == frame


def test_an_id_that_says_null_is_none():
    frame = {"choices": [{"delta": {"tool_calls": [{"id": "null", "index": 0}, {"id": "a"}]}}]}
    calls = minted(frame)["choices"][0]["delta"]["tool_calls"]

    assert calls == [{"id": None, "index": 0}, {"id": "a"}]


@pytest.mark.parametrize("delta", [{}, {"tool_calls": 3}, {"tool_calls": [{"id": "a"}, 3]}])
def test_what_has_an_id_is_the_same_object(delta):
    frame = {"choices": [{"delta": delta}]}

    assert minted(frame) is frame
