"""Events that only add a piece of text are read by themselves, and say what the reader of all events would say."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.codecs.anthropic import piece
from proxy.codecs.anthropic.relay_stream import MessagesRelay
from proxy.codecs.anthropic.stream import MessagesStream
from proxy.core import jsons
from proxy.core.shape import ChatRequest, Target
from proxy.wire.sse import SseDecoder
from tests.support import corpus
from tests.support.heard import PLACES, cut, heard, slowly

TARGET = Target("p", "claude-sonnet-4-5", "anthropic", "http://p", max_answer=60, max_event=400)
REQUEST = ChatRequest(body={"tools": [{"type": "custom", "custom": {"name": "free"}}]})
PLAIN = {
    b'{"type":"content_block_delta","index":3,"delta":{"type":"text_delta","text":"a\\n\xc3\xa9"}}': "a\né",
    b'{"index": 3, "delta": {"thinking": "so", "type": "thinking_delta"}, "type": "content_block_delta"}': "so",
    b'{"type":"content_block_delta","index":3,"delta":{"type":"input_json_delta","partial_json":""}}': "",
}


def delta(value, index=0, **more):
    return {"type": "content_block_delta", "index": index, "delta": value, **more}


@pytest.mark.parametrize("payload", PLAIN)
def test_a_piece_of_text_is_read(payload):
    event = piece.read(payload)

    assert (event.index, event.delta.text) == (3, PLAIN[payload])
    assert event.delta.kind == jsons.decode(payload)["delta"]["type"]


@pytest.mark.parametrize(
    "value",
    [
        delta({"type": "text_delta", "text": "a"}, index=True),
        delta({"type": "text_delta", "text": "a"}, index=0.0),
        delta({"type": "text_delta", "text": "a"}, index="0"),
        delta({"type": "text_delta", "text": "a"}, more=1),
        delta({"type": "text_delta", "text": "a", "more": 1}),
        delta({"type": "text_delta", "text": None}),
        delta({"type": "text_delta", "thinking": "a"}),
        delta({"type": "text_delta"}),
        delta({"text": "a"}),
        delta({"type": "signature_delta", "signature": "a"}),
        delta({"type": "citations_delta", "citation": {}}),
        delta("a"),
        {**delta({"type": "text_delta", "text": "a"}), "type": "content_block_start"},
        {"index": 0, "delta": {"type": "text_delta", "text": "a"}},
        [],
    ],
)
def test_whatever_is_more_or_less_is_left_alone(value):
    assert piece.read(jsons.encode(value)) is None


TEXTS = st.sampled_from(["", "a", " tide", "é\u2028", '{"a":', "1}", "\ud800", "x" * 25])
DELTAS = st.one_of(
    TEXTS.map(lambda text: {"type": "text_delta", "text": text}),
    TEXTS.map(lambda text: {"type": "thinking_delta", "thinking": text}),
    TEXTS.map(lambda text: {"type": "input_json_delta", "partial_json": text}),
    TEXTS.map(lambda text: {"type": "signature_delta", "signature": text}),
    st.sampled_from(
        [
            {"type": "text_delta", "text": None},
            {"type": "text_delta", "text": "a", "odd": [1]},
            {"type": "citations_delta", "citation": {"url": "https://a.test", "title": "A"}},
            {"type": "odd"},
            {},
        ]
    ),
)
BLOCKS = st.sampled_from(
    [
        {"type": "text", "text": ""},
        {"type": "thinking", "thinking": ""},
        {"type": "tool_use", "id": "t", "name": "f", "input": {}},
        {"type": "tool_use", "id": "u", "name": "free", "input": {}},
        {"type": "tool_use", "id": "v", "name": "firstbyte_json_answer", "input": {}},
        {"type": "server_tool_use"},
        {"type": "odd"},
    ]
)
INDEXES = st.sampled_from([0, 0, 0, 1, 2])
EVENTS = st.one_of(
    st.builds(delta, DELTAS, INDEXES),
    st.builds(delta, DELTAS, INDEXES),
    st.builds(delta, DELTAS, INDEXES, odd=st.just(None)),
    st.builds(
        lambda block, index: {
            "type": "content_block_start",
            "index": index,
            "content_block": block,
        },
        BLOCKS,
        INDEXES,
    ),
    st.builds(lambda index: {"type": "content_block_stop", "index": index}, INDEXES),
    st.sampled_from(
        [
            {"type": "ping"},
            {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {}},
            {"type": "message_stop"},
            {"type": "odd"},
            {"type": "error", "error": {"type": "overloaded_error", "message": "no"}},
        ]
    ),
)
HOW = st.sampled_from(
    [
        *["event: {name}\ndata: {data}\n\n"] * 6,
        "data: {data}\n\n",
        "event: {name}\ndata:  {data} \n\n",
        "event: {name}\ndata: {padded}\n\n",
        "event: {name}\ndata: {spaced}\n\n",
        "event: {name}\r\ndata: {data}\r\n\r\n",
        "event: {name}\ndata: {data}\n\n\n",
        "event: {name}\ndata: {data}\n: note\n\n",
        "event: content_block_delta\ndata: {data}\ndata:\n\n",
        "id: 7\nevent: {name}\ndata: {data}\n\n",
        "event: {name}\ndata: {data}x\n\n",
        "\n",
    ]
)
START = {"type": "message_start", "message": {"id": "m", "usage": {"input_tokens": 1}}}
OPENING = [START, {"type": "content_block_start", "index": 0, "content_block": {"type": "text"}}]


def written(event, how):
    data = jsons.encode(event).decode()
    forms = {
        "{name}": event["type"],
        "{padded}": data[:-1] + " " * (len(data) % 5) + "}",
        "{spaced}": json.dumps(event),
        "{data}": data,
    }
    for mark, form in forms.items():
        how = how.replace(mark, form)
    return how.encode()


def stream_of(events):
    opening = [(event, "event: {name}\ndata: {data}\n\n") for event in OPENING]
    return b"".join(written(event, how) for event, how in [*opening, *events])


@pytest.mark.parametrize("made", [MessagesStream, MessagesRelay])
@given(st.lists(st.tuples(EVENTS, HOW), max_size=14), PLACES)
def test_any_events_in_any_reads_say_the_same_as_read_one_by_one(made, events, places):
    reads = cut(stream_of(events), places)

    assert heard(made(REQUEST, TARGET, 7), reads) == slowly(
        piece, lambda: made(REQUEST, TARGET, 7), reads
    )


PIECE = written(delta({"type": "text_delta", "text": "a"}), "event: {name}\ndata: {data}\n\n")


@pytest.mark.parametrize("made", [MessagesStream, MessagesRelay])
@pytest.mark.parametrize(
    "reads",
    [
        [PIECE.replace(b',"index"', b',\n"index"')],
        [PIECE.replace(b',"index"', b',\r"index"')],
        [b'data: {"type":\n', PIECE],
        [b"event: ping\n", PIECE],
        [b"id: 1\r", b"\n" + PIECE],
        [b"\n\n" + PIECE + b"\n" + PIECE[:20], PIECE[20:]],
        [PIECE.replace(b'"a"', b'"%b"' % (b"a" * 400))],
        [PIECE.replace(b'"a"', b'"%b"' % (b"a" * 50))] * 2,
        [b"\xef\xbb\xbf" + PIECE],
        [written({"type": "message_stop"}, "data: {data}\n\n") + PIECE],
    ],
)
def test_what_only_looks_like_a_piece_is_read_as_ever(made, reads):
    reads = [stream_of([]), *reads, PIECE]

    assert heard(made(REQUEST, TARGET, 7), reads) == slowly(
        piece, lambda: made(REQUEST, TARGET, 7), reads
    )


@pytest.mark.parametrize(
    ("kind", "place"), [("thinking", "thinking"), ("input_json", "partial_json"), ("text", "text")]
)
@pytest.mark.parametrize("made", [MessagesStream, MessagesRelay])
def test_an_event_that_says_too_much_counts(made, kind, place):
    block = {"type": "tool_use", "id": "t", "name": "f"} if kind == "input_json" else {"type": kind}
    opened = {"type": "content_block_start", "index": 1, "content_block": block}
    said = delta({"type": f"{kind}_delta", place: "x" * 25}, index=1)
    events = [(event, "event: {name}\ndata: {data}\n\n") for event in [opened, *[said] * 3]]
    for target in (TARGET, Target("p", "m", "anthropic", "http://p", max_answer=60)):
        reads = [stream_of(events)]
        told = heard(made(REQUEST, target, 7), reads)

        assert told == slowly(piece, lambda made=made, to=target: made(REQUEST, to, 7), reads)
        assert told[1] == 6


@pytest.mark.parametrize("made", [MessagesStream, MessagesRelay])
def test_a_mark_at_the_beginning_of_a_stream_is_no_part_of_a_piece(made):
    reads = [b"\xef\xbb\xbf" + stream_of([]), PIECE]

    assert heard(made(REQUEST, TARGET, 7), reads) == slowly(
        piece, lambda: made(REQUEST, TARGET, 7), reads
    )


@pytest.mark.parametrize(
    "case",
    [
        case
        for case in [*corpus.own(), *corpus.recorded(), *corpus.relayed()]
        if case.codec in {"anthropic", "bedrock", "vertex"} and case.is_stream
    ],
    ids=lambda case: case.id,
)
def test_all_recorded_streams_say_the_same_as_read_one_by_one(case):
    for reads in ([case.raw], cut(case.raw, range(0, len(case.raw), 97))):
        assert heard(case.decoder(), reads) == slowly(piece, case.decoder, reads)


def test_pieces_go_past_the_framer(monkeypatch):
    decoder, framed = MessagesStream(REQUEST, TARGET, 7), []
    decoder.feed(stream_of([]))
    feed = SseDecoder.feed
    monkeypatch.setattr(SseDecoder, "feed", lambda it, data: framed.append(data) or feed(it, data))
    said = written(delta({"type": "text_delta", "text": "a"}), "event: {name}\ndata: {data}\n\n")

    (three,) = decoder.feed(said * 3)

    assert three["pieces"] == ["a", "a", "a"]
    assert not framed
    assert len(decoder.feed(said[:-1])) == 0
    assert len(decoder.feed(said[-1:] + said)) == 2
    assert framed == [said[:-1], said[-1:] + said]
