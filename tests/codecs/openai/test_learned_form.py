"""Frames that are like one that was read are taken together, and come out as if each had been read."""

from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from proxy.codecs.openai.codec import OpenAI
from proxy.codecs.vendors.corrections import Corrections
from proxy.codecs.vendors.registry import TEXTS
from proxy.core import jsons
from proxy.core.shape import Quirks, Target
from tests.support import corpus
from tests.support.likes import (
    CALL,
    CHOICES,
    COUNTS,
    DELTAS,
    FRAMES,
    OPENING,
    PADDED,
    WORDS,
    alike,
    answer,
    asking,
    event,
    frame,
    told,
    told_one_by_one,
)

ROUTER = ("details_as_reasoning", "details_in_ids")
RESPONSES = ((), ROUTER, ("repeated_reasoning",), ("citations",), ("cached_elsewhere",))
FORMS = st.tuples(
    st.sampled_from(DELTAS),
    st.sampled_from(CHOICES),
    st.sampled_from(FRAMES),
    st.sampled_from(PADDED),
    st.sampled_from(["compact", "spaced", "escaped"]),
)
BODIES = st.lists(
    st.tuples(FORMS, st.lists(st.sampled_from(WORDS), min_size=1, max_size=6)), max_size=3
)
SPLICES = (
    b"", b" ", b"\r", b"\n", b"\0", b"\xff", b"\xc3", b'"', b"\\", b"\\ud83d", b"}", b'"content":["a"],', b'"content":null,',
)  # fmt: skip
ASKED = st.builds(asking, usage=st.booleans(), thinking=st.booleans())
ROLE = {"role": "assistant", "content": "a"}


@given(
    BODIES,
    st.booleans(),
    st.lists(st.tuples(st.integers(0, 5000), st.sampled_from(SPLICES)), max_size=1),
    st.lists(st.integers(0, 5000), max_size=3),
    ASKED,
    st.sampled_from(RESPONSES),
)
@example([((DELTAS[4], {}, {}, None, "compact"), ["a", "b"])], False, [], [], asking(), ROUTER)
@example([((DELTAS[3], {}, {}, None, "compact"), ["", "a"])], True, [], [], asking(), ())
def test_what_is_like_a_frame_comes_out_as_if_it_had_been_read(
    bodies, called, splices, cuts, request, response
):
    data = b"".join(answer(*[alike(*body) for body in bodies], called=called))
    for at, splice in splices:
        data = data[: at % len(data)] + splice + data[at % len(data) :]
    places = sorted({0, len(data), *(at % len(data) for at in cuts)})
    reads = [data[at:to] for at, to in pairwise(places)]

    assert told(reads, request, response) == told_one_by_one(reads, request, response)


SPOKEN = [case for case in corpus.recorded() if case.is_stream and case.codec in corpus.CHAT_SHAPED]


@pytest.mark.parametrize("usage", [False, True])
def test_recorded_streams_come_out_the_same(usage):
    request = asking(usage=usage)
    for case in SPOKEN:
        events = [part + b"\n\n" for part in case.raw.split(b"\n\n")]
        response = case.target.quirks.response
        for reads in ([case.raw], events):
            one_by_one = told_one_by_one(reads, request, response)

            assert told(reads, request, response) == one_by_one, case.name


def stream(response=()):
    target = Target("p", "m", "openai", "http://p.test/v1", quirks=Quirks(response=response))
    return OpenAI().stream(asking(), target, created=1)


def runs(*events, response=(), called=False):
    """The runs of frames that are made of events, each with its text and what goes out of it."""
    decoder = stream(response)
    opening = [event(frame(OPENING)), *([event(frame({"tool_calls": [CALL]}))] if called else ())]
    chunks = decoder.feed(b"".join([*opening, *events]))
    natives = [(chunk, chunk.get("native") or {"dialect": "none"}) for chunk in chunks]
    return [
        (chunk["choices"][0]["delta"], native["payload"])
        for chunk, native in natives
        if native["dialect"] == "openai/run"
    ]


def said(delta, choice=(), **more):
    return event(frame(delta, choice, more))


