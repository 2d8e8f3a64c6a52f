import asyncio
import threading

import pytest

from proxy.gate import settle
from proxy.gate.ending import Ending
from proxy.gate.journal import Journal
from proxy.gate.settle import BATCH, LONGEST_PAUSE, Settler
from proxy.store.records import MOST, CallRow, Conclusion, Finding, Hold, Settlement
from tests.support.moods import LoopTime, MoodyStore


def row(name):
    return CallRow(name, 1.0, "chat", "a", "a", "p/m", "served", 200, stream=False)


def ending(name, late=()):
    return Ending(Conclusion((), (), row(name)), late)


def told(name):
    return lambda: ending(name)


async def kept(store):
    return [each.id for each in await store.rows(Finding())]


class Desk:
    """A settler over a moody store; started, unless a test says otherwise."""

    def __init__(self, journal=None):
        self.clock = LoopTime()
        self.store = MoodyStore(self.clock)
        self.settler = Settler(self.store, self.clock, journal)

    def put(self, *names):
        for name in names:
            self.settler.put(told(name))


@pytest.mark.virtual_time
async def test_what_was_put_is_told_soon_and_together():
    desk = Desk()
    desk.settler.start()
    desk.put("a", "b", "c")
    at_once = await kept(desk.store)
    await asyncio.sleep(1)

    assert at_once == []
    assert await kept(desk.store) == ["a", "b", "c"]
    assert desk.store.did("conclude") == 1
    await desk.settler.close(1.0)


@pytest.mark.virtual_time
async def test_whoever_needs_it_told_now_can_wait_for_that():
    desk = Desk()
    desk.settler.start()
    await desk.settler.flush()
    desk.put("a")
    begun = desk.clock.now()
    await desk.settler.flush()

    assert await kept(desk.store) == ["a"]
    assert desk.clock.now() == begun
    assert desk.settler.waiting == 0
    await desk.settler.close(1.0)


@pytest.mark.virtual_time
async def test_what_comes_while_others_are_told_is_waited_for_as_well():
    desk = Desk()
    desk.settler.start()
    desk.put("a")
    # Behind the timer of the first, and before who writes has woken.
    asyncio.get_running_loop().call_later(settle.LINGER, desk.put, "b")
    await asyncio.sleep(1.5 * settle.LINGER)
    before = await kept(desk.store)
    desk.put("c")
    await desk.settler.close(1.0)

    assert before == ["a", "b"]
    assert await kept(desk.store) == ["a", "b", "c"]
    assert desk.settler.lost == 0


@pytest.mark.virtual_time
async def test_many_are_told_in_steps():
    desk = Desk()
    desk.settler.start()
    desk.put(*(f"{n:04}" for n in range(BATCH + 1)))
    await desk.settler.flush()

    assert len(await kept(desk.store)) == BATCH + 1
    assert desk.store.did("conclude") == 2
    await desk.settler.close(1.0)


@pytest.mark.virtual_time
async def test_while_the_store_is_away_it_is_asked_ever_more_rarely_and_told_in_the_end():
    desk = Desk()
    desk.settler.start()
    desk.store.away = True
    desk.put("a")
    await asyncio.sleep(60)
    tries = desk.store.did("conclude")
    desk.put("b")
    behind = (desk.settler.is_behind, desk.settler.waiting)
    desk.store.away = False
    await asyncio.sleep(LONGEST_PAUSE)
    await desk.settler.flush()

    assert 12 < tries < 20
    assert behind == (True, 2)
    assert await kept(desk.store) == ["a", "b"]
    assert not desk.settler.is_behind
    await desk.settler.close(1.0)


@pytest.mark.virtual_time
async def test_a_store_that_hangs_is_a_store_that_is_away():
    desk = Desk()
    desk.settler.start()
    desk.store.hangs = True
    desk.put("a")
    await asyncio.sleep(settle.PATIENCE + 0.05)
    behind = desk.settler.is_behind
    desk.store.hangs = False
    await desk.settler.flush()

    assert behind
    assert await kept(desk.store) == ["a"]
    await desk.settler.close(1.0)


@pytest.mark.virtual_time
async def test_a_hold_that_the_store_does_not_have_yet_is_made_before_it_is_settled():
    desk = Desk()
    desk.settler.start()
    hold = Hold("h", "budget:key:k:2026-01", 70, 60.0, MOST)
    desk.settler.put(lambda: Ending(Conclusion((Settlement("h", 70),)), (hold,)))
    await desk.settler.flush()

    assert (await desk.store.balance(hold.account)).spent == 70
    await desk.settler.close(1.0)


