"""Events that only add a piece of text are read by themselves, and say what the reader of all events would say."""

import base64
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.codecs.anthropic import piece as claude
from proxy.codecs.bedrock import invoke_stream, piece
from proxy.codecs.bedrock.invoke_stream import InvokeStream
from proxy.codecs.bedrock.stream import ConverseStream
from proxy.core import jsons
from proxy.core.shape import ChatRequest, Target
from proxy.wire.eventstream import encode_message
from tests.support import corpus
from tests.support.heard import PLACES, cut, heard, slowly

TARGET = Target("p", "anthropic.claude-sonnet-4-5", "bedrock", "http://p", max_answer=60)
REQUEST = ChatRequest(body={"tools": [{"type": "custom", "custom": {"name": "free"}}]})


def delta(value, index=0, **more):
    return {"contentBlockIndex": index, "delta": value, **more}


@pytest.mark.parametrize(
    ("payload", "read"),
    [
        (
            b'{"contentBlockIndex":3,"delta":{"text":"a\xc3\xa9"},"p":"abc"}',
            (3, "text_delta", "aé"),
        ),
        (b'{"p": "", "delta": {"text": ""}, "contentBlockIndex": 0}', (0, "text_delta", "")),
        (
            b'{"contentBlockIndex":0,"delta":{"reasoningContent":{"text":"so"}}}',
            (0, "thinking_delta", "so"),
        ),
        (
            b'{"contentBlockIndex":0,"delta":{"toolUse":{"input":"{"}}}',
            (0, "input_json_delta", "{"),
        ),
    ],
)
def test_a_piece_of_text_is_read(payload, read):
    assert piece.read(payload) == read


@pytest.mark.parametrize(
    "value",
    [
        delta({"text": "a"}, index=True),
        delta({"text": "a"}, index=0.0),
        delta({"text": "a"}, p=None),
        delta({"text": "a"}, more=1),
        delta({"text": "a", "more": 1}),
        delta({"text": None}),
        delta({"text": "a", "toolUse": {"input": "b"}}),
        delta({"text": "", "toolUse": {"input": "b"}}),
        delta({"text": "(no text)", "reasoningContent": {"text": "b"}}),
        delta({"toolUse": {"input": "b"}, "reasoningContent": {"text": "b"}}),
        delta({"toolUse": {"input": {}}}),
        delta({"toolUse": {"input": "b", "more": 1}}),
        delta({"reasoningContent": {"text": "b", "signature": "s"}}),
        delta({"reasoningContent": {"signature": "s"}}),
        delta({}),
        delta("a"),
        {"delta": {"text": "a"}},
        {"contentBlockIndex": 0},
        [],
    ],
)
def test_whatever_is_more_or_less_is_left_alone(value):
    assert piece.read(jsons.encode(value)) is None


def test_texts_are_read_together_block_by_block():
    said = [("a", 0), ("", 0), ("b\u2028", 1), ("c", 0), ("(no text)", 0)]
    payloads = [jsons.encode(delta({"text": text}, index)) for text, index in said]

    assert piece.texts(payloads) == [(0, ["a", ""]), (1, ["b\u2028"]), (0, ["c", "(no text)"])]


TEXT = b'{"contentBlockIndex":0,"delta":{"text":"a,b"},"p":"abc"}'
SPLICES = st.sampled_from(
    [*(bytes([byte]) for byte in b'{}[]",:0 \n\\a'), b"],\n[", b"}],[{", TEXT, b"\xff", b"\xc3\xa9"]
)


def spliced(cut, splice, rest):
    return TEXT[:cut] + splice + TEXT[rest:]


PLACE = st.integers(0, len(TEXT))
PAYLOADS = st.just(TEXT) | st.builds(spliced, PLACE, SPLICES, PLACE)


@given(st.lists(PAYLOADS, min_size=1, max_size=5))
def test_texts_are_read_together_where_each_would_be_read_by_itself(payloads):
    alone = [piece.read(payload) for payload in payloads]
    told = [(index, text) for index, texts in piece.texts(payloads) for text in texts]
    are_texts = all(said is not None and said[1] == "text_delta" for said in alone)

    assert told == ([(index, text) for index, _, text in alone] if are_texts else [])


@pytest.mark.parametrize(
    "payloads",
    [
        [TEXT[:20], TEXT[20:]],
        [TEXT + b"],\n[" + TEXT[:20], TEXT[20:]],
        [TEXT + b"],[" + TEXT, b""],
        [TEXT + b"],[" + TEXT[:-1], b"}"],
        [TEXT + b"," + TEXT, TEXT],
        [TEXT[:-1], b',"p":""}'],
        [TEXT[:-2], b'"}'],
        [TEXT, b"null"],
        [TEXT, b"", TEXT],
        [b"", b""],
        [],
    ],
)
def test_no_part_of_an_event_is_read_out_of_its_place(payloads):
    assert piece.texts(payloads) == []


