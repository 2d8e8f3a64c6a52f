"""One listener: uvicorn around our application, with our protocol, our signals and our way to stop.

`bind` takes the address before anything else starts, so that a taken port is one sentence and not a half-started
process. `serve` runs until SIGTERM or SIGINT: readiness goes down, new calls are still taken for `drain_delay` while
load balancers find out, the listener closes, answers under way go on for up to `drain_timeout`, what is left is told to
end, and then it returns; a second signal ends them at once. SIGHUP is passed on.

Several servers may run in one process; at most one of them, on the main thread, takes the signals.

Source: uvicorn 0.54 `Server` and `Config` (read 2026-11-21): its `serve` raises a captured signal again at the end,
which would turn a clean stop into exit status -15.
"""

from __future__ import annotations

import asyncio
import gc
import logging
import signal
import socket
import ssl
import sys
import threading
from collections.abc import Callable, Coroutine, Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Final, TypeVar, cast

import uvicorn
from starlette.types import ASGIApp, Scope

from proxy.config import schema
from proxy.web.descriptors import raise_limit
from proxy.web.listener import Listener, unheard
from proxy.web.listening import BACKLOG, listen
from proxy.web.protocol import Connection
from proxy.web.refusal import Refusal
from proxy.web.rules import is_loopback

if TYPE_CHECKING:
    # Not loaded where one process takes all connections.
    from proxy.web.acceptor import Acceptor
    from proxy.web.seat import Share

if sys.platform != "win32":
    import uvloop

    new_event_loop: Callable[[], asyncio.AbstractEventLoop] = uvloop.new_event_loop
    """Makes the loop that a server should run on."""
else:
    new_event_loop = asyncio.new_event_loop

T = TypeVar("T")

CALLS_SETTING: Final = "server.listen / --listen"
OPS_SETTING: Final = "server.ops_listen / --ops-listen"
"""Where the addresses of calls and of operators are set, for messages."""
LAST_WORDS: Final = 1.0
"""Seconds that calls get to say why they end, and again to tidy up after their connections were cut."""
LAST_WORD: Final = 0.2
"""Seconds that they get to say why where a second signal came."""
GC_THRESHOLDS: Final = (20_000, 20, 50)
"""New objects, and rounds of each younger generation, after which the collector comes."""
STOP_SIGNALS: Final = (signal.SIGTERM, signal.SIGINT)


def run(main: Coroutine[Any, Any, T]) -> T:
    """Run a program on the loop that a server should have."""
    with asyncio.Runner(loop_factory=new_event_loop) as runner:
        return runner.run(main)


def settle() -> None:
    """Tell the garbage collector that what stands now stays, and to come less often.

    A call leaves few cycles, and many objects that live for as long as it does: by Python's own figures the collector
    would walk over them, and over all that was made at start, every few calls. That was a tenth of a call's time.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*GC_THRESHOLDS)


def _nothing() -> None:
    """Nobody wants to know."""


@dataclass(frozen=True, slots=True)
class Moments:
    """Who is told of a server's moments. All are called on the loop's thread."""

    drain: Callable[[], None] = _nothing
    """It begins to stop."""
    deadline: Callable[[], None] | None = None
    """It waits no longer: whoever still answers has a moment to say so."""
    hangup: Callable[[], None] | None = None
    """SIGHUP came; where nobody wants to know, that signal keeps its usual meaning."""
    turned_away: Callable[[Scope, Refusal], None] = unheard
    """A request was refused before it was anybody's: it could not be read, or did not come in time."""


