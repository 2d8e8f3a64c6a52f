"""One call over one connection: uvicorn's, with the head of an answer and its first bytes in one piece.

What uvicorn writes for a head and a body are two system calls and, for the client, two reads. Here a head waits for the
body that nearly always follows at once; where none does, it goes out by itself at the loop's next turn.

Invariant: what is written is one well-formed answer: no header holds a line break, and no body another length than the
head says.
Source: RFC 9112 sections 6 and 7.1 (read 2026-11-21); uvicorn 0.54.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Final, Protocol, cast

from uvicorn._types import ASGISendEvent, HTTPResponseBodyEvent, HTTPResponseStartEvent, HTTPScope
from uvicorn.protocols.http.flow_control import FlowControl
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, RequestResponseCycle

from proxy.upstream.passage import Chunks
from proxy.web.backlog import Backlog
from proxy.web.client_transport import ClientTransport
from proxy.web.flag import Flag
from proxy.web.leaving import Leaving
from proxy.web.peer import HeaderPairs

_BODILESS: Final = frozenset({204, 304})
_CHUNKED: Final = b"transfer-encoding: chunked\r\n\r\n"
_CHUNKED_AND_CLOSED: Final = b"transfer-encoding: chunked\r\nconnection: close\r\n\r\n"
_LAST: Final = b"0\r\n\r\n"
_END: Final = b"\r\n" + _LAST
"""Behind a body of one chunk."""
_LARGE: Final = 1024 * 1024
"""Bytes from which a body is sent by itself: to put it behind its head is to copy it."""
_NO_BODY: Final = bytearray()
"""Of every call that is over: nothing is added to theirs any more."""


class Defaults:
    """The lines of what uvicorn says in every head of a listener: another list each second, for the date."""

    __slots__ = ("_headers", "_lines")

    def __init__(self) -> None:
        self._headers: HeaderPairs | None = None
        self._lines = b""

    def lines(self, headers: HeaderPairs) -> bytes:
        """These headers, rendered once for as long as they are the same list."""
        if headers is not self._headers:
            self._headers, self._lines = headers, rendered(headers)
        return self._lines


class Bearer(Protocol):
    """What a call has of its connection."""

    scope: HTTPScope
    """Of the newest request."""
    transport: ClientTransport
    flow: FlowControl
    logger: logging.Logger
    defaults: Defaults
    """Its listener's."""

    def on_response_complete(self) -> None:
        """The answer is out."""
        ...


