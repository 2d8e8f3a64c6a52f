"""Events come as they happen; who reads too slowly is cut off, and nobody waits for anybody."""

import asyncio

import pytest

from proxy.core.errors import Kind, ProxyError
from proxy.web.feed import QUEUED, READERS, Feed

pytestmark = pytest.mark.virtual_time


class Source:
    def __init__(self):
        self.listeners = []

    def listen(self, listener):
        self.listeners.append(listener)

    def leave(self, listener):
        self.listeners.remove(listener)

    def tell(self, name="call_ended", data=b"{}"):
        for listener in tuple(self.listeners):
            listener(name, data)


class Reader:
    """One operator: what came, and a way to leave or to stop reading."""

    def __init__(self, feed, method="GET"):
        self.messages = []
        self.reads = asyncio.Event()
        self.reads.set()
        self._left = asyncio.Event()
        self.task = asyncio.ensure_future(feed({"method": method}, self._receive, self._send))

    async def _receive(self):
        await self._left.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message):
        await self.reads.wait()
        self.messages.append(message)

    def leave(self):
        self._left.set()

    @property
    def body(self):
        return b"".join(message.get("body", b"") for message in self.messages)

    @property
    def is_over(self):
        last = self.messages[-1]
        return last["type"] == "http.response.body" and not last.get("more_body")


async def settled():
    for _ in range(10):
        await asyncio.sleep(0)


async def test_events_come_as_they_happen_and_the_stream_ends_when_the_server_stops():
    source = Source()
    feed = Feed(source)
    reader = Reader(feed)
    await settled()
    source.tell("answer_began", b'{"a":1}')
    source.tell("call_ended", b'{"b":2}')
    await settled()
    feed.close()
    await reader.task

    head = dict(reader.messages[0]["headers"])
    assert head[b"content-type"] == b"text/event-stream; charset=utf-8"
    assert reader.body == (
        b'retry: 1000\n\nevent: answer_began\ndata: {"a":1}\n\nevent: call_ended\ndata: {"b":2}\n\n'
    )
    assert reader.is_over
    assert source.listeners == []


async def test_silence_is_filled_with_comments():
    feed = Feed(Source(), heartbeat=15.0)
    reader = Reader(feed)
    await asyncio.sleep(31)
    feed.close()
    await reader.task

    assert reader.body == b"retry: 1000\n\n" + b": still here\n\n" * 2


async def test_who_leaves_is_forgotten():
    source = Source()
    reader = Reader(Feed(source))
    await settled()
    reader.leave()
    with pytest.raises(ProxyError) as caught:
        await reader.task

    assert caught.value.kind is Kind.CANCELLED
    assert source.listeners == []


async def test_who_reads_too_slowly_is_cut_off_and_the_others_are_not():
    source = Source()
    feed = Feed(source)
    slow, quick = Reader(feed), Reader(feed)
    await settled()
    slow.reads.clear()
    for _ in range(QUEUED + 2):
        source.tell()
        await settled()
    slow.reads.set()
    await slow.task
    feed.close()
    await quick.task

    assert slow.is_over
    assert slow.body.count(b"event:") < QUEUED
    assert quick.body.count(b"event:") == QUEUED + 2


async def test_there_are_so_many_places_and_one_that_is_left_is_free_again():
    feed = Feed(Source())
    readers = [Reader(feed) for _ in range(READERS)]
    await settled()
    with pytest.raises(ProxyError) as caught:
        await Reader(feed).task
    assert (caught.value.kind, caught.value.retry_after) == (Kind.SATURATED, 5.0)
    readers[0].leave()
    with pytest.raises(ProxyError):
        await readers[0].task
    late = Reader(feed)
    await settled()
    feed.close()
    await asyncio.gather(late.task, *(reader.task for reader in readers[1:]))

    assert late.is_over


async def test_a_head_alone_takes_no_place():
    source = Source()
    reader = Reader(Feed(source), method="HEAD")
    await reader.task

    assert [message["type"] for message in reader.messages] == [
        "http.response.start",
        "http.response.body",
    ]
    assert source.listeners == []