class Server:
    """A listener and the application behind it.

    Args:
        app: The application.
        settings: Address, TLS and drain time.
        auth: Whether callers need keys, for a listener beyond loopback.
        moments: Who is told of what.
        signals: Whether signals are for this server.
        protocol: The protocol class of its connections.
        setting: Where its address is set, for messages.
    """

    def __init__(
        self,
        app: ASGIApp,
        settings: schema.Server,
        auth: schema.Auth | None = None,
        *,
        moments: Moments = Moments(),
        signals: bool = True,
        protocol: type[Connection] = Connection,
        setting: str = CALLS_SETTING,
    ) -> None:
        self._settings = settings
        self._auth = auth or schema.Auth()
        self._moments = moments
        self._signals = signals
        self._setting = setting
        self._socket: socket.socket | None = None
        self._taken: dict[signal.Signals, Callable[[], None]] = {}
        self._closing: asyncio.TimerHandle | None = None
        self._uvicorn = _Uvicorn(_config(app, settings, protocol), settings.drain_timeout, moments)
        self.draining = False
        """Whether the server has begun to stop."""

    def bind(
        self, listener: socket.socket | None = None, share: Share | None = None
    ) -> tuple[str, int]:
        """Take the address; connections are held by the kernel until `serve`.

        Args:
            listener: What listens there already, where somebody else took the address for us; ours from now on.
            share: Takes connections where several processes have their part of them; by default the loop does.

        Returns:
            The host as configured and the port, also where port 0 was asked for.

        Raises:
            OSError: the address cannot be had, the certificate cannot be read, or the listener would be open to
                others without `auth.required` being stated. One sentence with the remedy.
        """
        host, port = self._settings.host, self._settings.port
        if not is_loopback(host) and not self._auth.stated:
            raise PermissionError(
                f"refusing to listen on {host}, which others can reach, while auth.required is not stated; "
                "set auth.required to true (or to false, if anybody may come in), or listen on 127.0.0.1"
            )
        self._load()
        raise_limit()
        self._uvicorn.share = share
        self._socket = listener or listen(host, port, self._setting)
        return host, int(self._socket.getsockname()[1])

    async def serve(self) -> None:
        """Serve until told to stop. Binds first, where `bind` was not called."""
        if self._socket is None:
            self.bind()
        try:
            self.take_signals()
            await self._uvicorn.serve(sockets=[self._socket] if self._socket else None)
        finally:
            # Nothing is left of it by then, unless this task was cancelled.
            if self._closing is not None:
                self._closing.cancel()
            self._uvicorn.cut()
            self.close()

    def drain(self) -> None:
        """Begin to stop; the second time, stop at once. Call it on the loop's thread."""
        if self.draining:
            self._uvicorn.force()
            return
        self.draining = True
        self._moments.drain()
        if self._settings.drain_delay:
            self._uvicorn.part()
            loop = asyncio.get_running_loop()
            self._closing = loop.call_later(self._settings.drain_delay, self._uvicorn.stop)
        else:
            self._uvicorn.stop()

    def close(self) -> None:
        """Give the address and the signals back."""
        self._release_signals()
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _load(self) -> None:
        if self._uvicorn.config.loaded:
            return
        try:
            self._uvicorn.config.load()
        except (OSError, ssl.SSLError) as error:
            tls = self._settings.tls
            raise OSError(
                f"cannot use the TLS certificate {tls.cert} with the key {tls.key}: "
                f"{error.strerror or error}; set server.tls.cert and server.tls.key to PEM files that belong together"
            ) from error

    def take_signals(self) -> None:
        """Hear signals from now on, where they are for this server; `serve` does so by itself, and `close` ends it.

        Call it on the loop before anybody is told that the process is there: a signal may be the first that comes.
        """
        ours = self._signals and threading.current_thread() is threading.main_thread()
        if not ours or self._taken or sys.platform == "win32":
            return
        loop = asyncio.get_running_loop()
        self._taken = dict.fromkeys(STOP_SIGNALS, self.drain)
        if self._moments.hangup is not None:
            self._taken[signal.SIGHUP] = self._moments.hangup
        for number, handler in self._taken.items():
            loop.add_signal_handler(number, handler)

    def _release_signals(self) -> None:
        taken, self._taken = self._taken, {}
        for number in taken:
            asyncio.get_running_loop().remove_signal_handler(number)


