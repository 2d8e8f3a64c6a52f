"""Real pipes and files stand behind the descriptors; only time is made up."""

import asyncio
import errno
import fcntl
import io
import os
import subprocess
import sys
from pathlib import Path

import pytest

from proxy.watch import lines as lines_file
from proxy.watch.lines import MOST, MUCH, ROOM, SOON, Lines

ROOT = Path(__file__).parents[2]
PIPE_SIZE = 4096 * 4


@pytest.fixture
def pipe():
    """A pipe that holds little: its reading end, and a stream that writes to it."""
    read, write = os.pipe()
    fcntl.fcntl(write, fcntl.F_SETPIPE_SZ, PIPE_SIZE)
    os.set_blocking(read, False)
    with os.fdopen(write, "w") as stream:
        yield read, stream
    os.close(read)


@pytest.fixture
def writer(pipe):
    found = Lines(pipe[1])
    yield found
    lines_file.atexit.unregister(found.close)


def taken(read):
    try:
        return os.read(read, 1 << 20)
    except BlockingIOError:
        return b""


def test_without_a_loop_a_line_is_out_at_once(pipe, writer):
    writer.write(b"one")
    writer.write(b"two")

    assert taken(pipe[0]) == b"one\ntwo\n"


@pytest.mark.virtual_time
async def test_on_a_loop_lines_go_out_together_and_soon(pipe, writer):
    writer.write(b"one")
    await asyncio.sleep(SOON * 0.9)
    writer.write(b"two")
    before = taken(pipe[0])
    await asyncio.sleep(SOON * 0.2)

    assert (before, taken(pipe[0])) == (b"", b"one\ntwo\n")

    writer.write(b"three")
    await asyncio.sleep(SOON * 1.1)

    assert taken(pipe[0]) == b"three\n"


