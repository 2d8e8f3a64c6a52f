import json

import pytest

from proxy.core.errors import Kind, ProxyError
from proxy.core.fold import fold
from proxy.core.usage import Usage
from tests.support.google import answer, chunks, decoder, event, sse

HI, YOU = event({"text": "Hi"}), event({"text": " you"}, finish="STOP")
ERROR = {"error": {"code": 503, "message": "Overloaded.", "status": "UNAVAILABLE"}}


def read(*pieces):
    reader = decoder()
    said = [chunk for piece in pieces for chunk in reader.feed(piece)]
    return said + reader.finish()


def raised(*pieces):
    with pytest.raises(ProxyError) as caught:
        read(*pieces)
    return caught.value


@pytest.mark.parametrize("indent", [None, 2])
def test_a_stream_may_come_as_an_array(indent):
    reader = decoder()
    raw = json.dumps([HI, YOU], indent=indent).encode()
    said = [chunk for at in range(len(raw)) for chunk in reader.feed(raw[at : at + 1])]

    assert reader.over
    assert fold(said + reader.finish()) == answer(HI, YOU)


def test_a_finish_reason_is_the_end_but_not_before_the_connection_closes():
    reader = decoder()
    reader.feed(sse(HI))
    assert not reader.ended
    reader.feed(sse(YOU))

    assert reader.ended
    assert not reader.over
    assert reader.events == 2
    assert reader.finish()[-1]["choices"][0]["finish_reason"] == "stop"


def test_a_stream_without_a_finish_reason_is_cut():
    assert raised(sse(HI)).kind is Kind.TRUNCATED
    assert "after 1 events" in raised(sse(HI)).message


def test_a_last_event_without_its_end_counts_where_it_is_whole():
    reader = decoder()
    said = reader.feed(sse(HI) + sse(YOU).rstrip())

    assert fold(said + reader.finish()) == answer(HI, YOU)
    assert raised(sse(HI) + sse(YOU)[:-20]).kind is Kind.TRUNCATED
    assert raised(sse(HI) + b"data: 7").kind is Kind.TRUNCATED


@pytest.mark.parametrize(
    ("raw", "kind"),
    [
        (b"", Kind.EMPTY),
        (b": ping\n\n", Kind.EMPTY),
        (b"[]", Kind.EMPTY),
        (b"nonsense\n", Kind.MALFORMED),
        (b"data: {\n\n", Kind.MALFORMED),
        (b"data: 7\n\n", Kind.MALFORMED),
        (b"[7]", Kind.MALFORMED),
    ],
)
def test_what_is_no_stream_has_its_kind(raw, kind):
    assert raised(raw).kind is kind


def test_a_page_in_place_of_a_stream_is_told_by_its_title():
    assert "Oops" in raised(b"<html><title>Oops</title></html>\n").message


@pytest.mark.parametrize(
    "raw",
    [
        sse(ERROR),
        sse([ERROR]),
        json.dumps(ERROR, indent=2).encode(),
        json.dumps([ERROR], indent=2).encode(),
        b'[{"usageMetadata": {}},\n' + json.dumps(ERROR).encode(),
    ],
)
def test_an_error_is_raised_in_every_form(raw):
    error = raised(raw)

    assert error.kind is Kind.OVERLOADED
    assert error.message == "Overloaded."


@pytest.mark.parametrize("end", [b"\n", b""])
def test_an_error_without_framing_in_the_middle_is_raised(end):
    error = raised(sse(HI), json.dumps(ERROR, indent=2).encode() + end)

    assert error.kind is Kind.OVERLOADED


def test_what_was_said_before_a_failure_is_not_lost():
    reader = decoder()
    reader.feed(sse(HI))
    said = reader.feed(sse(HI, ERROR))

    assert said[0]["choices"][0]["delta"]["content"] == "Hi"
    assert reader.ended
    assert reader.over
    with pytest.raises(ProxyError, match="Overloaded"):
        reader.feed(sse(HI))
    with pytest.raises(ProxyError, match="Overloaded"):
        reader.finish()


def test_a_failure_before_anything_was_said_is_raised_at_once():
    with pytest.raises(ProxyError, match="Overloaded"):
        decoder().feed(sse(HI, ERROR))


def test_as_many_candidates_are_waited_for_as_were_asked():
    one = [
        {"index": at, "content": {"parts": [{"text": "x"}]}, "finishReason": "STOP"}
        for at in (0, 1)
    ]
    with pytest.raises(ProxyError) as caught:
        chunks({"candidates": one[:1]}, body={"n": 2})

    assert caught.value.kind is Kind.TRUNCATED
    assert len(fold(chunks({"candidates": one}, body={"n": 2}))["choices"]) == 2
    assert len(fold(chunks({"candidates": one[:1]}, body={"n": "x"}))["choices"]) == 1
    assert (
        len(fold(chunks({"candidates": one[:1]}, body={"n": 2}, params={"n": 1}))["choices"]) == 1
    )


def test_an_event_over_the_limit_is_refused():
    with pytest.raises(ProxyError) as caught:
        decoder(max_event=20).feed(sse(HI))

    assert caught.value.kind is Kind.OVERSIZED


def test_every_event_tells_the_usage_so_far():
    reader = decoder()
    before = reader.told
    counted = {"promptTokenCount": 9, "candidatesTokenCount": 3, "cachedContentTokenCount": 4}
    reader.feed(sse({**HI, "usageMetadata": counted}))
    first = reader.told
    reader.feed(sse({**HI, "usageMetadata": {**counted, "candidatesTokenCount": 7}}))

    assert (before, first) == (None, Usage(9, 3, cached=4))
    assert reader.told == Usage(9, 7, cached=4)
