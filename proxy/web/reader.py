"""Reads the requests of one client connection: uvicorn's side of the parser, with the limits that it does not have.

uvicorn with httptools buffers a header of any length and any number of requests, and lets trailers reach the application as
headers. Here a request is idle -> head -> body -> idle, and whoever says too much, or nothing well-formed, is refused.

Invariant: every buffer that the client fills has a cap, and every wait for its next byte a moment by which that must have come.
Source: RFC 9112 section 7.1.2, RFC 9110 section 7.8 (read 2026-11-21); uvicorn 0.54, httptools 0.9.
"""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from typing import Any, ClassVar, Final, NoReturn, cast

import httptools
from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

from proxy.web import head
from proxy.web.deadline import Deadline
from proxy.web.parser import new_parser
from proxy.web.phase import Phase
from proxy.web.refusal import BAD_REQUEST, CROWDED, Refusal

MAX_PIPELINED = 8
"""Requests that may wait for the answers before theirs."""

_IDLE: Final = Phase.IDLE


class Reader(HttpToolsProtocol, ABC):
    """A connection as far as it reads. Deadlines are in seconds, and class attributes so that tests shorten them.

    What becomes of a request is for the connection that is one: `begin_call`, `end_request`, `read_missed`.
    """

    __slots__ = (
        "_barren", "_begun", "_fed", "_head_bytes", "_header_bytes", "_phase", "_reading", "_reason",
    )  # fmt: skip

    head_deadline: ClassVar[float] = 10.0
    """From a request's first byte to the end of its head."""
    body_idle: ClassVar[float] = 30.0
    """For a body, while somebody waits for it, beyond a second for each KiB; at most between two bytes of it."""

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._phase = _IDLE
        self._reading = Deadline(self.loop, self, type(self).read_missed)
        """By when more must have come."""
        self._begun = 0
        """Requests."""
        self._head_bytes = self._header_bytes = 0
        """Of the head that is being read; all of it, and its header lines as the parser tells them."""
        self._fed = False
        """Whether the last read brought some of a body."""
        self._barren = 0
        """Bytes since then that are none of it."""
        self._reason: Refusal | None = None
        """Why the parser was left."""

    @abstractmethod
    def begin_call(self) -> None:
        """A head is here, and well: its body follows."""

    @abstractmethod
    def end_request(self) -> None:
        """The request is all here."""

    @abstractmethod
    def read_missed(self) -> None:
        """More should have come by now."""

    # What came.

    def _read(self, data: bytes) -> Refusal | None:
        """Let the parser read; why nothing more is to be heard of this client, if so."""
        phase, begun = self._phase, self._begun
        self._fed = False
        return self._feed(data) or self._account(len(data), phase, begun)

    def _feed(self, data: bytes) -> Refusal | None:
        self.parser = cast("httptools.HttpRequestParser | None", self.parser) or new_parser(self)
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade as upgrade:
            offset: int = upgrade.args[0]
            line = self.parser.get_method(), self.url, self.parser.get_http_version()
            self.parser = new_parser(self)
            return self._feed(head.without_upgrade(*line, self.headers) + data[offset:])
        except httptools.HttpParserError:
            return self._reason or BAD_REQUEST
        return None

    def _account(self, size: int, phase: Phase, begun: int) -> Refusal | None:
        """Count what one read brought, against the caps that no call of the parser can hold.

        Args:
            size: Bytes of the read.
            phase: What was being received before it.
            begun: Requests that had begun before it.
        """
        if self._phase is Phase.HEAD:
            # A read that ended another request before this one began is not counted: one read is bounded anyway.
            if self._begun - begun == (1 if phase is _IDLE else 0):
                self._head_bytes += size
            if self._head_bytes > head.MAX_HEADER_BYTES + head.MAX_TARGET:
                return head.TOO_LARGE
        elif self._phase is Phase.BODY:
            if self._fed:
                self._barren = 0
                self._reading.earn(size, self.body_idle)
            elif phase is Phase.BODY:
                # Chunk extensions and trailers without end.
                self._barren += size
                if self._barren > head.MAX_HEADER_BYTES:
                    return BAD_REQUEST
        return None

    def _stop(self, refusal: Refusal) -> NoReturn:
        """Leave the parser from inside one of its calls."""
        self._reason = refusal
        raise ValueError(refusal.message)

    # The parser's calls.

    def on_message_begin(self) -> None:
        """The first byte of a request."""
        if len(self.pipeline) >= MAX_PIPELINED:
            self._stop(CROWDED)
        super().on_message_begin()
        self._phase = Phase.HEAD
        self._begun += 1
        self._head_bytes = self._header_bytes = 0
        self._reading.set(self.head_deadline)

    def on_url(self, url: bytes) -> None:
        """A piece of the target."""
        super().on_url(url)
        if head.too_long(self.url):
            self._stop(head.TARGET_TOO_LONG)

    def on_header(self, name: bytes, value: bytes) -> None:
        """A header, or a trailer, which nobody here reads."""
        if self._phase is Phase.BODY:
            return
        self._header_bytes += len(name) + len(value) + 4
        if self._header_bytes > head.MAX_HEADER_BYTES:
            self._stop(head.TOO_LARGE)
        if len(self.headers) == head.MAX_HEADERS:
            self._stop(head.TOO_MANY)
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """Judge the head, then begin the call; an upgrade may be ignored, a tunnel may not."""
        fault = head.fault_in(self.url, self.parser.get_http_version(), self.headers)
        if fault is not None:
            self._stop(fault)
        if self.parser.should_upgrade():
            if self.parser.get_method() == b"CONNECT":
                self._stop(BAD_REQUEST)
            return
        self.begin_call()
        self._phase = Phase.BODY
        self._barren = 0
        self._reading.set(self.body_idle)

    def on_body(self, body: bytes) -> None:
        """A piece of the body."""
        self._fed = True
        super().on_body(body)

    def on_message_complete(self) -> None:
        """The request is all here, if it had begun at all."""
        if self._phase is not Phase.BODY:
            return
        super().on_message_complete()
        self._phase = _IDLE
        self._reading.clear()
        self.end_request()
