import json

import pytest

from proxy.sim.answer import compose
from proxy.sim.dialect import Ask, Beat, Complaint, Tool
from proxy.sim.openai import OpenAI
from proxy.sim.script import Behaviour, Source

OPENAI = OpenAI()
TIDE = Tool(
    "tide", {"type": "object", "properties": {"port": {"type": "string"}}, "required": ["port"]}
)
WIND = Tool("wind", {})


def answer(behaviour=None, **fields):
    asked = Ask("m", stream=True, said="one two", prompt_tokens=4, **fields)
    return compose(asked, behaviour or Behaviour(), serial=7, created=5)


def streamed(made):
    """The stream's chunks without `[DONE]`, which is checked."""
    frames = [frame.data for frame in OPENAI.frames(made)]

    assert all(data.startswith(b"data: ") and data.endswith(b"\n\n") for data in frames)
    assert frames.pop() == b"data: [DONE]\n\n"

    return [json.loads(data[6:]) for data in frames]


def beats(made):
    return [frame.beat.value for frame in OPENAI.frames(made)]


def deltas(made, index=0):
    choices = [choice for chunk in streamed(made) for choice in chunk["choices"]]
    return [choice["delta"] for choice in choices if choice["index"] == index]


def joined(made, field):
    return "".join(delta.get(field) or "" for delta in deltas(made))


def message(made):
    return OPENAI.whole(made)["choices"][0]["message"]


def test_a_stream_is_role_words_finish_and_done():
    opening, one, two, end = streamed(answer())

    assert opening["choices"][0]["delta"] == {"role": "assistant", "content": "", "refusal": None}
    assert [each["choices"][0]["delta"] for each in (one, two)] == [
        {"content": "one"},
        {"content": " two"},
    ]
    assert end["choices"][0] == {"index": 0, "delta": {}, "logprobs": None, "finish_reason": "stop"}


def test_only_words_are_spoken():
    assert beats(answer()) == ["silent", "spoken", "spoken", "closing", "closing"]


def test_id_created_and_model_are_the_same_throughout():
    heads = {(chunk["id"], chunk["created"], chunk["model"]) for chunk in streamed(answer())}

    assert heads == {("chatcmpl-sim00000007", 5, "m")}


def test_usage_comes_last_and_only_where_asked_for():
    *before, last = streamed(answer(usage=True))

    assert all(chunk["usage"] is None for chunk in before)
    assert last["choices"] == []
    assert last["usage"] == OPENAI.whole(answer())["usage"]
    assert all("usage" not in chunk for chunk in streamed(answer()))


def test_usage_counts_words():
    usage = OPENAI.whole(answer(Behaviour(cached_tokens=3), reasons=True))["usage"]
    reasoning = usage["completion_tokens_details"]["reasoning_tokens"]

    assert (usage["prompt_tokens"], usage["completion_tokens"]) == (4, reasoning + 2)
    assert usage["total_tokens"] == 4 + reasoning + 2
    assert usage["prompt_tokens_details"]["cached_tokens"] == 3
    assert reasoning > 5


@pytest.mark.parametrize("hidden", [False, True])
def test_reasoning_is_told_unless_it_is_hidden(hidden):
    made = answer(reasons=True, hidden=hidden)

    assert bool(joined(made, "reasoning_content")) is not hidden


def test_a_stream_adds_up_to_the_whole():
    made = answer(Behaviour(Source.FIXED, text="Well, then."), reasons=True)

    assert joined(made, "content") == message(made)["content"] == "Well, then."
    assert joined(made, "reasoning_content") == message(made)["reasoning_content"]


def test_a_refusal_is_told_as_one():
    made = answer(Behaviour(refuses=True))

    assert joined(made, "refusal") == message(made)["refusal"]
    assert (message(made)["content"], streamed(made)[-1]["choices"][0]["finish_reason"]) == (
        None,
        "stop",
    )