@pytest.mark.virtual_time
async def test_a_record_that_cannot_be_worked_out_costs_no_other(caplog):
    desk = Desk()
    desk.settler.start()

    def broken():
        raise ValueError("no record can be made of this")

    desk.put("a")
    desk.settler.put(broken)
    desk.put("b")
    await desk.settler.flush()

    assert await kept(desk.store) == ["a", "b"]
    assert desk.settler.lost == 1
    assert "could not be worked out" in caplog.text
    await desk.settler.close(1.0)


@pytest.mark.virtual_time
async def test_a_record_that_no_store_takes_costs_no_other(monkeypatch, caplog):
    desk = Desk()
    plain = desk.store.conclude

    async def picky(ends):
        if any(end.row.id == "bad" for end in ends):
            raise ValueError("no store takes this")
        return await plain(ends)

    monkeypatch.setattr(desk.store, "conclude", picky)
    desk.settler.start()
    desk.put("a", "bad", "b")
    await desk.settler.flush()

    assert await kept(desk.store) == ["a", "b"]
    assert desk.settler.lost == 1
    assert "cannot be told" in caplog.text
    await desk.settler.close(1.0)


@pytest.mark.virtual_time
async def test_memory_is_bounded_and_what_goes_is_counted(monkeypatch):
    monkeypatch.setattr(settle, "MOST", 3)
    desk = Desk()
    desk.put("a", "b", "c", "d", "e")
    desk.settler.start()
    await desk.settler.flush()

    assert await kept(desk.store) == ["c", "d", "e"]
    assert desk.settler.lost == 2
    await desk.settler.close(1.0)


async def until(condition):
    """Threads write the journal: real time passes, however little."""
    async with asyncio.timeout(20):
        while not condition():
            await asyncio.sleep(0.001)


class Hasty(LoopTime):
    async def sleep(self, seconds):
        await asyncio.sleep(0)


@pytest.fixture
def hasty(tmp_path):
    desk = Desk(Journal(tmp_path / "j"))
    desk.settler._clock = Hasty()
    return desk


async def test_what_is_too_much_to_hold_goes_to_the_journal_and_is_told_when_the_store_is_back(
    hasty, monkeypatch, tmp_path
):
    monkeypatch.setattr(settle, "MANY", 4)
    monkeypatch.setattr(settle, "BATCH", 2)
    hasty.store.away = True
    hasty.settler.start()
    hasty.put(*"abcdefghij")
    await until((tmp_path / "j").exists)
    await until(lambda: (tmp_path / "j").read_bytes().count(b"\n") == 6)
    held = hasty.settler.waiting
    hasty.store.away = False
    await until(lambda: not list(tmp_path.iterdir()))
    await hasty.settler.flush()

    assert held == 4
    assert sorted(await kept(hasty.store)) == list("abcdefghij")
    assert hasty.settler.lost == 0
    await hasty.settler.close(1.0)


class Slow(Journal):
    """Writes nothing before it is let, and whether it can is up to a test."""

    def __init__(self, path):
        super().__init__(path)
        self.asked = 0
        self.may = threading.Event()
        self.can = True

    def add(self, endings):
        self.asked += 1
        self.may.wait(20)
        if not self.can:
            raise OSError("the disk is full")
        super().add(endings)


class Hanging(Desk):
    """A store that hangs with "a" and "b" in its hands, and a slow journal; few are many."""

    def __init__(self, folder, monkeypatch):
        monkeypatch.setattr(settle, "MANY", 4)
        monkeypatch.setattr(settle, "BATCH", 2)
        monkeypatch.setattr(settle, "LOOK", 0.001)
        self.journal = Slow(folder / "j")
        super().__init__(self.journal)
        self.store.hangs = True

    async def begun(self):
        self.settler.start()
        self.put("a", "b")
        await until(lambda: self.store.did("conclude"))
        return self

    @property
    def written(self):
        taken = Journal(self.journal._path).take(orphans=True)
        return [each.conclusion.row.id for part in taken for each in part.endings]


async def test_while_a_step_hangs_what_waits_longest_goes_to_the_journal_in_its_order(
    tmp_path, monkeypatch
):
    before = asyncio.all_tasks()
    desk = await Hanging(tmp_path, monkeypatch).begun()
    desk.journal.may.set()
    for names in ("cdefg", "hijk"):
        desk.put(*names)
        await until(lambda: desk.settler.waiting == 3)
    steps = desk.store.did("conclude")
    await desk.settler.close(0.0)

    assert steps == 1
    # What the store has in its hands stays there; at the stop it is older than what is left.
    assert desk.written == [*"cdefghij", *"abk"]
    assert desk.settler.lost == 0
    assert asyncio.all_tasks() == before


