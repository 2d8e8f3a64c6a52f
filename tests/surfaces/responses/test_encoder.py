import json

import pytest

from proxy.codecs.responses.codec import Responses as Codec
from proxy.core.build import Builder
from proxy.core.errors import Kind, ProxyError
from proxy.core.shape import ChatRequest
from proxy.core.usage import Usage
from proxy.surfaces.responses import Responses
from proxy.surfaces.surface import StreamEncoder
from tests.support.replies import (
    added,
    completed,
    created,
    delta,
    done,
    event,
    message,
    reasoning,
    target,
    text,
    tool,
)
from tests.support.responses_grammar import Grammar, GrammarError, checked, events_of

BUILD = Builder(1_700_000_000, "chatcmpl-1", "gpt-x")
REQUEST = ChatRequest({"messages": []}, b'{"input":"hi"}', "responses", model="asked")
CUT = ProxyError(Kind.TRUNCATED, "cut")
TEXT = [BUILD.role(), BUILD.text("Hel"), BUILD.text("lo"), BUILD.finish("stop")]
CALLS = [
    BUILD.reasoning("Hm."),
    BUILD.text("Let me see."),
    BUILD.tool_open(0, "call_a", "tide"),
    BUILD.tool_arguments(0, "{}"),
    BUILD.tool_open(1, "call_b", "wind"),
    BUILD.custom_open(2, "call_c", "note"),
    BUILD.custom_input(2, "x"),
    BUILD.finish("tool_calls"),
    BUILD.usage(Usage(1, 2)),
]


def numbered(*frames):
    """Native frames with the numbers and ids that a real provider gives them."""
    told = []
    for number, frame in enumerate(frames):
        [native] = events_of(frame)
        told.append(event(native.pop("type"), sequence_number=number, **native))
    return told


def begun(*more):
    return numbered(
        created(),
        event("in_progress", response={"id": "resp_1", "status": "in_progress"}),
        added(0, {**reasoning(), "summary": []}),
        event(
            "response.reasoning_summary_part.added",
            item_id="rs_1",
            output_index=0,
            summary_index=0,
            part={"type": "summary_text", "text": ""},
        ),
        delta("reasoning_summary_text", "Hm.", 0, item_id="rs_1", summary_index=0),
        *more,
    )


OPENED = (
    event(
        "response.reasoning_summary_text.done",
        item_id="rs_1",
        output_index=0,
        summary_index=0,
        text="Hm.",
    ),
    event(
        "response.reasoning_summary_part.done",
        item_id="rs_1",
        output_index=0,
        summary_index=0,
        part={"type": "summary_text", "text": "Hm."},
    ),
    done(0, reasoning("Hm.")),
    added(1, {**message(), "status": "in_progress"}),
    event(
        "response.content_part.added",
        item_id="msg_1",
        output_index=1,
        content_index=0,
        part=text(""),
    ),
    delta("output_text", "Hel", 1, item_id="msg_1", content_index=0, logprobs=[]),
)
ENDED = (
    delta("output_text", "lo", 1, item_id="msg_1", content_index=0, logprobs=[]),
    event(
        "response.output_text.done", item_id="msg_1", output_index=1, content_index=0, text="Hello"
    ),
    event(
        "response.content_part.done",
        item_id="msg_1",
        output_index=1,
        content_index=0,
        part=text("Hello"),
    ),
    done(1, message("Hello")),
    completed(reasoning("Hm."), message("Hello"), usage={"input_tokens": 1}),
)


def relayed(*frames):
    """The chunks of a native stream, as a relay gets them; of a cut one as far as it goes."""
    decoder = Codec().stream(REQUEST, target(), created=1)
    return [chunk for frame in frames for chunk in decoder.feed(frame)]


def said(chunks, *, model=None, report=None):
    encoder = Responses().encoder(REQUEST, model=model)
    return b"".join(map(encoder.feed, chunks)) + encoder.finish(report)


def marked(chunk, **mark):
    return {**chunk, "firstbyte": {"fallback_attempts": ["a/b"], **mark}}


def names(events):
    return [each["type"].removeprefix("response.") for each in events]


def test_the_encoder_keeps_the_contract():
    encoder: StreamEncoder = Responses().encoder(REQUEST)

    assert encoder.heartbeat() is None


def test_a_text_is_told_in_the_whole_sequence():
    assert names(checked(said(TEXT))) == [
        "created",
        "in_progress",
        "output_item.added",
        "content_part.added",
        "output_text.delta",
        "output_text.delta",
        "output_text.done",
        "content_part.done",
        "output_item.done",
        "completed",
    ]


def test_calls_are_told_each_in_its_place():
    events = checked(said(CALLS))
    response = events[-1]["response"]

    assert [item["type"] for item in response["output"]] == [
        "reasoning",
        "message",
        "function_call",
        "function_call",
        "custom_tool_call",
    ]
    assert [item.get("arguments") for item in response["output"]][2:4] == ["{}", "{}"]
    assert response["usage"]["total_tokens"] == 3


