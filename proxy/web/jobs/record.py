"""An answer as it goes out, taken down so that it can be given again.

Invariant: the caller gets every message as it comes; what is taken down is whole, good and not too long, or nothing.
"""

from __future__ import annotations

from starlette.types import Message, Send

from proxy.gate.jobs.once import MOST_ANSWER, Told
from proxy.web.answer import answer

KEPT = (b"content-type", b"cache-control", b"x-accel-buffering", b"x-job-id")
"""Headers that are given again; the others tell of the call that was made."""
REPLAYED = (b"idempotent-replayed", b"true")


class Record:
    """A `send` that takes down what it sends.

    Args:
        send: The ASGI call's.
    """

    def __init__(self, send: Send) -> None:
        self._send = send
        self._status = 0
        self._headers: list[tuple[str, str]] = []
        self._body = bytearray()
        self._is_whole = False

    async def __call__(self, message: Message) -> None:
        """Send, and take down."""
        if message["type"] == "http.response.start":
            self._status = message["status"]
            self._headers = [
                (name.decode("latin-1"), value.decode("latin-1"))
                for name, value in message["headers"]
                if name in KEPT
            ]
        else:
            # One byte more than is kept says that it is too long.
            room = MOST_ANSWER + 1 - len(self._body)
            self._body += message.get("body", b"")[: max(0, room)]
            self._is_whole = not message.get("more_body", False)
        await self._send(message)

    @property
    def told(self) -> Told | None:
        """What was answered; None where it was an error or was not whole."""
        if self._status != 200 or not self._is_whole:
            return None
        return Told(tuple(self._headers), bytes(self._body))


async def replay(send: Send, told: Told) -> None:
    """Give an answer again."""
    headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in told.headers]
    await answer(send, 200, told.body, (*headers, REPLAYED))
