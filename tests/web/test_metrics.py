import asyncio

import pytest

from proxy.watch.scrape import Scrape
from proxy.web.metrics import Metrics
from tests.support.told import TRACE, began, ended

OPEN = b"application/openmetrics-text;version=1.0.0"


async def scraped(numbers, *accepts):
    sent = []

    async def send(message):
        sent.append(message)

    headers = [(b"accept", accept) for accept in accepts]
    await Metrics(numbers)({"type": "http", "method": "GET", "headers": headers}, None, send)
    head, body = sent
    return head["status"], dict(head["headers"]), body["body"]


@pytest.fixture
def numbers():
    found = Scrape()
    found.metrics.adopt(["chat"], ["b/m"])
    for fact in (began(), ended()):
        found.metrics.on(fact)
    return found


async def test_a_scraper_gets_what_was_counted(numbers):
    status, headers, body = await scraped(numbers)

    assert (status, headers[b"content-length"]) == (200, str(len(body)).encode())
    assert headers[b"content-type"].startswith(b"text/plain; version=0.0.4")
    assert (
        b'firstbyte_requests_total{alias="chat",outcome="served",surface="chat",target="b/m"} 1.0\n'
    ) in body


async def test_a_scraper_that_asks_for_openmetrics_gets_it_with_traces(numbers):
    _, headers, body = await scraped(numbers, b"text/html", OPEN)

    assert headers[b"content-type"].startswith(b"application/openmetrics-text; version=1.0.0")
    assert body.endswith(b"\n# EOF\n")
    assert body.count(b"# EOF") == 1
    assert TRACE.id.encode() in body


async def test_calls_go_on_while_the_numbers_are_told():
    turns = []

    class Slow:
        async def prepare(self):
            pass

        def expose(self, accept):
            return "text/plain", iter([b"a", b"b", b"c"])

    async def others():
        while True:
            turns.append(1)
            await asyncio.sleep(0)

    task = asyncio.ensure_future(others())
    _, _, body = await scraped(Slow())
    task.cancel()

    assert (body, len(turns)) == (b"abc", 3)
