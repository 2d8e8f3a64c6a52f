import asyncio
from pathlib import Path

import pytest

from bench.answers import write_all
from bench.callers import Caller
from bench.load import quoted
from bench.mock import Connection, Desk

CALL = b"POST /%b/v1/chat/completions HTTP/1.1\r\ncontent-length: 2\r\n\r\n{}"


class Wire:
    """Hands to one side what the other side writes, in pieces."""

    def __init__(self, size):
        self.size = size
        self.peer = None
        self.closed = False

    def write(self, data):
        for at in range(0, len(data), self.size):
            piece = data[at : at + self.size]
            asyncio.get_running_loop().call_soon(self.peer.data_received, piece)

    def is_closing(self):
        return self.closed


def joined(caller, server, size):
    there, back = Wire(size), Wire(size)
    there.peer, back.peer = server, caller
    server.connection_made(back)
    caller.connection_made(there)


@pytest.mark.parametrize("size", [7, 100_000])
@pytest.mark.parametrize(("answer", "events"), [("json", 0), ("relay", 100), ("gemini", 100)])
async def test_a_caller_counts_the_events_that_the_mock_sends(tmp_path, answer, events, size):
    write_all(tmp_path, 1)
    caller = Caller(CALL % answer.encode(), 1e18, asyncio.Event())
    joined(caller, Connection(Desk(tmp_path, 0.05)), size)
    while not caller.times:
        await asyncio.sleep(0)
    caller._until = 0.0
    await caller.over.wait()

    assert caller.failed == 0
    assert caller.events == events * len(caller.times)


async def test_an_answer_that_is_not_there_is_a_failure(tmp_path: Path):
    caller = Caller(CALL % b"nothing", 1e18, asyncio.Event())
    joined(caller, Connection(Desk(tmp_path, 0.05)), 1000)
    while not caller.failed:
        await asyncio.sleep(0)
    caller._until = 0.0
    await caller.over.wait()

    assert caller.failed >= 1


def test_a_lua_string_says_what_it_was_given():
    assert quoted('a"b\\c\n') == '"a\\34b\\92c\\10"'
