import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from proxy.core.errors import Kind, ProxyError
from proxy.core.usage import Usage
from tests.support.replies import (
    added,
    chunks,
    completed,
    created,
    decoder,
    delta,
    done,
    event,
    failure,
    message,
    response,
    told,
    tool,
)

TEXT = (created(), delta("output_text", "Cork"), completed(message("Cork")))
SLOW = {"type": "tokens", "code": "rate_limit_exceeded", "message": "Slow down.", "param": None}


def test_a_stream_is_an_answer():
    choice = told(*TEXT)

    assert (choice["message"]["content"], choice["finish_reason"]) == ("Cork", "stop")


def test_the_end_is_the_terminal_event_and_nothing_after_it_counts():
    reader = decoder()
    reader.feed(TEXT[0] + TEXT[1])

    assert (reader.ended, reader.over, reader.events) == (False, False, 2)

    reader.feed(TEXT[2] + b"data: [DONE]\n\n" + b"data: {]\n\n")
    assert (reader.ended, reader.over, reader.events) == (True, True, 3)
    assert reader.finish() == []


def test_a_cut_stream_is_truncated():
    error = failure(*TEXT[:2], b"data: [DONE]\n\n")

    assert error.kind is Kind.TRUNCATED
    assert "2 events" in error.message


def test_a_last_event_without_its_blank_line_counts():
    *frames, last = TEXT

    assert told(*frames, last.rstrip(b"\n"))["finish_reason"] == "stop"
    assert failure(*frames, last.rstrip(b"\n")[:-1]).kind is Kind.TRUNCATED


def test_an_incomplete_response_is_cut_short_whatever_it_says():
    frames = [created(), delta("output_text", "Co")]
    members = {"incomplete_details": {"reason": "content_filter"}}

    assert (
        told(*frames, event("incomplete", response=response(message("Co"))))["finish_reason"]
        == "length"
    )
    assert (
        told(*frames, event("incomplete", response=response(**members)))["finish_reason"]
        == "content_filter"
    )
    assert told(*frames, event("incomplete", response=None))["finish_reason"] == "length"


def test_the_name_of_an_event_may_stand_outside_its_data():
    frame = b"event: response.output_text.delta\n" + b'data: {"output_index":0,"delta":"Cork"}\n\n'

    assert told(TEXT[0], frame, TEXT[2])["message"]["content"] == "Cork"


def test_waiting_and_searching_say_nothing():
    reader = decoder()
    frames = [
        event("queued", response=response(status="queued")),
        event("in_progress", response=response(status="in_progress")),
        event("web_search_call.searching", output_index=0),
        event("keepalive."),
        b'data: {"type": 7}\n\n',
    ]
    said = reader.feed(b": hello\n\n" + b"".join(frames))

    assert len(said) == 1
    assert (reader.events, reader.unknown) == (5, 3)


def test_a_failed_response_is_a_failure_in_its_own_words():
    failed = response(status="failed", error={"code": "server_error", "message": "Broken."})
    error = failure(created(), event("failed", response=failed))

    assert (error.kind, error.message, error.type) == (Kind.SERVER_ERROR, "Broken.", None)


@pytest.mark.parametrize("members", [{"response": response(status="failed")}, {"response": None}])
def test_a_failed_response_need_not_say_why(members):
    assert failure(event("failed", **members)).kind is Kind.SERVER_ERROR


def test_what_failed_says_more_than_the_error_before_it():
    failed = response(error={"code": "invalid_prompt", "message": "Not that."})
    error = failure(created(), event("error", error=SLOW), event("failed", response=failed))

    assert (error.kind, error.message) == (Kind.CONTENT_FILTER, "Not that.")
    assert failure(event("error", error=SLOW), event("failed")).message == "Slow down."


@pytest.mark.parametrize(
    "frame",
    [
        event("error", error=SLOW),
        event("error", sequence_number=3, **{**SLOW, "type": "error"}),
    ],
)
def test_an_error_event_alone_is_a_failure_at_the_end(frame):
    reader = decoder()
    reader.feed(created() + frame)

    assert (reader.ended, reader.over) == (True, False)

    with pytest.raises(ProxyError) as caught:
        reader.finish()
    assert (caught.value.kind, caught.value.message) == (Kind.RATE_LIMIT, "Slow down.")


def test_an_error_event_that_something_else_follows_is_a_failure():
    assert failure(event("error", error=SLOW), *TEXT).message == "Slow down."


