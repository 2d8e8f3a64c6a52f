"""The caller's side of an answer: chunks into the surface's bytes, and those into the stream.

Invariant: what goes straight out is bytes that would go out just so as chunks, and that nobody here keeps or looks into.
"""

from collections.abc import Callable

from proxy.core.shape import Chunk
from proxy.surfaces.chat.encoder import RUN
from proxy.surfaces.surface import StreamEncoder
from proxy.upstream.passage import Way
from proxy.web.call import Call
from proxy.web.stream import Stream


class Outlet:
    """One answer's.

    Args:
        stream: Where its bytes go.
        encoder: Makes them.
        call: Whose answer it is.
        spoke: Called once, when something of it is out.
    """

    __slots__ = ("_call", "_feed", "_keeps", "_looks", "_spoke", "_stream", "ready", "relay", "way")

    def __init__(
        self,
        stream: Stream,
        encoder: StreamEncoder,
        call: Call,
        spoke: Callable[[], None] | None = None,
    ) -> None:
        self._stream = stream
        self._feed = encoder.feed
        self._call = call
        self._spoke = spoke
        self._keeps = call.keeps
        is_noted = call.entry is not None or call.transcript is not None
        self._looks = is_noted or self._keeps
        """Whether somebody wants to see all that is said."""
        self.ready = stream.ready
        self.way: Way | None = stream
        self.relay: Callable[[bytes], bool] | None = None
        """The stream's own way in, after chunks the last of which was a run of frames that went out as it came."""

    def take(self, chunks: list[Chunk], *, is_last: bool = False) -> bool:
        """Tell the chunks; the last of them with the words that end the answer, in one piece."""
        call, feed = self._call, self._feed
        pieces: list[bytes] = []
        goes_straight = False
        for chunk in chunks:
            said = feed(chunk)
            goes_straight = is_run(said, chunk)
            # Texts are no ids, and most of what is searched would be they.
            pieces.append(said if goes_straight else call.short(said))
        if chunks:
            call.note(chunks[-1])
        whole = b"".join(pieces)
        self.relay = self._stream.take if goes_straight and not self._looks else None
        if self._keeps:
            call.keep(whole)
        goes_on = self._stream.keep(whole) if is_last else self._stream.take(whole)
        if call.entry is not None:
            call.entry.take(chunks)
        if call.transcript is not None:
            call.transcript.take(chunks)
        if self._spoke is not None and chunks:
            spoke, self._spoke = self._spoke, None
            spoke()
        return goes_on


def is_run(said: bytes, chunk: Chunk) -> bool:
    """Whether these are frames of text, just as they came."""
    native = chunk.get("native")
    return native is not None and native["dialect"] == RUN and said is native["payload"]
