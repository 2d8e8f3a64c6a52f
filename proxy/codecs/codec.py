"""What a codec is: one native protocol, to and from the chat shape.

A codec is pure: no clock, no I/O, no logging; it never mutates what it is given, because the same request is
encoded again for the next target. It serves any number of calls; a `StreamDecoder` serves one.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol, runtime_checkable

from proxy.codecs.event_template import EventTemplate
from proxy.core.errors import ProxyError
from proxy.core.shape import ChatRequest, Chunk, Completion, HttpCall, Target
from proxy.core.usage import Usage
from proxy.core.whole_answer import WholeAnswer
from proxy.core.whole_stream import WholeStream


class StreamDecoder(Protocol):
    """Bytes of one streamed answer in, chat chunks out.

    After `finish` or a `ProxyError` the decoder must not be used again.
    """

    @property
    def ended(self) -> bool:
        """Whether the protocol's own terminal event was seen: only usage may still come."""
        ...

    @property
    def over(self) -> bool:
        """Whether nothing at all can come any more: reading on would only wait for the connection's end."""
        ...

    @property
    def events(self) -> int:
        """Well-formed provider events so far, pings included, comments not."""
        ...

    @property
    def told(self) -> Usage | None:
        """What the provider has told of usage so far, beside what is in chunks; asked where an answer ends early.

        None where it has told nothing.
        """
        ...

    def feed(self, data: bytes) -> list[Chunk]:
        """Take what one read brought, split anywhere.

        Raises:
            ProxyError: an error event (its class as its kind), MALFORMED, OVERSIZED.
        """
        ...

    def more(self, data: bytes) -> int:
        """Take a read which is nothing but more text, in frames as those were that the last read ended with.

        Returns:
            How many events it was; 0 where it is anything else: then it must be fed.
        """
        ...

    @property
    def template(self) -> EventTemplate | None:
        """What each event of the text that the last read ended with has in common, for who lets more of them by.

        None where events must be fed. It holds until the next read that is fed.
        """
        ...

    def passed(self, events: int) -> None:
        """So many events of the template went by."""
        ...

    def finish(self) -> list[Chunk]:
        """The provider closed: give what is left.

        Raises:
            ProxyError: EMPTY where nothing came, TRUNCATED where the terminal event did not.
        """
        ...


class Codec(Protocol):
    """One native protocol."""

    @property
    def name(self) -> str:
        """The protocol's name in the configuration."""
        ...

    def encode(self, request: ChatRequest, target: Target) -> HttpCall:
        """Write the call for this target.

        Raises:
            ProxyError: UNSUPPORTED or INVALID_REQUEST, where the request has no form in this protocol.
        """
        ...

    def decode(
        self,
        status: int,
        headers: Mapping[str, str],
        body: bytes,
        *,
        created: int,
        target: Target | None = None,
    ) -> Completion:
        """Read a whole answer.

        Args:
            status: The HTTP status, below 400.
            headers: Names in lower case.
            body: All of it.
            created: Seconds since 1970, where the provider gives none.
            target: Whose answer it is, where that is known.

        Raises:
            ProxyError: an error inside a 200, EMPTY, MALFORMED.
        """
        ...

    def stream(self, request: ChatRequest, target: Target, *, created: int) -> StreamDecoder:
        """A decoder for one streamed answer to this request."""
        ...

    def fault(self, status: int, headers: Mapping[str, str], body: bytes) -> ProxyError:
        """Name a failure from a response whose status is not 2xx, in the provider's own words."""
        ...


@runtime_checkable
class Passing(Protocol):
    """A codec of the dialect that chat callers speak: they may have most answers as they came."""

    def whole_answer(self, body: bytes, target: Target) -> WholeAnswer | None:
        """What is known of an answer of status 200 that can go on as it came; None where it must be decoded.

        Args:
            body: All of it.
            target: Whose answer it is.
        """
        ...

    def whole_stream(
        self, pieces: list[bytes], size: int, request: ChatRequest, target: Target
    ) -> WholeStream | None:
        """What is known of a streamed answer that can go on as it came; None where it must be decoded.

        Args:
            pieces: All of it, as its provider cut it.
            size: Bytes of it, at most.
            request: What was asked.
            target: Whose answer it is.
        """
        ...


@runtime_checkable
class Signed(Protocol):
    """A codec whose provider may refuse what can be left out: what it has signed, above all."""

    def unsigned(self, failure: ProxyError, request: ChatRequest) -> ChatRequest | None:
        """The request without that, to be asked once more.

        Returns:
            None where the failure is another, or where there is nothing to leave out.
        """
        ...


@runtime_checkable
class Sparing(Protocol):
    """A codec whose servers differ in the fields that they know, and which can write its calls without some."""

    def refused(
        self, failure: ProxyError, request: ChatRequest, call: HttpCall, target: Target
    ) -> frozenset[str]:
        """The fields that a call was refused for, and that it can be made without, or by their other name.

        Args:
            failure: The refusal.
            request: What was asked.
            call: What was sent.
            target: Who was asked.

        Returns:
            None of them where the failure is any other.
        """
        ...
