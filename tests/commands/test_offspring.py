import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from proxy.commands import offspring
from proxy.commands.channel import Line, Word, pack
from proxy.commands.offspring import Offspring
from tests.support.turns import HANGS

ROOT = str(Path(__file__).resolve().parents[2])
FAILING = """
import os
read, write = os.pipe()
os.dup2(write, 2)
os.set_blocking(2, False)
try:
    while True:
        os.write(2, bytes(4096))
except BlockingIOError:
    os.set_blocking(2, True)
os.close(write)

from functools import partial
from pathlib import Path
from proxy.commands import worker
from proxy.commands.offspring import fork
from proxy.commands.verb import Unusable

def fail(error, _line):
    # Left open here, it would keep the one alive that waits.
    os.close(read)
    raise error

def refuse(coroutine):
    coroutine.close()
    os.close(read)
    raise Unusable("the store is away")

worker.run_server = refuse
works = partial(fail, RuntimeError("a bug")), partial(worker.run, None, None)
print(*(os.waitstatus_to_exitcode(os.waitpid(fork(0, 0.0, work).pid, 0)[1]) for work in works))
"""


class Pid:
    """What was asked of a process that is none."""

    def __init__(self, monkeypatch, *, status=(0, 0)):
        self.killed = []
        monkeypatch.setattr(
            offspring.os, "kill", lambda pid, number: self.killed.append((pid, number))
        )
        monkeypatch.setattr(offspring.os, "waitpid", lambda *_: status)


def child():
    ours, theirs = socket.socketpair()
    return Offspring(0, 7, Line(ours), 0.0), theirs


def test_what_is_said_is_heard_and_nobody_is_ended(monkeypatch):
    pid = Pid(monkeypatch)
    one, theirs = child()
    one.say(pack(Word.STOP))
    heard = theirs.recv(100)
    one.line.close()
    theirs.close()

    assert (heard, pid.killed) == (pack(Word.STOP), [])


def test_who_is_stuck_is_ended(monkeypatch):
    pid = Pid(monkeypatch)
    ours, theirs = socket.socketpair()
    one = Offspring(0, 7, Line(ours), 0.0)
    ours.settimeout(0.01)
    one.say(pack(Word.CONFIG, bytes(10_000_000)))
    ours.close()
    theirs.close()

    assert pid.killed == [(7, signal.SIGKILL)]


def test_who_has_hung_up_is_asked_in_vain_and_not_ended(monkeypatch):
    pid = Pid(monkeypatch)
    one, theirs = child()
    one.ask()
    heard = theirs.recv(100)
    theirs.close()
    one.ask()
    one.line.close()

    assert (heard, one.unanswered, pid.killed) == (pack(Word.ASK), 2, [])


@pytest.mark.parametrize(
    ("status", "told"), [((0, 0), None), ((7, 0), 0), ((7, 3 << 8), 3), ((7, 9), -9)]
)
def test_how_it_ended_is_told_once_it_has(monkeypatch, status, told):
    Pid(monkeypatch, status=status)
    one, theirs = child()
    ended = one.ended()
    one.line.close()
    theirs.close()

    assert ended == told


def test_one_that_fails_ends_though_nobody_reads_what_it_has_to_say():
    ended = subprocess.run(
        [sys.executable, "-c", FAILING],
        stdout=subprocess.PIPE,
        check=True,
        timeout=HANGS,
        env={**os.environ, "PYTHONPATH": ROOT},
    )

    assert ended.stdout == b"1 1\n"
