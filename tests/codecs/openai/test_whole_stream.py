"""An answer is read whole where every piece of it is an event in its place; in any other case nothing is said of it."""

import pytest

from proxy.codecs.azure import Azure
from proxy.codecs.openai.codec import OpenAI
from proxy.codecs.openai.whole_stream import whole_stream
from proxy.core.shape import ChatRequest, Quirks, Target
from proxy.core.usage import Usage
from tests.support import corpus
from tests.support.whole_streams import (
    COUNTS,
    DONE,
    ODD,
    Kind,
    answer,
    asking,
    at_once,
    events,
    frame,
    in_chunks,
    spoken,
    text,
    written,
)

PLAIN = Kind()
ROLE, A, B, STOP, USAGE, _ = events()


def event(said):
    return written(PLAIN, said)


def test_a_whole_answer_is_read_in_its_parts():
    whole = whole_stream([ROLE, A, B, STOP, USAGE, DONE])

    assert whole.frames == [ROLE, A + B, STOP]
    assert (whole.usage_frame, whole.model, whole.tier) == (USAGE, "m", None)
    assert whole.usage == Usage(3, 2, 1)


def test_an_answer_may_tell_no_usage():
    whole = whole_stream([ROLE, A, STOP, DONE])

    assert (whole.frames, whole.usage_frame, whole.usage) == ([ROLE, A, STOP], b"", None)


@pytest.mark.parametrize("at", range(5))
def test_every_part_must_be_there_and_none_twice(at):
    pieces = [ROLE, A, STOP, USAGE, DONE]
    without = whole_stream(pieces[:at] + pieces[at + 1 :])
    twice = whole_stream(pieces[: at + 1] + pieces[at:])

    assert (without is not None) is (at == 3)
    assert (twice is not None) is (at == 1)


@pytest.mark.parametrize("odd", range(len(ODD)))
@pytest.mark.parametrize("at", range(6))
def test_anything_else_between_is_for_the_general_reader(odd, at):
    pieces = [ROLE, A, B, STOP, USAGE, DONE]
    pieces.insert(at, ODD[odd](PLAIN))

    assert whole_stream(pieces) is None


@pytest.mark.parametrize(
    ("at", "other"),
    [
        (0, event({**answer()[0], "id": ""})),
        (0, event({**answer()[0], "model": ""})),
        (0, event({**answer()[0], "created": 0})),
        (0, event({**answer()[0], "id": "c2"})),
        (0, event({**answer()[0], "usage": COUNTS})),
        (0, event(spoken(PLAIN, {"role": "assistant", "content": ""}, "stop"))),
        (0, event({**answer()[0], "x_groq": {"usage": COUNTS}})),
        (0, event({**answer()[0], "x_groq": {"error": "busy"}})),
        (0, event(spoken(PLAIN, {"content": ""}))),
        (0, event(frame(PLAIN, []))),
        (0, ROLE.replace(b"data: ", b"data:")),
        (0, ROLE[:-1]),
        (0, ROLE[:-2] + b"\r\n\r\n"),
        (0, ROLE.replace(b"{", b"{\n", 1)),
        (0, ROLE.replace(b"{", b"{\r", 1)),
        (1, event({**text(PLAIN, "a"), "id": "c2"})),
        (1, event({**text(PLAIN, "a"), "created": 8})),
        (1, event({**text(PLAIN, "a"), "model": "other"})),
        (1, A[1:]),
        (1, A[:-1]),
        (1, A[:-2] + b",\n"),
        (1, A[:-2] + b"\r\n"),
        (1, A.replace(b"{", b"{\n", 1)),
        (1, A.replace(b"{", b"{\r", 1)),
        (2, event(text(PLAIN, ""))),
        (2, event({**text(PLAIN, "a"), "created": 8})),
        (2, B.replace(b'" b"', b'"\xc3"')),
        (2, B.replace(b'" b"', b'"b","c":"d"')),
        (2, B + B),
        (2, B[:-1]),
        (3, event(spoken(PLAIN, {"role": "assistant"}, "stop"))),
        (3, event(spoken(PLAIN, {"role": None}, "stop"))),
        (3, event(spoken(PLAIN, {}, "stop", usage={**COUNTS, "cost": 1}))),
        (3, event(spoken(PLAIN, {}, "tool_calls"))),
        (3, event(spoken(PLAIN, {}))),
        (3, event({**answer()[3], "id": "c2"})),
        (3, event(frame(PLAIN, []))),
        (4, event({**answer()[4], "id": "c2"})),
        (4, event(frame(PLAIN, []))),
        (4, event({**answer()[4], "usage": {"prompt_tokens": -1}})),
        (4, USAGE.replace(b"[]", b"[ ]")),
        (5, b"data: [DONE]\r\n\r\n"),
        (5, b"data: [DONE]\n"),
    ],
)
def test_a_part_that_is_not_as_it_should_be_leaves_all_to_the_general_reader(at, other):
    pieces = [ROLE, A, B, STOP, USAGE, DONE]
    pieces[at] = other

    assert whole_stream(pieces) is None