TEXTS = st.sampled_from(["", "a", " tide", "é\u2028", '{"a":', "1}", "\0", "\ud800", "x" * 25])
DELTAS = st.one_of(
    TEXTS.map(lambda text: {"text": text}),
    TEXTS.map(lambda text: {"reasoningContent": {"text": text}}),
    TEXTS.map(lambda text: {"toolUse": {"input": text}}),
    st.sampled_from(
        [
            {"text": None},
            {"text": "a", "toolUse": {"input": "b"}},
            {"text": "", "reasoningContent": {"text": "b"}},
            {"reasoningContent": {"signature": "s"}},
            {"reasoningContent": {"redactedContent": "cg=="}},
            {"citation": {"source": "https://a.test", "title": "A"}},
            {"image": {"source": {"bytes": "cg=="}}},
            {"odd": 1},
            {},
        ]
    ),
)
STARTS = st.sampled_from(
    [
        {"toolUse": {"toolUseId": "t", "name": "f"}},
        {"toolUse": {"toolUseId": "u", "name": "free"}},
        {"toolUse": {"toolUseId": "v", "name": "f", "type": "server_tool_use"}},
        {"image": {"format": "png"}},
        {"odd": 1},
        {},
    ]
)
INDEXES = st.sampled_from([0, 0, 0, 1, 2])
PAIRS = st.one_of(
    st.tuples(st.just("contentBlockDelta"), st.builds(delta, DELTAS, INDEXES)),
    st.tuples(st.just("contentBlockDelta"), st.builds(delta, DELTAS, INDEXES)),
    st.tuples(st.just("contentBlockDelta"), st.builds(delta, DELTAS, INDEXES, p=st.just("abc"))),
    st.tuples(
        st.just("contentBlockStart"),
        st.builds(
            lambda start, index: {"contentBlockIndex": index, "start": start}, STARTS, INDEXES
        ),
    ),
    st.tuples(st.just("contentBlockStop"), INDEXES.map(lambda index: {"contentBlockIndex": index})),
    st.sampled_from(
        [
            ("messageStart", {"role": "assistant"}),
            ("messageStop", {"stopReason": "end_turn"}),
            ("metadata", {"usage": {"inputTokens": 1, "outputTokens": 2}}),
            ("odd", delta({"text": "a"})),
        ]
    ),
)
TYPES = st.sampled_from([*["event"] * 12, "exception", "error", "odd"])


def framed(name, payload, kind="event"):
    also = {":exception-type": name} if kind == "exception" else {}
    return encode_message({":event-type": name, ":message-type": kind, **also}, payload)


@given(st.lists(st.tuples(PAIRS, TYPES), max_size=14), PLACES)
def test_any_events_in_any_reads_say_the_same_as_read_one_by_one(events, places):
    data = b"".join(framed(name, jsons.encode(value), kind) for (name, value), kind in events)
    reads = cut(data, places)

    def make():
        return ConverseStream(REQUEST, TARGET, 7)

    assert heard(make(), reads) == slowly(piece, make, reads)


def test_texts_of_one_read_are_told_together_block_by_block():
    decoder = ConverseStream(ChatRequest(body={}), TARGET, 7)
    decoder.feed(framed("messageStart", jsons.encode({"role": "assistant"})))
    said = [
        ({"text": "a"}, 0),
        ({"text": "b"}, 0),
        ({"text": "c"}, 0),
        ({"text": "d"}, 1),
        ({"text": "e"}, 1),
    ]
    read = b"".join(framed("contentBlockDelta", jsons.encode(delta(*each))) for each in said)
    texts = [chunk["choices"][0]["delta"]["content"] for chunk in decoder.feed(read * 2)]

    assert texts == ["a", "bc", "d", "e", "abc", "de"]


@pytest.mark.parametrize(
    "before",
    [
        ("contentBlockStart", {"contentBlockIndex": 0, "start": {"toolUse": {"name": "f"}}}),
        ("contentBlockStart", {"contentBlockIndex": 0, "start": {"odd": 1}}),
        ("messageStop", {"stopReason": "end_turn"}),
    ],
)
def test_texts_that_no_block_takes_are_left_to_the_reader_of_all_events(before):
    name, value = before
    text = framed("contentBlockDelta", jsons.encode(delta({"text": "a"})))
    reads = [framed(name, jsons.encode(value)) + text * 3]

    def make():
        return ConverseStream(REQUEST, TARGET, 7)

    assert heard(make(), reads) == slowly(piece, make, reads)


