"""One client connection: uvicorn's HTTP/1.1 with the deadlines and limits that it does not have.

uvicorn waits for ever for a head or a body, and answers a bad pipelined request in the middle of a stream. This class mends
that, as `reader.py` does what is read and `drain.py` what is written.

A connection is refused at most once; what comes after that is read and thrown away for a moment, so that the client gets
to read the refusal before the connection is gone.

Invariant: every wait for the client has a deadline; a refusal is never written into another answer.
Source: RFC 9112 sections 2.2 and 9.6 (read 2026-11-21); uvicorn 0.54.
"""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Any, ClassVar, Final, cast

from starlette.types import Scope
from uvicorn._types import ASGI3Application, HTTPScope
from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import RequestResponseCycle
from uvicorn.server import ServerState

from proxy.web import head
from proxy.web.backlog import Backlog
from proxy.web.client_transport import ClientTransport
from proxy.web.cycle import Cycle
from proxy.web.deadline import Deadline
from proxy.web.drain import Drain
from proxy.web.known import Again, Known
from proxy.web.listener import Listener
from proxy.web.peer import GONE, WIRE
from proxy.web.phase import Phase
from proxy.web.reader import Reader
from proxy.web.refusal import TIMED_OUT, Refusal
from proxy.web.unframed import Unframed
from proxy.web.unread import REFUSED, scope_of

WRITE_BUFFER = 64 * 1024
"""Bytes that may wait here for the client's socket before the application has to wait."""

_IDLE: Final = Phase.IDLE
_NONE_WAITS: Final[deque[tuple[RequestResponseCycle, ASGI3Application]]] = deque(maxlen=0)
"""The pipeline of every connection whose client waits for each answer; never added to."""


