import json

import pytest

from proxy.codecs.ollama.decode import decode
from proxy.core.errors import Kind, ProxyError


def body(*values):
    return b"\n".join(json.dumps(value).encode() for value in values)


def text(completion):
    return completion["choices"][0]["message"]["content"]


def test_one_object_is_an_answer():
    assert text(decode(body({"message": {"content": "a"}, "done": True}), created=1)) == "a"
    assert text(decode(body({"response": "a", "done": True}), created=1)) == "a"


def test_lines_are_an_answer_too():
    lines = body({"message": {"content": "a"}}, {"message": {"content": "b"}, "done": True})

    assert text(decode(lines + b"\n\n", created=1)) == "ab"


@pytest.mark.parametrize(
    ("raw", "kind"),
    [
        (b"", Kind.EMPTY),
        (b" \n", Kind.EMPTY),
        (b"[1]", Kind.MALFORMED),
        (b"Bad gateway", Kind.MALFORMED),
        (b"{}", Kind.MALFORMED),
        (b'{"message":"a"}', Kind.MALFORMED),
        (b'{"error":"unauthorized"}', Kind.AUTH),
        (body({"message": {"content": "a"}}), Kind.TRUNCATED),
        (body({"message": {"content": "a"}}, {"message": {}}), Kind.TRUNCATED),
        (body({"message": {"content": "a"}}, {"error": "server busy"}), Kind.OVERLOADED),
        (body({"message": {"content": "a"}}) + b'\n{"mess', Kind.MALFORMED),
    ],
)
def test_what_is_no_answer_is_a_failure(raw, kind):
    with pytest.raises(ProxyError) as caught:
        decode(raw, created=1)

    assert caught.value.kind is kind


def test_a_page_is_told_as_one():
    with pytest.raises(ProxyError, match="an HTML page, not JSON"):
        decode(b"<html></html>", created=1)
