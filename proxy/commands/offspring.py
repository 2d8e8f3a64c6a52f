"""A worker process as its supervisor knows it: forked, spoken to over a line of its own, waited for.

Invariant: what a fork inherits and does not need is closed before it works, so that the end of the supervisor is the
end of every line.
"""

import os
import signal
import socket
import sys
import traceback
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from typing import Final, NoReturn

from proxy.commands.channel import Line, Word, pack
from proxy.watch.stderr import say

_NAMES: Final = ("SIGTERM", "SIGINT", "SIGHUP", "SIGCHLD")
HEARD: Final = tuple(signal.Signals[name] for name in _NAMES if hasattr(signal, name))
"""What a supervisor hears, where the system has it; nobody else in its house does."""


class Offspring:
    """One process.

    Args:
        number: Of its place.
        pid: Its process.
        line: To it.
        began: When, by the clock.
    """

    def __init__(self, number: int, pid: int, line: Line, began: float) -> None:
        self.number = number
        self.pid = pid
        self.line = line
        self.began = began
        self.is_ready = False
        """Whether it takes calls."""
        self.unanswered = 0
        """How often it was asked whether it is there, since it last said anything."""

    def say(self, message: bytes) -> None:
        """Tell it something; who is stuck is ended, and another takes its place."""
        try:
            self.line.say(message)
        except OSError:
            self.kill()

    def ask(self) -> None:
        """Ask whether it is there; who has hung up, and is about to end, is let be."""
        self.unanswered += 1
        with suppress(OSError):
            self.line.say(pack(Word.ASK))

    def kill(self) -> None:
        """End it, whatever it does."""
        with suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)

    def ended(self) -> int | None:
        """Its exit status, negative for the signal that killed it; None while it lives."""
        pid, status = os.waitpid(self.pid, os.WNOHANG)
        return os.waitstatus_to_exitcode(status) if pid else None

    def wait(self) -> None:
        """Until it has ended."""
        os.waitpid(self.pid, 0)


def fork(number: int, now: float, work: Callable[[socket.socket], int]) -> Offspring:
    """Another process that does this work, and ends with the status that it returns.

    Call it where there is one thread and no event loop.

    Args:
        number: Of its place.
        now: By the clock.
        work: Gets the worker's end of the line.

    Raises:
        OSError: there can be no more processes.
    """
    ours, theirs = socket.socketpair()
    sys.stdout.flush()
    sys.stderr.flush()
    try:
        with _signals_held():
            pid = os.fork()
            if pid == 0:
                ours.close()
                _be(theirs, work)
    except OSError:
        ours.close()
        raise
    finally:
        theirs.close()
    return Offspring(number, pid, Line(ours), now)


@contextmanager
def _signals_held() -> Generator[None]:
    """Between the fork and its own handlers a signal would be told to the supervisor as one of its own."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, HEARD)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _be(line: socket.socket, work: Callable[[socket.socket], int]) -> NoReturn:
    """Be the worker. Nothing of the supervisor's stack is unwound, since what it would tidy up is not ours."""
    status = 1
    try:
        signal.set_wakeup_fd(-1)
        for number in HEARD:
            signal.signal(number, signal.SIG_DFL)
        # A terminal that goes away tells the whole house; the supervisor says what is to be done.
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, HEARD)
        status = work(line)
    except BaseException:  # noqa: BLE001 (nobody is above us)
        say(traceback.format_exc())
    finally:
        with suppress(OSError, ValueError):
            sys.stdout.flush()
        with suppress(OSError, ValueError):
            sys.stderr.flush()
        os._exit(status)
