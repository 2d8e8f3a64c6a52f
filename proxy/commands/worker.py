"""One of several workers: the proxy, in a process that its supervisor forked and speaks to.

It is told to stop over its line, not by signals: a service manager or a terminal may signal the whole house, and what
every worker then hears twice must not count as the second signal. A signal of its own lets it end its calls and end;
the supervisor puts another in its place.

Invariant: it does not outlive its supervisor by more than the moment that its calls get to say why they end.
"""

import asyncio
import os
import shutil
import socket
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Final

from proxy.app import App
from proxy.commands.channel import Messages, Word, pack, unpacked
from proxy.commands.opening import bind, start
from proxy.commands.verb import attempt
from proxy.config.renewal import Reloaded
from proxy.config.schema import Config
from proxy.core.clock import SystemClock
from proxy.watch.fleet import Fleet
from proxy.watch.scrape import Scrape
from proxy.watch.stderr import say
from proxy.watch.trace import spans
from proxy.web.acceptor import Acceptor
from proxy.web.handover import Member
from proxy.web.seat import Seat
from proxy.web.server import STOP_SIGNALS, settle
from proxy.web.server import run as run_server

_ALONE: Final = Reloaded(problems=("the process that supervises the workers is gone",))
_MUCH: Final = 64 * 1024


@dataclass(frozen=True, slots=True)
class Berth:
    """What a worker gets from its supervisor."""

    name: str
    """Its own, and never another's."""
    calls: socket.socket
    """Listens for calls."""
    ops: socket.socket | None
    """Listens for operators; None where another worker answers them."""
    folder: Path
    """Where all workers count; made by the supervisor, and removed by whoever is the last."""
    member: Member
    """Its part of the connections."""
    is_behind: bool = False
    """Whether the configuration that was read last cannot be used."""


def run(config: Config, berth: Berth, line: socket.socket) -> int:
    """Serve until told to stop; the exit status."""
    # Nobody waits for who reads standard error: while one did, no other would take this one's place.
    return attempt("serve", lambda: run_server(_serve(config, berth, line)), say)


async def _serve(config: Config, berth: Berth, line: socket.socket) -> int:
    workers = config.server.workers
    if berth.ops is None:
        config = replace(config, server=replace(config.server, ops_host=""))
    clock = SystemClock()
    link = Link(line)
    app = App(
        config,
        scrape=Scrape(Fleet(berth.folder), berth.name),
        spans=spans(config, clock, os.environ),
        seat=Seat(berth.calls, berth.ops, link.reload, workers, partial(Acceptor, berth.member)),
    )
    try:
        bind(app)
        await start(app)
        app.is_behind = berth.is_behind
        settle()
        await link.open(app)
        await app.serve()
    finally:
        await app.aclose()
        await link.close()
        if link.is_orphan:
            shutil.rmtree(berth.folder, ignore_errors=True)
    return 0


class Link:
    """The worker's end of the line.

    Args:
        end: One of a pair of sockets.
    """

    def __init__(self, end: socket.socket) -> None:
        self._end = end
        self._asked: deque[asyncio.Future[Reloaded]] = deque()
        self._task: asyncio.Task[None] | None = None
        self.is_orphan = False
        """Whether the supervisor is gone."""

    async def open(self, app: App) -> None:
        """Hear the supervisor from now on, and tell it that calls are taken."""
        self._app = app
        self._reader, self._writer = await asyncio.open_unix_connection(sock=self._end)
        self._task = asyncio.ensure_future(self._hear())
        for number in STOP_SIGNALS:
            asyncio.get_running_loop().add_signal_handler(number, self._stop)
        self._writer.write(pack(Word.READY))

    async def reload(self) -> Reloaded:
        """Have all workers go by a new configuration."""
        if self.is_orphan:
            return _ALONE
        asked: asyncio.Future[Reloaded] = asyncio.get_running_loop().create_future()
        self._asked.append(asked)
        self._writer.write(pack(Word.RELOAD))
        return await asked

    async def close(self) -> None:
        """Hang up, if it was opened."""
        if self._task is None:
            return
        self._task.cancel()
        await asyncio.wait({self._task})
        self._writer.close()

    async def _hear(self) -> None:
        said: dict[Word, Callable[[bytes], None]] = {
            Word.STOP: lambda _: self._stop(),
            Word.FORCE: lambda _: self._force(),
            Word.CONFIG: self._adopt,
            Word.REFUSED: lambda _: self._refused(),
            Word.RELOADED: self._reloaded,
            Word.ASK: lambda _: self._writer.write(pack(Word.HERE)),
        }
        messages = Messages()
        while data := await self._heard():
            for word, more in messages.feed(data):
                said[word](more)
        self.is_orphan = True
        while self._asked:
            self._answer(_ALONE)
        self._force()

    async def _heard(self) -> bytes:
        try:
            return await self._reader.read(_MUCH)
        except OSError:
            return b""

    def _stop(self) -> None:
        if not self._app.server.draining:
            self._app.server.drain()

    def _force(self) -> None:
        self._stop()
        # The second time means at once.
        self._app.server.drain()

    def _adopt(self, data: bytes) -> None:
        number, config = unpacked(data)
        self._app.adopt(config)
        self._writer.write(pack(Word.TAKEN, str(number).encode()))

    def _refused(self) -> None:
        self._app.is_behind = True

    def _reloaded(self, data: bytes) -> None:
        self._answer(unpacked(data))

    def _answer(self, reloaded: Reloaded) -> None:
        asked = self._asked.popleft()
        # Whoever asked may have left meanwhile.
        if not asked.done():
            asked.set_result(reloaded)
