"""A try that begins before its cascade and is answered with a stream: what is heard of it, and when it goes on as it came."""

import pytest

from proxy.core.fold import fold
from tests.support.headstart import (
    HI_SAID,
    LAST_SAID,
    LO_SAID,
    ONE,
    ROLE_SAID,
    SPEAKS,
    SPEAKS_AWS,
    SPEAKS_PLAINLY,
    Scene,
    part,
)
from tests.support.script import DONE, ROLE, STOP, USAGE, asks, chunk, plan, target
from tests.support.twins import answer, completion

pytestmark = pytest.mark.virtual_time


@pytest.mark.parametrize(
    ("said", "spoke"),
    [
        (SPEAKS, None),
        (answer(ROLE), None),
        (answer(ROLE, "content-encoding: gzip", kind="text/event-stream"), None),
        (SPEAKS + part(b'data: {"error": {"message": "busy"}}\n\n'), None),
        (answer(completion(), kind="text/event-stream"), None),
        (answer(b"\n " + completion(), kind="text/event-stream"), None),
        (SPEAKS + part(b": " + b"x" * 20_000 + b"\n\n"), None),
        (SPEAKS + part(b":") + part(b"x") * 4000, None),
        (SPEAKS + part(b":") + part(b"x") * 400, False),
        (SPEAKS + part(DONE), None),
        (SPEAKS + ROLE_SAID + b"0\r\n\r\n", None),
        (SPEAKS + part(b": wait\n\n"), False),
        (SPEAKS + ROLE_SAID, False),
        (SPEAKS + ROLE_SAID + HI_SAID, True),
        (SPEAKS_AWS + ROLE_SAID + HI_SAID, True),
        (SPEAKS_AWS + part(b'{"message": "no"}'), None),
        (SPEAKS_PLAINLY + ROLE_SAID + HI_SAID, None),
    ],
)
async def test_a_stream_is_listened_in_to_and_left_where_it_is(said, spoke):
    scene = await Scene().begun(ONE, asks())
    before = scene.start.sent.is_awaited
    scene.line.says(said)
    body = scene.start.sent.body
    started = scene.start.listen_in(scene.request, 1)

    assert before
    assert (started and started.spoke) is spoke
    assert scene.start.sent.body == body

    scene.start.close(0.0)


async def test_what_has_not_spoken_is_listened_to_from_where_the_last_look_left_it():
    scene = await Scene().begun(ONE, asks())
    looks = []
    for piece in (SPEAKS + ROLE_SAID, b"9\r\n: silent\n\r\n", HI_SAID[:40], HI_SAID[40:]):
        scene.line.says(piece)
        looks.append(scene.start.listen_in(scene.request, 1))
    anew = scene.start.listen_in(scene.request, 1)

    assert [look.spoke for look in looks] == [False, False, False, True]
    assert all(look.decoder is looks[0].decoder for look in looks)
    assert anew.decoder is not looks[0].decoder
    assert fold(anew.chunks) == fold(looks[-1].chunks)

    scene.start.close(0.0)


async def test_what_was_heard_is_forgotten_where_another_goes_on():
    scene = await Scene().begun(ONE, asks())
    scene.line.says(SPEAKS + ROLE_SAID)
    first = scene.start.listen_in(scene.request, 1)
    scene.start.forget()
    second = scene.start.listen_in(scene.request, 1)

    assert second.decoder is not first.decoder
    assert second.chunks == first.chunks

    scene.start.close(0.0)


WORDS = [ROLE_SAID, HI_SAID, LO_SAID]
ENDED = [part(STOP), part(USAGE), part(DONE), b"0\r\n\r\n"]


async def _came(*said, steps=ONE, request=None):
    """What may go on of a stream that came so, and what is told of it; all of it was left where it is."""
    scene = await Scene().begun(steps, request or asks())
    for piece in said:
        scene.line.says(piece)
    body = scene.start.sent.body
    whole = scene.start.whole_stream(scene.request)
    started = scene.start.listen_in(scene.request, 1)

    assert scene.start.sent.body == body

    scene.start.close(0.0)
    return whole, started


async def test_a_stream_that_is_all_here_event_by_event_may_go_on_as_it_came():
    for said in (
        [b"".join([SPEAKS, *WORDS, *ENDED])],
        [SPEAKS, *WORDS, *ENDED],
        [SPEAKS + ROLE_SAID, HI_SAID + LO_SAID, b"".join(ENDED)],
    ):
        (head, whole), started = await _came(*said)

        assert (whole.model, whole.usage.total) == ("m-1", 5)
        assert len(whole.frames) == 3
        assert head["content-type"] == "text/event-stream"
        assert (started.spoke, started.head) == (True, head)


@pytest.mark.parametrize(
    "said",
    [
        [SPEAKS, *WORDS, *ENDED[:-1]],
        [SPEAKS, *WORDS, LAST_SAID],
        [SPEAKS + part(ROLE + chunk({"content": "hi"})), *ENDED],
        [SPEAKS, *WORDS, ENDED[0][:30], ENDED[0][30:], *ENDED[1:]],
    ],
)
async def test_any_other_stream_is_told_in_chunks(said):
    whole, started = await _came(*said)

    assert whole is None
    assert started.chunks
    assert started.spoke


async def test_what_was_asked_for_in_two_choices_does_not_go_on_as_it_came():
    whole, _ = await _came(SPEAKS, *WORDS, *ENDED, request=asks(n=2))

    assert whole is None


async def test_what_is_called_no_stream_does_not_go_on_as_it_came():
    whole, started = await _came(SPEAKS_PLAINLY, *WORDS, *ENDED)

    assert (whole, started) == (None, None)


async def test_a_stream_of_another_protocol_does_not_go_on_as_it_came():
    scene = await Scene().begun(ONE, asks())
    scene.line.says(b"".join([SPEAKS, *WORDS, *ENDED]))
    own = scene.start.whole_stream(scene.request)
    scene.start._passing = None

    assert own is not None
    assert scene.start.whole_stream(scene.request) is None

    scene.start.close(0.0)


async def test_a_stream_that_is_too_long_does_not_go_on_as_it_came():
    long = [SPEAKS, *[part(chunk({"content": "x" * 500}))] * 4, *ENDED]
    brief = plan("a", targets={"a": target("a", max_answer=1500)})

    assert await _came(*long, steps=brief) == (None, None)


async def test_what_began_all_here_is_won_at_once():
    scene = await Scene().begun(ONE, asks())
    scene.line.says(b"".join([SPEAKS, *WORDS, *ENDED]))
    scene.start.whole_stream(scene.request)
    scene.start.won(0.25)

    assert (scene.in_flight(), scene.transport.pool.idle) == (0, 1)
    assert scene.start.sent.exchange.pieces == []