class _Uvicorn(uvicorn.Server):
    """uvicorn's server without its signal handling, its polling and its way to stop."""

    def __init__(
        self,
        config: uvicorn.Config,
        drain_timeout: float,
        moments: Moments,
    ) -> None:
        super().__init__(config)
        self.servers = []
        self.share: Share | None = None
        """Takes connections, where others do so too."""
        self._acceptor: Acceptor | None = None
        self.server_state = self._listener = Listener(moments.turned_away)
        self._drain_timeout = drain_timeout
        self._deadline = moments.deadline
        self._stopping = asyncio.Event()
        self._forced = asyncio.Event()

    def part(self) -> None:
        """From now on every answer is the last of its connection."""
        self._listener.parting = True
        self._leave()
        for connection in self._connections():
            connection.part()

    def stop(self) -> None:
        self._leave()
        self.should_exit = True
        self._stopping.set()

    def _leave(self) -> None:
        """Other workers hand over nothing more."""
        if self._acceptor is not None:
            self._acceptor.leave()

    def force(self) -> None:
        self.force_exit = True
        self._forced.set()
        self.stop()

    @contextmanager
    def capture_signals(self) -> Generator[None]:
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Take connections from now on."""
        if self.share is None or not sockets:
            await super().startup(sockets)
            return
        # Without sockets it takes none by itself.
        await super().startup([])
        config = self.config
        protocol = cast(type[Connection], config.http_protocol_class)
        factory = partial(protocol, config, self._listener, self.lifespan.state)
        self._acceptor = self.share(sockets[0], self._listener, factory, config.ssl)

    async def main_loop(self) -> None:
        """Renew the `date` header once a second until told to stop."""
        while not await self.on_tick(0):
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), 1.0)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop listening, let answers end, cut what is left."""
        if self._acceptor is not None:
            await self._acceptor.finish()
        for server in self.servers:
            server.close()
        for listener in sockets or ():
            listener.close()
        for connection in self._connections():
            connection.shutdown()
        quiet = await self._quiet(self._drain_timeout, unless=self._forced)
        if not quiet and self._deadline is not None:
            self._deadline()
            await self._quiet(LAST_WORD if self._forced.is_set() else LAST_WORDS)
        self.cut()
        # Whoever is still at work finds the caller gone, and has a moment to tidy up.
        await self._quiet(LAST_WORDS)
        for task in self.server_state.tasks:
            task.cancel()
        await asyncio.gather(*self.server_state.tasks, return_exceptions=True)

    def cut(self) -> None:
        """Stop listening and end every connection, whatever is under way."""
        if self._acceptor is not None:
            self._acceptor.close()
        for server in self.servers:
            server.close()
        for connection in self._connections():
            connection.abort()

    def _connections(self) -> list[Connection]:
        return [c for c in self.server_state.connections if isinstance(c, Connection)]

    async def _quiet(self, seconds: float, unless: asyncio.Event | None = None) -> bool:
        """Wait so long until nothing is connected and nothing runs; whether that is so."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while self.server_state.connections or self.server_state.tasks:
                    if unless is not None and unless.is_set():
                        return False
                    await asyncio.sleep(0.02)
                return True
        return False


def _is_news(record: logging.LogRecord) -> bool:
    """Not that a call was cancelled: nobody does that but the server itself, as the last step of stopping."""
    return not (record.exc_info and isinstance(record.exc_info[1], asyncio.CancelledError))


def _config(
    app: ASGIApp, settings: schema.Server, protocol: type[asyncio.Protocol]
) -> uvicorn.Config:
    logging.getLogger("uvicorn.error").addFilter(_is_news)
    return uvicorn.Config(
        app,
        http=protocol,
        ws="none",
        interface="asgi3",
        lifespan="off",
        log_config=None,
        log_level="error",
        access_log=False,
        proxy_headers=False,
        server_header=False,
        workers=1,
        backlog=BACKLOG,
        ssl_certfile=settings.tls.cert or None,
        ssl_keyfile=settings.tls.key or None,
    )
