import base64
import json

import pytest
from botocore.eventstream import EventStreamBuffer

from proxy.codecs.bedrock import Bedrock
from proxy.core.errors import Kind, ProxyError
from proxy.core.fold import fold
from proxy.core.usage import Usage
from tests.support import corpus
from tests.support.converse import event, failed, target
from tests.support.relayed import natives, request

CASES = [
    case
    for case in corpus.relayed()
    if case.codec == "bedrock" and case.is_stream and not case.expect["error"]
]
START = {"type": "message_start", "message": {"id": "msg_1", "model": "claude-x"}}
OPEN = {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}}
HI = {
    "type": "content_block_delta",
    "index": 0,
    "delta": {"type": "text_delta", "text": "Hi"},
}
END = {"type": "message_delta", "delta": {"stop_reason": "end_turn"}}
STOP = {"type": "message_stop", "amazon-bedrock-invocationMetrics": {"inputTokenCount": 3}}


def chunk(native):
    inner = native if isinstance(native, bytes) else json.dumps(native).encode()
    return event("chunk", {"bytes": base64.b64encode(inner).decode(), "p": "abcd"})


def stream():
    return Bedrock().stream(request(stream=True), target(), created=1)


def complaint(decoder, *frames):
    with pytest.raises(ProxyError) as caught:
        decoder.feed(b"".join(frames))
    return caught.value


def inside(raw):
    """What the frames hold, by AWS's own reader of frames."""
    buffer = EventStreamBuffer()
    buffer.add_data(raw)
    return [base64.b64decode(json.loads(message.payload)["bytes"]) for message in buffer]


@pytest.mark.parametrize("case", CASES, ids=[case.id for case in CASES])
def test_every_recorded_event_is_relayed_as_the_frame_held_it(case):
    decoder = case.decoder()
    events = inside(case.raw)

    assert natives(decoder.feed(case.raw) + decoder.finish()) == [
        (json.loads(payload)["type"], payload) for payload in events
    ]


def test_the_recordings_of_claude_are_read():
    recorded = [case for case in corpus.relayed() if case.meta["api"] == "bedrock.invoke"]
    others = [case for case in corpus.recorded() if case.meta["api"] == "bedrock.invoke"]

    assert others == []
    assert all("anthropic." in case.meta["url_path"] for case in recorded)
    assert len(recorded) >= len(CASES) > 0 or not corpus.recorded()


def test_the_metrics_of_the_last_event_stay_in_it():
    decoder = stream()
    chunks = decoder.feed(b"".join(map(chunk, (START, OPEN, HI, END, STOP))))

    assert json.loads(natives(chunks)[-1][1]) == STOP
    assert fold(chunks)["choices"][0]["message"]["content"] == "Hi"
    assert (decoder.ended, decoder.over, decoder.events) == (True, True, 5)
    assert decoder.finish() == []


def test_frames_that_we_do_not_know_say_nothing():
    decoder = stream()
    odd = event("trace", {"x": 1}) + event("chunk", {}) + event("chunk", {"bytes": 7})

    assert decoder.feed(odd) == []
    assert decoder.feed(chunk({"type": "new"}))[0]["choices"] == []
    assert decoder.unknown == 4


def test_a_frame_that_is_not_base64_is_malformed():
    error = complaint(stream(), event("chunk", {"bytes": "no*base64"}))

    assert (error.kind, error.message) == (Kind.MALFORMED, "event 1 of the stream is not Base64")


def test_text_beyond_ascii_is_no_base64_either():
    assert complaint(stream(), event("chunk", {"bytes": "é"})).kind is Kind.MALFORMED


@pytest.mark.parametrize(
    ("name", "kind", "status"),
    [
        ("throttlingException", Kind.RATE_LIMIT, 429),
        ("modelTimeoutException", Kind.UPSTREAM_TIMEOUT, 408),
        ("serviceUnavailableException", Kind.OVERLOADED, 503),
    ],
)
def test_an_exception_in_the_stream_is_named(name, kind, status):
    error = complaint(stream(), chunk(START), failed(name, {"message": "No."}))

    assert (error.kind, error.status, error.message) == (kind, status, "No.")


def test_an_error_event_of_the_models_own_is_named():
    busy = {"type": "error", "error": {"type": "overloaded_error", "message": "Busy."}}

    assert complaint(stream(), chunk(START), chunk(busy)).kind is Kind.OVERLOADED


def test_a_stream_without_its_last_event_is_cut():
    decoder = stream()
    decoder.feed(b"".join(map(chunk, (START, OPEN, HI, END))))
    assert not decoder.over
    with pytest.raises(ProxyError, match="no message_stop") as caught:
        decoder.finish()

    assert caught.value.kind is Kind.TRUNCATED


def test_a_failure_behind_an_answer_that_has_begun_is_told_next():
    decoder = stream()
    decoder.feed(b"".join(map(chunk, (START, OPEN, HI))))
    data = chunk(HI) + failed("internalServerException", {"message": "No."})

    assert natives(decoder.feed(data))
    assert decoder.over
    assert complaint(decoder).kind is Kind.SERVER_ERROR


def test_a_whole_answer_keeps_its_own_bytes():
    message = {"type": "message", "id": "msg_1", "model": "claude-x", "stop_reason": "end_turn"}
    raw = json.dumps({**message, "content": [{"type": "text", "text": "Hi"}]}).encode()
    completion = Bedrock().decode(200, {}, raw, created=1, target=target())

    assert completion["native"] == {"dialect": "anthropic", "payload": raw}
    assert completion["id"] == "msg_1"
    assert completion["choices"][0]["message"]["content"] == "Hi"


def test_the_input_is_told_with_the_beginning():
    usage = {"input_tokens": 9, "output_tokens": 1}
    decoder = stream()
    decoder.feed(chunk({**START, "message": {**START["message"], "usage": usage}}) + chunk(OPEN))

    assert decoder.told == Usage(9, 1)
