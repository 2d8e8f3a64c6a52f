import asyncio

from proxy.web.leaving import Leaving


def test_who_watches_hears_of_it_once():
    leaving, heard = Leaving(), []
    leaving.watch(lambda: heard.append("left"))
    leaving.tell()
    leaving.tell()

    assert heard == ["left"]


def test_who_watches_no_more_hears_nothing():
    leaving, heard = Leaving(), []
    leaving.watch(lambda: heard.append("left"))
    leaving.watch(None)
    leaving.tell()

    assert heard == []


async def test_who_begins_to_watch_too_late_hears_at_the_next_turn():
    leaving, heard = Leaving(), []
    leaving.tell()
    leaving.watch(lambda: heard.append("left"))
    before = list(heard)
    await asyncio.sleep(0)

    assert (before, heard) == ([], ["left"])
