import asyncio

import pytest

from proxy.watch import families
from proxy.watch.fleet import Fleet
from proxy.watch.scrape import STEP, Scrape
from tests.support.told import TRACE, began, ended

OPEN = "application/openmetrics-text"


@pytest.fixture
def fleet(tmp_path):
    found = Fleet(tmp_path / "numbers")
    found.prepare()
    return found


def text(scrape, accept=""):
    return b"".join(scrape.expose(accept)[1]).decode()


def served(number):
    labels = 'alias="other",outcome="served",surface="chat",target="other"'
    return f"firstbyte_requests_total{{{labels}}} {number:.1f}\n"


async def test_a_process_alone_tells_what_it_counted():
    scrape = Scrape()
    scrape.start()
    scrape.metrics.on(began())
    scrape.metrics.on(ended())

    assert served(1) in text(scrape)
    assert TRACE.id in text(scrape, OPEN)

    scrape.stop()

    assert served(1) in text(scrape)


@pytest.mark.virtual_time
async def test_whoever_is_asked_tells_what_all_counted_and_how_they_are_doing(fleet):
    workers = [Scrape(fleet, name) for name in ("1", "2")]
    for under_way, worker in enumerate(workers, 1):
        worker.metrics.watch(families.IN_FLIGHT, lambda n=under_way: {("chat",): float(n)})
        worker.metrics.on(began())
        worker.metrics.on(ended())
        worker.start()

    for worker in workers:
        assert served(2) in text(worker)
        assert 'firstbyte_in_flight{surface="chat"} 3.0\n' in text(worker)
        assert TRACE.id not in text(worker, OPEN), "a trace would be told of one worker alone"

    workers[1].stop()

    assert served(2) in text(workers[0])
    assert 'firstbyte_in_flight{surface="chat"} 1.0\n' in text(workers[0])

    workers[0].stop()


@pytest.mark.virtual_time
async def test_how_a_process_is_doing_is_told_to_the_others_once_a_second(fleet):
    state = {"now": 1.0}
    worker = Scrape(fleet, "1")
    worker.metrics.watch(families.QUEUE_DEPTH, lambda: {(): state["now"]})
    worker.start()
    state["now"] = 2.0
    before = fleet.reading()
    await asyncio.sleep(STEP * 1.1)
    after = fleet.reading()
    worker.stop()

    assert before["firstbyte_queue_depth", ()] == [1.0]
    assert after["firstbyte_queue_depth", ()] == [2.0]
