"""An HTTP client that sends exactly the bytes it is given, and reads what really comes back."""

import asyncio
import contextlib
import json
import socket
from dataclasses import dataclass, field


@dataclass
class Response:
    status: int
    headers: list[tuple[str, str]]
    body: bytes = b""
    complete: bool = True
    chunks: list[bytes] = field(default_factory=list)

    def header(self, name):
        return next((value for found, value in self.headers if found == name), None)

    def json(self):
        return json.loads(self.body)

    @property
    def error(self):
        return self.json()["error"]


class RawClient:
    """One connection."""

    def __init__(self, reader, writer):
        self._reader = reader
        self._writer = writer

    @classmethod
    async def connect(cls, address, *, receive_buffer=None, ssl=None):
        sock = socket.socket(socket.AF_INET6 if ":" in address[0] else socket.AF_INET)
        sock.setblocking(False)
        if receive_buffer:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        try:
            await asyncio.get_running_loop().sock_connect(sock, address)
        except OSError:
            sock.close()
            raise
        name = "localhost" if ssl else None
        return cls(*await asyncio.open_connection(sock=sock, ssl=ssl, server_hostname=name))

    async def __aenter__(self):
        return self

    async def __aexit__(self, *_):
        await self.close()

    async def close(self):
        self._writer.close()
        with contextlib.suppress(OSError):
            await self._writer.wait_closed()

    def reset(self):
        """Vanish without a goodbye."""
        self._writer.transport.abort()

    def stop_reading(self):
        self._writer.transport.pause_reading()

    def read_on(self):
        self._writer.transport.resume_reading()

    async def send(self, data):
        self._writer.write(data)
        await self._writer.drain()

    def finish_sending(self):
        self._writer.write_eof()

    async def read(self, size=65536):
        return await self._reader.read(size)

    async def rest(self):
        """Everything until the server hangs up; a reset counts as that."""
        data = b""
        try:
            while piece := await self._reader.read(65536):
                data += piece
        except ConnectionError:
            return data
        return data

    async def ask(self, data, *, method="GET"):
        await self.send(data)
        return await self.response(method=method)

    async def head(self):
        raw = await self._reader.readuntil(b"\r\n\r\n")
        lines = raw.decode("latin-1").split("\r\n")[:-2]
        pairs = (line.split(": ", 1) for line in lines[1:])
        return Response(int(lines[0].split(" ")[1]), [(name.lower(), v) for name, v in pairs])

    async def response(self, *, method="GET"):
        response = await self.head()
        while response.status == 100:
            response = await self.head()
        if method == "HEAD" or response.status in (204, 304):
            return response
        if response.header("transfer-encoding") == "chunked":
            response.complete = await self._read_chunks(response)
        elif response.header("content-length") is not None:
            response.body = await self._reader.readexactly(int(response.header("content-length")))
        else:
            response.body = await self.rest()
        return response

    async def chunk(self):
        """The next chunk; None where the server hung up in place of one, empty at the proper end."""
        try:
            size = int(await self._reader.readuntil(b"\r\n"), 16)
            return (await self._reader.readexactly(size + 2))[:-2]
        except (asyncio.IncompleteReadError, ConnectionError):
            return None

    async def _read_chunks(self, response):
        while (piece := await self.chunk()) is not None:
            if not piece:
                return True
            response.chunks.append(piece)
            response.body += piece
        return False


def request(method="GET", path="/", *headers, host="localhost", body=None):
    """The bytes of a request; `host=None` leaves it out, `body` adds its length."""
    lines = [f"{method} {path} HTTP/1.1"]
    if host is not None:
        lines.append(f"host: {host}")
    lines += headers
    if body is not None:
        lines.append(f"content-length: {len(body)}")
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + (body or b"")


def post(path="/", body=b"{}", *headers, host="localhost"):
    """The bytes of a JSON call."""
    return request("POST", path, "content-type: application/json", *headers, host=host, body=body)