class Connection(Reader):
    """The protocol object of one connection. Deadlines are in seconds, and class attributes so that tests shorten them."""

    __slots__ = (
        "_active", "_deaf", "_deferred", "_drain", "_draining", "_held", "_keep_alive", "_known", "_listener", "_lost",
        "_resting", "_socket", "defaults", "lingering",
    )  # fmt: skip

    transport: ClientTransport
    fresh_idle: ClassVar[float] = 10.0
    """From the connection to the first byte; then it is closed without a word."""
    keep_alive_idle: ClassVar[int] = 75
    """Between an answer and the next request; longer than the 60 s of common load balancers."""
    write_stall: ClassVar[float] = 60.0
    """During which a full write buffer may not shrink at all."""
    linger: ClassVar[float] = 5.0
    """How long a client may take to read a last answer and hang up."""
    goodbye: ClassVar[float] = 1.0
    """How long a client over TLS may take to say that it has heard of the end: one that is idle does not read."""

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self.pipeline = _NONE_WAITS
        self._listener = server_state if isinstance(server_state, Listener) else Listener()
        self.defaults = self._listener.defaults
        """The lines of what is said in every head."""
        self._resting = Deadline(self.loop, self, Connection._rested)
        self._drain = Drain(self.loop, self.write_stall, self.goodbye)
        self._active: RequestResponseCycle | None = None
        self._keep_alive = True
        self._draining = self._deaf = self._lost = False
        self.lingering = False
        self._deferred = b""
        self._held = b""
        """A request with a known head whose body is on its way."""
        self._known: Known | None = None
        """The head of the last request, if it was known."""

    # The transport's calls.

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as in uvicorn
        """Start waiting for the first byte."""
        super().connection_made(transport)
        transport.set_write_buffer_limits(high=WRITE_BUFFER)
        self._socket = self._drain.socket = transport
        self.flow = Backlog(transport)
        self.transport = ClientTransport(transport, self, self._listener.outbox)
        self._reading.set(self.fresh_idle)

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell the application, whichever request it is serving, and let go of every timer."""
        self._lost = True
        self._reading.cancel()
        self._drain.cancel()
        self._resting.cancel()
        super().connection_lost(exc)
        self.pipeline.clear()
        if self._active is not None and not self._active.response_complete:
            # uvicorn tells only the newest request of a pipeline.
            cast(Cycle, self._active).abandon()

    def eof_received(self) -> None:
        """The client says no more, and the loop closes behind that: it still gets what was said to it in this turn."""
        self._listener.outbox.flush()

    def data_received(self, data: bytes) -> None:
        """Look at what came, or let it wait in line where many callers speak at once."""
        if self._listener.pacer.has_room():
            self._hear(data)
        else:
            self._listener.pacer.wait(self, data)

    def pause_writing(self) -> None:
        """The write buffer is full: from now on it must shrink."""
        super().pause_writing()
        self._drain.begin()

    def resume_writing(self) -> None:
        """The client reads again."""
        super().resume_writing()
        self._drain.over()

    # What it hears.

    def take_up(self, data: bytes) -> bool:
        """Look at what came and waited in line; whether a request began."""
        begun = self._begun
        if not (self._lost or self._socket.is_closing()):
            self._hear(data)
        return self._begun > begun

    def _hear(self, data: bytes) -> None:
        """Find a request whose head is known, or feed the parser and keep the books."""
        held = self._held
        if held:
            data, self._held = held + data, b""
        if self._deaf or (self._phase is _IDLE and not data.strip(b"\r\n")):
            # Empty lines between requests are ignored (RFC 9112 section 2.2), and buy no time.
            return
        self._resting.moment = None
        is_free = self._phase is _IDLE and (self.cycle is None or self.cycle.response_complete)
        again = self._again(data) if is_free else None
        if again is not None:
            self._begin_again(again)
        elif is_free and self._listener.heads.is_arriving(data):
            # Many clients send head and body each by itself.
            self._held = data
            self._reading.earn(len(data) - len(held), self.body_idle, anew=not held)
        else:
            self._parse(data)

    def _again(self, data: bytes) -> Again | None:
        """The request that these bytes are, where its head is known; a client mostly says the same as before."""
        known = self._known
        again = known.again(data) if known is not None else None
        if again is None:
            again = self._listener.heads.find(data)
            self._known = again.known if again is not None else None
        return again

    def _parse(self, data: bytes) -> None:
        begun = self._begun
        is_free = self._phase is _IDLE and (self.cycle is None or self.cycle.response_complete)
        refusal = self._read(data)
        if refusal is not None:
            self._refuse(refusal)
        elif is_free and self._phase is not Phase.HEAD and self._begun == begun + 1:
            self._learn(data)

    def _learn(self, data: bytes) -> None:
        """Know the head of a request that these bytes were, if the next one may be taken just like it."""
        if self._keep_alive and not self.expect_100_continue:
            self._listener.heads.learn(data, cast(Scope, self.cycle.scope))

    def _wait_no_longer(self) -> None:
        """Look at what waits in line, and have the parser look at what waits for the rest of a body."""
        self._listener.pacer.flush()
        held, self._held = self._held, b""
        if held:
            self._parse(held)

    # Calls.

    def begin_call(self) -> None:
        """What uvicorn does with a head, for a cycle of our own."""
        version = self.parser.get_http_version()
        scope = cast(Scope, self.scope)
        scope["http_version"] = version
        head.aim(scope, self.parser.get_method(), self.url)
        before = self.cycle
        keep_alive = version != "1.0" and self.parser.should_keep_alive()
        self.cycle = Cycle(self, self.server_state.default_headers)
        self.cycle.waiting_for_100_continue = self.expect_100_continue
        if version != "1.0":
            scope[WIRE] = self.cycle
        if before is None or before.response_complete:
            self._start_asgi_task(self.cycle, self.app)
        else:
            self.flow.pause_reading()
            self.pipeline = self.pipeline or deque()
            self.pipeline.appendleft((self.cycle, self.app))
        scope[GONE] = self.cycle.gone
        # An answer given before the body is all here ends the connection, and says so.
        self._keep_alive = keep_alive and not self._parting
        self.cycle.keep_alive = False

    def end_request(self) -> None:
        """Let the answer go by whether its client may say more; where it has begun, it has said so."""
        if not self.cycle.response_started:
            self.cycle.keep_alive = self._keep_alive and not self._parting

    def _begin_again(self, again: Again) -> None:
        """Start the call of a whole request whose head is known; the parser, between two requests, never hears of it."""
        self._begun += 1
        self._reading.moment = None
        known = again.known
        self.parser = None  # type: ignore[assignment] # made anew where it is needed
        # Of it only what the head alone says is ever asked here.
        self.scope = known.scope
        cycle = Cycle(self, self.server_state.default_headers, again.body)
        if self._draining or self._listener.parting:
            cycle.keep_alive = False
        self.cycle = self._active = cycle
        shortcut = known.shortcut
        if shortcut is None or not shortcut.take(again, cycle, self._serve_again):
            self._serve_again(again, cycle, {})

    def _serve_again(self, again: Again, cycle: Cycle, more: dict[str, Any]) -> None:
        """Give a call whose head is known to the application."""
        own: dict[str, Any] = {"server": self.server, "client": self.client, "scheme": self.scheme}
        own |= {"state": self.app_state.copy(), WIRE: cycle, GONE: cycle.gone}
        cycle.scope = cast(HTTPScope, {**again.scope(), **own, **more})
        self._start_asgi_task(cycle, self.app)

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: ASGI3Application) -> None:
        self._active = cycle
        if cycle.scope["http_version"] == "1.0":
            app = Unframed(app, cycle)
        super()._start_asgi_task(cycle, app)

    def on_response_complete(self) -> None:
        """An answer is out: start the next call of the pipeline, or rest, or say what was held back."""
        self.server_state.total_requests += 1
        # As its transport says, which asks these two.
        if self.lingering or self._socket.is_closing():
            return
        if self.flow.read_paused:
            self.flow.resume_reading()
        if self.pipeline:
            self._start_asgi_task(*self.pipeline.pop())
            return
        self._resting.set(self.keep_alive_idle)
        if self._deferred:
            self._say(self._deferred)

    # Its server's calls.

    def part(self) -> None:
        """Let an answer whose head is not out yet say that this connection ends with it."""
        self._wait_no_longer()
        active = self._active
        if active is not None and not active.response_started:
            active.keep_alive = False

    def shutdown(self) -> None:
        """Close once the answers under way are out."""
        self._wait_no_longer()
        self._draining = True
        if not self.lingering:
            super().shutdown()

    def abort(self) -> None:
        """Close now, whatever is under way."""
        self._socket.abort()

    @property
    def _parting(self) -> bool:
        return self._draining or self._listener.parting

    # Deadlines.

    def _rested(self) -> None:
        """No request came for too long after an answer, unless one waits in line."""
        self._listener.pacer.flush()
        is_over = self._active is None or self._active.response_complete
        if is_over and self._resting.moment is None and self._reading.moment is None:
            self.transport.close()

    def read_missed(self) -> None:
        """The first byte, or more of a request, or the client's end, did not come in time; a body that nobody awaits may take longer."""
        self._listener.pacer.flush()
        is_settled = self._deaf or (self._begun and self._phase is _IDLE and not self._held)
        if (is_settled and not self.lingering) or self._reading.moment is not None:
            return  # What was in line was in time, or has been refused.
        self._wait_no_longer()
        if self.lingering or self._begun == 0:
            self._drain.hang_up()
        elif self.flow.read_paused or (self._phase is Phase.BODY and not self._body_awaited()):
            self._reading.set(self.body_idle)
        else:
            self._refuse(TIMED_OUT)

    def _body_awaited(self) -> bool:
        return not (self.cycle.waiting_for_100_continue or self.cycle.response_started)

    # Refusing.

    def _refuse(self, refusal: Refusal) -> None:
        """Hear no more of this client and tell it why, as soon as the answers before are out."""
        self._deaf = True
        self._reading.clear()
        if self._phase is Phase.BODY:
            scope = cast(Scope, self.cycle.scope)
            if self.cycle is self._active:
                if self.cycle.response_started:
                    self._socket.abort()
                else:
                    scope[REFUSED] = refusal
                    cast(Cycle, self.cycle).abandon()
                    self._say(refusal.wire(scope))
                return
            self.pipeline.popleft()
        else:
            scope = scope_of(self, has_begun=self._phase is Phase.HEAD)
        self._listener.turned_away(scope, refusal)
        if self._active is None or self._active.response_complete:
            self._say(refusal.wire(scope))
        else:
            self._deferred = refusal.wire(scope)
            self.flow.resume_reading()

    def _say(self, said: bytes) -> None:
        if not self.transport.is_closing():
            self.transport.write(said)
            self._linger()

    # Closing.

    def ended(self) -> None:
        """The answer that ends this connection is written."""
        if self._lost:
            return
        if self._phase is Phase.BODY and not self.lingering:
            self._linger()
        else:
            self._drain.hang_up()

    def _linger(self) -> None:
        """Say that nothing more comes, and listen until the client has hung up (RFC 9112 section 9.6).

        Closed at once, with unread bytes, the connection would be reset and the answer lost on its way.
        """
        if self._socket.is_closing():
            return
        self._deaf = True
        self._resting.clear()
        if self._socket.can_write_eof():
            self._socket.write_eof()
        elif self._phase is not Phase.BODY:
            # TLS has no half-close; its own goodbye is enough where no body is on its way.
            self._drain.hang_up()
            return
        self.lingering = True
        self.flow.resume_reading()
        self._reading.set(self.linger)
