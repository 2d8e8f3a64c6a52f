"""Takes connections where several workers do: off the worker's own queue, and from the other workers.

What comes off the queue is handed to whoever has fewer connections, before a byte of it is read. What another handed
over stays, so that nothing goes to and fro, unless this worker is about to stop, to whom nothing is handed back.

Invariant: nobody is told that a connection is closed who could have been served: where no descriptor is left, callers
wait in the queue, and what is on its way waits in the inbox, also for the next worker in this place. The inbox is looked
after as long as the worker is there.
Source: man page accept(2), "Errors" (read 2026-11-22).
"""

from __future__ import annotations

import asyncio
import errno
import logging
import os
import socket
import ssl
from collections.abc import Callable
from typing import Any, Final

from proxy.web.handover import Member
from proxy.web.listener import Listener
from proxy.web.protocol import Connection

AT_ONCE: Final = 64
"""Connections that are taken before the loop does something else."""
PAUSE: Final = 1.0
"""Seconds until it is tried again where no connection can be taken; asyncio waits as long."""
_PASSING: Final = frozenset(
    getattr(errno, name)
    for name in (
        "ECONNABORTED", "EPROTO", "ENETDOWN", "ENETUNREACH", "EHOSTDOWN", "EHOSTUNREACH", "ENONET", "ENOPROTOOPT",
        "EOPNOTSUPP",
    )
    if hasattr(errno, name)
)  # fmt: skip
"""What became of one caller while it was in the queue; the next is taken as if it had not been."""
_log: Final = logging.getLogger("firstbyte")


class Roll(set[Any]):
    """The open connections of a listener. Whoever wants to know is told their number, with those being opened.

    Args:
        tell: Gets the number at each change.
    """

    def __init__(self, tell: Callable[[int], None]) -> None:
        super().__init__()
        self._opening: set[Connection] = set()
        self._tell = tell

    @property
    def count(self) -> int:
        """How many there are, with those being opened."""
        return len(self) + len(self._opening)

    def expect(self, connection: Connection) -> None:
        """It is being opened."""
        self._opening.add(connection)
        self._tell(self.count)

    def settle(self, connection: Connection) -> None:
        """It is being opened no more, whether it is open or not."""
        if connection in self._opening:
            self._opening.remove(connection)
            self._tell(self.count)

    def add(self, connection: Connection) -> None:
        """It is open: their number stays."""
        self._opening.discard(connection)
        super().add(connection)

    def discard(self, connection: object) -> None:
        """It is closed."""
        super().discard(connection)
        self._tell(self.count)


class Acceptor:
    """One worker's. It takes connections until it is closed.

    Args:
        member: Its place among the workers.
        listener: Its queue.
        state: What its connections share.
        factory: Makes the protocol of a connection.
        tls: For connections that begin with a handshake.
    """

    def __init__(
        self,
        member: Member,
        listener: socket.socket,
        state: Listener,
        factory: Callable[[], Connection],
        tls: ssl.SSLContext | None,
    ) -> None:
        self._member = member
        self._listener = listener
        self._factory = factory
        self._tls = tls
        self._loop = asyncio.get_running_loop()
        self._tasks: set[asyncio.Task[None]] = set()
        self._again: asyncio.TimerHandle | None = None
        self._is_leaving = False
        self._is_finishing = False
        self._is_closed = False
        self._roll = Roll(member.have)
        state.keep(self._roll)
        listener.setblocking(False)
        self._begin()

    def leave(self) -> None:
        """Be handed no more, and hand over whatever comes while others are there."""
        self._is_leaving = True
        self._member.leave()

    async def finish(self) -> None:
        """Take nothing more off the queue. What was handed over already, and what is just being handed over, goes to others, or is
        closed in good order where none is there.

        Connections without TLS are open when it returns; handshakes are not waited for.
        """
        self.leave()
        self._leave_queue()
        while self._take():
            pass
        if self._tls is None and self._tasks:
            await asyncio.wait(self._tasks)

    def close(self) -> None:
        """Take nothing more."""
        if not self._is_closed:
            self._is_closed = True
            self.leave()
            self._rest()

    def _begin(self) -> None:
        try:
            # Nobody is handed anything who has no descriptor for it.
            os.close(os.dup(self._member.inbox.fileno()))
        except OSError as error:
            self._pause(error)
            return
        if not self._is_finishing:
            self._loop.add_reader(self._listener, self._accept)
        self._loop.add_reader(self._member.inbox, self._take)
        if not self._is_leaving:
            self._member.join(self._roll.count)

    def _rest(self) -> None:
        self._member.leave()
        if not self._is_finishing:
            self._loop.remove_reader(self._listener)
        self._loop.remove_reader(self._member.inbox)
        if self._again is not None:
            self._again.cancel()
            self._again = None

    def _leave_queue(self) -> None:
        """The queue is closed by whoever has it, so it is left once."""
        if not self._is_finishing:
            self._is_finishing = True
            self._loop.remove_reader(self._listener)

    def _pause(self, error: OSError) -> None:
        """A queue that cannot be emptied would be told of without end."""
        _log.warning("no connection can be taken, and %g s are waited: %s", PAUSE, error.strerror)
        if not self._is_closed:
            self._rest()
            self._again = self._loop.call_later(PAUSE, self._begin)

    def _accept(self) -> None:
        for _ in range(AT_ONCE):
            try:
                caller, _ = self._listener.accept()
            except BlockingIOError:
                return
            except OSError as error:
                if error.errno in _PASSING:
                    continue
                self._pause(error)
                return
            self._settle(caller, may_go=True)

    def _take(self) -> bool:
        """Whether there may be more."""
        for _ in range(AT_ONCE):
            try:
                caller = self._member.take()
            except BlockingIOError:
                return False
            except EOFError:
                self._loop.remove_reader(self._member.inbox)
                return False
            except OSError as error:
                self._pause(error)
                return False
            if caller is not None:
                # Nobody hands anything back to one that is leaving.
                self._settle(caller, may_go=self._is_leaving)
        return True

    def _settle(self, caller: socket.socket, *, may_go: bool) -> None:
        if may_go and self._member.hand(caller):
            caller.close()
        else:
            self._serve(caller)

    def _serve(self, caller: socket.socket) -> None:
        caller.setblocking(False)
        connection = self._factory()
        self._roll.expect(connection)
        task = self._loop.create_task(self._open(connection, caller))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _open(self, connection: Connection, caller: socket.socket) -> None:
        try:
            await self._loop.connect_accepted_socket(lambda: connection, caller, ssl=self._tls)
        except OSError:
            # Its caller has left, or speaks no TLS that we speak.
            return
        finally:
            self._roll.settle(connection)
        if self._is_finishing or self._is_closed:
            connection.shutdown()
