"""Real pipes and files stand behind the descriptors."""

import errno
import fcntl
import io
import logging
import os
from types import SimpleNamespace

import pytest

from proxy.watch import stderr as stderr_file
from proxy.watch.stderr import Stderr, say, speak

PIPE_SIZE = 4096 * 4


@pytest.fixture
def pipe(monkeypatch):
    """A pipe that holds little, as standard error: its reading end."""
    read, write = os.pipe()
    fcntl.fcntl(write, fcntl.F_SETPIPE_SZ, PIPE_SIZE)
    os.set_blocking(read, False)
    with os.fdopen(write, "w") as stream:
        monkeypatch.setattr(stderr_file, "sys", SimpleNamespace(stderr=stream))
        yield read
    os.close(read)


def tell(to, text, *arguments):
    to.handle(logging.LogRecord("x", logging.WARNING, "f", 1, text, arguments, None))


def taken(read):
    try:
        return os.read(read, 1 << 20)
    except BlockingIOError:
        return b""


def test_a_message_is_a_line(pipe):
    tell(Stderr(), "%s is away", "it")

    assert taken(pipe) == b"it is away\n"


def test_a_reader_who_is_stuck_holds_nobody_up_and_hears_later_what_he_missed(pipe):
    to = Stderr()
    os.write(stderr_file.sys.stderr.fileno(), bytes(PIPE_SIZE))
    tell(to, "one")
    tell(to, "two")
    taken(pipe)
    tell(to, "three")
    tell(to, "four")

    assert taken(pipe) == b"2 messages before this one were lost: nobody read them\nthree\nfour\n"


def test_of_a_message_that_is_too_long_for_who_reads_the_beginning_is_said(pipe):
    to = Stderr()
    tell(to, "x" * 2 * PIPE_SIZE)
    first = taken(pipe)
    tell(to, "next")

    assert first == b"x" * PIPE_SIZE
    # It is on a line of its own, with what comes behind it.
    assert taken(pipe) == b"\n1 messages before this one were lost: nobody read them\nnext\n"
    tell(to, "last")
    assert taken(pipe) == b"last\n"


def test_who_says_lines_of_his_own_is_told_whether_they_were_taken(pipe):
    taken_first = say("one\ntwo\n")
    heard = taken(pipe)
    os.write(stderr_file.sys.stderr.fileno(), bytes(PIPE_SIZE))

    assert (taken_first, heard) == (True, b"one\ntwo\n")
    assert not say("three\n")


def test_a_disk_that_is_full_costs_no_call(tmp_path, monkeypatch):
    def write(_descriptor, _data):
        raise OSError(errno.ENOSPC, "No space left on device")

    with (tmp_path / "log").open("w") as stream, monkeypatch.context() as patch:
        patch.setattr(stderr_file, "sys", SimpleNamespace(stderr=stream))
        patch.setattr(stderr_file.os, "write", write)
        to = Stderr()
        tell(to, "one")
        patch.setattr(stderr_file.os, "write", lambda _, data: stream.write(data.decode()))
        tell(to, "two")

    said = (tmp_path / "log").read_text()

    assert said == "1 messages before this one were lost: nobody read them\ntwo\n"


def test_a_stream_without_a_descriptor_gets_text_and_a_closed_one_nothing(monkeypatch):
    stream = io.StringIO()
    monkeypatch.setattr(stderr_file, "sys", SimpleNamespace(stderr=stream))
    to = Stderr()
    tell(to, "one")
    said = stream.getvalue()
    stream.close()
    tell(to, "two")

    assert said == "one\n"


def test_a_message_that_cannot_be_put_together_is_let_be(pipe, monkeypatch):
    monkeypatch.setattr(logging, "raiseExceptions", False)
    to = Stderr()
    tell(to, "%d", "no number")
    tell(to, "next")

    assert taken(pipe) == b"next\n"


def test_what_no_other_handler_says_is_said_by_it(monkeypatch):
    monkeypatch.setattr(logging, "lastResort", None)
    speak()

    assert isinstance(logging.lastResort, Stderr)
    assert logging.lastResort.level == logging.WARNING
