import json

import pytest

from proxy.core.build import Builder
from proxy.core.errors import Kind, ProxyError
from proxy.core.usage import Usage
from proxy.surfaces.completions.encoder import CompletionsEncoder
from proxy.surfaces.completions.parse import parse

BUILD = Builder(7, "chatcmpl-1", "m-1")
USAGE = BUILD.usage(Usage(1, 2))
SAID = [BUILD.role(), BUILD.text(" up"), BUILD.text("on"), BUILD.finish("stop"), USAGE]


def encoder(model=None, **body):
    whole = {"model": "m", "prompt": "once", "stream": True, **body}
    return CompletionsEncoder(parse(json.dumps(whole).encode()), model)


def frames(chunks, report=None, model=None, **body):
    writer = encoder(model, **body)
    data = b"".join(map(writer.feed, chunks)) + writer.finish(report)
    *events, done = data.decode().removesuffix("\n\n").split("\n\n")
    assert done == "data: [DONE]"
    return [json.loads(event.removeprefix("data: ")) for event in events]


def texts(events):
    return ["".join(c["text"] for c in event["choices"]) for event in events]


def native(payload, chunk):
    return {**chunk, "native": {"dialect": "completions", "payload": payload}}


def test_a_chat_stream_is_a_stream_of_text():
    first, second, end = frames(SAID)

    assert first == {
        "id": "chatcmpl-1",
        "object": "text_completion",
        "created": 7,
        "model": "m-1",
        "choices": [{"text": " up", "index": 0, "logprobs": None, "finish_reason": None}],
    }
    assert second["choices"][0]["text"] == "on"
    assert end["choices"] == [{"text": "", "index": 0, "logprobs": None, "finish_reason": "stop"}]


def test_usage_comes_in_one_last_chunk_where_it_is_asked_for():
    *before, last = frames(SAID, stream_options={"include_usage": True})

    assert [event["usage"] for event in before] == [None, None, None]
    assert (last["choices"], last["usage"]["total_tokens"]) == ([], 3)


def test_a_report_comes_in_the_last_chunk():
    last = frames(SAID, {"target": "p/m"})[-1]

    assert (last["choices"], last["firstbyte"]) == ([], {"target": "p/m"})
    assert "usage" not in last


def test_the_prompt_is_said_first_in_every_choice_where_that_is_asked_for():
    two = [BUILD.role(0), BUILD.role(1), BUILD.text("a", 1), BUILD.text("b", 0)]

    assert texts(frames(two, echo=True))[:4] == ["once", "once", "a", "b"]


def test_a_choice_that_was_left_open_is_closed():
    end = frames([BUILD.text("a")])[-1]

    assert end["choices"][0]["finish_reason"] == "stop"


def test_nothing_follows_the_finish_of_a_choice():
    assert texts(frames([*SAID, BUILD.text("more")])) == [" up", "on", ""]


def test_reasoning_stands_beside_the_text():
    event = frames([BUILD.reasoning("hm"), *SAID])[0]

    assert (event["choices"][0]["text"], event["choices"][0]["reasoning_content"]) == ("", "hm")


def test_logprobs_go_on_where_they_stopped():
    def said(token):
        entry = {"token": token, "logprob": -0.5, "top_logprobs": []}
        delta = {"index": 0, "delta": {"content": token}, "logprobs": {"content": [entry]}}
        return BUILD.choice({**delta, "finish_reason": None})

    events = frames([said(" up"), said("on")])

    assert [event["choices"][0]["logprobs"]["text_offset"] for event in events[:2]] == [[4], [7]]


def test_the_mark_of_a_further_run_is_told():
    mark = {**BUILD.role(), "firstbyte": {"restarted": True}}

    assert frames([BUILD.text("a"), mark])[1]["firstbyte"] == {"restarted": True}


def test_another_name_for_the_model_is_in_every_frame():
    assert {event["model"] for event in frames(SAID, model="asked")} == {"asked"}


def test_a_stream_that_has_no_id_yet_waits_for_one_and_one_without_a_word_ends_all_the_same():
    azure = {"id": "", "choices": [], "prompt_filter_results": []}

    assert {event["id"] for event in frames([azure, *SAID])} == {"chatcmpl-1"}
    assert frames([]) == []
    assert frames([], {"target": "p/m"}) == [{"choices": [], "firstbyte": {"target": "p/m"}}]


PAYLOAD = b'{"id":"chatcmpl-1", "odd":1,"choices":[]}'


def test_a_providers_own_frame_goes_out_as_it_came():
    assert encoder().feed(native(PAYLOAD, BUILD.text("a"))) == b"data: " + PAYLOAD + b"\n\n"


def test_a_providers_own_frames_are_given_what_all_have_in_common():
    writer = encoder("asked")
    writer.feed(native(PAYLOAD, BUILD.text("a")))
    later = Builder(8, "chatcmpl-2", "m-1").text("b")
    event = json.loads(writer.feed(native(PAYLOAD, later)).removeprefix(b"data: "))

    assert (event["id"], event["created"], event["model"]) == ("chatcmpl-1", 7, "asked")
    assert event["odd"] == 1


@pytest.mark.parametrize("asked", [True, False])
def test_a_providers_own_usage_comes_last_and_only_where_it_is_asked_for(asked):
    own = native(b'{"choices":[],"usage":{"total_tokens":3},"timings":{}}', USAGE)
    events = frames(
        [native(PAYLOAD, BUILD.text("a")), native(PAYLOAD, BUILD.finish("stop")), own],
        stream_options={"include_usage": asked},
    )

    assert len(events) == (3 if asked else 2)
    if asked:
        assert (events[-1]["timings"], events[-1]["usage"]["total_tokens"]) == ({}, 3)


def test_usage_beside_text_is_taken_out_of_a_frame_where_nobody_asked_for_it():
    both = native(b'{"choices":[],"usage":{}}', {**BUILD.text("a"), "usage": {"total_tokens": 3}})

    assert b"usage" not in encoder().feed(both)
    assert b"usage" in encoder(stream_options={"include_usage": True}).feed(both)


def test_a_late_failure_is_an_error_event_and_no_end():
    said = encoder().late(ProxyError(Kind.RESET, "cut"), "req-1")

    assert json.loads(said.removeprefix(b"data: "))["error"]["message"] == "cut"
    assert b"[DONE]" not in said


def test_a_comment_will_do_for_a_heartbeat():
    assert encoder().heartbeat() is None