@pytest.mark.virtual_time
async def test_much_goes_out_at_once(pipe, writer):
    for _ in range(MUCH // 1024):
        writer.write(b"x" * 1023)

    assert len(taken(pipe[0])) == PIPE_SIZE


@pytest.mark.virtual_time
async def test_lines_of_several_processes_on_one_pipe_do_not_tear_each_other(pipe, writer):
    other = Lines(pipe[1])
    for number in range(30):
        writer.write(b"a%d" % number + b"a" * 900)
        other.write(b"b%d" % number + b"b" * 700)
    got = b""
    for _ in range(20):
        await asyncio.sleep(SOON * 1.1)
        got += taken(pipe[0])
    other.close()
    lines = got.split(b"\n")[:-1]

    assert sorted({len(line) for line in lines}) == [702, 703, 902, 903]
    assert len(lines) == 60


@pytest.mark.virtual_time
async def test_a_line_longer_than_a_piece_goes_out_all_the_same(pipe, writer):
    writer.write(b"x" * 9000)
    writer.write(b"y")
    await asyncio.sleep(SOON * 1.1)

    assert taken(pipe[0]) == b"x" * 9000 + b"\ny\n"


@pytest.mark.virtual_time
async def test_a_reader_who_is_stuck_holds_nobody_up_and_loses_nothing_that_is_not_too_much(
    pipe, writer
):
    sent = [b"%d" % number + b"x" * 500 for number in range(200)]
    for line in sent:
        writer.write(line)
    await asyncio.sleep(10.0)
    got = b""
    while part := taken(pipe[0]):
        got += part
        await asyncio.sleep(SOON * 1.1)

    assert got == b"\n".join(sent) + b"\n"


@pytest.mark.virtual_time
async def test_what_is_too_much_is_lost_and_counted(pipe, writer, caplog):
    line = b"x" * 1023
    for _ in range(MOST // 1024 + 100):
        writer.write(line)
    await asyncio.sleep(1.0)
    got = b""
    while part := taken(pipe[0]):
        got += part
        await asyncio.sleep(SOON * 1.1)

    assert MOST <= len(got) <= MOST + 2 * 1024 + PIPE_SIZE
    assert set(got.split(b"\n")) == {line, b""}
    (told,) = caplog.messages
    lost = MOST // 1024 + 100 - len(got) // 1024
    assert told == f"{lost} log lines were lost: nobody read them"


def test_a_reader_who_has_gone_ends_it_quietly():
    read, write = os.pipe()
    os.close(read)
    with os.fdopen(write, "w") as stream:
        writer = Lines(stream)
        writer.write(b"one")
        writer.write(b"two")
        writer.close()

    assert writer._held == []


def test_a_file_gets_everything_at_once(tmp_path):
    path = tmp_path / "log"
    with path.open("w") as stream:
        stream.write("before\n")
        writer = Lines(stream)
        writer.write(b"x" * 100_000)
        writer.close()

    assert path.read_bytes() == b"before\n" + b"x" * 100_000 + b"\n"


class Disk:
    """Writes a few bytes, and then has no more room until somebody makes some."""

    def __init__(self, monkeypatch, room):
        self.room = room
        self._write = os.write
        monkeypatch.setattr(lines_file.os, "write", self)

    def __call__(self, descriptor, data):
        if not self.room:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        written = self._write(descriptor, data[: self.room])
        self.room -= written
        return written


@pytest.fixture
def file(tmp_path):
    """A path, and a writer to it."""
    path = tmp_path / "log"
    with path.open("w") as stream:
        found = Lines(stream)
        yield path, found
        lines_file.atexit.unregister(found.close)


@pytest.mark.virtual_time
async def test_lines_wait_for_room_on_a_disk_that_is_full_and_none_is_torn(
    file, monkeypatch, caplog
):
    path, writer = file
    disk = Disk(monkeypatch, room=6)
    for line in (b"one", b"two"):
        writer.write(line)
    await asyncio.sleep(2 * SOON)
    writer.write(b"three")
    await asyncio.sleep(60 * ROOM)
    before = path.read_bytes()
    disk.room = 1000
    await asyncio.sleep(2 * ROOM)
    writer.write(b"four")
    await asyncio.sleep(2 * SOON)

    assert before == b"one\ntw"
    assert path.read_bytes() == b"one\ntwo\nthree\nfour\n"
    assert caplog.messages == [
        "the log cannot be written (No space left on device); its lines wait"
    ]


@pytest.mark.virtual_time
async def test_lines_for_which_there_was_never_room_are_counted_at_the_end(
    file, monkeypatch, caplog
):
    path, writer = file
    Disk(monkeypatch, room=0)
    for line in (b"one", b"two"):
        writer.write(line)
    await asyncio.sleep(60 * ROOM)
    writer.close()
    writer.close()

    assert path.read_bytes() == b""
    assert caplog.messages[1:] == ["2 log lines were lost: there was no room for them"]


def test_without_a_loop_a_line_for_which_there_is_no_room_waits_for_the_next(file, monkeypatch):
    path, writer = file
    disk = Disk(monkeypatch, room=0)
    writer.write(b"one")
    disk.room = 1000
    writer.write(b"two")

    assert path.read_bytes() == b"one\ntwo\n"


def test_without_a_loop_a_line_that_nobody_takes_waits_for_the_next(pipe, writer):
    os.set_blocking(pipe[1].fileno(), False)
    os.write(pipe[1].fileno(), bytes(PIPE_SIZE))
    writer.write(b"one")
    taken(pipe[0])
    writer.write(b"two")

    assert taken(pipe[0]) == b"one\ntwo\n"


def test_where_another_process_was_quicker_a_line_waits_for_the_next(pipe, writer, monkeypatch):
    os.set_blocking(pipe[1].fileno(), False)
    os.write(pipe[1].fileno(), bytes(PIPE_SIZE))
    # It had room when it was asked.
    monkeypatch.setattr(lines_file, "takes", lambda *_: True)
    writer.write(b"one")
    taken(pipe[0])
    writer.write(b"two")

    assert taken(pipe[0]) == b"one\ntwo\n"


def test_what_waits_in_another_encoding_goes_out_in_it(pipe):
    pipe[1].reconfigure(encoding="latin-1")
    writer = Lines(pipe[1])
    os.write(pipe[1].fileno(), bytes(PIPE_SIZE))
    writer.write("é…".encode())
    taken(pipe[0])
    writer.write("ü".encode())
    lines_file.atexit.unregister(writer.close)

    assert taken(pipe[0]) == b"\xe9?\n\xfc\n"


def test_a_stream_that_was_closed_is_written_no_more(tmp_path):
    path = tmp_path / "log"
    with path.open("w") as stream:
        writer = Lines(stream)
    writer.write(b"late")
    writer.close()

    assert path.read_bytes() == b""


def test_a_stream_without_a_descriptor_gets_text():
    stream = io.StringIO()
    Lines(stream).write("é".encode())

    assert stream.getvalue() == "é\n"


def test_another_encoding_gets_what_it_can_say(tmp_path):
    path = tmp_path / "log"
    with path.open("w", encoding="latin-1") as stream:
        writer = Lines(stream)
        writer.write("é…".encode())
        writer.close()

    assert path.read_bytes() == b"\xe9?\n"


@pytest.mark.virtual_time
async def test_closing_writes_what_is_held_and_waits_no_longer_than_a_moment(
    pipe, writer, monkeypatch
):
    monkeypatch.setattr(lines_file, "PATIENCE", 0.01)
    writer.write(b"x" * (2 * PIPE_SIZE))
    writer.close()

    assert len(taken(pipe[0])) == PIPE_SIZE


def test_a_process_that_ends_badly_still_says_its_last_lines():
    program = """
import asyncio, sys
from proxy.watch.lines import Lines
async def main():
    Lines(sys.stdout).write(b"last")
    raise RuntimeError("a bug")
asyncio.run(main())
"""
    ended = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, check=False
    )

    assert (ended.returncode, ended.stdout) == (1, b"last\n")
