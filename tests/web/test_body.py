import pytest

from proxy.core.errors import Kind, ProxyError
from proxy.web.body import is_own, read_body, taken_body


def pieces(*messages):
    waiting = list(messages)

    async def receive():
        return waiting.pop(0)

    receive.waiting = waiting
    return receive


def piece(body, *, more=True):
    return {"type": "http.request", "body": body, "more_body": more}


async def test_a_body_is_the_sum_of_its_pieces():
    assert await read_body(pieces(piece(b"ab"), piece(b""), piece(b"c", more=False)), 3) == b"abc"
    assert await read_body(pieces({"type": "http.request"}), 3) == b""


async def test_a_body_over_the_limit_is_refused_at_the_piece_that_breaks_it():
    receive = pieces(piece(b"ab"), piece(b"cd"), piece(b"ef", more=False))
    with pytest.raises(ProxyError) as caught:
        await read_body(receive, 3)

    assert caught.value.kind is Kind.TOO_LARGE
    assert len(receive.waiting) == 1


async def test_a_caller_who_leaves_before_the_end_is_told_apart():
    with pytest.raises(ProxyError) as caught:
        await read_body(pieces(piece(b"ab"), {"type": "http.disconnect"}), 3)

    assert caught.value.kind is Kind.CANCELLED


async def test_each_piece_is_counted_before_it_is_kept_and_may_be_refused():
    taken = []

    def take(size):
        taken.append(size)
        if sum(taken) > 3:
            raise ProxyError(Kind.SATURATED, "full")

    receive = pieces(piece(b"ab"), piece(b"cd"), piece(b"ef", more=False))
    with pytest.raises(ProxyError) as caught:
        await read_body(receive, 100, take)

    assert caught.value.kind is Kind.SATURATED
    assert (taken, len(receive.waiting)) == ([2, 2], 1)


class Wire:
    """A server's side of a call."""

    def __init__(self, body):
        self._body = body

    async def receive(self):
        raise AssertionError("nobody asks for what was taken")

    def taken(self):
        return self._body


def test_a_body_that_is_all_here_is_taken_without_a_wait():
    wire = Wire(b"abc")

    assert taken_body(wire.receive, wire, 3) == b"abc"


def test_a_body_of_which_more_is_to_come_is_not_taken():
    wire = Wire(None)

    assert taken_body(wire.receive, wire, 3) is None


def test_what_somebody_else_has_to_say_in_the_bodys_place_is_heard():
    assert taken_body(pieces(piece(b"ab", more=False)), Wire(b"abc"), 3) is None
    assert taken_body(pieces(piece(b"ab", more=False)), None, 3) is None


def test_a_body_that_is_all_here_is_held_to_the_limit():
    wire = Wire(b"abcd")
    with pytest.raises(ProxyError) as caught:
        taken_body(wire.receive, wire, 3)

    assert caught.value.kind is Kind.TOO_LARGE


def test_a_body_is_the_wires_own_where_nobody_stands_between():
    class Wire:
        async def receive(self):
            """The server's."""

        def taken(self):
            """All of it."""

    async def other():
        """Somebody else's."""

    wire = Wire()

    assert is_own(wire.receive, wire)
    assert not is_own(Wire().receive, wire)
    assert not is_own(other, wire)
    assert not is_own(wire.receive, None)
