import json

import pytest

from proxy.codecs.responses.codec import Responses
from proxy.codecs.responses.relay_stream import ResponseRelay
from proxy.core.errors import Kind, ProxyError
from proxy.core.fold import fold
from proxy.core.output import is_output
from proxy.core.shape import ChatRequest
from tests.support import corpus
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
)

REQUEST = ChatRequest({}, b"{}", "responses", stream=True)
CASES = [
    case
    for case in corpus.own() + corpus.recorded()
    if case.codec == "responses" and case.is_stream and not case.expect["error"]
]
STREAM = [
    created(),
    event("in_progress", response={}),
    added(0, reasoning()),
    done(0, reasoning("Hm.")),
    added(1, message()),
    event("response.content_part.added", output_index=1, content_index=0, part={}),
    delta("output_text", "Hi", 1, content_index=0),
    done(1, message("Hi")),
    completed(reasoning("Hm."), message("Hi"), usage={"input_tokens": 1, "output_tokens": 2}),
]


def relay(to=None):
    return Responses().stream(REQUEST, to or target(), created=1)


def read(*frames):
    decoder = relay()
    return decoder.feed(b"".join(frames)) + decoder.finish()


def joined(said):
    """What an answer says, whatever stands between its texts."""
    texts = {name: said[name].replace("\n\n", "") for name in ("text", "reasoning")}
    return {**said, **texts}


def natives(chunks):
    return [chunk["native"] for chunk in chunks if "native" in chunk]


def payloads(raw):
    """The payloads of a stream, read as plainly as can be."""
    frames = raw.replace(b"\r\n", b"\n").split(b"\n\n")
    lines = [line for frame in frames for line in frame.split(b"\n") if line.startswith(b"data:")]
    told = [line.removeprefix(b"data:").strip() for line in lines]
    return [payload for payload in told if payload not in (b"", b"[DONE]")]


def test_texts_that_stand_apart_have_nothing_between_them_that_no_event_says():
    said = [message("I look.", mark="msg_1"), message("14:20.", mark="msg_2")]
    frames = [delta("output_text", "I look.", 0), delta("output_text", "14:20.", 1)]
    [choice] = fold(read(created(), *frames, completed(*said)))["choices"]

    assert choice["message"]["content"] == "I look.14:20."


def test_the_natives_of_a_stream_are_its_events_each_once_and_in_their_order():
    chunks = read(*STREAM)

    assert isinstance(relay(), ResponseRelay)
    assert [
        b"event: %b\ndata: %b\n\n" % (n["event"].encode(), n["payload"]) for n in natives(chunks)
    ] == STREAM
    assert {native["dialect"] for native in natives(chunks)} == {"responses"}


def test_what_the_events_say_in_chat_is_told_as_for_any_other_caller():
    chunks = read(*STREAM)
    plain = Responses().stream(ChatRequest({}), target(), created=1)
    other = plain.feed(b"".join(STREAM)) + plain.finish()

    assert fold(chunks) == fold(other)


def test_an_event_without_a_name_is_named_by_its_type_and_one_of_several_lines_becomes_one():
    frames = [
        b'data: {"type":"response.created",\ndata: "response":{"id":"resp_1"}}\n\n',
        b'data: {"type":"odd\\u0000name"}\n\n',
        b"data: {}\n\n",
        *STREAM[4:],
    ]

    assert natives(read(*frames))[:3] == [
        {
            "dialect": "responses",
            "event": "response.created",
            "payload": b'{"type":"response.created","response":{"id":"resp_1"}}',
        },
        {"dialect": "responses", "payload": b'{"type":"odd\\u0000name"}'},
        {"dialect": "responses", "payload": b"{}"},
    ]


def test_a_tool_that_the_provider_runs_is_noticed_by_itself():
    search = {"type": "web_search_call", "id": "ws_1"}
    [_, first] = relay().feed(created() + added(0, search))

    assert first["choices"] == []
    assert is_output(first)


@pytest.mark.parametrize("item", [reasoning(), message(), None])
def test_an_item_that_chat_has_a_form_for_waits_for_what_it_says(item):
    chunks = relay().feed(created() + added(0, item))

    assert not any(map(is_output, chunks))


def test_an_error_is_raised_and_not_relayed():
    failure = {"code": "server_error", "message": "lost"}
    frames = [*STREAM[:7], event("error", **failure), event("failed", response={"error": failure})]
    decoder = relay()

    told = decoder.feed(b"".join(frames[:7]))

    assert len(natives(told)) == 7
    assert decoder.feed(frames[7]) == []
    with pytest.raises(ProxyError) as caught:
        decoder.feed(frames[8])
    assert caught.value.kind is Kind.SERVER_ERROR


def test_the_last_event_counts_though_its_end_is_missing():
    chunks = read(*STREAM[:-1], STREAM[-1].rstrip())

    assert natives(chunks)[-1]["event"] == "response.completed"


@pytest.mark.parametrize("case", CASES, ids=[case.id for case in CASES])
def test_every_recorded_event_comes_through_byte_for_byte(case):
    decoder = relay(case.target)
    chunks = [chunk for at in range(len(case.raw)) for chunk in decoder.feed(case.raw[at : at + 1])]
    chunks += decoder.finish()
    told = [native["payload"] for native in natives(chunks)]

    assert told == payloads(case.raw)[: len(told)]
    assert json.loads(told[-1])["type"] in {"response.completed", "response.incomplete"}
    assert joined(corpus.seen(fold(chunks))[0]) == joined(corpus.expected(case))