class Cycle(RequestResponseCycle):
    """Serves one call; made and kept by its `Connection`.

    It has what uvicorn's has, and makes it itself: told each thing by its name, that takes longer than all the rest.

    Args:
        bearer: The connection, whose newest request this answers.
        default_headers: Of every answer.
        body: All of the request's, where it is here.
    """

    __slots__ = (
        "_event", "_gone", "_head", "access_log", "body", "chunked_encoding", "default_headers", "defaults", "disconnected",
        "expected_content_length", "flow", "keep_alive", "left", "logger", "more_body", "on_response", "response_complete",
        "response_started", "scope", "transport", "waiting_for_100_continue",
    )  # fmt: skip

    transport: ClientTransport

    def __init__(
        self, bearer: Bearer, default_headers: HeaderPairs, body: bytes | None = None
    ) -> None:  # in the place of uvicorn's
        self.scope = bearer.scope
        self.transport = bearer.transport
        self.flow = bearer.flow
        self.logger = bearer.logger
        self.on_response = bearer.on_response_complete
        self.default_headers = default_headers
        self.defaults = bearer.defaults
        self.access_log = False
        self.keep_alive = True
        self.disconnected = False
        self.waiting_for_100_continue = False
        self.more_body = body is None
        # Bytes that are all here are never added to, and not copied either.
        self.body = bytearray() if body is None else body  # type: ignore[assignment]
        self.response_started = False
        self.response_complete = False
        self.chunked_encoding: bool | None = None
        self.expected_content_length = 0
        self.left: Callable[[], None] | None = None
        """Called when the caller has left; whoever sets it takes it back."""
        self._head = b""
        """What waits to be sent with the first bytes of the body."""
        self._gone: Leaving | None = None
        self._event: Flag | None = None

    @property
    def message_event(self) -> asyncio.Event:  # type: ignore[override] # nobody sets it
        """Up while there is something to receive; made when it is first asked for, which most calls never are."""
        if self._event is None:
            is_up = not self.more_body or self.response_complete or self.disconnected
            self._event = Flag(up=is_up)
        return self._event

    @property
    def gone(self) -> Leaving:
        """Tells whoever serves the call when its caller has left."""
        if self._gone is None:
            self._gone = Leaving()
        return self._gone

    def abandon(self) -> None:
        """The caller has left."""
        self.disconnected = cast(Backlog, self.flow).is_deserted = True
        self.message_event.set()
        self.gone.tell()
        if self.left is not None:
            self.left()

    async def send(self, message: ASGISendEvent) -> None:
        """Take the next message of the answer.

        Raises:
            RuntimeError: the application broke the protocol.
        """
        if self.flow.write_paused and not self.disconnected:
            await self.flow.drain()
        if self.disconnected:
            return
        kind = message["type"]
        if not self.response_started and kind == "http.response.start":
            self._start(cast(HTTPResponseStartEvent, message))
        elif self.response_started and not self.response_complete and kind == "http.response.body":
            self._go_on(cast(HTTPResponseBodyEvent, message))
        else:
            raise RuntimeError(f"the application sent {kind!r} where an answer has no place for it")

    def taken(self) -> bytes | None:
        """All of the body, without a wait; None where more of it is to come."""
        if self.more_body or self.disconnected or self.waiting_for_100_continue:
            return None
        body, self.body = bytes(self.body), bytearray()
        self.message_event.clear()
        # A long body may have stopped the reading, and only who reads sees that a caller leaves.
        self.flow.resume_reading()
        return body

    def write(self, data: bytes) -> bool:
        """A piece of a streamed body whose head was sent, without a wait; whether more is welcome at once."""
        if not self.disconnected:
            if self.chunked_encoding and not self._head and self.scope["method"] != "HEAD":
                self.transport.write(b"%x\r\n%b\r\n" % (len(data), data))
            else:
                self._go_on({"type": "http.response.body", "body": data, "more_body": True})
        return not self.flow.write_paused or self.disconnected

    def chunks(self) -> Chunks | None:
        """Where pieces of the body go that are framed as chunks already; None where they cannot go as they are."""
        if not self.chunked_encoding or self._head or self.scope["method"] == "HEAD":
            return None
        return Chunks(self.transport.straight(), cast(Backlog, self.flow))

    def open_at_once(self, lines: bytes) -> None:
        """The head of a streamed answer of status 200 to a POST in HTTP/1.1, which goes out with what follows in this turn.

        The request has been read: its body, which may be long, is not kept for as long as the answer takes.

        Args:
            lines: Of the head, as `rendered` writes them.
        """
        self.chunked_encoding = True
        self.body = _NO_BODY
        self._head = self._opened(lines)

    def end(self, data: bytes) -> None:
        """The last piece of a streamed body, whether more is welcome or not."""
        if not self.disconnected:
            self._go_on({"type": "http.response.body", "body": data})

    def answer(self, status: int, headers: HeaderPairs, body: bytes) -> bool:
        """A whole answer at once, if this is the time for one: its head is not out and the caller takes it.

        Raises:
            RuntimeError: a header holds a line break.
        """
        is_plain = self.scope["method"] == "POST" and status not in _BODILESS
        if self.response_started or self.disconnected or self.flow.write_paused or not is_plain:
            return False
        self.response_started = True
        self.waiting_for_100_continue = False
        lines = [STATUS_LINE[status], *[b"%b: %b\r\n" % line for line in self.default_headers]]
        lines += [b"%b: %b\r\n" % line for line in headers]
        head = self._checked(lines)
        if len(body) < _LARGE:
            self.transport.write(head + body)
        else:
            self.transport.write(head)
            self.transport.write(body)
        self._complete()
        return True

    def answer_at_once(self, lines: bytes, body: bytes) -> bool:
        """A whole answer of status 200 to a POST in HTTP/1.1, as `answer` gives it.

        Args:
            lines: Of the head, as `rendered` writes them.
            body: All of it.
        """
        if self.response_started or self.disconnected or self.flow.write_paused:
            return False
        self.response_started = True
        end = b"\r\n" if self.keep_alive else b"connection: close\r\n\r\n"
        ours = self.defaults.lines(self.default_headers)
        self.transport.write_soon(b"".join((STATUS_LINE[200], ours, lines, end, body)))
        self._complete()
        return True

    def stream_at_once(self, lines: bytes, pieces: list[bytes], size: int) -> None:
        """All of a streamed answer: what `open_at_once` and the body behind it come to.

        Args:
            lines: Of the head, as `rendered` writes them.
            pieces: Of the body.
            size: Bytes of the body: one at least.
        """
        self.transport.write(b"".join((self._opened(lines), b"%x\r\n" % size, *pieces, _END)))
        self._complete()

    def _opened(self, lines: bytes) -> bytes:
        """The head that opens a streamed answer."""
        self.response_started = True
        ours = self.defaults.lines(self.default_headers)
        framing = _CHUNKED if self.keep_alive else _CHUNKED_AND_CLOSED
        return b"".join((STATUS_LINE[200], ours, lines, framing))

    async def drained(self) -> None:
        """Wait until more is welcome."""
        if self.flow.write_paused and not self.disconnected:
            await self.flow.drain()

    def _start(self, message: HTTPResponseStartEvent) -> None:
        self.response_started = True
        self.waiting_for_100_continue = False
        status = message["status"]
        lines = [STATUS_LINE[status]]
        is_closing = False
        for given, value in (*self.default_headers, *message.get("headers", ())):
            name = given.lower()
            if name == b"content-length":
                self.expected_content_length = int(value)
                self.chunked_encoding = False
            elif name == b"connection" and b"close" in value.lower():
                self.keep_alive, is_closing = False, True
            lines.append(b"%b: %b\r\n" % (name, value))
        if (
            self.chunked_encoding is None
            and self.scope["method"] != "HEAD"
            and status not in _BODILESS
        ):
            self.chunked_encoding = True
            lines.append(b"transfer-encoding: chunked\r\n")
        self._head = self._checked(lines, is_closing=is_closing)
        asyncio.get_running_loop().call_soon(self._flush)

    def _checked(self, lines: list[bytes], *, is_closing: bool = False) -> bytes:
        """A head of these lines, whole and in no more lines than they are."""
        if not self.keep_alive and not is_closing:
            lines.append(b"connection: close\r\n")
        lines.append(b"\r\n")
        head = b"".join(lines)
        # The status line and the empty one have a line end each, as every other line has.
        if head.count(b"\n") != len(lines) or head.count(b"\r") != len(lines) or b"\0" in head:
            raise RuntimeError("a header of the answer holds a line break or a NUL")
        return head

    def _flush(self) -> None:
        """Send a head that no body followed, unless its connection is being closed over a failure."""
        head, self._head = self._head, b""
        if head and not self.disconnected and not self.transport.is_closing():
            self.transport.write(head)

    def _go_on(self, message: HTTPResponseBodyEvent) -> None:
        body = message.get("body", b"")
        is_last = not message.get("more_body", False)
        head, self._head = self._head, b""
        if self.scope["method"] == "HEAD":
            self.expected_content_length = 0
            body = b""
        elif self.chunked_encoding:
            last = _LAST if is_last else b""
            body = b"%b%x\r\n%b\r\n%b" % (head, len(body), body, last) if body else head + last
            head = b""
        else:
            self._measure(len(body), is_last=is_last)
        if head or body:
            self.transport.write(head + body if head else body)
        if is_last:
            self._complete()

    def _measure(self, size: int, *, is_last: bool) -> None:
        self.expected_content_length -= size
        if self.expected_content_length < 0:
            raise RuntimeError("the answer is longer than its content-length says")
        if is_last and self.expected_content_length:
            raise RuntimeError("the answer is shorter than its content-length says")

    def _complete(self) -> None:
        self.response_complete = True
        # The connection knows this call until it has another, which may be long.
        self.body = _NO_BODY
        if self._event is not None:
            self._event.set()
        if not self.keep_alive:
            self.transport.close()
        self.on_response()


def rendered(headers: HeaderPairs) -> bytes:
    """The lines of some headers, each with its end.

    Raises:
        RuntimeError: a header holds a line break.
    """
    lines = b"".join([b"%b: %b\r\n" % line for line in headers])
    if lines.count(b"\n") != len(headers) or lines.count(b"\r") != len(headers) or b"\0" in lines:
        raise RuntimeError("a header of the answer holds a line break or a NUL")
    return lines
