import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.codecs.openai.mould import mould_of, said
from proxy.core import jsons

FRAME = b'data: {"id":"c","choices":[{"delta":{"content":"a"}}]}\n\n'
PADDED = FRAME.replace(b'"choices"', b'"usage":null,"choices"').replace(
    b"]}", b'],"obfuscation": "xy"}'
)


def run(mould, data, at=0):
    texts = []
    return mould.run(data, at, texts), texts and said(texts)


def test_every_frame_that_differs_in_its_text_alone_fits():
    data = b"x" + FRAME.replace(b'"a"', b'"b c"') + FRAME.replace(b'"a"', '"é"'.encode())

    assert run(mould_of(FRAME, "content", "a"), data, 1) == (len(data), "b cé")


def test_padding_may_be_of_any_length():
    mould = mould_of(PADDED, "content", "a")
    data = PADDED.replace(b"xy", b"") + PADDED.replace(b"xy", b"abcdef")

    assert run(mould, data) == (len(data), "aa")


@pytest.mark.parametrize(
    ("frame", "other"),
    [
        (FRAME, FRAME.replace(b'"a"', b'""')),
        (FRAME, FRAME.replace(b'"a"', b'"a"b"')),
        (PADDED, PADDED.replace(b'"a"', b'"a\nb"')),
        (PADDED, PADDED.replace(b'"a"', b'"a"b"')),
        (FRAME, FRAME.replace(b'"c"', b'"d"')),
        (FRAME, FRAME.replace(b"}]}", b'},{"a":1}]}')),
        (FRAME, FRAME[:-1]),
        (FRAME, FRAME[:50]),
        (FRAME, FRAME[: FRAME.index(b'a"')]),
        (PADDED, PADDED.replace(b"xy", b'x","b":"')),
        (PADDED, PADDED.replace(b"xy", b"\xc3\xa9")),
        (PADDED, PADDED.replace(b"xy", b"\\n")),
        (PADDED, PADDED[: PADDED.index(b'xy"')]),
        (PADDED, PADDED[:-1]),
        (PADDED, PADDED.replace(b"xy", b"x y")),
        (PADDED, PADDED.replace(b'"a"', b'""')),
        (PADDED, FRAME),
    ],
)
def test_what_differs_otherwise_does_not_fit(frame, other):
    assert run(mould_of(frame, "content", "a"), other) == (0, [])


def test_what_does_not_fit_ends_what_does():
    assert run(mould_of(FRAME, "content", "a"), FRAME + PADDED) == (len(FRAME), "a")


@pytest.mark.parametrize("frame", [FRAME, PADDED])
def test_what_does_not_fit_may_stand_anywhere(frame):
    mould = mould_of(frame, "content", "a")
    silent, odd = frame.replace(b'"a"', b'""'), frame.replace(b'"a"', b'"a","b":"c"')

    assert run(mould, frame * 2 + silent + frame) == (2 * len(frame), "aa")
    assert run(mould, frame * 3 + odd + frame) == (3 * len(frame), "aaa")
    assert run(mould, frame * 2 + frame[:-1]) == (2 * len(frame), "aa")


@pytest.mark.parametrize("frame", [FRAME, PADDED])
def test_a_text_may_hold_escapes_and_quotes(frame):
    mould = mould_of(frame, "content", "a")
    data = frame + frame.replace(b'"a"', rb'"\"b\\"') + frame.replace(b'"a"', rb'"\u00e9"')

    assert run(mould, data) == (len(data), 'a"b\\é')


@pytest.mark.parametrize("frame", [FRAME, PADDED])
def test_a_long_read_is_taken_in_parts(frame):
    mould = mould_of(frame, "content", "a")
    data = frame * 2000
    texts, at = [], 0
    while at < len(data):
        end = mould.run(data, at, texts)

        assert end > at
        at = end

    assert said(texts) == "a" * 2000


@pytest.mark.parametrize(
    ("frame", "kind", "text"),
    [
        (FRAME, "reasoning_content", "a"),
        (FRAME.replace(b'"a"', b'"\\u0061"'), "content", "a"),
        (FRAME.replace(b"}}]", b'},"content":"b"}]'), "content", "a"),
        (FRAME.replace(b'"c"', b'"\\u0063"'), "content", "a"),
    ],
)
def test_a_frame_whose_text_is_not_to_be_found_in_it_has_no_mould(frame, kind, text):
    assert mould_of(frame, kind, text) is None


@pytest.mark.parametrize("between", [b"", b" and "])
@pytest.mark.parametrize(
    "text",
    ["a", "é\u2028", "\n", '"', "\\", "/", "\x00", "\x7f", "\u4e2d", "\U0001f600", "\ud7ff\ue000"],
)
def test_texts_are_read_together(text, between):
    plain = json.dumps(text, ensure_ascii=False)[1:-1].encode()
    escaped = json.dumps(text)[1:-1].encode()

    assert said([plain, between, escaped]) == text + between.decode() + text


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
    assert said([b"before", *texts, b"after"]) is None


@given(
    st.lists(
        st.binary(max_size=6) | st.sampled_from([b"\\u00e9", b"\\n", b"\\", b'"', b"\n"]),
        min_size=1,
    )
)
def test_what_is_read_together_is_what_each_says_by_itself(texts):
    together = said(texts)
    alone = [jsons.Form(str).read(b'"%b"' % text) for text in texts]

    assert together == (None if None in alone else "".join(alone))


@given(st.one_of(st.text(max_size=6), st.sampled_from(['a"b', "\\", "\n", "é", ""])), st.booleans())
def test_a_read_that_is_one_frame_is_what_a_run_of_one_is(text, is_escaped):
    written = json.dumps(text) if is_escaped else f'"{text}"'
    data = FRAME.replace(b'"a"', written.encode(errors="replace"))
    mould = mould_of(FRAME, "content", "a")
    end, told = run(mould, data)

    assert not mould.is_one(data) or (end, told) == (len(data), text)
    assert mould.is_one(data) or not (text and text.isascii() and text.isalnum())


@pytest.mark.parametrize(
    "data", [FRAME + FRAME, FRAME[:-1], b"x" + FRAME, FRAME.replace(b'"a"', b'""'), b"", FRAME[:20]]
)
def test_what_is_not_one_frame_is_not_taken_for_one(data):
    assert mould_of(FRAME, "content", "a").is_one(FRAME)
    assert not mould_of(FRAME, "content", "a").is_one(data)
    assert not mould_of(PADDED, "content", "a").is_one(PADDED)
