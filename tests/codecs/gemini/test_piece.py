"""Events that are nothing but text are read by a decoder of their own; an answer is the same as by the general reader."""

import json
import random

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from proxy.codecs.gemini import flow, stream
from proxy.codecs.gemini.piece import piece_of
from proxy.codecs.gemini.tokens import Told
from tests.support import corpus
from tests.support.google import candidate, decoder, event
from tests.support.heard import PLACES, cut, heard
from tests.support.runs import spread

CASES = [
    case
    for case in corpus.own() + corpus.recorded()
    if case.is_stream and case.codec in {"gemini", "vertex"} and "claude" not in case.target.model
]
COUNTS = {
    "promptTokenCount": 9,
    "candidatesTokenCount": 4,
    "thoughtsTokenCount": 2,
    "cachedContentTokenCount": 3,
    "toolUsePromptTokenCount": 1,
    "totalTokenCount": 16,
    "promptTokensDetails": [{"modality": "TEXT", "tokenCount": 2}, {"modality": "AUDIO"}],
    "candidatesTokensDetails": [{"modality": "IMAGE", "tokenCount": 4}],
    "cacheTokensDetails": [],
    "toolUsePromptTokensDetails": None,
    "trafficType": "ON_DEMAND",
    "serviceTier": "standard",
}
RATING = {
    "category": "HARM_CATEGORY_HARASSMENT",
    "probability": "NEGLIGIBLE",
    "probabilityScore": 0.1,
    "severity": "LOW",
    "severityScore": 1,
    "blocked": False,
}
HI = event({"text": "Hi"})
END = event({"text": "."}, finish="STOP", usageMetadata=COUNTS)
ERROR = {"error": {"code": 503, "message": "Overloaded.", "status": "UNAVAILABLE"}}

PIECES = [
    HI,
    event({"text": " é\u2028"}, usageMetadata=COUNTS, createTime="2026-11-21T09:00:00Z"),
    event({"text": " there"}, usageMetadata={"candidatesTokenCount": 6}),
    event({"text": " and"}, usageMetadata={"trafficType": "ON_DEMAND"}),
    event({"text": " so"}, usageMetadata={"promptTokensDetails": COUNTS["promptTokensDetails"]}),
    event({"text": " on"}, usageMetadata=None, modelVersion=None, responseId="another"),
    candidate(event({"text": "!"}), safetyRatings=[RATING, {}], finishReason=None),
    event({"text": ""}, usageMetadata={"promptTokenCount": 0}),
    event({"text": "think", "thought": True}, usageMetadata={"thoughtsTokenCount": 5}),
    event({"text": "", "thought": True}),
    event({"text": "said", "thought": False}),
    event({"text": "said", "thought": None}),
    {"candidates": [{"content": {"parts": [{"text": "bare"}]}}]},
    event({"text": "done"}, finish="STOP"),
    event({"text": "thought", "thought": True}, finish="STOP"),
]
"""Events that are nothing but a piece of text or of thought."""

OTHERS = [
    event({"text": "think", "thought": "yes"}),
    event({"text": "signed", "thought": True, "thoughtSignature": "c2ln"}),
    event({"text": "signed", "thoughtSignature": "c2ln"}),
    event({"text": "", "thoughtSignature": "c2ln"}),
    event({"text": "a"}, {"text": "b"}),
    event(),
    event({"functionCall": {"name": "f", "args": {"a": 1}}}),
    event({"inlineData": {"mimeType": "image/png", "data": "AAAA"}}),
    event({"unheard": 1}),
    event({"text": 7}),
    event({"text": "done"}, finish="FINISH_REASON_UNSPECIFIED"),
    event({"text": "cut"}, finish="MAX_TOKENS"),
    candidate(event({"text": "second"}), index=1),
    candidate(HI, groundingMetadata={"groundingChunks": [{"web": {"uri": "http://a.test"}}]}),
    candidate(HI, citationMetadata={"citations": [{"uri": "http://b.test", "endIndex": 2}]}),
    candidate(HI, avgLogprobs=-0.5),
    candidate(HI, safetyRatings=[{"category": 7}]),
    candidate(event({"text": "as a user"}), content={"role": "user", "parts": [{"text": "u"}]}),
    event({"text": "x"}, usageMetadata={"candidatesTokenCount": -1}),
    event({"text": "x"}, usageMetadata={"candidatesTokenCount": 2**53}),
    event({"text": "x"}, usageMetadata={"candidatesTokenCount": "7"}),
    event({"text": "x"}, usageMetadata={"unheard": 7}),
    event({"text": "x"}, unheard=[[]]),
    event({"text": "x"}, promptFeedback={"blockReason": "SAFETY"}),
    {"usageMetadata": {"promptTokenCount": 11}},
    {"candidates": []},
    {},
]
"""Events that are more, or less."""

BROKEN = [
    candidate(HI, index=None),
    event({"text": "x"}, error={"code": 500, "message": "No.", "status": "INTERNAL"}),
    ERROR,
    [ERROR],
    7,
]


def written(told, end):
    return b"data: " + json.dumps(told, ensure_ascii=False).encode() + 2 * end


