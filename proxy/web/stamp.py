"""A `send` that adds headers to the head of an answer and then gets out of the way."""

from __future__ import annotations

from collections.abc import Awaitable, Sequence

from starlette.types import Message, Send

from proxy.web.peer import HeaderPairs, Wire


class Stamp:
    """One answer's.

    Args:
        send: The ASGI call's.
        headers: What its head says beyond what the application gives it.
        wire: The scope's, if it has one.
    """

    __slots__ = ("_headers", "_send", "_wire", "begun")

    def __init__(
        self, send: Send, headers: Sequence[tuple[bytes, bytes]], wire: Wire | None = None
    ) -> None:
        self._send = send
        self._headers = headers
        self._wire = wire
        self.begun = False
        """Whether the head has gone out."""

    def __call__(self, message: Message) -> Awaitable[None]:
        """Send a message; only the first is touched, and the application's own is not changed."""
        if not self.begun:
            self.begun = True
            message = {**message, "headers": [*message.get("headers", ()), *self._headers]}
        return self._send(message)

    @property
    def is_alone(self) -> bool:
        """Whether nobody else has a word between this and the server."""
        return self._wire is not None and getattr(self._send, "__self__", None) is self._wire

    def answer(self, status: int, headers: HeaderPairs, body: bytes) -> bool:
        """A whole answer at once, without a message; False, and nothing sent, where the server cannot do that now."""
        if self._wire is None or self.begun:
            return False
        # What another layer has to say is not gone around.
        way = self._send if isinstance(self._send, Stamp) else self._wire
        self.begun = way.answer(status, [*headers, *self._headers], body)
        return self.begun
