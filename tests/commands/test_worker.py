"""A worker's end of the line; tests/test_workers.py has workers that serve."""

import asyncio
import socket
from contextlib import asynccontextmanager

import pytest

from proxy.commands.channel import Messages, Word, pack, packed, unpacked
from proxy.commands.worker import Link
from proxy.config.renewal import Reloaded
from proxy.config.schema import Config
from tests.support.turns import HANGS


class Server:
    """Draining, as the real one: the second time it is forced."""

    def __init__(self):
        self.draining = False
        self.forced = False

    def drain(self):
        self.forced = self.draining
        self.draining = True


class App:
    def __init__(self):
        self.server = Server()
        self.config = None
        self.is_behind = False

    def adopt(self, config):
        self.config = config


class Supervisor:
    def __init__(self, end):
        self.end = end
        self._messages = Messages()

    async def hear(self):
        """The next message."""
        loop = asyncio.get_running_loop()
        while not (said := self._messages.feed(await loop.sock_recv(self.end, 4096))):
            pass
        ((word, data),) = said
        return word, data

    async def say(self, message):
        await asyncio.get_running_loop().sock_sendall(self.end, message)


@asynccontextmanager
async def linked():
    ours, theirs = socket.socketpair()
    ours.setblocking(False)
    link, app, supervisor = Link(theirs), App(), Supervisor(ours)
    await link.open(app)
    assert await supervisor.hear() == (Word.READY, b"")
    yield link, app, supervisor
    await link.close()
    ours.close()


async def settled(condition):
    async with asyncio.timeout(HANGS):
        while not condition():
            await asyncio.sleep(0)


async def test_told_to_stop_more_than_once_it_still_lets_calls_end():
    async with linked() as (_, app, supervisor):
        await supervisor.say(pack(Word.STOP) + pack(Word.STOP) + packed(Word.CONFIG, (1, Config())))
        await supervisor.hear()

    assert app.server.draining
    assert not app.server.forced


@pytest.mark.parametrize("before", [b"", pack(Word.STOP)])
async def test_forced_it_ends_at_once_whatever_came_before(before):
    async with linked() as (_, app, supervisor):
        await supervisor.say(before + pack(Word.FORCE))
        await settled(lambda: app.server.forced)


async def test_a_configuration_is_gone_by_and_its_number_told():
    config = Config("new.yaml")
    async with linked() as (_, app, supervisor):
        await supervisor.say(packed(Word.CONFIG, (7, config)))
        told = await supervisor.hear()

    assert app.config == config
    assert told == (Word.TAKEN, b"7")


async def test_that_a_configuration_was_refused_is_known_to_each_worker():
    async with linked() as (_, app, supervisor):
        await supervisor.say(packed(Word.REFUSED, None))
        await settled(lambda: app.is_behind)


async def test_asked_whether_it_is_there_it_says_so():
    async with linked() as (_, _, supervisor):
        await supervisor.say(pack(Word.ASK))

        assert await supervisor.hear() == (Word.HERE, b"")


async def test_who_asks_for_a_reload_hears_what_became_of_it_in_turn():
    async with linked() as (link, _, supervisor):
        first = asyncio.ensure_future(link.reload())
        assert await supervisor.hear() == (Word.RELOAD, b"")
        second = asyncio.ensure_future(link.reload())
        assert await supervisor.hear() == (Word.RELOAD, b"")
        await supervisor.say(packed(Word.RELOADED, Reloaded("a")))
        await supervisor.say(packed(Word.RELOADED, Reloaded("b")))
        heard = await asyncio.gather(first, second)

    assert heard == [Reloaded("a"), Reloaded("b")]


async def test_who_left_before_the_answer_takes_nobody_elses():
    async with linked() as (link, _, supervisor):
        gone = asyncio.ensure_future(link.reload())
        await supervisor.hear()
        gone.cancel()
        asked = asyncio.ensure_future(link.reload())
        await supervisor.hear()
        await supervisor.say(packed(Word.RELOADED, Reloaded("a")))
        await supervisor.say(packed(Word.RELOADED, Reloaded("b")))
        heard = await asked

    assert heard == Reloaded("b")


async def test_without_its_supervisor_it_ends_at_once_and_whoever_waits_is_told():
    async with linked() as (link, app, supervisor):
        asked = asyncio.ensure_future(link.reload())
        await supervisor.hear()
        supervisor.end.close()
        heard, later = await asked, await link.reload()

    assert link.is_orphan
    assert app.server.forced
    assert heard == later == Reloaded(problems=(heard.problems[0],))
    assert "is gone" in heard.problems[0]


async def test_a_line_that_was_never_opened_need_not_be_hung_up():
    ours, theirs = socket.socketpair()
    await Link(theirs).close()
    ours.close()
    theirs.close()

    assert unpacked(packed(Word.STOP, None)[5:]) is None