def test_frames_that_need_nothing_go_on_as_they_came():
    found = {"content_filter_results": {"hate": {"filtered": False}}}
    first, second, third = (
        said({"content": word}, found, obfuscation=pad)
        for word, pad in [("a", "x"), (" b", "xyz"), ("é", "")]
    )

    assert runs(first, second, third) == [({"content": " bé"}, second + third)]


def test_frames_that_say_the_role_again_go_on_without_it():
    first, *more = (said({"role": "assistant", "content": word}) for word in ["a", "b", "\u2028"])
    bare = b"".join(said({"content": word}) for word in ["b", "\u2028"])

    assert runs(first, *more) == [
        ({"content": "b\u2028"}, bare.replace(b"\\u2028", b"\xe2\x80\xa8"))
    ]


def test_reasoning_goes_on_under_the_name_that_clients_know():
    first, second = (said({"content": "", "reasoning": word}) for word in "ab")
    made = {"content": "", "reasoning_content": "b"}

    assert runs(first, second) == [(made, said(made))]


def test_arguments_of_a_call_are_text_too():
    pieces = [
        said({"tool_calls": [{"index": 0, "function": {"arguments": each}}]}) for each in "abc"
    ]
    ((delta, payload),) = runs(*pieces, called=True)

    assert delta == {"tool_calls": [{"index": 0, "function": {"arguments": "bc"}}]}
    assert payload == b"".join(pieces[1:])


@pytest.mark.parametrize("choice", [*CHOICES[2:3], *CHOICES[4:5], {"index": False}])
def test_a_choice_that_says_more_is_read_by_itself(choice):
    assert runs(*[said(ROLE, choice)] * 3) == []


@pytest.mark.parametrize(
    "more",
    [{"usage": COUNTS}, {"firstbyte": {}}, {"x_groq": {"id": "r"}}, {"error": None}, {"odd": "\n"}],
)
def test_a_frame_that_is_looked_into_is_read_by_itself(more):
    assert runs(*[said(ROLE, **more)] * 3) == []


@pytest.mark.parametrize(
    "delta",
    [
        {"role": "assistant"},
        {"role": "assistant", "content": "a", "refusal": "no"},
        {"role": "assistant", "content": "a", "thinking_blocks": None},
        {"role": "assistant", "content": "a", "reasoning_details": [{"text": "a"}]},
        {"role": "assistant", "content": ["a"]},
        {"role": "assistant", "refusal": "no"},
        {"role": "assistant", "content": "a", "reasoning": 5},
        {"reasoning": "b", "reasoning_content": "a"},
        {"tool_calls": [{"index": 0, "function": {"arguments": ""}}]},
        {"tool_calls": [{"index": 0, "function": {"arguments": "a", "name": "f"}}]},
        {"tool_calls": [{"index": 0, "function": {"arguments": "a"}}] * 2},
    ],
)
def test_a_delta_that_says_more_than_a_text_is_read_by_itself(delta):
    assert runs(*[said(delta)] * 3, called=True) == []


def test_callers_of_the_older_form_get_it_also_of_arguments_that_came_together():
    pieces = [
        said({"tool_calls": [{"index": 0, "function": {"arguments": each}}]}) for each in "abc"
    ]
    sent, whole, *_ = told([b"".join(answer(pieces))], asking(legacy=True))

    assert whole["choices"][0]["message"]["tool_calls"][0]["function"]["arguments"] == "abc"
    assert b"tool_calls" not in sent
    assert b'"function_call":{"arguments":"bc"}' in sent


def test_a_piece_that_opens_a_call_is_like_none():
    pieces = [
        said({"tool_calls": [{"index": 1, "function": {"arguments": each}}]}) for each in "abcd"
    ]
    opens = said({"tool_calls": [{"index": 1, "function": {"name": "g", "arguments": "a"}}]})
    ((delta, payload),) = runs(opens, *pieces[1:], called=True)

    assert delta == {"tool_calls": [{"index": 1, "function": {"arguments": "d"}}]}
    assert payload == pieces[-1]