def test_tool_calls_open_once_and_bring_their_arguments_in_pieces():
    made = answer(Behaviour(tool_calls=2), tools=(TIDE, WIND))
    parts = [delta["tool_calls"][0] for delta in deltas(made) if "tool_calls" in delta]
    openings = [part for part in parts if "id" in part]
    arguments = [
        "".join(part["function"]["arguments"] for part in parts if part["index"] == slot)
        for slot in (0, 1)
    ]

    assert [(part["index"], part["type"], part["function"]["name"]) for part in openings] == [
        (0, "function", "tide"),
        (1, "function", "wind"),
    ]
    assert [json.loads(each) for each in arguments] == [{"port": "text"}, {}]
    assert [call["function"]["arguments"] for call in message(made)["tool_calls"]] == arguments
    assert [call["id"] for call in message(made)["tool_calls"]] == [part["id"] for part in openings]
    assert message(made)["content"] is None
    assert OPENAI.whole(made)["choices"][0]["finish_reason"] == "tool_calls"


def test_every_choice_is_opened_spoken_and_finished():
    chunks = streamed(answer(choices=2))
    order = [chunk["choices"][0]["index"] for chunk in chunks]

    assert order == [0, 1, 0, 1, 0, 1, 0, 1]
    assert len(OPENAI.whole(answer(choices=2))["choices"]) == 2


def test_no_two_tool_calls_share_an_id():
    made = answer(tools=(TIDE,), choices=2)
    ids = [
        call["id"]
        for chunk in streamed(made)
        for call in chunk["choices"][0]["delta"].get("tool_calls", ())
        if "id" in call
    ]

    assert len(set(ids)) == len(ids) == 2
    assert ids == [each["message"]["tool_calls"][0]["id"] for each in OPENAI.whole(made)["choices"]]


@pytest.mark.parametrize(
    ("fields", "finish"),
    [({"limit": 1}, "length"), ({"stops": ("two",)}, "stop"), ({}, "stop")],
)
def test_the_finish_is_told_in_openais_words(fields, finish):
    assert OPENAI.whole(answer(**fields))["choices"][0]["finish_reason"] == finish


@pytest.mark.parametrize(
    ("status", "kind", "code"),
    [
        (401, "invalid_request_error", "invalid_api_key"),
        (404, "invalid_request_error", "model_not_found"),
        (429, "requests", "rate_limit_exceeded"),
        (500, "server_error", None),
        (529, "server_error", "overloaded"),
        (418, "invalid_request_error", None),
        (599, "server_error", None),
    ],
)
def test_errors_use_openais_vocabulary(status, kind, code):
    error = OPENAI.error(Complaint(status), 1)["error"]

    assert (error["type"], error["code"], error["param"]) == (kind, code, None)
    assert error["message"]


def test_a_complaints_own_words_win():
    complaint = Complaint(400, "too long", "context_length_exceeded", "messages")

    assert OPENAI.error(complaint, 1)["error"] == {
        "message": "too long",
        "type": "invalid_request_error",
        "param": "messages",
        "code": "context_length_exceeded",
    }


def test_an_unknown_model_is_told_with_its_code():
    complaint = Complaint(404, "The model `x` does not exist.", param="model")

    assert OPENAI.error(complaint, 1)["error"]["code"] == "model_not_found"


def test_an_error_inside_a_stream_is_the_same_object():
    event = OPENAI.error_event(Complaint(529), 1)

    assert json.loads(event.removeprefix(b"data: ")) == OPENAI.error(Complaint(529), 1)


def test_a_ping_is_a_comment():
    assert OPENAI.ping.startswith(b":")


def test_every_response_has_a_request_id():
    assert ("x-request-id", "req_sim00000003") in OPENAI.head(3)


def test_models_are_listed():
    assert OPENAI.models(["a", "b"])["data"] == [OPENAI.model("a"), OPENAI.model("b")]


def test_beats_name_the_whole_stream():
    assert {frame.beat for frame in OPENAI.frames(answer(usage=True))} == set(Beat)
