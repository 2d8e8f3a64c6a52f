"""Frames of nothing but text are taken together; everything else ends the run before it."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.codecs.openai.codec import OpenAI
from proxy.codecs.openai.outline import outline_of
from proxy.codecs.openai.text_runs import TextRuns, are_texts, sample_of
from proxy.core import jsons
from proxy.core.shape import ChatRequest, Target
from tests.support.runs import told

IDENTITY = {"id": "c1", "object": "chat.completion.chunk", "created": 7, "model": "m"}


def payload(delta, **more):
    choice = {"index": 0, "delta": delta, "finish_reason": None}
    return {**IDENTITY, "choices": [choice], **more}


def framed(*payloads):
    return b"".join(b"data: %b\n\n" % jsons.encode(one) for one in payloads)


def text_runs():
    return TextRuns("c1", 7, "m")


def taken(data, at=0):
    return text_runs().take(data, at)


def alike(data):
    return text_runs().alike(data, None)


def text_of(run):
    return run.chunk["choices"][0]["delta"]


def test_text_that_came_in_one_read_is_one_chunk_with_its_frames():
    data = framed(payload({"content": "a"}), payload({"content": "é\u2028"}))
    run = taken(data)

    assert (run.frames, run.size) == (2, len(data))
    assert text_of(run) == {"content": "aé\u2028"}
    assert run.chunk["native"] == {"dialect": "openai/run", "payload": data}


def test_reasoning_makes_a_run_of_its_own():
    thought = framed(payload({"reasoning_content": "a"}), payload({"reasoning_content": "b"}))
    run = taken(thought + framed(payload({"content": "c"})))

    assert text_of(run) == {"reasoning_content": "ab"}
    assert run.size == len(thought)


def test_a_run_may_begin_anywhere():
    first = framed(payload({"content": "a"}))
    run = taken(first + framed(payload({"content": "b"})), len(first))

    assert text_of(run) == {"content": "b"}


def test_the_members_that_every_frame_repeats_are_known():
    more = {
        "service_tier": "flex",
        "system_fingerprint": "fp",
        "usage": None,
        "obfuscation": "xyz",
        "p": "abc",
        "provider": "P",
    }
    delta = {"content": "a", "refusal": None, "tool_calls": None, "reasoning": None}
    run = taken(framed(payload(delta, **more)))

    assert run.chunk["service_tier"] == "flex"
    assert run.chunk["system_fingerprint"] == "fp"


def test_who_serves_behind_a_router_is_known_too():
    run = taken(framed(payload({"content": "a"}, provider="Elsewhere")))

    assert run.chunk["provider"] == "Elsewhere"
    assert "system_fingerprint" not in run.chunk


def odd(**choice):
    return {**IDENTITY, "choices": [{"index": 0, "delta": {"content": "b"}, **choice}]}


@pytest.mark.parametrize(
    "frame",
    [
        framed(payload({"content": ""})),
        framed(payload({})),
        framed(payload({"content": "b", "reasoning_content": "c"})),
        framed(payload({"role": "assistant", "content": "b"})),
        framed(payload({"content": "b", "tool_calls": [{"index": 0}]})),
        framed(payload({"content": "b", "odd": 1})),
        framed(payload({"content": "b"}, id="c2")),
        framed(payload({"content": "b"}, created=8)),
        framed(payload({"content": "b"}, model="n")),
        framed(payload({"content": "b"}, usage={"prompt_tokens": 1})),
        framed(payload({"content": "b"}, error={"message": "no"})),
        framed(odd(index=1)),
        framed(odd(finish_reason="stop")),
        framed(odd(logprobs={"content": []})),
        framed({**IDENTITY, "choices": []}),
        b"data: [DONE]\n\n",
        b"event: x\n" + framed(payload({"content": "b"})),
        b": comment\n\n",
        framed(payload({"content": "b"})).replace(b'"choices"', b'\n"choices"'),
        framed(payload({"content": "b"})).replace(b"\n\n", b"\r\n\r\n"),
        framed(payload({"content": "b"})).replace(b'"b"', b'"\xff"'),
        framed(payload({"content": "b"}))[:-1],
        framed(payload({"content": "b"}))[:20] + b"\n\n",
    ],
)
def test_whatever_is_more_than_text_ends_the_run_before_it(frame):
    text = framed(payload({"content": "a"}))
    run = taken(text + frame)

    assert text_of(run) == {"content": "a"}
    assert run.size == len(text)
    assert taken(frame) == (None, 0, 0)
    assert alike(frame) == 0
    assert alike(text + frame) == 0


def stream(model="m", **details):
    target = Target("p", model, "openai", "http://p", **details)
    return OpenAI().stream(ChatRequest(body={}), target, created=7)


def said(text):
    return payload({"content": text})


OPENING = payload({"role": "assistant", "content": ""})


def test_all_text_of_a_read_is_read_together():
    decoder = stream()
    chunks = decoder.feed(framed(OPENING, said("a"), said("b"), said("c")))

    assert [chunk["choices"][0]["delta"].get("content") for chunk in chunks] == ["", "abc"]
    assert decoder.events == 4


def test_text_goes_on_together_after_what_stands_between():
    words = [said("a"), said("b"), payload({"content": "x", "odd": 1}), said("c"), said("d")]
    chunks = stream().feed(framed(OPENING, *words))

    assert [chunk["choices"][0]["delta"].get("content") for chunk in chunks] == [
        "",
        "ab",
        "x",
        "cd",
    ]
    assert told(chunks) == [OPENING, *words]


def test_a_read_that_begins_inside_a_frame_loses_nothing():
    data = framed(OPENING, said("a"), said("b"), said("c"), said("d"))
    decoder = stream()
    cut = data.index(b'"b"')
    chunks = decoder.feed(data[:cut]) + decoder.feed(data[cut:])

    assert told(chunks) == [OPENING, *map(said, "abcd")]
    assert chunks[-1]["choices"][0]["delta"] == {"content": "cd"}


def test_no_frame_is_taken_together_where_a_frame_may_be_no_larger_than_a_read():
    data = framed(OPENING, said("a"), said("b"))
    chunks = stream(max_event=len(data) - 1).feed(data)

    assert len(chunks) == 3


def test_more_of_the_same_is_counted_and_told_by_nobody():
    decoder = stream()
    decoder.feed(framed(OPENING, said("a"), said("b")))
    thought = payload({"reasoning_content": "c"})

    assert decoder.more(framed(said("c"), thought, said("d"))) == 3
    assert decoder.more(framed(said("e"))) == 1
    assert decoder.events == 7
    assert not decoder.ended


def test_nothing_is_more_of_the_same_before_a_read_that_ended_with_text():
    decoder = stream()
    first = framed(OPENING, said("a"), said("b"))

    assert decoder.more(first) == 0

    decoder.feed(first + b": comment\n\n")

    assert decoder.more(framed(said("c"))) == 0
    assert decoder.events == 3


def test_nor_after_a_read_that_ended_in_the_middle_of_a_frame():
    decoder = stream()
    decoder.feed(framed(OPENING, said("a"), said("b")))
    decoder.feed(framed(said("c")) + b"data: ")

    assert decoder.more(framed(said("d"))) == 0


def test_what_is_served_in_another_way_is_told():
    decoder = stream()
    decoder.feed(framed(OPENING, said("a"), payload({"content": "b"}, service_tier="flex")))

    assert decoder.more(framed(said("c"))) == 0
    assert decoder.more(framed(payload({"content": "c"}, service_tier="flex"))) == 1


def test_a_template_is_told_for_as_long_as_the_last_text_was_of_it():
    decoder = stream()
    decoder.feed(framed(OPENING))
    before = decoder.template
    decoder.feed(framed(said("a")))
    template = decoder.template
    decoder.feed(b": comment\n\n")

    assert (before, decoder.template) == (None, None)
    assert template.all_of(framed(said("b"))).texts == [b"b"]


def test_text_that_is_served_in_another_way_than_the_template_says_has_none():
    decoder = stream()
    frames = [payload({"content": "a"}, system_fingerprint=f"fp{at}") for at in range(9)]
    decoder.feed(framed(OPENING, *frames))
    known = decoder.template
    decoder.feed(framed(payload({"content": "b"}, service_tier="flex")))

    assert known is not None
    assert decoder.template is None


def test_where_an_event_may_be_short_only_there_is_no_template_for_others():
    decoder = stream(max_event=1000)
    decoder.feed(framed(OPENING, said("a")))

    assert decoder.template is None


def test_a_read_as_large_as_no_event_may_be_is_fed():
    data = framed(said("b"), said("c"))
    decoder = stream(max_event=len(data) - 1)
    decoder.feed(framed(OPENING))
    decoder.feed(framed(said("a")))
    decoder.feed(framed(said("b")))

    assert decoder.more(framed(said("c"))) == 1
    assert decoder.more(data) == 0


WORDS = st.sampled_from(
    ["a", " b", "\n", 'q"', "\\", "é", "\u2028", "", "content", "\x7f", "\U0001f600"]
)
FRAMES = st.one_of(
    st.builds(said, WORDS),
    st.builds(lambda word: payload({"reasoning_content": word}), WORDS),
    st.builds(lambda word, pad: payload({"content": word}, obfuscation=pad), WORDS, WORDS),
    st.builds(lambda word: payload({"content": word}, service_tier="flex"), WORDS),
    st.builds(lambda word: payload({"content": word}, odd=1), WORDS),
)


def raw(frame, spaced, escaped):
    separators = (", ", ": ") if spaced else (",", ":")
    return f"data: {json.dumps(frame, separators=separators, ensure_ascii=escaped)}\n\n".encode()


@given(
    st.lists(st.tuples(FRAMES, st.booleans(), st.booleans()), max_size=12),
    st.lists(st.tuples(st.integers(0, 4000), st.binary(max_size=1)), max_size=1),
)
def test_what_fits_a_template_is_what_would_have_been_parsed(frames, damage):
    data = bytearray(b"".join(raw(*frame) for frame in frames))
    for at, byte in damage:
        data[at : at + 1] = byte
    by_template, by_parsing = text_runs(), text_runs()
    by_parsing._left = 0
    at = 0
    for _ in frames:
        took = by_template.take(bytes(data), at)

        assert took == by_parsing.take(bytes(data), at)
        at += took.size
        assert by_template.alike(bytes(data[at:]), None) == by_parsing.alike(bytes(data[at:]), None)
        at = max(data.find(b"\n\n", at) + 2, at)


def test_frames_like_the_one_before_are_not_parsed(monkeypatch):
    taking = text_runs()
    taking.take(framed(said("a")), 0)
    monkeypatch.setattr("proxy.codecs.openai.text_runs._read", lambda _: None)

    assert taking.take(framed(said("b"), said("é")), 0).frames == 2
    assert taking.alike(framed(said("c"), said("d")), None) == 2


FRAME = framed(payload({"content": "a"}))
PADDED = framed(payload({"content": "a"}, obfuscation="xy"))


def pressed(frame):
    """Takes what is like a frame, and no other: it parses nothing any more."""
    taking = text_runs()
    taking.take(frame, 0)
    taking._identity = None
    return taking


@pytest.mark.parametrize("frame", [FRAME, PADDED])
def test_a_text_may_hold_escapes_and_quotes(frame):
    said = frame + frame.replace(b'"a"', rb'"\"b\\"') + frame.replace(b'"a"', rb'"\u00e9"')

    assert text_of(pressed(frame).take(said, 0)) == {"content": 'aa"b\\é'[1:]}


def test_padding_may_be_of_any_length():
    data = PADDED.replace(b"xy", b"") + PADDED.replace(b"xy", b"abcdef")

    assert pressed(PADDED).take(data, 0)[1:] == (2, len(data))


@pytest.mark.parametrize(
    ("frame", "other"),
    [
        (FRAME, FRAME.replace(b'"a"', b'"a"b"')),
        (FRAME, FRAME.replace(b'"a"', b'"a","b":"c"')),
        (FRAME, PADDED),
        (PADDED, FRAME),
        (PADDED, PADDED.replace(b'"a"', b'"a"b"')),
        (PADDED, PADDED.replace(b"xy", b'x","b":"')),
        (PADDED, PADDED.replace(b"xy", b"\xc3\xa9")),
        (PADDED, PADDED.replace(b"xy", b"\\n")),
        (PADDED, PADDED.replace(b"xy", b"x y")),
        (PADDED, PADDED.replace(b"xy", b"x\ny")),
        (PADDED, PADDED[:-1]),
    ],
)
def test_what_differs_otherwise_is_not_like_the_frame_before(frame, other):
    assert pressed(frame).take(other, 0).frames == 0


@pytest.mark.parametrize("frame", [FRAME, PADDED])
def test_what_is_of_no_known_form_may_stand_anywhere(frame):
    silent, other = frame.replace(b'"a"', b'""'), frame.replace(b'"a"', b'"a","b":"c"')

    assert taken(frame * 2 + silent + frame).size == 2 * len(frame)
    assert taken(frame * 9 + other + frame).size == 9 * len(frame)
    assert taken(frame * 2 + frame[:-1]).size == 2 * len(frame)


@pytest.mark.parametrize("frame", [FRAME, PADDED])
def test_a_long_read_is_taken_in_parts(frame):
    assert text_of(pressed(frame).take(frame * 2000, 0)) == {"content": "a" * 2000}


@pytest.mark.parametrize(
    "frame",
    [
        FRAME.replace(b'"a"', b'"\\u0061"'),
        FRAME.replace(b'"m"', b'"\\u006d"'),
        FRAME.replace(b'"created"', b'"content":"b","created"'),
        FRAME.replace(b'"index"', b'"content":"a","index"'),
        framed(payload({"reasoning_content": "a"})).replace(b"reasoning_", b"reasoning\\u005f"),
    ],
)
def test_a_frame_whose_text_is_not_to_be_found_in_it_has_no_template(frame):
    taking = text_runs()
    taking.take(frame, 0)

    assert taking.cast is None


def test_a_stream_whose_frames_all_differ_is_parsed_after_a_few_templates():
    taking = text_runs()
    for at in range(9):
        data = framed(payload({"content": "a"}, system_fingerprint=f"fp{at}"))

        assert taking.take(data, 0).frames == 1

    assert taking._left == 0


def are(*frames):
    """Whether these are texts of an answer, as is asked when all of it is here."""
    sample = sample_of(list(frames))
    opening, ending = payload({"role": "assistant"}), payload({})
    ending["choices"][0]["finish_reason"] = "stop"
    outline = outline_of([framed(opening), sample, framed(ending)])
    if outline is None:
        return False
    return are_texts(list(frames), b"".join(frames), sample, outline.text)


@pytest.mark.parametrize("frame", [FRAME, PADDED])
def test_pieces_that_are_text_each_are_texts(frame):
    assert are(frame)
    assert are(frame, frame.replace(b'"a"', b'"b"'), frame.replace(b'"a"', '"é中"'.encode()))
    assert are(frame, frame.replace(b'"a"', rb'"\n"'))


@pytest.mark.parametrize(
    "other",
    [
        FRAME.replace(b'"a"', b'""'),
        FRAME.replace(b'"a"', b'"\xc3"'),
        FRAME.replace(b'"a"', b'"\0"'),
        FRAME.replace(b'"a"', b'"a\\"'),
        FRAME.replace(b'"a"', b'"a","b":"c"'),
        FRAME.replace(b'"c1"', b'"c2"'),
        FRAME.replace(b":7", b":8"),
        FRAME.replace(b'"m"', b'"n"'),
        FRAME * 2,
        FRAME[1:],
        FRAME[:-1],
        FRAME[:-2] + b",\n",
        FRAME[:-2] + b"\r\n",
        FRAME.replace(b"{", b"{\n", 1),
        FRAME.replace(b"{", b"{\r", 1),
        framed(OPENING),
        b": comment\n\n",
        b"data: [DONE]\n\n",
        b"\n\n",
    ],
)
def test_anything_else_in_any_piece_makes_them_none(other):
    assert not are(other)
    assert not are(other, FRAME)
    assert not are(FRAME, other)
    assert not are(FRAME, other, FRAME)


def test_a_piece_that_has_the_rest_of_another_makes_them_none():
    assert not are(FRAME[:-9], FRAME[-9:] + FRAME)
    assert not are(FRAME + FRAME[:9], FRAME[9:])


@pytest.mark.parametrize("padding", ["x y", "é", "\n"])
def test_padding_of_other_letters_is_not_known(padding):
    odd = framed(payload({"content": "a"}, obfuscation=padding))

    assert not are(PADDED, odd)
    assert not are(odd)


def test_a_first_frame_without_a_template_makes_them_none():
    assert not are(FRAME.replace(b'"a"', rb'"\n"'))
