import json

import pytest

from proxy.sim.answer import compose
from proxy.sim.anthropic import Anthropic
from proxy.sim.anthropic_ask import signature
from proxy.sim.dialect import Ask, Beat, Complaint, Tool
from proxy.sim.script import Behaviour, Source

ANTHROPIC = Anthropic()
TIDE = Tool(
    "tide", {"type": "object", "properties": {"port": {"type": "string"}}, "required": ["port"]}
)
WIND = Tool("wind", {})


def answer(behaviour=None, **fields):
    asked = Ask("m", stream=True, said="one two", prompt_tokens=4, **fields)
    return compose(asked, behaviour or Behaviour(), serial=7, created=5)


def parse(data):
    """One event, whose name is checked against its type."""
    name, payload = data.decode().removesuffix("\n\n").split("\n")
    event = json.loads(payload.removeprefix("data: "))

    assert name == f"event: {event['type']}"

    return event


def streamed(made):
    return [parse(frame.data) for frame in ANTHROPIC.frames(made)]


def types(made):
    return [event["type"] for event in streamed(made)]


def spoken(made):
    return [parse(frame.data) for frame in ANTHROPIC.frames(made) if frame.beat is Beat.SPOKEN]


def rebuilt(made):
    """The content blocks as a client puts them together."""
    blocks = []
    for event in streamed(made):
        if event["type"] == "content_block_start":
            assert event["index"] == len(blocks)

            blocks.append(dict(event["content_block"], partial=""))
        elif event["type"] == "content_block_delta":
            _ADD[event["delta"]["type"]](blocks[event["index"]], event["delta"])
    for block in blocks:
        partial = block.pop("partial")
        if block["type"] == "tool_use":
            block["input"] = json.loads(partial or "{}")
    return blocks


def _append(field, target=None):
    def add(block, delta):
        block[target or field] += delta[field]

    return add


_ADD = {
    "text_delta": _append("text"),
    "thinking_delta": _append("thinking"),
    "signature_delta": _append("signature"),
    "input_json_delta": _append("partial_json", "partial"),
}


def test_a_stream_is_start_blocks_delta_and_stop():
    assert types(answer()) == [
        "message_start",
        "content_block_start",
        "ping",
        "content_block_delta",
        "content_block_delta",
        "content_block_stop",
        "message_delta",
        "message_stop",
    ]


def test_the_opening_message_is_empty():
    message = streamed(answer())[0]["message"]

    assert (message["id"], message["role"], message["model"]) == (
        "msg_sim00000007",
        "assistant",
        "m",
    )
    assert (message["content"], message["stop_reason"]) == ([], None)
    assert (message["usage"]["input_tokens"], message["usage"]["output_tokens"]) == (4, 1)


def test_only_what_a_reader_notices_is_spoken():
    made = answer(Behaviour(Source.FIXED, text="Hm."), reasons=True, tools=(TIDE,))
    kinds = {
        event["delta"]["type"] if "delta" in event else event["type"] for event in spoken(made)
    }

    assert kinds == {"text_delta", "thinking_delta", "content_block_start", "input_json_delta"}


@pytest.mark.parametrize(
    ("behaviour", "fields"),
    [
        (Behaviour(), {}),
        (Behaviour(), {"reasons": True}),
        (Behaviour(), {"reasons": True, "hidden": True}),
        (Behaviour(Source.FIXED, text="Let me look."), {"reasons": True, "tools": (TIDE,)}),
        (Behaviour(tool_calls=2), {"tools": (TIDE, WIND)}),
        (Behaviour(refuses=True), {}),
    ],
)
def test_a_stream_adds_up_to_the_whole(behaviour, fields):
    made = answer(behaviour, **fields)
    whole = ANTHROPIC.whole(made)
    end = streamed(made)[-2]

    assert rebuilt(made) == whole["content"]
    assert end["delta"]["stop_reason"] == whole["stop_reason"]
    assert end["usage"].items() <= whole["usage"].items()


def test_thinking_is_signed():
    block = ANTHROPIC.whole(answer(reasons=True))["content"][0]

    assert block["thinking"]
    assert block["signature"] == signature(block["thinking"])


def test_hidden_thinking_is_signed_and_still_counted():
    whole = ANTHROPIC.whole(answer(reasons=True, hidden=True))

    assert whole["content"][0] == {"type": "thinking", "thinking": "", "signature": signature("")}
    assert whole["usage"]["output_tokens_details"]["thinking_tokens"] > 5
    assert whole["usage"]["output_tokens"] > 7


def test_a_call_without_arguments_brings_one_empty_piece():
    made = answer(tools=(WIND,))
    pieces = [
        event["delta"]["partial_json"]
        for event in streamed(made)
        if event["type"] == "content_block_delta"
    ]

    assert pieces == [""]


def test_cached_tokens_are_no_input_tokens():
    usage = ANTHROPIC.whole(answer(Behaviour(cached_tokens=3)))["usage"]

    assert (usage["input_tokens"], usage["cache_read_input_tokens"]) == (1, 3)


@pytest.mark.parametrize(
    ("fields", "reason", "sequence"),
    [
        ({}, "end_turn", None),
        ({"limit": 1}, "max_tokens", None),
        ({"stops": ("two",)}, "stop_sequence", "two"),
        ({"tools": (TIDE,)}, "tool_use", None),
    ],
)
def test_the_end_is_told_in_anthropics_words(fields, reason, sequence):
    whole = ANTHROPIC.whole(answer(**fields))

    assert (whole["stop_reason"], whole["stop_sequence"]) == (reason, sequence)


def test_a_refusal_says_why_in_the_stop_details():
    whole = ANTHROPIC.whole(answer(Behaviour(refuses=True)))

    assert (whole["content"], whole["stop_reason"]) == ([], "refusal")
    assert whole["stop_details"]["explanation"]


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, "invalid_request_error"),
        (401, "authentication_error"),
        (429, "rate_limit_error"),
        (500, "api_error"),
        (529, "overloaded_error"),
        (418, "invalid_request_error"),
        (599, "api_error"),
    ],
)
def test_errors_use_anthropics_vocabulary(status, kind):
    error = ANTHROPIC.error(Complaint(status), 3)

    assert (error["type"], error["error"]["type"], error["request_id"]) == (
        "error",
        kind,
        "req_sim00000003",
    )
    assert error["error"]["message"]


def test_a_complaints_own_words_win():
    error = ANTHROPIC.error(Complaint(400, "prompt is too long", "billing_error"), 1)["error"]

    assert error == {"type": "billing_error", "message": "prompt is too long"}


def test_an_error_inside_a_stream_is_the_same_object():
    assert parse(ANTHROPIC.error_event(Complaint(529), 3)) == ANTHROPIC.error(Complaint(529), 3)


def test_a_ping_is_an_event():
    assert parse(ANTHROPIC.ping) == {"type": "ping"}


def test_every_response_has_a_request_id():
    assert ("request-id", "req_sim00000003") in ANTHROPIC.head(3)


def test_models_are_listed_on_one_page():
    page = ANTHROPIC.models(["a", "b"])

    assert [model["id"] for model in page["data"]] == ["a", "b"]
    assert (page["has_more"], page["first_id"], page["last_id"]) == (False, "a", "b")
    assert ANTHROPIC.models([])["first_id"] is None