def indented(told, end):
    return b"data: " + json.dumps(told, indent=1).encode().replace(b"\n", end + b"data: ") + 2 * end


def bare(told, end):
    return json.dumps(told, indent=2).encode().replace(b"\n", end) + end


ODD = [
    b": ping\n\n",
    b"event: x\nid: 7\n" + written(HI, b"\n"),
    b"event: x\n",
    written(HI, b"\n")[:-1],
    written(HI, b"\r\n")[:-2],
    written(HI, b"\n").replace(b"Hi", b"\xff"),
    written(HI, b"\n").replace(b"Hi", b"\\ud800"),
    written(HI, b"\r\n").replace(b'"Hi"', b'"Hi" \r '),
    written(HI, b"\r\n").replace(b"data: ", b"data:"),
    b"data: {\n\n",
    b"data: 7\n",
    b"data: 7",
    b"data: " + b'{"a":' * 150 + b"1" + b"}" * 150 + b"\n\n",
    b"\xef\xbb\xbf",
    b"\n",
]
"""Bytes that are no event of one line, or none at all."""


@st.composite
def streams(draw):
    """An event stream, mostly of text and mostly with the same ends of lines."""
    mostly = draw(st.sampled_from([b"\r\n", b"\n"]))
    end = st.sampled_from([mostly] * 9 + [b"\r\n", b"\n", b"\r"])
    frames = st.one_of(
        st.builds(written, st.sampled_from(PIECES), st.just(mostly)),
        st.builds(written, st.sampled_from(PIECES), end),
        st.builds(written, st.sampled_from(PIECES + OTHERS), end),
        st.builds(written, st.sampled_from(PIECES + OTHERS + BROKEN), end),
        st.builds(indented, st.sampled_from(PIECES + OTHERS), end),
        st.builds(bare, st.sampled_from([ERROR, HI]), end),
        st.sampled_from(ODD),
    )
    begun = [written(HI, mostly)] if draw(st.booleans()) else []
    return b"".join([*begun, *draw(st.lists(frames, max_size=12)), written(END, mostly)])


def generally(make, reads):
    """What is heard where every event is read by the general reader."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(flow, "piece_of", lambda _: None)
        return heard(make(), reads)


@given(
    streams(),
    PLACES,
    st.sampled_from([1, 2]),
    st.sampled_from([1_000_000, 1_000_000, 700]),
)
@example(3 * written(HI, b"\r\n") + written(END, b"\r\n"), [], 1, 1_000_000)
@example(written(HI, b"\n") + b"data: 7" + bare(ERROR, b"\n"), [90], 1, 1_000_000)
@example(2 * written(HI, b"\n") + indented(HI, b"\n") + written(END, b"\n"), [], 1, 1_000_000)
@example(2 * written(HI, b"\r\n") + ODD[7] + written(END, b"\r\n"), [], 1, 1_000_000)
@example(b"data: 7\n" + written(END, b"\n"), [8], 1, 1_000_000)
@example(written(HI, b"\n") + bare(HI, b"\n") + b"\n" + written(HI, b"\n"), [], 1, 1_000_000)
@example(2 * written(HI, b"\n") + written(END, b"\n"), [200], 1, 150)
def test_an_answer_of_any_events_in_any_reads_is_as_the_general_reader_has_it(
    data, places, asked, most
):
    def make():
        return decoder(body={"n": asked}, max_event=most)

    reads = cut(data, places)

    assert heard(make(), reads) == generally(make, reads)


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_a_recorded_stream_is_as_the_general_reader_has_it(case):
    by_chance = random.Random(case.name)
    every = [
        [case.raw],
        case.raw.splitlines(keepends=True),
        cut(case.raw, [by_chance.randrange(1 << 16) for _ in range(20)]),
    ]
    for reads in every:
        assert heard(case.decoder(), reads) == generally(case.decoder, reads)


def payload(told):
    return json.dumps(told).encode()


@pytest.mark.parametrize("told", PIECES)
def test_nothing_but_text_is_a_piece(told):
    [given] = told["candidates"]
    part = piece_of(payload(told)).part

    assert part.text == given["content"]["parts"][0]["text"]
    assert part.thought is given["content"]["parts"][0].get("thought")


def test_a_piece_has_its_counts():
    told = piece_of(payload(event({"text": "x"}, usageMetadata=COUNTS))).usage_metadata

    assert isinstance(told, Told)
    assert (told.prompt_token_count, told.candidates_token_count) == (9, 4)


@pytest.mark.parametrize("told", OTHERS + BROKEN)
def test_whatever_is_more_than_text_is_no_piece(told):
    assert piece_of(payload(told)) is None


@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_text_that_goes_on_never_meets_the_general_reader(end, monkeypatch):
    reader = decoder()
    reader.feed(written(HI, end))
    monkeypatch.setattr(stream.jsons, "decode", None)
    one = reader.feed(b"".join(written(told, end) for told in PIECES))
    other = reader.feed(written(HI, end))

    assert len(spread(one)) == len(PIECES) - 2
    assert len(one) < len(PIECES) - 2
    assert other[0]["choices"] == [{"index": 0, "delta": {"content": "Hi"}, "finish_reason": None}]
    assert reader.events == len(PIECES) + 2
