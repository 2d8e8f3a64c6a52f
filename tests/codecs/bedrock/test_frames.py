import pytest

from proxy.codecs.bedrock.frames import FrameReader
from proxy.core.build import Builder
from proxy.core.errors import Kind, ProxyError
from tests.support.converse import event, failed


class Reader(FrameReader):
    """Takes every event for text, and `end` for the end."""

    terminal = "end"
    ended = False
    over = False

    def _event(self, name, value, payload):
        self.ended = name == "end"
        return [Builder(1).text(payload.decode())] if value else []


def complaint(action, *arguments):
    with pytest.raises(ProxyError) as caught:
        action(*arguments)
    return caught.value


def test_events_are_counted_and_handed_on_with_their_bytes():
    reader = Reader(1000)
    [chunk] = reader.feed(event("more", {"a": 1}) + event("end", {}))

    assert chunk["choices"][0]["delta"]["content"] == '{"a": 1}'
    assert reader.events == 2
    assert reader.finish() == []


def test_what_is_broken_behind_the_end_is_no_failure():
    reader = Reader(1000)
    reader.feed(event("end", {"a": 1}))

    assert reader.feed(failed("throttlingException", {"message": "No."})) == []


def test_a_stream_says_which_event_it_lacks():
    reader = Reader(1000)
    reader.feed(event("more", {"a": 1}))

    assert complaint(reader.finish).message == "the stream was cut after 1 events: no end"


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"", Kind.EMPTY),
        (b"\0\0", Kind.TRUNCATED),
        (b"<html>", Kind.MALFORMED),
        (b'{"__type": "x#ThrottlingException", "message": "No."}', Kind.RATE_LIMIT),
    ],
)
def test_what_is_no_stream_is_named_at_the_end(data, kind):
    reader = Reader(1000)

    assert reader.feed(data) == []
    assert reader.feed(data[:0]) == []
    assert complaint(reader.finish).kind is kind


def test_a_payload_that_is_no_object_is_malformed():
    assert complaint(Reader(1000).feed, event("more", [1])).kind is Kind.MALFORMED