@pytest.mark.parametrize("finish", ["length", "content_filter"])
def test_an_answer_that_is_cut_short_is_incomplete(finish):
    events = checked(said([*CALLS[:-2], BUILD.finish(finish)]))

    assert names(events)[-1] == "incomplete"


def test_nothing_said_is_an_empty_response():
    assert names(checked(said([]))) == ["created", "in_progress", "completed"]


def test_a_report_is_in_the_last_response():
    encoder = Responses().encoder(REQUEST)
    stream = b"".join(map(encoder.feed, TEXT)) + encoder.finish({"target": "a/b"})
    last = checked(stream)[-1]["response"]

    assert last["firstbyte"] == {"target": "a/b"}
    assert json.loads(encoder.response) == last


def test_every_answer_of_ours_keeps_the_model_that_was_asked_for_where_it_must():
    assert {
        each["response"]["model"]
        for each in checked(said(TEXT, model="mine"))
        if "response" in each
    } == {"mine"}


def test_a_relayed_stream_goes_out_as_it_came():
    frames = begun(*OPENED, *ENDED)
    encoder = Responses().encoder(REQUEST)
    chunks = relayed(*frames)
    stream = b"".join(map(encoder.feed, chunks))

    assert stream == b"".join(frames[:-1])
    assert encoder.finish() == frames[-1]
    assert json.loads(encoder.response)["id"] == "resp_1"


def test_a_frame_without_a_name_stays_without_one():
    frame = b'data: {"type":"odd name","a":1}\n\n'

    assert Responses().encoder(REQUEST).feed(relayed(frame)[0]) == frame


def test_a_relayed_stream_says_the_model_that_was_asked_for_where_it_must():
    frames = begun(*OPENED, *ENDED)
    events = events_of(said(relayed(*frames), model="mine", report={"target": "a/b"}))

    assert [each["response"]["model"] for each in events if "response" in each] == ["mine"] * 3
    assert events[-1]["response"]["firstbyte"] == {"target": "a/b"}
    assert events[4] == events_of(frames[4])[0]


def test_an_event_that_should_hold_a_response_and_does_not_is_left_alone():
    frames = [event("queued"), event("in_progress", response=None)]
    encoder = Responses().encoder(REQUEST, model="mine")

    assert [encoder.feed(chunk) for chunk in relayed(*frames)] == frames


def test_a_failure_is_told_to_those_who_wait_for_an_error_and_for_the_end():
    encoder = Responses().encoder(REQUEST)
    stream = b"".join(map(encoder.feed, TEXT[:2])) + encoder.late(CUT, "req_1")
    events = checked(stream)

    assert names(events)[-2:] == ["error", "failed"]
    assert events[-2]["error"]["request_id"] == "req_1"
    assert events[-1]["response"]["error"] == {"code": "server_error", "message": "cut"}
    assert events[-1]["response"]["output"][0]["content"][0]["text"] == "Hel"
    assert events[-1]["response"]["output"][0]["status"] == "incomplete"


def test_a_failure_before_anything_was_said_has_its_whole_form_too():
    assert names(checked(Responses().encoder(REQUEST).late(CUT, "r"))) == [
        "created",
        "in_progress",
        "error",
        "failed",
    ]


def test_a_relay_that_fails_is_told_with_what_came_of_it():
    encoder = Responses().encoder(REQUEST)
    stream = b"".join(map(encoder.feed, relayed(*begun(*OPENED)))) + encoder.late(CUT, "r")
    last = checked(stream)[-1]["response"]

    assert (last["id"], last["status"]) == ("resp_1", "failed")
    assert last["output"][0] == reasoning("Hm.")
    assert last["output"][1]["content"][0]["text"] == "Hel"


def test_another_target_goes_on_in_the_item_that_was_open():
    frames = begun(*OPENED)
    further = [marked(BUILD.role(), resumed_from_partial=True), *TEXT[2:]]
    events = checked(said([*relayed(*frames), *further]))

    assert events[: len(frames)] == [each for frame in frames for each in events_of(frame)]
    assert events[len(frames)]["firstbyte"]["resumed_from_partial"] is True
    output = events[-1]["response"]["output"]
    assert [item["type"] for item in output] == ["reasoning", "message"]
    assert output[1]["content"][0]["text"] == "Hello"
    assert events[-1]["response"]["id"] == "resp_1"


def test_what_was_thought_before_the_cut_is_closed():
    further = [marked(BUILD.role(), resumed_from_partial=False), *TEXT[1:]]
    events = checked(said([*relayed(*begun()), *further]))
    output = events[-1]["response"]["output"]

    assert [item["type"] for item in output] == ["reasoning", "message"]
    assert output[0]["summary"] == [{"type": "summary_text", "text": "Hm."}]


