"""A call that needs nobody to wait for it: it went out in the turn of the loop that made it, on a connection that was open
and idle, or goes out as soon as one is open.

Whoever sent it listens instead of waiting: it is told, in the very turn of the loop, that something came. It either finds
the whole answer there, or gives the call to `Upstream.heard`, which waits for the rest as for any other.

Invariant: looking takes nothing away; whoever holds it has it heard or closes it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from proxy.core.record import Part
from proxy.core.shape import HttpCall
from proxy.upstream.answer_head import AnswerHead
from proxy.upstream.exchange import Exchange
from proxy.upstream.http1 import Connection
from proxy.upstream.opening import Opening

_ANSWERED: Final = HttpCall("", (), b"")


class Sent(Part):
    """One call that is out."""

    call: HttpCall
    """What was sent."""
    carrier: Connection | Opening
    """What carries it."""
    exchange: Exchange
    """Its answer."""

    def forget(self) -> None:
        """An answer has begun: the call is not sent again, and answers live long, so it is kept no longer."""
        self.call = _ANSWERED

    def listen(self, heard: Callable[[], None] | None) -> None:
        """Call this each time that something came; None: nobody listens any more."""
        self.exchange.listen(heard)

    @property
    def may_repeat(self) -> bool:
        """Whether it may be sent once more if it is lost: its connection was idle, and perhaps closed without a word."""
        return not self.exchange.began and isinstance(self.carrier, Connection)

    @property
    def is_awaited(self) -> bool:
        """Whether more must come before anything can be said of the answer."""
        exchange = self.exchange
        return not exchange.over and not (exchange.size or exchange.status not in (0, 200))

    @property
    def is_over(self) -> bool:
        """Whether nothing more will come."""
        return self.exchange.over

    @property
    def speaking(self) -> AnswerHead | None:
        """The head of an answer that is a success and of which some is here; None where, or while, there is none."""
        exchange = self.exchange
        return exchange.answer_head if exchange.status == 200 and exchange.size else None

    @property
    def body(self) -> bytes:
        """What is here of the body."""
        return self.exchange.body

    def close(self) -> None:
        """Give the call up."""
        self.exchange.close()
