"""A run is what would be found event by event; whatever is not head, text, middle, extra and tail ends it."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.codecs.event_template import EventTemplate, Run, are_plain, cut, text_of, texts_of
from proxy.core import jsons

HEAD, MIDDLE, TAIL = b'event: delta\ndata: {"a":{"t":"', b'","n":', b"}}\n\n"


def event(text=b"x", extra=b"1"):
    return HEAD + text + MIDDLE + extra + TAIL


def template():
    return EventTemplate(HEAD, MIDDLE, TAIL)


def bare(text=b"x"):
    return HEAD + text + b'"' + TAIL


def bare_template():
    return EventTemplate(HEAD, b"", b'"' + TAIL)


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
        if not text:
            break
        texts.append(text)
        extras += [] if extra is None else [extra]
        at = stop + len(tail)
    return Run(at, texts, extras) if texts else None


def same(run, other):
    assert (run is None) == (other is None)
    assert run is None or [run.end, *map(list, run[1:])] == [other.end, *map(list, other[1:])]


def test_events_that_differ_in_text_and_extra_alone_are_a_run():
    data = b"?" + event(b"a", b"1") + event(b"b", b"23") + event(b'\\"', b"") + b"data: "

    same(template().run(data, 1), Run(len(data) - 6, [b"a", b"b", b'\\"'], [b"1", b"23", b""]))


def test_where_there_is_no_extra_events_differ_in_text_alone():
    data = bare(b"a") + bare(b"b") + bare(b"c")

    same(bare_template().run(data, 0), Run(len(data), [b"a", b"b", b"c"], []))


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
        event(b""),
        event(extra=b"\r1"),
        b"\n",
        b"data",
        bare(),
    ],
)
@pytest.mark.parametrize("behind", [b"", event(b"z"), event(b"y") + event(b"z")])
def test_anything_else_ends_a_run_before_it(other, behind):
    data = event(b"a") + event(b"b")

    same(template().run(data + other + behind, 0), Run(len(data), [b"a", b"b"], [b"1", b"1"]))
    assert template().run(other + behind, 0) is None


def test_one_event_behind_a_run_that_begins_alike_costs_no_look_at_each(monkeypatch):
    monkeypatch.delattr(EventTemplate, "_alike")
    data = bare(b"a") + bare(b"b")
    end = HEAD + b'"},"finish":"stop"}\n\n'

    same(bare_template().run(data + end + end, 0), Run(len(data), [b"a", b"b"], []))


@pytest.mark.parametrize(("made", "other"), [(template, event(b"")), (bare_template, bare(b""))])
def test_what_follows_an_event_without_a_text_is_not_cut_up(made, other, monkeypatch):
    monkeypatch.delattr(EventTemplate, "_of")

    assert made().run(other * 3, 0) is None


def test_a_wary_template_looks_at_little_at_first():
    data, wary = event() * 2000, EventTemplate(HEAD, MIDDLE, TAIL, is_wary=True)
    first = wary.run(data, 0)

    assert len(first.texts) < len(template().run(data, 0).texts) / 8
    assert len(wary.run(data, first.end).texts) > len(first.texts)


def test_a_read_that_is_all_of_one_template_is_a_run():
    data = event(b"a", b"1") + event(b"b", b"") + event(b'\\"', b"2")

    same(template().all_of(data), Run(len(data), [b"a", b"b", b'\\"'], [b"1", b"", b"2"]))
    same(bare_template().all_of(bare(b"c")), Run(len(bare()), [b"c"], []))


@pytest.mark.parametrize(
    "other",
    [
        event(b""),
        event(b"a\nb"),
        event(extra=b"\r1"),
        event()[:-1],
        event()[1:],
        event().replace(b'"n"', b'"m"'),
        event().replace(b'"a"', b'"b"'),
        bare(),
        b": ping\n\n",
    ],
)
def test_a_read_that_is_anything_else_too_is_none(other):
    assert template().all_of(other) is None
    assert template().all_of(event() + other) is None
    assert template().all_of(other + event()) is None
    assert template().all_of(event() + other + event()) is None


def test_short_runs_make_the_next_look_short_and_long_ones_make_it_long_again():
    each, other = template(), b"data: x\n\n"
    start, rest = (event() + other) * 3, event() * 2000
    at, counts = 0, []
    while at < len(start + rest):
        run = each.run(start + rest, at)
        counts.append(len(run.texts))
        at = run.end + (len(other) if at < len(start) else 0)

    assert counts[:3] == [1, 1, 1]
    assert sum(counts) == 2003
    assert counts[3] < counts[4] < counts[5]
    assert len(counts) < 12


def test_more_than_is_looked_at_together_is_another_run():
    data = event(b"a" * 20_000) * 3
    first = template().run(data, 0)
    second = template().run(data, first.end)

    assert len(first.texts) == 1
    assert (len(second.texts), template().run(data, second.end).end) == (1, len(data))


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
        for each, middle, tail in ((template(), MIDDLE, TAIL), (bare_template(), b"", b'"' + TAIL)):
            run = each.run(data, at)
            same(run, one_by_one(data, at, middle, tail, len(run.texts) if run else 1))
            rest = data[at:]
            whole = each.run(rest, 0)
            same(each.all_of(rest), whole if whole and whole.end == len(rest) else None)
        at = data.find(HEAD, at + 1)


def test_pieces_are_cut_to_what_stands_between_their_ends():
    pieces = [event(b"a", b"1"), event(b"", b""), bare(b"b")]

    assert cut(pieces, b"".join(pieces), HEAD, TAIL) == [b"a" + MIDDLE + b"1", MIDDLE, b'b"']
    assert cut(pieces, b"".join(pieces), HEAD, b'"' + TAIL) is None
    assert cut(pieces, b"".join(pieces), HEAD + b"a", TAIL) is None


def run_of(each, pieces, tail):
    whole = b"".join(pieces)
    bodies = cut(pieces, whole, HEAD, tail)
    return None if bodies is None else each.run_of(bodies, len(whole))


def test_pieces_that_are_an_event_each_are_a_run():
    pieces = [event(b"a", b"1"), event(b"b", b""), event(b'\\"', b"2")]
    size = len(b"".join(pieces))

    same(run_of(template(), pieces, TAIL), Run(size, [b"a", b"b", b'\\"'], [b"1", b"", b"2"]))
    same(run_of(bare_template(), [bare(b"c")], b'"' + TAIL), Run(len(bare()), [b"c"], []))


def apart(pieces, middle, tail):
    """The run that pieces are, looked at one by one."""
    texts, extras = [], []
    for piece in pieces:
        size = len(piece) - len(tail)
        body = piece[len(HEAD) : size]
        if size < len(HEAD) or not piece.startswith(HEAD) or not piece.endswith(tail):
            return None
        text, found, extra = body.partition(middle) if middle else (body, b"x", None)
        if not text or not found or b"\n" in body or b"\r" in body:
            return None
        texts.append(text)
        extras += [] if extra is None else [extra]
    return Run(len(b"".join(pieces)), texts, extras)


@given(
    st.lists(
        st.one_of(
            st.builds(
                event, st.sampled_from([b"", b"a", b"\r", b"\n", b"\xc3", HEAD]), st.just(b"7")
            ),
            st.builds(bare, st.sampled_from([b"", b"a", b"bc"])),
            st.sampled_from([b"", HEAD, TAIL, HEAD + TAIL, HEAD[:-1] + TAIL, b": x\n\n"]),
        ),
        min_size=1,
        max_size=5,
    ),
    st.lists(st.tuples(st.integers(0, 4), st.integers(-3, 99)), max_size=1),
)
def test_pieces_are_a_run_where_each_by_itself_is_of_the_template(pieces, shifts):
    for at, border in shifts:
        both = b"".join(pieces[at : at + 2])
        pieces[at : at + 2] = [both[:border], both[border:]]

    same(run_of(template(), pieces, TAIL), apart(pieces, MIDDLE, TAIL))
    same(run_of(bare_template(), pieces, b'"' + TAIL), apart(pieces, b"", b'"' + TAIL))


@pytest.mark.parametrize(
    ("texts", "are"),
    [
        ([b"a", b" b", b"\x7f"], True),
        ([b"a", "é".encode()], False),
        ([b"a", b"\\n"], False),
        ([b"a", b'"'], False),
        ([b"a", b"\0"], False),
        ([b"a", b"\x1f"], False),
        ([b"a", b"", b"b"], False),
    ],
)
def test_plain_texts_say_something_and_are_of_ascii_without_an_escape(texts, are):
    assert are_plain(texts) is are


WORDS = st.one_of(
    st.binary(max_size=3),
    st.text(max_size=3).map(str.encode),
    st.sampled_from([b"a", b"\xc3", b"\xa9", "é\u2028".encode(), b'"', b"\\", b"\n", b"", MIDDLE]),
)


def test_a_text_may_have_what_stands_between_texts_that_are_read_as_one():
    assert text_of([b"a", b"\x7f", b"\\u007fb"]) == "a\x7f\x7fb"


TEXTS = ["a", "é\u2028", "\n", '"', "\\", "/", "\x00", "\x7f", "\u4e2d", "\U0001f600", ""]


@given(st.lists(st.sampled_from(TEXTS), min_size=1), st.booleans())
def test_texts_are_read_together(texts, is_escaped):
    written = [json.dumps(text, ensure_ascii=is_escaped)[1:-1].encode() for text in texts]

    assert texts_of(written) == texts
    assert text_of(written) == "".join(texts)


@given(
    st.lists(
        st.binary(max_size=6)
        | st.sampled_from(
            [
                b"a",
                b"\\n",
                b"\\",
                b'"',
                b'","',
                b'",\n"',
                b"\\ud83d",
                b"\\ude00",
                b"\x7f",
                b"\\u007f",
            ]
        ),
        min_size=1,
    )
)
def test_what_is_read_together_is_what_each_says_by_itself(texts):
    alone = [jsons.Form(str).read(b'"%b"' % text) for text in texts]

    assert texts_of(texts) == (None if None in alone else alone)
    assert text_of(texts) == (None if None in alone else "".join(alone))


@pytest.mark.parametrize(
    "texts",
    [
        [b"a\nb"],
        [b"a", b"\n"],
        [b"\t"],
        [b"\\t\t"],
        [b"\x00"],
        [b'a"b'],
        [b"a\\"],
        [b"a\\", b"n"],
        [b"\\u12"],
        [b"\\u12", b"34"],
        [b"\\x41"],
        [b"\\\n"],
        [b"\xc3", b"\xa9"],
        [b"\xc3\\n"],
        [b"\\ud83d"],
        [b"\\ud83d", b"\\ude00"],
        [b"\\ude00\\ud83d"],
        [b"\\ud83d\\n"],
    ],
)
def test_what_is_no_json_string_by_itself_is_not_read(texts):
    assert texts_of([b"before", *texts, b"after"]) is None
    assert text_of([b"before", *texts, b"after"]) is None