def test_an_error_event_that_says_nothing_is_a_failure():
    assert failure(event("error", sequence_number=3)).kind is Kind.SERVER_ERROR


def test_an_error_of_a_gateway_is_a_failure():
    frame = b'data: {"error": {"message": "Slow down.", "code": 429}}\n\n'

    assert failure(created(), frame).message == "Slow down."


def test_what_was_said_before_a_failure_is_not_lost():
    reader = decoder()
    reader.feed(TEXT[0] + TEXT[1])
    said = reader.feed(delta("output_text", "!") + event("error", error=SLOW) + event("failed"))

    assert said[0]["choices"][0]["delta"] == {"content": "!"}
    assert (reader.ended, reader.over) == (True, True)
    for ask in (lambda: reader.feed(b""), reader.finish):
        with pytest.raises(ProxyError) as caught:
            ask()
        assert caught.value.message == "Slow down."


@pytest.mark.parametrize(
    "frame",
    [
        b"data: {]\n\n",
        b"data: [7]\n\n",
        event("response.output_item.added", item=message()),
        event("response.output_item.added", output_index=True, item=message()),
        delta("output_text", "x", index="0"),
    ],
)
def test_what_is_no_event_is_malformed(frame):
    assert failure(frame).kind is Kind.MALFORMED


@pytest.mark.parametrize(
    ("data", "kind", "words"),
    [
        (b"", Kind.EMPTY, "without any event"),
        (
            b'{"error": {"message": "No such model.", "code": "model_not_found"}}',
            Kind.NOT_FOUND,
            "No such",
        ),
        (b"<html><title>Bad gateway</title></html>", Kind.MALFORMED, "HTML"),
        (b"hello", Kind.MALFORMED, "no event stream"),
        (b'{"hello": 1}', Kind.MALFORMED, "no event stream"),
    ],
)
def test_what_is_no_stream_is_named(data, kind, words):
    error = failure(data)

    assert error.kind is kind
    assert words in error.message


def test_an_event_that_is_too_large_is_oversized():
    assert failure(*TEXT, max_event=64).kind is Kind.OVERSIZED


EVENTS = st.sampled_from(
    [
        created(),
        added(0, message()),
        added(1, tool(arguments="")),
        delta("output_text", "Co", content_index=0),
        delta("output_text", "rk", content_index=1),
        delta("reasoning_summary_text", "Hm", 2, summary_index=0),
        delta("function_call_arguments", "{", 1),
        done(0, message("Cork")),
        done(1, tool()),
        event("error", error=SLOW),
        event("failed", response=response(status="failed")),
        event("incomplete", response=response()),
        completed(message("Cork"), tool()),
    ]
)


def outcome(frames):
    """What a stream comes to: its chunks, or the kind of its failure."""
    try:
        return chunks(*frames)
    except ProxyError as error:
        return error.kind


@given(frames=st.lists(EVENTS, max_size=9))
@example(frames=[created(), delta("function_call_arguments", "{", 1), done(1, tool())])
def test_events_in_any_order_are_an_answer_or_a_failure(frames):
    result = outcome(frames)

    if isinstance(result, list):
        roles = [c for chunk in result for c in chunk["choices"] if "role" in c["delta"]]
        ends = [c for chunk in result for c in chunk["choices"] if c["finish_reason"]]
        assert len(roles) == len(ends) == 1
    else:
        assert isinstance(result, Kind)


@given(data=st.data())
def test_mutated_streams_raise_nothing_but_proxy_errors(data):
    raw = bytearray(b"".join([*TEXT[:2], done(1, tool()), TEXT[2]]))
    for _ in range(data.draw(st.integers(1, 8))):
        at = data.draw(st.integers(0, len(raw) - 1))
        raw[at] = data.draw(st.sampled_from(b'{}[]",:0-nte\\\n\r\xff\x00a'))
    result = outcome([bytes(raw)])

    assert isinstance(result, Kind) or json.dumps([c["choices"] for c in result])


def test_a_failed_response_may_tell_what_it_used():
    reader = decoder()
    reader.feed(created())
    before = reader.told
    usage = {"input_tokens": 9, "output_tokens": 4}
    with pytest.raises(ProxyError):
        reader.feed(event("failed", response=response(status="failed", usage=usage)))

    assert (before, reader.told) == (None, Usage(9, 4))
