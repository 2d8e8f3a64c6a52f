"""The reader of events, through the simplest protocol there can be: each byte is an event, `!` fails, `.` is silent."""

import pytest

from proxy.codecs.event_reader import EventReader
from proxy.core.build import Builder
from proxy.core.errors import Kind, ProxyError

BUILD = Builder(1, "id", "m")


class Letters(EventReader):
    def _pull(self, data, chunks):
        for letter in data.decode():
            if letter == "!":
                raise ProxyError(Kind.OVERLOADED, "busy")
            self._events += 1
            chunks.append(BUILD.text(letter) if letter != "." else BUILD.delta({}))

    def _close(self):
        return [BUILD.text("end")]


def texts(chunks):
    return [chunk["choices"][0]["delta"].get("content") for chunk in chunks]


def raised(call, *arguments):
    with pytest.raises(ProxyError) as caught:
        call(*arguments)
    return caught.value.message


def test_events_are_told_and_counted_to_the_end():
    stream = Letters()

    assert texts(stream.feed(b"ab")) == ["a", "b"]
    assert stream.feed(b"") == []
    assert texts(stream.feed(b"c")) == ["c"]
    assert stream.events == 3
    assert texts(stream.finish()) == ["end"]


def test_a_failure_waits_until_the_rest_of_an_answer_is_told():
    stream = Letters()
    stream.feed(b"a")

    assert texts(stream.feed(b"b!c")) == ["b"]
    assert raised(stream.feed, b"d") == "busy"
    assert raised(stream.finish) == "busy"
    assert stream.events == 2


@pytest.mark.parametrize("before", [b"", b".", b"..."])
def test_a_failure_before_the_answer_began_is_raised_at_once(before):
    stream = Letters()
    stream.feed(before)

    assert raised(stream.feed, b"a!") == "busy"


def test_a_failure_with_nothing_before_it_in_its_read_is_raised_at_once():
    stream = Letters()
    stream.feed(b"a")

    assert raised(stream.feed, b"!") == "busy"


def test_an_answer_that_began_has_begun_also_when_later_reads_say_nothing():
    stream = Letters()
    stream.feed(b"a")
    stream.feed(b".")

    assert texts(stream.feed(b".!")) == [None]
    assert raised(stream.finish) == "busy"


def test_every_read_is_fed_where_a_protocol_cannot_tell_more_of_the_same():
    stream = Letters()
    stream.feed(b"a")

    assert stream.more(b"a") == 0
    assert stream.events == 1


def test_events_that_went_by_are_events_all_the_same():
    stream = Letters()
    stream.feed(b"a")
    stream.passed(2)

    assert (stream.template, stream.events) == (None, 3)
