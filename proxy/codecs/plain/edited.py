"""A decoder whose chunks another one made, each looked at on its way.

Invariant: nothing goes by unread, since any read may bring what is edited.
"""

from __future__ import annotations

from proxy.codecs.codec import StreamDecoder
from proxy.core.shape import Chunk
from proxy.core.usage import Usage


class EditedStream:
    """What a decoder reads, as `edited` leaves it.

    Args:
        decoder: Reads the provider's stream.
    """

    def __init__(self, decoder: StreamDecoder) -> None:
        self._decoder = decoder

    @property
    def ended(self) -> bool:
        """Whether the protocol's own terminal event was seen."""
        return self._decoder.ended

    @property
    def over(self) -> bool:
        """Whether nothing at all can come any more."""
        return self._decoder.over

    @property
    def events(self) -> int:
        """Well-formed provider events so far."""
        return self._decoder.events

    @property
    def told(self) -> Usage | None:
        """What was told of usage before the end."""
        return self._decoder.told

    def feed(self, data: bytes) -> list[Chunk]:
        """Take what one read brought.

        Raises:
            ProxyError: the provider's failure, or what the edit finds.
        """
        return [self.edited(chunk) for chunk in self._decoder.feed(data)]

    def more(self, data: bytes) -> int:  # noqa: ARG002 (a decoder's)
        """Every read must be fed."""
        return 0

    @property
    def template(self) -> None:
        """No read goes by."""
        return

    def passed(self, events: int) -> None:
        """So many events went by."""
        self._decoder.passed(events)

    def finish(self) -> list[Chunk]:
        """The provider closed: give what is left.

        Raises:
            ProxyError: as the decoder does.
        """
        return [self.edited(chunk) for chunk in self._decoder.finish()]

    def edited(self, chunk: Chunk) -> Chunk:
        """A chunk as it goes on."""
        return chunk