async def test_what_goes_to_disk_as_the_process_stops_is_waited_for(tmp_path, monkeypatch):
    before = asyncio.all_tasks()
    desk = await Hanging(tmp_path, monkeypatch).begun()
    desk.put(*"cdefgh")
    await until(lambda: desk.journal.asked)
    closing = asyncio.ensure_future(desk.settler.close(0.0))
    await until(lambda: desk.settler._task is None)
    asked = desk.journal.asked
    desk.journal.may.set()
    await closing

    assert asked == 1
    assert desk.written == [*"cdef", *"abgh"]
    assert desk.settler.lost == 0
    assert asyncio.all_tasks() == before


async def test_a_disk_that_hangs_holds_up_no_stop(tmp_path, monkeypatch, caplog):
    monkeypatch.setattr(settle, "DISK", 0.02)
    before = asyncio.all_tasks()
    desk = Desk(Slow(tmp_path / "j"))
    desk.store.away = True
    desk.settler.start()
    desk.put("a", "b")
    await until(lambda: desk.settler.is_behind)
    desk.put("c")
    await desk.settler.close(0.0)
    said = caplog.text
    desk.settler._journal.may.set()

    assert desk.settler.lost == 3
    assert "disk did not answer" in said
    assert asyncio.all_tasks() == before


async def test_what_is_on_its_way_to_a_disk_that_hangs_is_counted_at_a_stop(tmp_path, monkeypatch):
    monkeypatch.setattr(settle, "DISK", 0.02)
    before = asyncio.all_tasks()
    desk = await Hanging(tmp_path, monkeypatch).begun()
    desk.put(*"cdefgh")
    await until(lambda: desk.journal.asked)
    await desk.settler.close(0.0)
    await until(lambda: asyncio.all_tasks() == before)
    desk.journal.may.set()

    assert desk.settler.lost == 8


async def test_a_disk_that_hangs_keeps_nothing_from_a_store_that_is_back(tmp_path, monkeypatch):
    monkeypatch.setattr(settle, "PATIENCE", 0.02)
    desk = await Hanging(tmp_path, monkeypatch).begun()
    desk.put(*"cdefgh")
    await until(lambda: desk.journal.asked)
    desk.store.hangs = False
    await until(lambda: desk.settler.waiting == 0)
    desk.put("i")
    await until(lambda: desk.settler.waiting == 0)
    told = await kept(desk.store)
    desk.journal.may.set()
    await desk.settler.flush()

    assert told == list("abefghi")
    assert sorted(await kept(desk.store)) == list("abcdefghi")
    await desk.settler.close(1.0)


async def test_a_journal_that_hangs_as_it_is_read_keeps_nothing_from_the_store(
    tmp_path, monkeypatch, caplog
):
    monkeypatch.setattr(settle, "DISK", 0.02)
    may = threading.Event()
    journal = Journal(tmp_path / "j")
    monkeypatch.setattr(journal, "take", lambda **_: may.wait(20))
    desk = Desk(journal)
    desk.settler.start()
    desk.put("a")
    await desk.settler.flush()
    may.set()

    assert await kept(desk.store) == ["a"]
    assert "told at the next start" in caplog.text
    await desk.settler.close(1.0)


async def test_whoever_waits_until_all_is_told_waits_for_what_goes_to_disk_just_then(
    tmp_path, monkeypatch
):
    monkeypatch.setattr(settle, "PATIENCE", 0.02)
    desk = await Hanging(tmp_path, monkeypatch).begun()
    desk.put(*"cdefgh")
    await until(lambda: desk.journal.asked)
    desk.store.hangs = False
    flushing = asyncio.ensure_future(desk.settler.flush())
    await until(lambda: desk.settler.waiting == 0)
    told, is_done = await kept(desk.store), flushing.done()
    desk.journal.may.set()
    await flushing

    assert (told, is_done) == (list("abefgh"), False)
    assert await kept(desk.store) == list("abcdefgh")
    assert list(tmp_path.iterdir()) == []
    await desk.settler.close(1.0)