def test_an_answer_that_begins_anew_leaves_the_first_one_void():
    further = [marked(BUILD.role(), restarted=True), *TEXT[1:]]
    events = checked(said([*relayed(*begun(*OPENED)), *further]))
    [only] = events[-1]["response"]["output"]

    assert only["content"][0]["text"] == "Hello"
    assert [each["output_index"] for each in events if each["type"].endswith("item.added")] == [
        0,
        1,
        2,
    ]


def test_an_answer_of_our_own_telling_may_be_taken_up_too():
    chunks = [*TEXT[:2], marked(BUILD.role(), resumed_from_partial=True), *TEXT[2:]]
    [only] = checked(said(chunks))[-1]["response"]["output"]

    assert only["content"][0]["text"] == "Hello"


def test_the_further_run_of_a_relay_is_told_and_not_relayed():
    again = relayed(*begun(*OPENED, *ENDED))
    first = {name: value for name, value in again[0].items() if name != "native"}
    chunks = [*relayed(*begun()), marked(first, restarted=True), *again[1:]]
    output = checked(said(chunks))[-1]["response"]["output"]

    assert [item["type"] for item in output] == ["reasoning", "message"]
    assert output[1]["content"][0]["text"] == "Hello"


def test_a_mark_on_the_very_first_chunk_begins_the_response():
    chunks = [marked(BUILD.role(), resumed_from_partial=False), *TEXT[1:]]

    assert names(checked(said(chunks)))[:3] == ["created", "in_progress", "in_progress"]


@pytest.mark.parametrize("said_so", [5, "x", [], {"target": "a/b", "attempts": []}])
def test_what_a_provider_says_under_the_name_of_a_mark_takes_nothing_up(said_so):
    call = [BUILD.role(), BUILD.tool_open(0, "call_1", "f"), BUILD.tool_arguments(0, "{}")]
    last = BUILD.finish("tool_calls")
    events = checked(said([*call, {**last, "firstbyte": said_so}]))

    assert events == checked(said([*call, last]))
    assert events[-1]["response"]["output"][0]["status"] == "completed"


def test_a_relay_of_what_nobody_knows_is_followed_as_far_as_it_goes():
    search = {"id": "ws_1", "type": "web_search_call"}
    odd = [
        event("response.output_item.added", output_index=0, item=search),
        event("response.output_item.added", output_index=1, item=None),
        event("response.content_part.added", output_index=0, part={"type": "output_text"}),
        event("response.content_part.added", output_index=7, part={}),
        event("response.content_part.done", output_index=0),
        delta("output_text", "Hel", 9),
        event("response.output_item.done", output_index=5, item=None),
        event("created", response="?"),
    ]
    encoder = Responses().encoder(REQUEST)
    stream = b"".join(map(encoder.feed, relayed(created(), *odd)))
    last = events_of(stream + encoder.late(CUT, "r"))[-1]["response"]

    assert stream == created() + b"".join(odd)
    assert [item.get("type") for item in last["output"]][:1] == ["web_search_call"]


def test_a_piece_that_waits_for_what_it_led_to_still_belongs_to_its_event():
    """Encrypted reasoning is told in a chunk of its own before the text, which is not the one with the event."""
    frames = begun(*OPENED)
    chunks = relayed(*frames)

    assert sum("native" not in chunk for chunk in chunks) == 1


def test_a_relay_without_its_terminal_event_is_ended_by_us():
    frames = begun(*OPENED)

    assert names(checked(said(relayed(*frames))))[-1] == "completed"


def test_a_part_of_a_kind_that_is_not_open_starts_its_own():
    frames = numbered(created(), added(0, {**tool(), "arguments": ""}))
    chunks = [*relayed(*frames), marked(BUILD.role(), restarted=True), *TEXT[1:]]
    events = events_of(said(chunks))

    assert names(events)[:4] == ["created", "output_item.added", "output_item.done", "in_progress"]


@pytest.mark.parametrize(
    "broken",
    [
        b"data: {}\n\n",
        b'event: a\ndata: {"type":"b"}\n\n',
        b'event: response.in_progress\ndata: {"type":"response.in_progress","sequence_number":0}\n\n',
        b'event: error\ndata: {"type":"error","sequence_number":1}\n\n',
        b"",
        said(TEXT) + said(TEXT),
        said(TEXT).replace(b'"delta":"lo"', b'"delta":"la"'),
        said(TEXT).replace(b"response.in_progress", b"response.odd"),
    ],
)
def test_the_grammar_refuses_what_is_none(broken):
    with pytest.raises(GrammarError):
        checked(broken)


def test_the_grammar_wants_an_end():
    with pytest.raises(GrammarError, match="no terminal event"):
        Grammar().end()