def test_a_text_that_stands_in_two_places_is_none_that_is_known():
    assert runs(*[said(ROLE, odd={"content": "a"})] * 3) == []


def test_a_frame_with_more_around_it_than_goes_out_is_read_by_itself():
    piece = said({"content": "a"}, odd=1)

    assert runs(*[piece.replace(b"data: ", b"data:  ")] * 3) == []


def test_a_name_that_is_written_in_another_way_each_time_is_not_repeated():
    """Of a lone surrogate there are two forms, and the one that is written hangs on the rest."""
    decoder = stream()
    identity = {"id": "c\ud83d"}
    opening = event(frame(OPENING, (), identity), "escaped")
    chunks = decoder.feed(opening + said(ROLE) * 3)

    assert not any("native" in chunk for chunk in chunks[1:])


def test_a_frame_is_known_until_another_one_is_read():
    pieces = [
        said({"content": word}, odd=1) if word in "ce" else said({**ROLE, "content": word})
        for word in "abcdefgh"
    ]

    assert [delta["content"] for delta, _ in runs(*pieces)] == ["b", "h"]


def test_where_no_two_are_alike_few_are_looked_at(monkeypatch):
    looked = []
    monkeypatch.setattr("proxy.codecs.openai.stream.learned_from", lambda *_: looked.append(1))
    runs(*[said({"content": "a", "token": at + 1}) for at in range(100)])

    assert len(looked) == 10


@pytest.mark.parametrize("frames", [40, 4000])
def test_a_run_may_be_of_any_length(frames):
    ((delta, payload),) = runs(*[said(ROLE)] * frames)

    assert delta == {"content": "a" * (frames - 1)}
    assert payload == said({"content": "a"}) * (frames - 1)


def test_text_that_is_broken_is_left_to_the_reader_of_frames():
    role = said(ROLE)
    for around in (role, said({"content": "a"}, odd=1)):
        broken = around.replace(b'"a"', b'"\\ud83d"')

        assert runs(around, broken) == []


@pytest.mark.parametrize(
    ("response", "spared"),
    [
        ((), TEXTS),
        (ROUTER, TEXTS),
        (("cached_elsewhere",), TEXTS),
        (("repeated_reasoning",), {"content", "arguments"}),
        ((*ROUTER, "repeated_reasoning"), {"content", "arguments"}),
        (("citations",), set()),
    ],
)
def test_texts_that_no_correction_looks_at_are_known(response, spared):
    target = Target("p", "m", "openai", "http://p.test/v1", quirks=Quirks(response=response))
    corrections = Corrections(target)

    assert corrections.spared == spared
    assert corrections.spare_text is (spared == TEXTS)
    assert Corrections(target, of_calls=(dict,)).spared == spared - {"arguments"}
    assert Corrections(target, (dict,)).spared == set()


@pytest.mark.parametrize(("name", "count"), [("content", 1), ("reasoning_content", 0)])
def test_texts_that_a_correction_looks_at_are_read_one_by_one(name, count):
    pieces = [said({name: "a"})] * 3

    assert len(runs(*pieces, response=("repeated_reasoning",))) == count


@pytest.mark.parametrize(
    ("response", "count"), [((), 1), (ROUTER, 1), (("repeated_reasoning",), 0)]
)
def test_what_a_correction_looks_at_is_never_more_of_the_same(response, count):
    decoder = stream(response)
    decoder.feed(event(frame(OPENING)) + said(ROLE) * 3)

    assert decoder.more(said({"reasoning_content": "a"})) == count
    assert decoder.more(said(ROLE)) == 0


def test_members_of_a_run_are_those_of_its_frames():
    decoder = stream()
    one = said(ROLE, {"native_finish_reason": None}, service_tier="flex", p="x")
    *_, run = decoder.feed(event(frame(OPENING)) + one * 3)

    assert run["service_tier"] == "flex"
    assert run["choices"][0]["native_finish_reason"] is None
    assert jsons.decode(run["native"]["payload"].partition(b"\n\n")[0][6:])["p"] == "x"
    assert decoder.events == 4
