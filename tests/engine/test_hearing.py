"""What a reply is heard as; how long it is waited for stands in `test_attempt.py` and `test_pour.py`."""

import pytest

from proxy.core.errors import Kind, ProxyError
from proxy.engine.hearing import Hearing, is_stream
from proxy.route.plan import Candidate
from tests.support.script import slow, target
from tests.support.virtual import LoopClock


@pytest.mark.parametrize(
    ("kind", "start", "stream"),
    [
        ("text/event-stream; charset=utf-8", b"data: {}", True),
        ("Application/X-NDJSON", b"{}", True),
        ("application/vnd.amazon.eventstream", b"\0", True),
        # Called a stream, and a whole answer.
        ("text/event-stream", b'{"id"', False),
        ("application/json", b'{"id"', False),
        # Called something else, and a stream.
        ("application/json", b"data: {}", True),
        ("", b": ping", True),
    ],
)
def test_an_answer_is_read_as_what_it_is(kind, start, stream):
    assert is_stream(kind, start) is stream


def test_an_answer_has_only_so_much_room():
    hearing = Hearing(Candidate(target("a", max_answer=3), slow()), LoopClock())
    hearing.count(b"abc")

    with pytest.raises(ProxyError) as caught:
        hearing.count(b"d")

    assert caught.value.kind is Kind.OVERSIZED
