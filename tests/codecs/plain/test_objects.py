"""The stream of objects, read through the simplest protocol there can be: lines of `{"say": text, "end": bool}`."""

import pytest

from proxy.codecs.plain.objects import ObjectStream
from proxy.core.build import Builder
from proxy.core.errors import Kind, ProxyError
from proxy.wire.ndjson import NdjsonDecoder

BUILD = Builder(1, "id", "m")


class Sayings(ObjectStream):
    terminal = "end"

    def __init__(self, stray=None):
        super().__init__()
        self._lines = NdjsonDecoder(100)
        self.stray = stray

    def _frames(self, data):
        return [("", line) for line in self._lines.feed(data)]

    def _rest(self):
        return [("", line) for line in self._lines.finish()]

    def _take(self, _name, value):
        if "fail" in value:
            raise ProxyError(Kind.OVERLOADED, value["fail"])
        self._ended = "end" in value
        return [BUILD.text(value["say"])] if "say" in value else []

    def _stray(self):
        return super()._stray() if self.stray is None else self.stray


def texts(chunks):
    return [chunk["choices"][0]["delta"]["content"] for chunk in chunks]


def raised(call, *arguments):
    with pytest.raises(ProxyError) as caught:
        call(*arguments)
    return caught.value.kind, caught.value.message


def test_objects_are_told_until_the_end_and_nothing_after_it():
    stream = Sayings()

    assert texts(stream.feed(b'{"say":"a"}\n\n{"sa')) == ["a"]
    assert (stream.ended, stream.over, stream.events) == (False, False, 1)
    assert texts(stream.feed(b'y":"b"}\n[DONE]\n{"end":1,"say":"c"}\n{"say":"d"}\nrubbish\n')) == [
        "b",
        "c",
    ]
    assert (stream.ended, stream.over, stream.events) == (True, True, 3)
    assert stream.feed(b"rubbish\n") == []
    assert stream.finish() == []


def test_a_last_object_without_its_line_end_counts_where_it_is_whole():
    stream = Sayings()
    stream.feed(b'{"say":"a"}\n{"end":1,"say":"b"}')

    assert texts(stream.finish()) == ["b"]


@pytest.mark.parametrize("rest", [b"", b'{"say":', b'{"say":"b"}'])
def test_an_end_without_the_terminal_event_is_a_cut(rest):
    stream = Sayings()
    stream.feed(b'{"say":"a"}\n' + rest)
    kind, message = raised(stream.finish)

    assert kind is Kind.TRUNCATED
    assert message.endswith("events: no end")


@pytest.mark.parametrize(
    ("data", "stray", "kind", "message"),
    [
        (b"", None, Kind.EMPTY, "the stream ended without any event"),
        (b"[DONE]\n", None, Kind.EMPTY, "the stream ended without any event"),
        (b'{"sa', None, Kind.TRUNCATED, "the stream was cut inside its first event"),
        (b"Bad gateway", None, Kind.MALFORMED, "what came is no event stream"),
        (
            b"<html><title>No</title>",
            None,
            Kind.MALFORMED,
            "an HTML page, not JSON (title 'No')",
        ),
        (b"", b'{"error":"busy"}', Kind.SERVER_ERROR, "busy"),
        (b"", b"[1]", Kind.MALFORMED, "what came is no event stream"),
    ],
)
def test_a_stream_without_any_event_says_what_came(data, stray, kind, message):
    stream = Sayings(stray)
    stream.feed(data)

    assert raised(stream.finish) == (kind, message)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"rubbish\n", "event 1 of the stream is no JSON object: "),
        (b'{"say":"a"}\n[1]\n', "event 2 of the stream is no JSON object: expected an object"),
        (b"<html><title>No</title>\n", "an HTML page, not JSON (title 'No')"),
    ],
)
def test_what_is_no_object_is_malformed(data, message):
    kind, said = raised(Sayings().feed, data)

    assert kind is Kind.MALFORMED
    assert said.startswith(message)


def test_a_failure_before_the_answer_began_is_raised_at_once():
    assert raised(Sayings().feed, b'{"say":"a"}\n{"fail":"x"}\n') == (Kind.OVERLOADED, "x")


def test_a_failure_of_an_answer_that_has_begun_waits_for_what_was_said_before_it():
    stream = Sayings()
    stream.feed(b'{"say":"a"}\n')

    assert texts(stream.feed(b'{"say":"b"}\n{"fail":"x"}\n')) == ["b"]
    assert stream.over
    assert not stream.ended
    assert raised(stream.feed, b"") == (Kind.OVERLOADED, "x")
    assert raised(stream.finish) == (Kind.OVERLOADED, "x")


def test_a_failure_that_comes_alone_is_raised_at_once():
    stream = Sayings()
    stream.feed(b'{"say":"a"}\n')

    assert raised(stream.feed, b'{"fail":"x"}\n') == (Kind.OVERLOADED, "x")
