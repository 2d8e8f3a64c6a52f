"""Events that go on with the text are taken together, and say what they would say read one by one."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.codecs.event_template import EventTemplate
from proxy.codecs.gemini import flow
from proxy.codecs.gemini.flow import Flow, piece_at
from tests.support.google import decoder
from tests.support.heard import PLACES, cut, heard


def framed(text, counts=None, end=b"\n\n", **more):
    """An event as Google writes it: candidates, counts, identity."""
    part = {"text": text, **more.pop("part", {})}
    candidate = {"content": {"parts": [part], "role": "model"}, "index": 0}
    told = {"candidates": [{**candidate, **more.pop("candidate", {})}]}
    if counts is not None:
        told["usageMetadata"] = counts
    told |= {"modelVersion": "gemini-3.8-flash", "responseId": "r1", **more}
    return b"data: " + json.dumps(told, ensure_ascii=False).encode(errors="surrogatepass") + end


def counts(so_far, **more):
    return {
        "promptTokenCount": 9,
        "candidatesTokenCount": so_far,
        "totalTokenCount": 9 + so_far,
        **more,
    }


def growing(*texts, end=b"\n\n", **more):
    return b"".join(framed(text, counts(at), end, **more) for at, text in enumerate(texts, 8))


def behind(data, flow=None, at=0):
    """What is taken with the first event."""
    first, end = piece_at(data, at)
    return (flow or Flow()).behind(data, at, end, first.part.text)


def told(more):
    return [(each.candidates_token_count, each.thoughts_token_count) for each in more.counts]


@pytest.mark.parametrize("end", [b"\n\n", b"\r\n\r\n"])
def test_events_that_differ_in_text_and_counts_are_taken_together(end):
    texts = ["a", "b", "é", '"\n', " ", "c", "d"]
    data = b"?" + growing(*texts, end=end)
    more = behind(data, at=1)

    assert (more.end, more.texts) == (len(data), texts[1:])
    assert told(more) == [(14, None)]


def test_few_events_are_not_worth_it():
    assert behind(growing(*"abcde")) is None


def test_counts_of_another_shape_are_all_told():
    data = growing(*"abcdef") + framed("g", {"thoughtsTokenCount": 7})
    more = behind(data)

    assert more.texts == list("bcdefg")
    assert told(more) == [*((at, None) for at in range(9, 14)), (None, 7)]


DETAILS = [{"modality": "TEXT", "tokenCount": 9}]


def test_details_are_counts_too():
    made = [framed(c, counts(at, promptTokensDetails=DETAILS)) for at, c in enumerate("abcdefg")]

    assert behind(b"".join(made)).texts == list("bcdefg")


@pytest.mark.parametrize(
    "other",
    [
        framed("x"),
        framed("x", counts(1), candidate={"index": 1}),
        framed("x", counts(1), candidate={"finishReason": "STOP"}),
        framed("x", counts(1), part={"thought": True}),
        framed("x", counts(1), responseId="r2"),
        framed("x", counts(1))[:-1],
        framed("", counts(1)),
        framed("x", counts(1), b"\r\n\r\n"),
        b": note\n\n",
    ],
)
def test_whatever_is_not_alike_ends_what_is_taken(other):
    data = growing(*"abcdefgh")
    more = behind(data + other + growing("d"))

    assert (more.end, more.texts) == (len(data), list("bcdefgh"))


@pytest.mark.parametrize(
    "event",
    [
        b"",
        framed("x")[:-1],
        framed("x")[:-2],
        framed("x").replace(b"data: ", b"data:"),
        framed("x").replace(b'"x"', b'\r"x"'),
        framed("x").replace(b'"x"', b'\n"x"'),
        framed("x", end=b"\n\r\n"),
        framed("x", end=b"\r\n\n"),
        framed("x", odd=1),
    ],
)
def test_what_is_no_piece_is_left_alone(event):
    assert piece_at(event, 0)[0] is None


FIRST = framed("a", counts(1))


@pytest.mark.parametrize(
    "first",
    [
        framed("\n", counts(1)),
        framed("a"),
        FIRST.replace(b'"text": "a"', b'"text": "b", "text": "a"'),
        FIRST.replace(b'"modelVersion"', b'"usageMetadata": {}, "modelVersion"'),
        FIRST.replace(b'"totalTokenCount"', b'"trafficType": "}", "totalTokenCount"'),
    ],
)
def test_an_event_whose_like_cannot_be_told_is_taken_alone(first):
    flow = Flow()

    assert behind(first * 9, flow) is None
    assert flow._template is None


@pytest.mark.parametrize(
    "odd",
    [
        framed("\ud800", counts(1)),
        framed("x", {"candidatesTokenCount": -1}),
        framed("x", counts(1)).replace(b": 1,", b": 01,"),
        framed("x", counts(1)).replace(b": 1,", b": ,"),
    ],
)
def test_a_stream_whose_runs_come_to_nothing_is_parsed_after_a_few(odd):
    flow = Flow()
    for _ in range(5):
        assert behind(growing(*"abcdefgh") + odd, flow) is None

    assert (flow._left, flow._template) == (0, None)


def test_moulds_of_a_stream_look_at_little_once_one_came_to_nothing():
    flow, plain = Flow(), growing(*"abcdefgh")
    assert behind(plain, flow) is not None
    assert not flow._is_wary

    odd = framed("x", counts(1), candidate={"odd": 1})
    flow._template = None
    assert behind(framed("a", counts(1)) + odd * 9, flow) is None
    looked = flow._template._window
    assert behind(plain, flow) is not None
    assert flow._is_wary
    assert looked < EventTemplate(b"", b"", b"")._window


TEXTS = st.sampled_from(["a", " tide", "", "é\u2028", "\n", '"', "\\", "\U0001f600"])
COUNTS = st.one_of(
    *[st.builds(counts, st.integers(0, 2000))] * 4,
    st.builds(counts, st.integers(0, 20), promptTokensDetails=st.just(DETAILS)),
    st.sampled_from(
        [
            None,
            {},
            {"thoughtsTokenCount": 5},
            {"trafficType": "ON_DEMAND"},
            {"candidatesTokenCount": 2**60},
            {"candidatesTokenCount": -1},
            {"candidatesTokenCount": 2.5},
        ]
    ),
)
PARTS = st.sampled_from([*[{}] * 6, {"thought": True}, {"thoughtSignature": "c2ln"}])
FINISHES = st.sampled_from([*[{}] * 6, {"finishReason": "STOP"}, {"index": 1}])
EVENTS = st.one_of(
    *[st.builds(framed, TEXTS, st.builds(counts, st.integers(0, 2000)))] * 6,
    st.builds(framed, TEXTS, COUNTS, part=PARTS, candidate=FINISHES),
    st.builds(framed, TEXTS, COUNTS, st.sampled_from([b"\r\n\r\n", b"\n\n", b"\r\r"])),
    st.sampled_from(
        [
            framed("\ud800", counts(1)),
            framed("x", counts(1)).replace(b'"x"', b'"\xff"'),
            framed("x", counts(1)).replace(b'"x"', b'"x"y"'),
            framed("x", counts(1)).replace(b": 1,", b": 01,"),
            framed("x", counts(1)).replace(b": 1,", b": ,"),
            framed("x", counts(1)).replace(b"promptToken", b"prompt1Token"),
            framed("x", counts(1)).replace(b"x", b"x\n"),
            framed("x", counts(1)).replace(b": 1,", b":\r1,"),
            framed("x", counts(1)).replace(b": 1,", b":\n1,"),
            framed("x", responseId=""),
            b": note\n\n",
            b"\n",
        ]
    ),
)


def alone(make, reads):
    """What is heard where every event is read by the general reader."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(flow, "piece_of", lambda _: None)
        return heard(make(), reads)


@given(st.lists(EVENTS, max_size=24), PLACES, st.sampled_from([1, 1, 2]))
def test_text_in_any_reads_says_the_same_as_read_one_by_one(events, places, asked):
    end = framed(".", counts(99), candidate={"finishReason": "STOP"})
    reads = cut(b"".join(events) + end, places)

    def make():
        return decoder(body={"n": asked})

    assert heard(make(), reads) == alone(make, reads)