async def test_while_a_step_hangs_a_full_disk_costs_nothing_that_memory_has_room_for(
    tmp_path, monkeypatch, caplog
):
    monkeypatch.setattr(settle, "PATIENCE", 0.02)
    desk = await Hanging(tmp_path, monkeypatch).begun()
    desk.journal.can = False
    desk.journal.may.set()
    desk.put(*"cdefgh")
    await until(lambda: desk.journal.asked > 2)
    desk.store.hangs = False
    await desk.settler.flush()

    assert await kept(desk.store) == list("abcdefgh")
    assert desk.settler.lost == 0
    assert caplog.text.count("cannot be written") == 1
    await desk.settler.close(1.0)


async def test_what_a_full_disk_gives_back_is_told_though_no_call_ends_behind_it(
    tmp_path, monkeypatch
):
    monkeypatch.setattr(settle, "PATIENCE", 0.02)
    desk = await Hanging(tmp_path, monkeypatch).begun()
    desk.journal.can = False
    desk.put(*"cdefgh")
    await until(lambda: desk.journal.asked)
    desk.store.hangs = False
    await until(lambda: desk.settler.waiting == 0)
    steps = desk.store.did("conclude")
    desk.journal.may.set()
    await until(lambda: desk.store.did("conclude") > steps)

    assert await kept(desk.store) == list("abcdefgh")
    await desk.settler.close(1.0)


async def test_what_no_disk_takes_back_into_memory_is_bounded_there(tmp_path, monkeypatch):
    monkeypatch.setattr(settle, "MOST", 7)
    desk = Hanging(tmp_path, monkeypatch)
    monkeypatch.setattr(settle, "BATCH", 4)
    await desk.begun()
    desk.journal.can = False
    desk.put(*"cdefgh")
    await until(lambda: desk.journal.asked)
    desk.put(*"ij")
    monkeypatch.setattr(settle, "LOOK", 60.0)
    now = asyncio.get_running_loop().time
    await until(lambda: desk.settler._watch.when() > now() + 30.0)
    desk.journal.may.set()
    await until(lambda: desk.settler._relief is None)
    desk.put("k")
    left = (desk.settler.waiting, desk.settler.lost)
    desk.journal.can = True
    await desk.settler.close(0.0)

    assert left == (9, 2)
    assert desk.written == [*"abefghijk"]


async def test_a_disk_that_is_full_again_is_said_again(tmp_path, caplog):
    journal = Slow(tmp_path / "j")
    journal.may.set()
    settler = Desk(journal).settler
    for journal.can in (False, False, True, False):
        assert await settler._journalled([ending("a")]) is journal.can

    assert caplog.text.count("cannot be written") == 2


async def test_what_is_left_at_a_stop_is_told_at_the_next_start(hasty, tmp_path):
    hasty.store.away = True
    hasty.settler.start()
    hasty.put("a")
    await until(lambda: hasty.settler.is_behind)
    hasty.put("b")
    await hasty.settler.close(0.0)
    left = list(tmp_path.iterdir())
    hasty.store.away = False
    second = Settler(hasty.store, hasty.clock, Journal(tmp_path / "j"))
    second.start()
    await until(lambda: not list(tmp_path.iterdir()))

    assert [path.name for path in left] == ["j"]
    assert sorted(await kept(hasty.store)) == ["a", "b"]
    await second.close(1.0)


@pytest.mark.virtual_time
async def test_what_is_left_at_a_stop_without_a_journal_is_counted():
    desk = Desk()
    desk.store.away = True
    desk.settler.start()
    desk.put("a")
    await desk.settler.close(2.0)
    await desk.settler.close(2.0)

    assert desk.settler.lost == 1


async def test_a_journal_that_cannot_be_written_is_said_once_and_counted(tmp_path, caplog):
    desk = Desk(Journal(tmp_path / "nowhere" / "j"))
    desk.store.away = True
    desk.settler.start()
    desk.put("a", "b")
    await desk.settler.close(0.0)

    assert desk.settler.lost == 2
    assert "cannot be written" in caplog.text


async def test_a_journal_that_cannot_be_read_stops_nothing(tmp_path, caplog, monkeypatch):
    def broken(*_, **__):
        raise OSError("the disk is gone")

    journal = Journal(tmp_path / "j")
    monkeypatch.setattr(journal, "take", broken)
    desk = Desk(journal)
    desk.settler.start()
    desk.put("a")
    await desk.settler.flush()

    assert await kept(desk.store) == ["a"]
    assert "cannot be read" in caplog.text
    await desk.settler.close(1.0)


async def test_a_stop_without_a_start_waits_for_nothing():
    await Desk().settler.close(60.0)
