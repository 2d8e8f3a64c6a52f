"""The checker of Messages streams catches what it is for."""

import json

import pytest

from tests.support.messages_grammar import GrammarError, check

START = {
    "type": "message_start",
    "message": {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": "m",
        "content": [],
        "usage": {"input_tokens": 0, "output_tokens": 0},
    },
}
END = {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 1}}
LIMIT = {**END, "delta": {"stop_reason": "max_tokens"}}
OVER = {"type": "message_stop"}
ERROR = {"type": "error", "error": {"type": "api_error", "message": "no"}}
PING = {"type": "ping"}


def opened(index=0, kind="text", **more):
    block = {"type": kind, **more}
    return {"type": "content_block_start", "index": index, "content_block": block}


def delta(kind="text_delta", index=0, **more):
    return {"type": "content_block_delta", "index": index, "delta": {"type": kind, **more}}


def closed(index=0):
    return {"type": "content_block_stop", "index": index}


def call(text, index=0, **more):
    block = {"id": "toolu_1", "name": "tide", **more}
    return [
        opened(index, "tool_use", **block),
        delta("input_json_delta", index, partial_json=text),
        closed(index),
    ]


def framed(*events):
    return b"".join(
        f"event: {event['type']}\ndata: {json.dumps(event)}\n\n".encode() for event in events
    )


@pytest.mark.parametrize(
    "events",
    [
        [START, END, OVER],
        [PING, START, PING, opened(), delta(), PING, closed(), opened(1), closed(1), END, OVER],
        [START, *call('{"a":1}'), END, END, OVER],
        [START, *call('{"a"'), LIMIT, OVER],
        [START, opened(), ERROR],
        [ERROR],
    ],
)
def test_what_clients_can_read_passes(events):
    assert check(framed(*events)) == events


@pytest.mark.parametrize(
    "events",
    [
        [],
        [START],
        [START, END],
        [END, OVER],
        [START, START, END, OVER],
        [{**START, "message": {**START["message"], "id": "chatcmpl-1"}}, END, OVER],
        [{**START, "message": {**START["message"], "content": [{}]}}, END, OVER],
        [{**START, "message": {**START["message"], "usage": {}}}, END, OVER],
        [START, opened(1), closed(1), END, OVER],
        [START, opened(), opened(1), END, OVER],
        [START, opened(), END, OVER],
        [START, delta(), END, OVER],
        [START, opened(), delta(index=1), closed(), END, OVER],
        [START, opened(), delta("input_json_delta", partial_json=""), closed(), END, OVER],
        [START, opened(), delta("news"), closed(), END, OVER],
        [START, closed(), END, OVER],
        [START, opened(), closed(1), END, OVER],
        [START, *call("[1]"), END, OVER],
        [START, *call('{"a"'), END, OVER],
        [START, *call("{}", id="a b"), END, OVER],
        [START, END, opened(), closed(), OVER],
        [START, {**END, "usage": {}}, OVER],
        [START, {**END, "delta": {}}, OVER],
        [START, OVER],
        [START, END, OVER, PING],
        [START, END, OVER, OVER],
        [START, ERROR, PING],
        [START, {"type": "error", "error": {}}],
        [START, {"type": "news"}, END, OVER],
    ],
)
def test_what_clients_cannot_read_is_caught(events):
    with pytest.raises(GrammarError):
        check(framed(*events))


@pytest.mark.parametrize(
    "data",
    [
        framed(START, END) + b'data: {"type":"message_stop"}\n\n',
        framed(START, END) + b'event: ping\ndata: {"type":"message_stop"}\n\n',
        framed(START, END, OVER)[:-1],
        b"\n" + framed(START, END, OVER),
        framed(START, END, OVER) + b"data: [DONE]\n\n",
    ],
)
def test_a_frame_out_of_form_is_caught(data):
    with pytest.raises(GrammarError):
        check(data)


def test_comments_pass():
    assert check(b": waiting\n\n" + framed(START, END, OVER))


def test_a_relayed_stream_may_hold_what_only_its_provider_knows():
    begun = {**START["message"], "content": [{}, {}], "stop_reason": "tool_use"}
    news = [opened(2, "compaction"), delta("compaction_delta", 2), closed(2), {"type": "news"}]

    check(framed({**START, "message": begun}, *news, OVER), relayed=True)


def test_a_stream_under_way_needs_no_end():
    check(framed(START, opened()), ended=False)
