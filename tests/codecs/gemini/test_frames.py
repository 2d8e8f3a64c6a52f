import json
from itertools import pairwise

import pytest

from proxy.codecs.gemini.frames import Frames
from proxy.core.errors import ProxyError

A, B = b'{"a": 1}', b'{"b": "\\n{"}'
ERROR = json.dumps({"error": {"code": 503, "message": "a\nb"}}, indent=2).encode()


def read(raw, cuts=()):
    frames, found = Frames(1_000), []
    marks = [0, *cuts, len(raw)]
    for at, end in pairwise(marks):
        found += frames.feed(raw[at:end])
    return found + frames.finish(), frames


@pytest.mark.parametrize(
    ("raw", "payloads"),
    [
        (b"data: " + A + b"\n\ndata: " + B + b"\n\n", [A, B]),
        (b"data: " + A + b"\r\n\r\ndata: " + B + b"\r\n\r\n", [A, B]),
        (b": hello\n\ndata: " + A + b"\n\ndata:  \n\n", [A]),
        (b"data: " + A + b"\n\ndata: " + B, [A, B]),
        (b"[" + A + b"\n,\r\n" + B + b"]\n", [A, B]),
        (b"\r\n " + A + B, [A, B]),
        (b"data: " + A + b"\n\n" + ERROR + b"\n", [A, ERROR]),
        (b"data: " + A + b"\n" + ERROR, [A, ERROR]),
        (b"data: " + A + b"\r\r[" + ERROR + b"]", [A, ERROR]),
        (b"data: " + A + b"\n\n{", [A]),
        (b"", []),
    ],
)
def test_payloads_are_found_in_every_form_and_at_every_split(raw, payloads):
    assert read(raw)[0] == payloads
    for cut in range(len(raw)):
        assert read(raw, [cut])[0] == payloads
    assert read(raw, range(len(raw)))[0] == payloads


def test_a_brace_inside_a_line_is_no_bare_value():
    raw = b"data: [\ndata:  {} ]\n\n"

    assert read(raw)[0] == [b"[\n {} ]"]


def test_the_end_of_an_array_is_seen():
    assert read(b"[" + A + b"]")[1].closed
    assert not read(b"[" + A)[1].closed
    assert not read(b"data: " + A + b"\n\n")[1].closed


def test_what_is_no_stream_is_kept_for_a_message():
    assert read(b"<html>\n")[1].stray == b"<html>"


@pytest.mark.parametrize("start", [b"data: ", b"[{"])
def test_a_payload_over_the_limit_is_refused(start):
    with pytest.raises(ProxyError, match="max_event is 10"):
        Frames(10).feed(start + b"x" * 50)