def test_an_event_that_says_too_much_counts():
    text = framed(
        "contentBlockDelta", jsons.encode(delta({"reasoningContent": {"text": "x" * 25}}))
    )

    def make():
        return ConverseStream(REQUEST, TARGET, 7)

    said = heard(make(), [text * 3])

    assert said == slowly(piece, make, [text * 3])
    assert said[1] == 3


@pytest.mark.parametrize("kind", ["event", "exception", "error", "odd"])
def test_a_piece_that_is_no_event_is_none(kind):
    text = jsons.encode(delta({"text": "a"}))
    reads = [framed("contentBlockDelta", text) + framed("contentBlockDelta", text, kind)]

    def make():
        return ConverseStream(REQUEST, TARGET, 7)

    assert heard(make(), reads) == slowly(piece, make, reads)


CLAUDES = [
    {"type": "message_start", "message": {"id": "m"}},
    {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
    {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "a"}},
    {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": ""}},
    {"type": "content_block_delta", "index": 0, "delta": {"type": "odd"}},
    {"type": "content_block_stop", "index": 0},
    {"type": "message_stop"},
]


@given(st.lists(st.sampled_from(CLAUDES), max_size=8), st.booleans(), PLACES)
def test_claude_s_own_events_in_frames_say_the_same_as_read_one_by_one(events, spaced, places):
    payloads = [jsons.encode(event) for event in [*CLAUDES[:3], *events]]
    if spaced:
        payloads = [payload.replace(b",", b",\n ") + b" " for payload in payloads]
    inner = [base64.b64encode(payload).decode() for payload in payloads]
    reads = cut(b"".join(framed("chunk", jsons.encode({"bytes": one})) for one in inner), places)

    assert heard(invoked(), reads) == slowly(claude, invoked, reads)


def invoked():
    return InvokeStream(REQUEST, TARGET, 7)


@pytest.mark.parametrize("kind", ["event", "exception", "error", "odd"])
def test_a_frame_that_is_no_event_holds_none(kind):
    whole = [
        jsons.encode({"bytes": base64.b64encode(jsons.encode(one)).decode()}) for one in CLAUDES
    ]
    data = b"".join(framed("chunk", frame) for frame in whole[:3]) + framed("chunk", whole[2], kind)
    with patch.object(invoke_stream, "_read", lambda _payload: None):
        general = heard(invoked(), [data])

    assert heard(invoked(), [data]) == general


WHOLE = base64.b64encode(jsons.encode(CLAUDES[2])).decode()
CODED = st.one_of(
    st.just(WHOLE),
    st.text("AQz9+/-_= \n\té", max_size=9),
    st.builds(
        lambda at, odd: WHOLE[:at] + odd + WHOLE[at + len(odd) :],
        st.integers(0, len(WHOLE)),
        st.sampled_from(["", "=", "==", "\n", "A", "AAAA", "_", " "]),
    ),
)
FRAMES = st.one_of(
    CODED.map(lambda text: {"bytes": text}),
    CODED.map(lambda text: {"bytes": text, "p": "abc"}),
    CODED.map(lambda text: {"bytes": text, "p": None}),
    CODED.map(lambda text: {"bytes": text, "odd": 1}),
    st.sampled_from([{}, {"bytes": None}, {"bytes": [1]}, {"p": "a"}]),
)
NAMES = st.sampled_from([*["chunk"] * 6, "odd"])


@given(st.lists(st.tuples(NAMES, FRAMES, TYPES), max_size=5), PLACES)
def test_any_frames_around_claude_s_events_say_the_same_as_read_by_the_general_reader(
    frames, places
):
    opening = [{"bytes": base64.b64encode(jsons.encode(event)).decode()} for event in CLAUDES[:2]]
    data = b"".join(framed("chunk", jsons.encode(frame)) for frame in opening)
    data += b"".join(framed(name, jsons.encode(frame), kind) for name, frame, kind in frames)
    reads = cut(data, places)
    with patch.object(invoke_stream, "_read", lambda _payload: None):
        general = heard(invoked(), reads)

    assert heard(invoked(), reads) == general


@pytest.mark.parametrize(
    "case",
    [
        case
        for case in [*corpus.own(), *corpus.recorded(), *corpus.relayed()]
        if case.codec == "bedrock" and case.is_stream
    ],
    ids=lambda case: case.id,
)
def test_all_recorded_streams_say_the_same_as_read_one_by_one(case):
    for reads in ([case.raw], cut(case.raw, range(0, len(case.raw), 97))):
        assert heard(case.decoder(), reads) == slowly(piece, case.decoder, reads)
