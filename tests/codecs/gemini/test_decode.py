import json

import pytest

from proxy.codecs.gemini.decode import decode
from proxy.core.errors import Kind, ProxyError
from tests.support.google import answer, event

EVENTS = [event({"text": "Hi"}), event({"text": " you"}, finish="STOP")]


def read(value):
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return decode(raw, "gemini", created=1)


def test_a_whole_answer_says_what_a_stream_of_it_says():
    whole = event({"text": "Hi"}, finish="STOP", usageMetadata={"promptTokenCount": 3})

    assert read(whole) == answer(whole)


def test_an_array_is_a_stream_that_came_as_one_body():
    assert read(EVENTS) == answer(*EVENTS)


def test_a_whole_answer_without_a_reason_has_stopped():
    assert read(event({"text": "Hi"}))["choices"][0]["finish_reason"] == "stop"


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        (b"", Kind.EMPTY),
        (b" \n", Kind.EMPTY),
        ({"usageMetadata": {}, "modelVersion": "m"}, Kind.EMPTY),
        ({"candidates": []}, Kind.EMPTY),
        ([], Kind.MALFORMED),
        ({}, Kind.MALFORMED),
        (7, Kind.MALFORMED),
        (b"{", Kind.MALFORMED),
        (b"<!doctype html><title>Oops</title>", Kind.MALFORMED),
        (EVENTS[:1], Kind.TRUNCATED),
        (
            {"error": {"code": 429, "message": "No.", "status": "RESOURCE_EXHAUSTED"}},
            Kind.RATE_LIMIT,
        ),
        ([{"error": {"code": 500, "message": "No.", "status": "INTERNAL"}}], Kind.SERVER_ERROR),
    ],
)
def test_what_is_no_answer_has_its_kind(value, kind):
    with pytest.raises(ProxyError) as caught:
        read(value)

    assert caught.value.kind is kind


def test_a_page_is_told_by_its_title():
    with pytest.raises(ProxyError, match="Oops"):
        read(b"<!doctype html><title>Oops</title>")
