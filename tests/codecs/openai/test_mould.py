import pytest

from proxy.codecs.openai.mould import mould_of

FRAME = b'data: {"id":"c","choices":[{"delta":{"content":"a"}}]}\n\n'
PADDED = FRAME.replace(b'"choices"', b'"usage":null,"choices"').replace(
    b"]}", b'],"obfuscation": "xy"}'
)


def run(mould, data, at=0):
    texts = []
    return mould.run(data, at, texts), texts


def test_every_frame_that_differs_in_its_text_alone_fits():
    data = b"x" + FRAME.replace(b'"a"', b'"b c"') + FRAME.replace(b'"a"', '"é"'.encode())

    assert run(mould_of(FRAME, "content", "a"), data, 1) == (len(data), ["b c", "é"])


def test_padding_may_be_of_any_length():
    mould = mould_of(PADDED, "content", "a")
    data = PADDED.replace(b"xy", b"") + PADDED.replace(b"xy", b"abcdef")

    assert run(mould, data) == (len(data), ["a", "a"])


@pytest.mark.parametrize(
    ("frame", "other"),
    [
        (FRAME, FRAME.replace(b'"a"', b'""')),
        (FRAME, FRAME.replace(b'"a"', b'"\\n"')),
        (FRAME, FRAME.replace(b'"a"', b'"\\""')),
        (FRAME, FRAME.replace(b'"a"', b'"\n"')),
        (FRAME, FRAME.replace(b'"a"', b'"\xc3"')),
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
        (PADDED, FRAME),
    ],
)
def test_what_differs_otherwise_does_not_fit(frame, other):
    assert run(mould_of(frame, "content", "a"), other) == (0, [])


def test_what_does_not_fit_ends_what_does():
    assert run(mould_of(FRAME, "content", "a"), FRAME + PADDED) == (len(FRAME), ["a"])


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
