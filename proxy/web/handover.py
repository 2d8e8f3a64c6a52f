"""The way of a connection from one worker to another: a pair of sockets for each worker's place, and their spread.

The supervisor makes them before the first fork and holds them as long as it lives. So what was on its way to a worker
that died waits for the next one in its place, as in its listening queue. The kernel keeps a connection open while it is
on its way, so the one who sent it closes its own descriptor at once.

Invariant: a connection is with one worker or on its way to one; what cannot be sent stays where it was.
Source: man pages unix(7), `SCM_RIGHTS`, and recvmsg(2), `MSG_CTRUNC` (read 2026-11-22).
"""

from __future__ import annotations

import logging
import os
import socket
import sys
from collections.abc import Sequence
from contextlib import suppress
from typing import Final

from proxy.web.spread import Spread

KIND: Final = socket.SOCK_DGRAM if sys.platform == "darwin" else socket.SOCK_SEQPACKET
"""Keeps messages apart; macOS has no SEQPACKET."""
_MESSAGE: Final = b"c"
"""What a connection is sent with: a descriptor cannot travel alone."""
_MOST: Final = 4
"""Descriptors that are taken from one message. There is one in each; of more, the others are closed."""
_log: Final = logging.getLogger("firstbyte")


class Handover:
    """What the workers of one house share.

    Args:
        places: How many there are.

    Raises:
        OSError: the system has no more sockets.
    """

    def __init__(self, places: int) -> None:
        self.spread = Spread(places)
        self._inboxes: list[socket.socket] = []
        self._ways: list[socket.socket] = []
        try:
            for _ in range(places):
                inbox, way = socket.socketpair(socket.AF_UNIX, KIND)
                self._inboxes.append(inbox)
                self._ways.append(way)
                inbox.setblocking(False)
                way.setblocking(False)
        except OSError:
            self.close()
            raise

    def member(self, place: int) -> Member:
        """A worker's, in its own process: what is the other workers' is let go of."""
        for other, inbox in enumerate(self._inboxes):
            if other != place:
                inbox.close()
        return Member(place, self.spread, self._inboxes[place], self._ways)

    def lost(self, place: int) -> None:
        """The worker there has ended."""
        self.spread.leave(place)

    def give_up(self, place: int) -> None:
        """Nobody may come there any more: who was on the way is told so by the end of the connection."""
        nobody = Member(place, self.spread, self._inboxes[place], ())
        with suppress(OSError, EOFError):
            while True:
                caller = nobody.take()
                if caller is not None:
                    caller.close()

    def close(self) -> None:
        """Let go of all, and of what is on its way."""
        for end in (*self._inboxes, *self._ways):
            end.close()


class Member:
    """What one worker has of it. It is away until it joins.

    Args:
        place: Its own.
        spread: Of all.
        inbox: Where connections come that others hand over.
        ways: To the inboxes of all places.
    """

    def __init__(
        self, place: int, spread: Spread, inbox: socket.socket, ways: Sequence[socket.socket]
    ) -> None:
        self._place = place
        self._spread = spread
        self._ways = ways
        self._is_there = False
        self.inbox = inbox

    def join(self, count: int) -> None:
        """Take connections from now on; so many are open."""
        self._is_there = True
        self._spread.have(self._place, count)

    def leave(self) -> None:
        """Be handed no more."""
        self._is_there = False
        self._spread.leave(self._place)

    def have(self, count: int) -> None:
        """So many are open now."""
        if self._is_there:
            self._spread.have(self._place, count)

    def hand(self, caller: socket.socket) -> bool:
        """Hand a connection to whoever should have it; whether it is gone, and to be closed here.

        It is not where it is best here, and where it cannot be sent.
        """
        to = self._spread.whom(self._place)
        if to is None:
            return False
        self._spread.hand(self._place, to)
        try:
            socket.send_fds(self._ways[to], [_MESSAGE], [caller.fileno()])
        except OSError:
            # Its inbox is full, or too much is on its way in the whole system.
            self._spread.hand(self._place, to, -1)
            return False
        return True

    def take(self) -> socket.socket | None:
        """A connection that another has handed over; None for a message that brought none.

        Raises:
            BlockingIOError: there is none.
            EOFError: nobody is left who could hand one over.
            OSError: there is no descriptor for it; it waits.
        """
        # Whom the kernel cannot give a descriptor, it takes the connection from.
        os.close(os.dup(self.inbox.fileno()))
        message, descriptors, _, _ = socket.recv_fds(self.inbox, len(_MESSAGE), _MOST)
        if not message:
            raise EOFError
        self._spread.take(self._place)
        for more in descriptors[1:]:
            os.close(more)
        try:
            # As it would be had it been accepted here.
            os.set_inheritable(descriptors[0], False)
            return socket.socket(fileno=descriptors[0])
        except IndexError:
            reason = "no descriptor"
        except OSError as error:
            os.close(descriptors[0])
            reason = str(error.strerror)
        _log.warning("a message of another worker brought no connection: %s", reason)
        return None
