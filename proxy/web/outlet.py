"""The caller's side of an answer: chunks into the surface's bytes, and those into the stream.

Invariant: what goes straight out is bytes that would go out just so as chunks, and that nobody here keeps or looks into.
"""

from collections.abc import Callable

from proxy.core.shape import Chunk
from proxy.surfaces.surface import StreamEncoder
from proxy.web.call import Call
from proxy.web.stream import Stream


class Outlet:
    """One answer's.

    Args:
        stream: Where its bytes go.
        encoder: Makes them.
        call: Whose answer it is.
    """

    __slots__ = ("_call", "_feed", "_looks", "_stream", "ready", "relay")

    def __init__(self, stream: Stream, encoder: StreamEncoder, call: Call) -> None:
        self._stream = stream
        self._feed = encoder.feed
        self._call = call
        self._looks = call.entry is not None or call.keeps
        """Whether somebody wants to see all that is said."""
        self.ready = stream.ready
        self.relay: Callable[[bytes], bool] | None = None
        """The stream's own way in, after chunks that were one run of frames and went out as it came."""

    def take(self, chunks: list[Chunk]) -> bool:
        """Tell the chunks."""
        call = self._call
        if chunks:
            call.note(chunks[-1])
        said = call.short(b"".join(map(self._feed, chunks)))
        straight = not self._looks and len(chunks) == 1 and _is_native(said, chunks[0])
        self.relay = self._stream.take if straight else None
        call.keep(said)
        goes_on = self._stream.take(said)
        if call.entry is not None:
            call.entry.take(chunks)
        return goes_on


def _is_native(said: bytes, chunk: Chunk) -> bool:
    native = chunk.get("native")
    return native is not None and said is native["payload"]
