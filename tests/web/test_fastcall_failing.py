"""What fails behind an answer that is out costs its call nothing: it ends once, is charged, gives its place back."""

import json
from unittest.mock import patch

import pytest

from proxy.engine.head_start import HeadStart
from proxy.gate.charge import Charge
from proxy.web.books import Books
from proxy.web.cycle import Cycle
from proxy.web.stream import Stream
from tests.support.twins import answer, call, of_scripts, twins


def chunk(data):
    """A chunk of HTTP."""
    return b"%x\r\n%b\r\n" % (len(data), data)


def event(delta, finish=None):
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    said = {"id": "c1", "object": "chat.completion.chunk", "created": 1, "model": "sim-1"}
    return b"data: " + json.dumps({**said, "choices": [choice]}).encode() + b"\n\n"


OPEN = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
HELLO = event({"role": "assistant", "content": "hello"})
END = event({}, "stop") + b"data: [DONE]\n\n"
SCRIPTS = {
    "whole": [[answer()]],
    "streamed": [[OPEN + chunk(HELLO + END) + chunk(b"")]],
    "slowly": [[OPEN + chunk(HELLO), chunk(END) + chunk(b"")]],
}
OURS = RuntimeError("a fault of ours")


def config(url, settings, **more):
    return of_scripts(url, settings, [*SCRIPTS], lambda _: {}, {}, **more)


def behind(owner, name):
    """A fault right behind the work of this function."""
    work = getattr(owner, name)

    def broken(*arguments, **named):
        work(*arguments, **named)
        raise OURS

    return patch.object(owner, name, broken)


async def _failing(model, fault):
    """What came of a call: the caller's answer, the fact of its end, and its row behind those of two that went well."""
    async with twins(SCRIPTS, config) as scene:
        client, _ = await scene.known(model, stream=model != "whole")
        with fault:
            answered = await client.ask(call(model, stream=model != "whole"))
            await scene.fast.quiet()
        told = await scene.fast.told()
        ended = [fact for fact in told["facts"] if "outcome" in fact]
        return answered, ended, await scene.fast.rows()


@pytest.mark.parametrize("model", ["whole", "streamed"])
@pytest.mark.parametrize(
    "fault",
    [
        lambda: behind(Cycle, "_complete"),
        lambda: behind(HeadStart, "won"),
        lambda: patch.object(Books, "began", side_effect=OURS),
    ],
    ids=["said", "won", "began"],
)
async def test_an_answer_in_one_piece_is_written_down_whatever_fails_behind_it(
    model, fault, caplog
):
    answered, ended, rows = await _failing(model, fault())

    assert (answered.status, answered.complete) == (200, True)
    assert [fact["outcome"] for fact in ended] == ["served"]
    assert [row["outcome"] for row in rows] == ["served"] * 3
    assert "a fault of ours" in caplog.text


@pytest.mark.parametrize(
    "fault",
    [
        lambda: behind(Cycle, "end"),
        lambda: patch.object(Cycle, "end", side_effect=[OURS]),
        lambda: patch.object(Stream, "close", side_effect=[OURS, None]),
    ],
    ids=["said", "unsaid", "closed"],
)
async def test_a_stream_is_written_down_whatever_fails_at_its_end(fault, caplog):
    answered, ended, rows = await _failing("slowly", fault())

    assert (answered.status, answered.complete) == (200, True)
    assert [fact["outcome"] for fact in ended] == ["served"]
    assert [row["outcome"] for row in rows] == ["served"] * 3
    assert "a fault of ours" in caplog.text


@pytest.mark.parametrize("model", [*SCRIPTS])
async def test_a_call_that_cannot_be_charged_is_told_of_all_the_same(model, caplog):
    answered, ended, _ = await _failing(model, patch.object(Charge, "end", side_effect=OURS))

    assert answered.complete
    assert [fact["outcome"] for fact in ended] == ["served"]
    assert "the call is not charged" in caplog.text
