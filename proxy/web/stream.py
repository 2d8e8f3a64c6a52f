"""The caller's side of a streamed answer: a head once, bytes, and a sign of life whenever nothing was said for a while.

Before the first output the head may go out too, when the wait has lasted so long that an idle proxy between us and the
caller might cut it; the comments then name who is being tried. A sign of life is a comment, or the event that clients of
the surface know as one. There is one timer for each stream, and a task only
when it strikes.

Source: WHATWG HTML, 9.2.6 (comments keep a connection alive), https://html.spec.whatwg.org/multipage/server-sent-events.html
(read 2026-11-21).
"""

import asyncio
from collections.abc import Callable
from typing import Final

from starlette.types import Send

from proxy.config.schema import Live
from proxy.upstream.passage import Chunks, Passage
from proxy.web.headers import ascii_of
from proxy.web.peer import Wire

HEAD: Final = (
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-cache"),
    (b"x-accel-buffering", b"no"),
)

LEAST_PATIENCE: Final = 1.0
"""Seconds: who announces less is taken to wait this long for a stream, or its comments would be all that we do."""

Head = list[tuple[bytes, bytes]]


def pace(live: Live, patience: float | None) -> tuple[float, float]:
    """Seconds until the head goes out by itself, and until a sign of life does.

    Args:
        live: What is set.
        patience: Seconds that the caller says it waits: head and comments come in good time before.
    """
    if patience is None:
        return live.warm_after, live.heartbeat
    soon = max(patience, LEAST_PATIENCE) / 2
    return min(live.warm_after, soon), min(live.heartbeat, soon)


class Stream:
    """One streamed answer. `open`, then `take` and `ready` as an outlet's, then `end`; `close` in any case.

    Args:
        send: The ASGI call's.
        warm_after: Seconds without a head after which one goes out by itself.
        heartbeat: Seconds without a byte after which a sign of life goes out.
        waiting_for: Says who is being tried, for the comments before the first output.
        beat: Gives the surface's own sign of life; None where a comment will do.
        wire: Writes at once, where the server can; else pieces go through `send`, one after the other.
    """

    __slots__ = (
        "_beat",
        "_ended",
        "_heartbeat",
        "_kept",
        "_last",
        "_lock",
        "_loop",
        "_opened",
        "_pending",
        "_send",
        "_spoke",
        "_task",
        "_time",
        "_timer",
        "_waiting_for",
        "_wire",
        "_write",
        "is_warm",
        "passage",
        "sent",
    )

    def __init__(
        self,
        send: Send,
        warm_after: float,
        heartbeat: float,
        waiting_for: Callable[[], str],
        beat: Callable[[], bytes | None] = lambda: None,
        wire: Wire | None = None,
    ) -> None:
        self._send = send
        self._heartbeat = heartbeat
        self._waiting_for = waiting_for
        self._beat = beat
        self._wire = wire
        self._write = None if wire is None else wire.write
        self._pending: list[bytes] = []
        self._kept = b""
        self._loop = asyncio.get_running_loop()
        self._time = self._loop.time
        self._lock = asyncio.Lock()
        self._opened = False
        self._spoke = False
        self._ended = False
        self._last = self._loop.time()
        self._task: asyncio.Task[None] | None = None
        self._timer = self._loop.call_later(warm_after, self._strike)
        self.passage: Passage | None = None
        """What takes bytes past this, if anything does."""
        self.sent = 0
        """Bytes of the body so far."""
        self.is_warm = False
        """Whether the head went out before there was anything to say."""

    @property
    def begun(self) -> bool:
        """Whether a head has gone out."""
        return self._opened

    async def open(self, head: Head) -> None:
        """The head, unless one has gone out."""
        async with self._lock:
            self._spoke = True
            self._last = self._loop.time()
            self._timer.cancel()
            self._timer = self._loop.call_later(self._heartbeat, self._strike)
            await self._open(head)

    def opened(self) -> None:
        """The head is out already, with no word before it."""
        self._spoke = self._opened = True

    def take(self, data: bytes) -> bool:
        """Bytes of the answer; whether more is welcome at once. If not, `ready` must be awaited before there is more."""
        if not data:
            return True
        self._last = self._time()
        self.sent += len(data)
        if self._write is not None:
            return self._write(data)
        self._pending.append(data)
        return False

    def chunks(self) -> Chunks | None:
        """Where chunks that are framed already go; None where they cannot go as they are."""
        return None if self._wire is None else self._wire.chunks()

    def passed(self, size: int, at: float) -> None:
        """So many bytes went past this, the last of them at that moment."""
        self.sent += size
        self._last = max(self._last, at)

    def keep(self, data: bytes) -> bool:
        """Bytes that go out with the last ones, which `kept` takes, or with `flush`; more is welcome."""
        self._kept += data
        self.sent += len(data)
        return True

    def kept(self) -> bytes:
        """What was kept, for whoever sends it."""
        kept, self._kept = self._kept, b""
        return kept

    def flush(self) -> None:
        """Send what was kept."""
        kept = self.kept()
        if kept and self._write is not None:
            self._last = self._time()
            self._write(kept)

    async def ready(self) -> None:
        """Wait until more is welcome."""
        if self._wire is not None:
            await self._wire.drained()
            return
        async with self._lock:
            body = b"".join(self._pending)
            self._pending.clear()
            await self._send({"type": "http.response.body", "body": body, "more_body": True})

    @property
    def is_free(self) -> bool:
        """Whether nobody else writes just now."""
        return not self._lock.locked()

    def count(self, size: int) -> None:
        """So many last bytes went out another way; nothing comes after them."""
        self._ended = True
        self.sent += size

    async def end(self, data: bytes) -> None:
        """The last bytes."""
        async with self._lock:
            self._ended = True
            self.sent += len(data)
            await self._send({"type": "http.response.body", "body": data})

    def close(self) -> None:
        """Stop the timer, and whatever it started."""
        self._timer.cancel()
        if self._task is not None:
            self._task.cancel()

    async def _open(self, head: Head) -> None:
        if not self._opened:
            self._opened = True
            await self._send({"type": "http.response.start", "status": 200, "headers": head})

    def _strike(self) -> None:
        if self.passage is not None:
            self._last = max(self._last, self.passage.at)
        due = self._last + self._heartbeat
        if self._opened and due > self._loop.time():
            self._timer = self._loop.call_at(due, self._strike)
            return
        if self._task is None or self._task.done():
            # A caller who reads slowly holds the lock; one comment waits for it and no more.
            self._task = asyncio.ensure_future(self._comment())
        self._timer = self._loop.call_later(self._heartbeat, self._strike)

    async def _comment(self) -> None:
        async with self._lock:
            if self._ended:
                return
            if not self._opened:
                self.is_warm = True
                await self._open(list(HEAD))
            self._last = self._loop.time()
            body = self._sign()
            self.sent += len(body)
            await self._send({"type": "http.response.body", "body": body, "more_body": True})

    def _sign(self) -> bytes:
        beat = self._beat()
        if not self._spoke:
            return b": " + ascii_of(self._waiting_for()) + b"\n\n" + (beat or b"")
        return beat or b": still here\n\n"
