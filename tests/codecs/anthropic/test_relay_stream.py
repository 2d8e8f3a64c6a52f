import copy
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.codecs.anthropic import Anthropic
from proxy.core.errors import Kind, ProxyError
from proxy.core.fold import fold
from proxy.core.output import is_output
from proxy.wire.sse import SseDecoder
from tests.support import corpus
from tests.support.claude import target
from tests.support.relayed import natives, request

CASES = [
    case
    for case in corpus.relayed()
    if case.is_stream and case.meta["wire"] == "sse" and not case.expect["error"]
]
START = b'{"type":"message_start","message":{"id":"msg_1","model":"claude-x"}}'
OPEN = b'{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}'
HI = b'{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Hi"}}'
CLOSE = b'{"type":"content_block_stop","index":0}'
END = b'{"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":2}}'
STOP = b'{"type":"message_stop"}'
PING = b'{"type": "ping"}'


def stream():
    return Anthropic().stream(request(stream=True), target(), created=1)


def sse(*payloads):
    return b"".join(b"data: " + payload + b"\n\n" for payload in payloads)


def events(raw):
    """The events of a recorded stream, up to its end."""
    reader = SseDecoder(1 << 24)
    found = [(event.event, event.data.strip()) for event in reader.feed(raw) + reader.finish()]
    names = [json.loads(data)["type"] for _, data in found]
    return found[: names.index("message_stop") + 1]


@pytest.mark.parametrize("case", CASES, ids=[case.id for case in CASES])
def test_every_recorded_event_is_relayed_as_it_came(case):
    decoder = case.decoder()

    assert natives(decoder.feed(case.raw) + decoder.finish()) == events(case.raw)


@pytest.mark.parametrize("case", CASES, ids=[case.id for case in CASES])
def test_a_recorded_stream_that_is_cut_behind_any_event_is_cut(case):
    decoder = case.decoder()
    pieces = case.raw.replace(b"\r\n", b"\n").split(b"\n\n")
    relayed = 0
    for piece in pieces:
        relayed += len(natives(decoder.feed(piece + b"\n\n")))
        if decoder.ended:
            break
        with pytest.raises(ProxyError) as caught:
            copy.deepcopy(decoder).finish()

        assert caught.value.kind is (Kind.TRUNCATED if decoder.events else Kind.EMPTY)

    assert relayed == decoder.events


def test_what_says_nothing_in_chat_comes_as_a_chunk_without_choices():
    decoder = stream()
    chunks = decoder.feed(sse(START, PING, OPEN, HI, CLOSE, END, b'{"type":"new"}', STOP))

    assert [len(chunk["choices"]) for chunk in chunks] == [1, 0, 0, 1, 0, 0, 0, 1, 0]
    assert natives(chunks) == [
        ("message_start", START),
        ("ping", PING),
        ("content_block_start", OPEN),
        ("content_block_delta", HI),
        ("content_block_stop", CLOSE),
        ("message_delta", END),
        ("new", b'{"type":"new"}'),
        ("message_stop", STOP),
    ]
    assert len({(chunk["id"], chunk["created"], chunk["model"]) for chunk in chunks}) == 1
    assert decoder.unknown == 1


def test_work_of_the_providers_own_tools_is_noticed():
    search = {"type": "server_tool_use", "id": "srvtoolu_1", "name": "web_search", "input": {}}
    piece = {"type": "input_json_delta", "partial_json": '{"query":'}
    decoder = stream()
    chunks = decoder.feed(
        sse(
            START,
            json.dumps(
                {"type": "content_block_start", "index": 0, "content_block": search}
            ).encode(),
            json.dumps({"type": "content_block_delta", "index": 0, "delta": piece}).encode(),
            CLOSE,
            PING,
            OPEN.replace(b'"index":0', b'"index":1'),
        )
    )

    assert [chunk["native"].get("speaks", False) for chunk in chunks] == [
        False,
        True,
        True,
        False,
        False,
        False,
    ]
    assert list(map(is_output, chunks)) == [False, True, True, False, False, False]


