import json

import pytest

from proxy.core.state import MADE_UP
from proxy.surfaces.messages.relay import Relay, is_native
from tests.support import messages_grammar

START = {
    "type": "message_start",
    "message": {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": "claude-x",
        "content": [],
        "stop_reason": None,
        "usage": {"input_tokens": 3, "output_tokens": 1, "a_new_count": 1.50},
    },
}
TEXT = [
    {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
    {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "Lima"}},
    {"type": "content_block_stop", "index": 0},
]
END = [
    {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 2}},
    {"type": "message_stop", "metrics": {"a": 1}},
]
ANSWER = [START, {"type": "ping"}, *TEXT, *END]


def spaced(event):
    """Bytes that no rewriting would keep."""
    return json.dumps(event, separators=(" , ", " : ")).encode()


def chunk(said, payload=None, **native):
    native = {"event": said["type"], **native}
    native = {name: value for name, value in native.items() if value is not None}
    return {
        "choices": [],
        "native": {"dialect": "anthropic", "payload": payload or spaced(said), **native},
    }


def relayed(events, model=None, report=None):
    relay = Relay(model)
    return b"".join(relay.feed(chunk(event)) for event in events) + relay.finish(report)


@pytest.mark.parametrize(
    ("native", "known"),
    [
        (None, False),
        ({"dialect": "openai", "payload": b"{}"}, False),
        ({"dialect": "anthropic", "payload": b"{}"}, True),
    ],
)
def test_what_is_native_here_is_told(native, known):
    assert is_native(native) is known


def test_every_event_goes_out_byte_for_byte():
    data = relayed(ANSWER)

    assert data == b"".join(
        b"event: " + event["type"].encode() + b"\ndata: " + spaced(event) + b"\n\n"
        for event in ANSWER
    )
    messages_grammar.check(data)


def test_only_the_name_of_the_model_is_edited():
    start, *rest = relayed(ANSWER, model="asked").split(b"\n\n")
    own = {**START, "message": {**START["message"], "model": "asked"}}

    assert json.loads(start.partition(b"data: ")[2]) == own
    assert b'"a_new_count" : 1.5' in start
    assert rest == relayed(ANSWER).split(b"\n\n")[1:]


@pytest.mark.parametrize("message", [None, 5, []])
def test_a_start_without_a_message_goes_out_as_it_came(message):
    event = {"type": "message_start", "message": message}

    assert spaced(event) in Relay("asked").feed(chunk(event))


def test_a_second_start_is_left_out():
    data = relayed([START, *ANSWER])

    assert data == relayed(ANSWER)


def test_the_end_waits_for_the_end():
    relay = Relay(None)
    data = b"".join(relay.feed(chunk(event)) for event in ANSWER)

    assert b"message_delta" not in data
    assert b"message_stop" not in data


def test_a_report_is_added_to_the_last_event():
    read = messages_grammar.check(relayed(ANSWER, report={"target": "a/b"}))

    assert read[-1] == {**END[-1], "firstbyte": {"target": "a/b"}}


def test_an_end_without_its_event_gets_one():
    assert messages_grammar.check(relayed(ANSWER[:-1]))[-1] == {"type": "message_stop"}


def test_a_block_that_a_limit_has_cut_is_closed():
    cut = {**END[0], "delta": {"stop_reason": "max_tokens"}}

    assert [event["type"] for event in messages_grammar.check(relayed([START, *TEXT[:-1], cut]))][
        -3:
    ] == ["content_block_stop", "message_delta", "message_stop"]


def test_chunks_that_are_no_events_say_nothing():
    relay = Relay(None)

    assert relay.feed({"choices": []}) == b""
    assert relay.feed({"native": {"dialect": "openai", "payload": b"{}"}}) == b""


@pytest.mark.parametrize("name", [None, "", "a\nb", "a b", "text: x", "é"])
def test_a_name_that_is_no_word_gives_way_to_the_type(name):
    assert Relay(None).feed(chunk({"type": "ping"}, event=name)).startswith(b"event: ping\n")


@pytest.mark.parametrize("payload", [b"[]", b"{}", b'{"type":5}', b'{"type":"a\\nb"}'])
def test_an_event_without_any_name_says_nothing(payload):
    assert Relay(None).feed(chunk({"type": None}, payload)) == b""


def test_a_payload_of_several_lines_becomes_one():
    data = Relay(None).feed(chunk(TEXT[1], json.dumps(TEXT[1], indent=1).encode()))

    assert messages_grammar.events(data) == [TEXT[1]]


def test_events_that_nobody_knows_go_out():
    event = {"type": "weather_report", "text": "rain"}

    assert messages_grammar.events(Relay(None).feed(chunk(event))) == [event]


def opened(kind, index=0):
    block = {"type": kind, "thinking": "", "signature": ""}
    return {"type": "content_block_start", "index": index, "content_block": block}


@pytest.mark.parametrize(
    ("events", "closing", "following"),
    [
        ([START], [], 0),
        ([START, *TEXT], [], 1),
        ([START, *TEXT, END[0]], [], 1),
        ([START, *TEXT[:-1]], [{"type": "content_block_stop", "index": 0}], 1),
        ([{**START, "message": {**START["message"], "content": [{}, {}]}}], [], 2),
        (
            [START, *TEXT, opened("thinking", 1)],
            [
                {
                    "type": "content_block_delta",
                    "index": 1,
                    "delta": {"type": "signature_delta", "signature": MADE_UP},
                },
                {"type": "content_block_stop", "index": 1},
            ],
            2,
        ),
        (
            [START, {"type": "content_block_start", "content_block": 5}],
            [{"type": "content_block_stop", "index": 0}],
            1,
        ),
    ],
)
def test_an_interrupted_relay_leaves_nothing_open(events, closing, following):
    relay = Relay(None)
    for event in events:
        relay.feed(chunk(event))

    assert messages_grammar.events(relay.interrupt()) == closing
    assert relay.next_index == following
