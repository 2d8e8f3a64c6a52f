"""How a try at a target is put on its way: when it begins at once, what it asks then, and what is known of it later."""

import asyncio
from dataclasses import replace
from unittest.mock import patch

import pytest

from proxy.codecs.openai import OpenAI
from proxy.config.schema import Limits
from proxy.core import jsons
from proxy.core.errors import Kind, ProxyError
from proxy.core.lazy import LazyMap
from proxy.core.shape import Capabilities, Quirks
from proxy.engine.batch import Embedder
from proxy.engine.dispatch import Dispatcher
from proxy.upstream.client import Upstream
from tests.support.headstart import HI_SAID, ONE, ROLE_SAID, SPEAKS, Scene
from tests.support.script import asks, plan, target
from tests.support.twins import answer

pytestmark = pytest.mark.virtual_time

WHOLE = answer()


def test_no_codec_is_made_before_somebody_is_asked_in_its_protocol():
    made = []
    lazy = LazyMap(["openai", "anthropic"], made.append)
    for kind in (Dispatcher, Embedder):
        kind(lazy, None, None, None)

    assert made == []


@pytest.mark.parametrize("may", [True, False])
async def test_who_has_the_last_word_is_asked_before_anybody_is(may):
    scene = await Scene().begun()
    scene.line.says(WHOLE)
    scene.start.won(0.0)
    written, asked = len(scene.line.written), []

    def may_ask():
        asked.append(len(scene.line.written))
        return may

    again = scene.dispatcher.begin(ONE, scene.request, may_ask)

    assert asked == [written]
    assert (again is not None, len(scene.line.written) > written) == (may, may)
    assert scene.in_flight() == int(may)


LONG = [{"role": "user", "content": "x" * 50}]
DEAR = Capabilities(context=1)
REFUSED = {
    "hedged": plan("a", limits={"a": Limits(hedge_after=1.0)}),
    "too-short": plan("a", total=0.9),
    "unfit": plan("a", targets={"a": target("a", capabilities=DEAR)}),
    "followed-by-an-unfit-one": plan("a", "b", targets={"b": target("b", capabilities=DEAR)}),
    "not-over-http": plan("a", targets={"a": replace(target("a"), base_url="ftp://a")}),
}


@pytest.mark.parametrize("name", REFUSED)
async def test_where_there_is_something_to_decide_or_to_wait_for_nobody_is_asked(name):
    scene = await Scene().begun(REFUSED[name], asks(stream=False, messages=LONG))

    assert scene.start is None
    assert (scene.line.written, scene.in_flight(), scene.transport.pool.idle) == (b"", 0, 1)


@pytest.mark.parametrize("part", [(OpenAI, "encode"), (Upstream, "begin")])
async def test_a_call_that_cannot_be_written_is_for_the_cascade_to_refuse(part):
    with patch.object(*part, side_effect=ProxyError(Kind.MISCONFIGURED, "no such address")):
        scene = await Scene().begun()

    assert (scene.start, scene.line.written, scene.in_flight()) == (None, b"", 0)


async def test_a_cascade_asks_once_more_what_was_refused_and_the_next_try_begins_without_it():
    request = asks(stream=False, user="u")
    scene = await Scene().begun(request=request)
    refusal = b'{"error":{"message":"Unknown parameter: \'user\'."}}'
    scene.line.says(answer(refusal, status=400))
    going = asyncio.ensure_future(scene.go_on())
    while scene.line.written.count(b"POST") < 2:
        await asyncio.sleep(0)
    scene.line.says(WHOLE)
    tried, text = await going
    again = scene.dispatcher.begin(ONE, request)
    again.close(0.0)
    _, *posts = scene.line.written.split(b"POST ")

    assert (text, [kind for _, kind, _ in tried]) == ("hello", [None])
    assert [b'"user":"u"' in post for post in posts] == [True, False, False]
    assert again.sent.call.dropped == ("user",)


async def test_a_target_that_is_not_well_is_not_asked_at_once():
    scene = await Scene().begun()
    scene.line.says(answer(b"{}", "retry-after: 60", status=429))
    await scene.go_on()
    again = scene.dispatcher.begin(ONE, scene.request)

    assert again is None
    assert (scene.in_flight(), scene.transport.pool.idle) == (0, 1)


@pytest.mark.parametrize("stream", [False, True])
async def test_what_is_asked_for_a_stream_does_not_wait_for_the_end_of_a_turn(stream, monkeypatch):
    waits = []
    begin = Upstream.begin

    def noted(self, *args, soon, **more):
        waits.append(soon)
        return begin(self, *args, soon=soon, **more)

    monkeypatch.setattr(Upstream, "begin", noted)
    scene = await Scene().begun(ONE, asks(stream=stream))

    assert waits == [not stream]

    scene.start.close(0.0)


async def test_what_a_call_asks_of_its_target_is_what_it_would_have_asked():
    scene = await Scene().begun(ONE, asks(stream=False, temperature=0.5))
    body = jsons.decode(scene.line.written.partition(b"\r\n\r\n")[2])

    assert body == {**scene.request.body, "model": "m"}

    scene.start.close(0.0)


async def test_what_a_target_was_not_told_is_known_of_a_try_that_somebody_began():
    strict = plan("a", targets={"a": target("a", quirks=Quirks(drop=frozenset({"seed"})))})
    scene = await Scene().begun(strict, asks(seed=4))
    scene.line.says(SPEAKS + ROLE_SAID + HI_SAID)
    started = scene.start.listen_in(scene.request, 1)
    lane = scene.dispatcher.commit(scene.start, scene.request, started)

    assert lane.attempt.dropped == ("seed",)

    await lane.aclose()