def test_an_event_that_makes_several_chunks_is_told_with_the_first():
    decoder = stream()
    *_, finish, usage = decoder.feed(sse(START, OPEN, HI, END, STOP))

    assert finish["choices"][0]["finish_reason"] == "stop"
    assert finish["native"]["payload"] == STOP
    assert usage["usage"]["completion_tokens"] == 2
    assert "native" not in usage


def test_choices_say_what_they_say_to_all_other_callers():
    data = sse(START, OPEN, HI, CLOSE, END, STOP)
    other = Anthropic().stream(request(raw=b""), target(), created=1)

    assert fold(stream().feed(data)) == fold(other.feed(data))
    assert not natives(other.feed(data))


def test_an_event_has_the_name_that_its_stream_gave_it():
    [chunk] = stream().feed(b"event: start\ndata: " + START + b"\n\n")

    assert chunk["native"]["event"] == "start"


@pytest.mark.parametrize(
    "name", ["", "two words", "a\\ndata: x", "x" * 65, "\\ud800"], ids=range(5)
)
def test_a_name_that_could_break_a_stream_is_left_out(name):
    payload = f'{{"type":"{name}"}}'.encode()
    [chunk] = stream().feed(sse(payload))

    assert chunk["native"] == {"dialect": "anthropic", "payload": payload}


@pytest.mark.parametrize("payload", [b'{"type":7}', b"{}"])
def test_an_event_without_a_name_or_a_type_has_none(payload):
    [chunk] = stream().feed(sse(payload))

    assert chunk["native"] == {"dialect": "anthropic", "payload": payload}


def test_a_payload_of_several_lines_is_written_on_one():
    decoder = stream()
    [first] = decoder.feed(b'event: ping\ndata: {\ndata:   "type": "ping"\ndata: }\n\n')
    [second] = decoder.take(b'{"type":\r"ping"}')
    [third] = decoder.take(b'\xef\xbb\xbf{"type":"ping"}')

    line = {"dialect": "anthropic", "event": "ping", "payload": b'{"type":"ping"}'}
    assert first["native"] == second["native"] == third["native"] == line


def test_what_is_no_event_is_not_relayed():
    decoder = stream()

    assert decoder.feed(b": comment\n\ndata: [DONE]\n\ndata:  \n\n") == []
    decoder.feed(sse(START, OPEN, HI, END, STOP))
    assert decoder.feed(sse(PING)) == []


def test_an_error_is_raised_and_not_relayed():
    decoder = stream()
    decoder.feed(sse(START, OPEN, HI))
    error = b'{"type":"error","error":{"type":"overloaded_error","message":"Busy."}}'

    assert natives(decoder.feed(sse(PING, error))) == [("ping", PING)]
    with pytest.raises(ProxyError) as caught:
        decoder.feed(b"")
    assert caught.value.kind is Kind.OVERLOADED


def test_a_last_event_without_its_end_is_relayed_too():
    decoder = stream()
    decoder.feed(sse(START, OPEN, HI, END))

    assert decoder.feed(b"event: message_stop\ndata: " + STOP) == []
    assert natives(decoder.finish()) == [("message_stop", STOP)]


@given(
    frames=st.lists(
        st.dictionaries(
            st.sampled_from(["type", "index", "delta", "error", "message", "\n"]),
            st.none() | st.text() | st.integers() | st.dictionaries(st.text(), st.text()),
            max_size=4,
        ),
        max_size=4,
    ),
    indent=st.sampled_from([None, 1]),
)
def test_no_native_can_break_out_of_its_field(frames, indent):
    decoder = stream()
    for frame in frames:
        try:
            chunks = decoder.take(json.dumps(frame, indent=indent).encode())
        except ProxyError:
            break
        for name, payload in natives(chunks):
            assert json.loads(payload) == frame
            assert not {"\n", "\r"} & set((name or "") + payload.decode())
