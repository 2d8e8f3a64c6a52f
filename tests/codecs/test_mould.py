"""A run is what would be found event by event; whatever is not head, text, middle, extra and tail ends it."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.codecs.mould import Mould, Run, texts_of
from proxy.core import jsons

HEAD, MIDDLE, TAIL = b'event: delta\ndata: {"a":{"t":"', b'","n":', b"}}\n\n"


def event(text=b"x", extra=b"1"):
    return HEAD + text + MIDDLE + extra + TAIL


def mould():
    return Mould(HEAD, MIDDLE, TAIL)


def bare(text=b"x"):
    return HEAD + text + b'"' + TAIL


def bare_mould():
    return Mould(HEAD, b"", b'"' + TAIL)


def one_by_one(data, at, middle, tail, most):
    """At most so many events of the same run, found one by one. No text holds the end of a head, whose quotes it would
    have with backslashes."""
    texts, extras = [], []
    while data.startswith(HEAD, at) and len(texts) < most:
        start = at + len(HEAD)
        stop = data.find(tail, start)
        body = data[start:stop]
        if stop < 0 or b"\n" in body or b"\r" in body or middle not in body or HEAD[-20:] in body:
            break
        text, _, extra = body.partition(middle) if middle else (body, b"", None)
        texts.append(text)
        extras += [] if extra is None else [extra]
        at = stop + len(tail)
    return Run(at, texts, extras) if texts else None


def same(run, other):
    assert (run is None) == (other is None)
    assert run is None or [run.end, *map(list, run[1:])] == [other.end, *map(list, other[1:])]


def test_events_that_differ_in_text_and_extra_alone_are_a_run():
    data = b"?" + event(b"a", b"1") + event(b"", b"23") + event(b'\\"', b"") + b"data: "

    same(mould().run(data, 1), Run(len(data) - 6, [b"a", b"", b'\\"'], [b"1", b"23", b""]))


def test_where_there_is_no_extra_events_differ_in_text_alone():
    data = bare(b"a") + bare(b"b") + bare(b"c")

    same(bare_mould().run(data, 0), Run(len(data), [b"a", b"b", b"c"], []))


@pytest.mark.parametrize(
    "other",
    [
        b": ping\n\n",
        event().replace(b'"n"', b'"m"'),
        event().replace(b'"a"', b'"b"'),
        event().replace(b"delta", b"other"),
        event()[:-1],
        event()[: len(HEAD)],
        event()[: len(HEAD) + 1],
        event().replace(b"}}", b"},1}"),
        event(b"a\nb"),
        event(extra=b"\r1"),
        b"\n",
        b"data",
        bare(),
    ],
)
@pytest.mark.parametrize("behind", [b"", event(b"z"), event(b"y") + event(b"z")])
def test_anything_else_ends_a_run_before_it(other, behind):
    data = event(b"a") + event(b"b")

    same(mould().run(data + other + behind, 0), Run(len(data), [b"a", b"b"], [b"1", b"1"]))
    assert mould().run(other + behind, 0) is None


def test_more_than_is_looked_at_together_is_another_run():
    data = event(b"a" * 20_000) * 3
    first = mould().run(data, 0)
    second = mould().run(data, first.end)

    assert len(first.texts) == 1
    assert (len(second.texts), mould().run(data, second.end).end) == (1, len(data))


@given(
    st.lists(
        st.one_of(
            st.builds(event, st.sampled_from([b"", b"a", b'\\"', b'"', b"\\"]), st.just(b"7")),
            st.builds(bare, st.sampled_from([b"", b"a", b"bc"])),
            st.sampled_from([b"\n", b"data: x\n\n", HEAD, HEAD[:-20], HEAD[-20:], MIDDLE, TAIL]),
        ),
        max_size=8,
    ),
    st.lists(st.tuples(st.integers(0, 400), st.binary(max_size=1)), max_size=1),
)
def test_a_run_is_as_found_event_by_event_as_far_as_it_goes(parts, damage):
    data = bytearray(b"".join(parts))
    for at, byte in damage:
        data[at : at + 1] = byte
    data = bytes(data)
    at = 0
    while at >= 0:
        for each, middle, tail in ((mould(), MIDDLE, TAIL), (bare_mould(), b"", b'"' + TAIL)):
            run = each.run(data, at)
            same(run, one_by_one(data, at, middle, tail, len(run.texts) if run else 1))
        at = data.find(HEAD, at + 1)


TEXTS = ["a", "é\u2028", "\n", '"', "\\", "/", "\x00", "\x7f", "\u4e2d", "\U0001f600", ""]


@given(st.lists(st.sampled_from(TEXTS), min_size=1), st.booleans())
def test_texts_are_read_together(texts, is_escaped):
    written = [json.dumps(text, ensure_ascii=is_escaped)[1:-1].encode() for text in texts]

    assert texts_of(written) == texts


@given(
    st.lists(
        st.binary(max_size=6)
        | st.sampled_from([b"a", b"\\n", b"\\", b'"', b'","', b'",\n"', b"\\ud83d", b"\\ude00"]),
        min_size=1,
    )
)
def test_what_is_read_together_is_what_each_says_by_itself(texts):
    alone = [jsons.Form(str).read(b'"%b"' % text) for text in texts]

    assert texts_of(texts) == (None if None in alone else alone)
