"""One HTTP/1.1 connection, seen from the server: reads requests, writes responses, and breaks off at will.

A server library would mend what a simulated provider has to do wrong: end inside a chunk, reset, fall silent.

Source: RFC 9112.
"""

from __future__ import annotations

import asyncio
import socket
import struct
from collections import deque
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

import httptools

from proxy.core.shape import Headers

MAX_REQUEST: Final = 33 * 1024 * 1024
"""Bytes of one request, a little over what the strictest provider takes."""
_READ: Final = 64 * 1024
_RESET_ON_CLOSE: Final = struct.pack("ii", 1, 0)


class RequestError(Exception):
    """What came is no request, or too long a one; the connection is of no further use."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


@dataclass(frozen=True, slots=True)
class Request:
    """One request, all of it."""

    method: str
    path: str
    """Without the query."""
    headers: dict[str, str]
    """Names in lower case."""
    body: bytes
    keep_alive: bool
    chunks: bool
    """The peer reads chunked responses."""


class _Inbox:
    """Collects what the parser tells into requests."""

    def __init__(self) -> None:
        self.parser = httptools.HttpRequestParser(self)
        self.ready: deque[Request] = deque()
        self.awaits_continue = False
        self.on_message_begin()

    def on_message_begin(self) -> None:
        self._url = b""
        self._headers: dict[str, str] = {}
        self._body: list[bytes] = []

    def on_url(self, url: bytes) -> None:
        self._url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        self._headers[name.decode("latin-1").lower()] = value.decode("latin-1")

    def on_headers_complete(self) -> None:
        self.awaits_continue = self._headers.get("expect", "").lower() == "100-continue"

    def on_body(self, body: bytes) -> None:
        self.awaits_continue = False
        self._body.append(body)

    def on_message_complete(self) -> None:
        self.awaits_continue = False
        request = Request(
            method=self.parser.get_method().decode("latin-1"),
            path=self._url.decode("latin-1").partition("?")[0],
            headers=self._headers,
            body=b"".join(self._body),
            keep_alive=self.parser.should_keep_alive(),
            chunks=self.parser.get_http_version() == "1.1",
        )
        self.ready.append(request)


class Connection:
    """The requests of one connection, in order.

    Args:
        reader: Of the accepted socket.
        writer: Of the accepted socket.
        number: Number of the connection at its simulator, from 1.
    """

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, number: int
    ) -> None:
        self.number = number
        self.writer = writer
        self._reader = reader
        self._inbox = _Inbox()
        self._unread = 0

    async def next(self) -> Request | None:
        """The next request, or None where the peer has closed.

        Raises:
            RequestError: it is none.
            ConnectionError: the peer reset the connection.
        """
        while not self._inbox.ready:
            if not await self._read():
                return None
        self._unread = 0
        return self._inbox.ready.popleft()

    async def gone(self) -> None:
        """Wait until the peer has closed or says what nobody can read; a further request waits its turn."""
        try:
            while await self._read():
                pass
        except (ConnectionError, RequestError):
            return

    async def _read(self) -> bool:
        data = await self._reader.read(_READ)
        self._unread += len(data)
        if self._unread > MAX_REQUEST:
            raise RequestError(413, f"longer than {MAX_REQUEST} bytes")
        try:
            self._inbox.parser.feed_data(data)
        except httptools.HttpParserError as error:
            raise RequestError(400, f"not an HTTP request: {error}") from None
        if self._inbox.awaits_continue:
            self._inbox.awaits_continue = False
            self.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        return bool(data)


class Exchange:
    """Writes the response to one request.

    Every method that writes waits while the peer does not read, and raises ConnectionError where it has gone.
    """

    def __init__(self, writer: asyncio.StreamWriter, *, chunks: bool, keep_alive: bool) -> None:
        self.begun = False
        self.reusable = keep_alive
        """Whether the connection can carry another request after this one."""
        self._writer = writer
        self._chunks = chunks

    def begin(self, status: int, headers: Headers, length: int | None = None) -> None:
        """Send the head, at once.

        Args:
            status: HTTP status.
            headers: All but the framing's.
            length: Bytes of the body; None for a body that ends when it ends.
        """
        self.begun = True
        self._chunks = self._chunks and length is None
        if length is not None:
            headers = (*headers, ("content-length", str(length)))
        elif self._chunks:
            headers = (*headers, ("transfer-encoding", "chunked"))
        else:
            self.reusable = False
        if not self.reusable:
            headers = (*headers, ("connection", "close"))
        lines = [
            f"HTTP/1.1 {status} {_phrase(status)}",
            *(f"{name}: {text}" for name, text in headers),
        ]
        self._put("\r\n".join((*lines, "", "")).encode("latin-1"))

    async def reply(self, status: int, headers: Headers, body: bytes) -> None:
        """Send a whole response."""
        self.begin(status, headers, len(body))
        await self.write(body)

    async def write(self, data: bytes) -> None:
        """Send a part of the body, not empty."""
        self._put(b"%x\r\n%b\r\n" % (len(data), data) if self._chunks else data)
        await self._writer.drain()

    async def finish(self) -> None:
        """End the body as HTTP demands."""
        if self._chunks:
            self._put(b"0\r\n\r\n")
        await self._writer.drain()

    async def cut(self, data: bytes) -> None:
        """Promise a part of the body, send half of it and close the connection."""
        self.reusable = False
        if self.begun:
            half = data[: len(data) // 2]
            self._put(b"%x\r\n%b" % (len(data), half) if self._chunks else half)
        self._writer.close()

    def _put(self, data: bytes) -> None:
        # asyncio's own loop swallows what is written to a closed connection; uvloop's takes it for a bug.
        if self._writer.is_closing():
            raise ConnectionResetError("the peer has gone")
        self._writer.write(data)

    def reset(self) -> None:
        """Drop the connection, so that the peer gets a reset in place of an end."""
        self.reusable = False
        self._writer.get_extra_info("socket").setsockopt(
            socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE
        )
        self._writer.transport.abort()


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Unnamed"
