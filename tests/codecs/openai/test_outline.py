"""An outline is what its frames are one by one; where one of them is anything else in its place, there is none."""

import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from proxy.codecs.openai.outline import Ending, Opening, Outline, Summary, outline_of
from proxy.codecs.openai.text_runs import TextFrame
from proxy.core import jsons
from proxy.core.usage import Usage

COUNTS = {"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3}


def frame(choices, **more):
    said = {"id": "c1", "object": "chat.completion.chunk", "created": 7, "model": "m"}
    return {**said, "choices": choices, **more}


def choice(delta, finish=None, **more):
    return frame([{"index": 0, "delta": delta, "finish_reason": finish}], **more)


def event(said):
    return b"data: %b\n\n" % json.dumps(said, separators=(",", ":")).encode()


FRAMES = [
    choice({"role": "assistant", "content": "", "refusal": None}, service_tier="flex"),
    choice({"content": "a"}, obfuscation="x"),
    choice({}, "stop", system_fingerprint="fp"),
    frame([], usage={**COUNTS, "prompt_tokens_details": {"cached_tokens": 1}}),
]
EVENTS = [event(each) for each in FRAMES]


def one_by_one(events):
    """The outline, of each event by itself."""
    forms = (Opening, TextFrame, Ending, Summary)
    frames = []
    for each, form in zip(events, forms, strict=False):
        line = each.removeprefix(b"data: ").removesuffix(b"\n\n")
        if line.count(b"\n") + line.count(b"\r") or len(line) != len(each) - 8:
            return None
        read = jsons.Form(form).read(line)
        if not line.startswith(b"{") or not line.endswith(b"}") or read is None:
            return None
        frames.append(read)
    outline = Outline(*frames)
    names = {(each.id, each.created, each.model) for each in frames}
    return outline if len(names) == 1 else None


def test_frames_are_read_in_one_look():
    outline = outline_of(EVENTS)

    assert outline == one_by_one(EVENTS)
    assert outline.opening.service_tier == "flex"
    assert outline.text.choices[0].delta.content == "a"
    assert outline.ending.choices[0].finish_reason == "stop"
    assert Usage.of(outline.summary.usage) == Usage(1, 2, cached=1)


def test_there_may_be_no_summary():
    assert outline_of(EVENTS[:3]) == one_by_one(EVENTS[:3])
    assert outline_of(EVENTS[:3]).summary is None


def between(first, second):
    """Two frames in the line of one event."""
    return first[:-2] + b"," + second[6:]


OPENING, TEXT, ENDING, SUMMARY = EVENTS
SPLIT = ENDING.index(b'"finish_reason"')


@pytest.mark.parametrize(
    "events",
    [
        [OPENING, TEXT, between(ENDING, SUMMARY)],
        [between(OPENING, TEXT), ENDING, SUMMARY],
        [OPENING, between(TEXT, ENDING), SUMMARY],
        [between(OPENING, TEXT), ENDING[:SPLIT] + b"}\n\n", b"data: {" + ENDING[SPLIT:], SUMMARY],
        [OPENING, TEXT.replace(b'"a"', b'"}\n\n'), b'data: {"' + TEXT[-60:], ENDING],
    ],
)
def test_each_event_has_one_frame(events):
    assert outline_of(events) is None


@pytest.mark.parametrize("at", range(4))
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("id", "c2"),
        ("id", ""),
        ("created", 8),
        ("model", "n"),
        ("object", "x"),
        ("odd", 1),
        ("usage", {**COUNTS, "cost": 1}),
        ("usage", {**COUNTS, "prompt_tokens_details": {"odd": 1}}),
        ("choices", [*FRAMES[0]["choices"], *FRAMES[0]["choices"]]),
        ("choices", [{"index": 1, "delta": {}}]),
    ],
)
def test_any_other_frame_in_any_place_makes_it_none(at, name, value):
    events = [*EVENTS]
    events[at] = event({**FRAMES[at], name: value})

    assert outline_of(events) is None


@pytest.mark.parametrize("created", [0, -1])
def test_an_answer_has_a_time(created):
    assert outline_of([event({**each, "created": created}) for each in FRAMES]) is None


@pytest.mark.parametrize("name", ["id", "model"])
def test_an_answer_has_a_name(name):
    assert outline_of([event({**each, name: ""}) for each in FRAMES]) is None


def test_frames_stand_in_their_order():
    for at in range(3):
        events = [*EVENTS]
        events[at : at + 2] = events[at : at + 2][::-1]

        assert outline_of(events) is None


SPLICES = [b"", b" ", b"\t", b"\n", b"\r", b"{", b"}", b"[", b"]", b",", b'"', b"\\", b"},{", b"},\t{", b"}\n\ndata: {", b"\xff"]  # fmt: skip


@given(
    st.integers(3, 4),
    st.lists(
        st.tuples(
            st.integers(0, 3), st.integers(0, 300), st.integers(0, 3), st.sampled_from(SPLICES)
        ),
        max_size=3,
    ),
    st.lists(st.tuples(st.integers(0, 2), st.integers(-9, 9)), max_size=1),
)
@example(4, [(0, 6, 0, b"\t")], [])
@example(3, [(2, 6, 0, b" ")], [])
def test_an_outline_is_what_its_frames_are_one_by_one(size, changes, shifts):
    events = EVENTS[:size]
    for at, place, gone, spliced in changes:
        each = events[at % size]
        events[at % size] = each[:place] + spliced + each[place + gone :]
    for at, border in shifts:
        both = b"".join(events[at : at + 2])
        place = len(events[at]) + border
        events[at : at + 2] = [both[:place], both[place:]]

    assert outline_of(events) == one_by_one(events)