def test_a_character_that_two_pieces_share_is_in_none():
    first, second = (event(text(PLAIN, "?")) for _ in "ab")
    pieces = [ROLE, A, first.replace(b"?", b"\xc3"), second.replace(b"?", b"\xa9"), STOP, DONE]

    assert whole_stream(pieces) is None


def test_events_whose_borders_lie_elsewhere_are_no_pieces():
    cut = [ROLE, (A + B)[:5], (A + B)[5:], STOP, DONE]
    late = [ROLE, (A + B)[: len(A) + 1], (A + B)[len(A) + 1 :], STOP, DONE]

    assert whole_stream([ROLE, A, B, STOP, DONE]) is not None
    assert whole_stream(cut) is None
    assert whole_stream(late) is None


@pytest.mark.parametrize("kind", [Kind(is_padded=True), Kind(text="reasoning_content")])
def test_padding_and_reasoning_are_read_too(kind):
    pieces = events(kind, ["a", "é", "中"])

    assert whole_stream(pieces).frames[1] == b"".join(pieces[1:4])


@pytest.mark.parametrize("texts", [["a", "\n", '"', "\\"], ['{"', "a", '"}'], ["\n", "\t", "a"]])
def test_text_may_be_escaped_in_all_frames_but_one(texts):
    pieces = events(Kind(), texts)

    assert whole_stream(pieces).frames[1] == b"".join(pieces[1 : len(texts) + 1])
    assert whole_stream(events(Kind(), [each for each in texts if each != "a"])) is None


PIECES = events()
SIZE = sum(map(len, PIECES))


CODEC = OpenAI()


def whole(body=None, *, translated=False, codec=CODEC, **details):
    target = Target("p", "m", "openai", "http://p.test/v1", **details)
    request = ChatRequest(body=body or {}, translated=translated)
    return codec.whole_stream(PIECES, SIZE, request, target)


TOOLS = [{"type": "custom", "custom": {"name": "f"}}]


def test_only_what_needs_no_correction_and_is_not_too_long_is_read_so():
    assert whole() == whole_stream(PIECES)
    assert whole({"n": 1}) is not None
    assert whole({"n": 2}) is None
    assert whole(max_event=SIZE, max_answer=SIZE) is not None
    assert whole(max_event=SIZE - 1) is None
    assert whole(max_answer=SIZE - 1) is None
    assert whole(quirks=Quirks(think_tags=True)) is None
    assert whole(codec=OpenAI(think_tags=True)) is None
    assert whole(quirks=Quirks(response=("cached_elsewhere",))) is None


def test_azures_answers_are_read_as_openais():
    assert whole(codec=Azure()) == whole_stream(PIECES)


def test_answers_to_custom_tools_are_looked_into():
    assert whole({"tools": TOOLS}) is not None
    assert whole({"tools": TOOLS}, translated=True) is None


SPOKEN = [case for case in corpus.recorded() if case.is_stream and case.codec in corpus.CHAT_SHAPED]


@pytest.mark.parametrize("usage", [False, True])
def test_recorded_streams_that_are_read_so_are_read_the_same(usage):
    request = asking(usage=usage)
    found = {}
    for case in SPOKEN:
        pieces = [part + b"\n\n" for part in case.raw.removesuffix(b"\n\n").split(b"\n\n")]
        told = at_once(pieces, request)
        if told is not None:
            found[case.name] = told == in_chunks(pieces, request)

    assert all(found.values())
    assert len(found) > 10 or not SPOKEN
