import asyncio
import logging

import pytest

from proxy.core.facts import CallEnded
from proxy.watch.news import MANY, SOON, News
from tests.support.told import began, ended


class Ear:
    def __init__(self):
        self.heard = []
        self.closed_after = None

    def on(self, fact):
        self.heard.append(fact)

    def close(self):
        self.closed_after = len(self.heard)


class Deaf:
    """Cannot stand the end of a call."""

    def __init__(self):
        self.heard = []

    def on(self, fact):
        if type(fact) is CallEnded:
            raise ValueError("too loud")
        self.heard.append(fact)


@pytest.mark.virtual_time
async def test_a_fact_is_told_soon_and_not_at_once():
    ear = Ear()
    news, fact = News([ear]), ended()

    news.tell(fact)
    before = list(ear.heard)
    await asyncio.sleep(SOON * 0.9)
    still = list(ear.heard)
    await asyncio.sleep(SOON * 0.2)

    assert (before, still, ear.heard) == ([], [], [fact])


@pytest.mark.virtual_time
async def test_all_are_told_in_the_order_in_which_they_happened():
    ears = [Ear(), Ear()]
    news, facts = News(ears), [began(), ended(), began(call="2"), ended(call="2")]

    for fact in facts:
        news.tell(fact)
    await asyncio.sleep(SOON)
    news.tell(facts[0])
    await asyncio.sleep(SOON)

    assert [ear.heard for ear in ears] == [[*facts, facts[0]]] * 2


@pytest.mark.virtual_time
async def test_many_are_told_at_the_loop_s_next_turn():
    ear, loop = Ear(), asyncio.get_running_loop()
    news, at = News([ear]), loop.time()

    for number in range(MANY + 3):
        news.tell(ended(call=str(number)))
    at_once = len(ear.heard)
    await asyncio.sleep(0)
    news.tell(ended())
    soon = len(ear.heard)
    await asyncio.sleep(SOON)

    assert (at_once, soon, len(ear.heard)) == (0, MANY + 3, MANY + 4)
    assert loop.time() - at == SOON


@pytest.mark.virtual_time
async def test_whoever_reads_has_all_told_at_once_and_nothing_twice():
    ear = Ear()
    news = News([ear])

    news.tell(ended())
    news.flush()
    news.flush()
    at_once = len(ear.heard)
    await asyncio.sleep(2 * SOON)

    assert (at_once, len(ear.heard)) == (1, 1)


@pytest.mark.virtual_time
async def test_who_raises_keeps_nothing_from_the_others_nor_from_itself(caplog):
    deaf, ear = Deaf(), Ear()
    news, facts = News([deaf, ear]), [began(), ended(), began(call="2")]

    with caplog.at_level(logging.ERROR, "firstbyte.facts"):
        for fact in facts:
            news.tell(fact)
        news.flush()

    assert ear.heard == facts
    assert deaf.heard == [facts[0], facts[2]]
    assert [str(record.exc_info[1]) for record in caplog.records] == ["too loud"]


class Gatherer(Deaf):
    """Hears many together, and not more than it can bear of calls that ended."""

    def __init__(self):
        super().__init__()
        self.times = 0

    def on_many(self, facts):
        self.times += 1
        for fact in facts:
            self.on(fact)


@pytest.mark.virtual_time
async def test_who_wants_many_together_gets_them_together():
    gatherer, news = Gatherer(), News()
    facts = [began(), began(call="2"), began(call="3")]

    news.observe(gatherer)
    for fact in facts:
        news.tell(fact)
    news.flush()

    assert (gatherer.times, gatherer.heard) == (1, facts)


@pytest.mark.virtual_time
async def test_who_raises_among_many_hears_those_that_are_left(caplog):
    gatherer = Gatherer()
    news = News([gatherer])

    with caplog.at_level(logging.ERROR, "firstbyte.facts"):
        for fact in (began(), ended(), ended(), began(call="2"), ended()):
            news.tell(fact)
        news.flush()

    assert gatherer.heard == [began(), began(call="2")]
    assert len(caplog.records) == 3


@pytest.mark.virtual_time
async def test_who_begins_to_listen_hears_nothing_of_what_was_before():
    early, late = Ear(), Ear()
    news = News([early])

    news.tell(began())
    news.observe(late)
    news.tell(ended())
    news.flush()

    assert early.heard == [began(), ended()]
    assert late.heard == [ended()]


@pytest.mark.virtual_time
async def test_at_the_end_the_last_is_told_before_anybody_closes():
    ear, deaf = Ear(), Deaf()
    news = News([ear, deaf])

    news.tell(ended())
    news.close()

    assert ear.closed_after == 1


@pytest.mark.virtual_time
async def test_what_others_read_is_told_on_the_spot():
    prompt, ear = Ear(), Ear()
    news = News([ear])
    news.observe(prompt, at_once=True)
    news.observe(Deaf(), at_once=True)

    news.tell(ended())
    at_once = (len(prompt.heard), len(ear.heard))
    news.close()

    assert at_once == (1, 0)
    assert (prompt.closed_after, ear.closed_after) == (1, 1)


def test_where_no_loop_runs_a_fact_is_told_at_once():
    ear = Ear()
    News([ear]).tell(ended())

    assert ear.heard == [ended()]


def test_it_is_known_who_needs_to_hear_of_whole_answers_that_begin():
    first, second, third = Ear(), Ear(), Ear()
    second.hears_wholes_begin = False
    news = News([first])
    news.observe(second)
    news.observe(third, at_once=True)

    assert news.curious == [first, third]
    assert not News([second]).curious
