"""What memory does beyond the contract: it stays within its bounds."""

import pytest

from proxy.gate.jobs import once
from proxy.store import memory
from proxy.store.expiring import Expiring
from proxy.store.memory import MemoryStore
from proxy.store.records import (
    Ask,
    Balance,
    By,
    CallRow,
    Conclusion,
    Finding,
    Hold,
    Settled,
    Settlement,
    Want,
)


@pytest.fixture
def store(hand_clock):
    return MemoryStore(hand_clock)


class Counting:
    """Unpacks, and remembers what."""

    def __init__(self, unpack, looked):
        self._unpack, self._looked = unpack, looked

    def unpack(self, packed):
        self._looked.append(packed)
        return self._unpack(packed)


def row(name):
    return CallRow(name, 1.0, "chat", "a", "a", "t", "served", 200, False)


async def test_the_oldest_rows_go(store, monkeypatch):
    monkeypatch.setattr(memory, "MOST_ROWS", 3)
    await store.conclude([Conclusion(row=row(f"c{n}")) for n in range(5)])

    assert [each.id for each in await store.rows(Finding())] == ["c2", "c3", "c4"]


async def test_a_row_is_kept_as_it_is_whatever_its_caller_says(store):
    odd = CallRow(
        "c1",
        1.5,
        "chat",
        "a",
        "half \ud800",
        "t",
        "served",
        200,
        True,
        detail={"a": [1, 2.0, None]},
    )
    await store.conclude([Conclusion(row=odd)])

    assert await store.rows(Finding()) == [odd]


async def test_only_the_rows_of_a_page_are_unpacked(store, monkeypatch):
    await store.conclude([Conclusion(row=row(f"c{n}")) for n in range(50)])
    looked = []
    unpack = memory._ROW.unpack
    monkeypatch.setattr(memory, "_ROW", Counting(unpack, looked))
    page = await store.rows(Finding(), limit=3)
    await store.sums(By.TEAM, Finding())

    assert [each.id for each in page] == ["c0", "c1", "c10"]
    assert len(looked) == 3


async def test_the_oldest_lines_go_and_the_sums_still_add_up(store, monkeypatch):
    monkeypatch.setattr(memory, "MOST_LINES", 3)
    await store.grant("credits:acme", 10, "g1")
    for name in ("h1", "h2"):
        await store.admit(Ask(holds=(Hold(name, "credits:acme", 2, 60),)))
        await store.settle([Settlement(name, 1)])
    lines = await store.entries()

    assert [line.id for line in lines] == ["5", "6", "7"]
    assert await store.grant("credits:acme", 10, "g1") == Balance("credits:acme", 10, 0, 2)
    assert await store.check() == []


async def test_the_oldest_closed_holds_go_and_open_ones_stay(store, monkeypatch, hand_clock):
    monkeypatch.setattr(memory, "MOST_CLOSED", 1)
    await store.grant("credits:acme", 10, "g1")
    await store.admit(
        Ask(holds=tuple(Hold(f"h{n}", "credits:acme", 1, 5 if n == 1 else 60) for n in range(4)))
    )
    hand_clock.at += 6
    await store.sweep()
    first = await store.settle([Settlement("h1", 1), Settlement("h0", 1)])

    assert first == [Settled("h1", 1), Settled("h0", 1)]
    assert await store.settle([Settlement("h1", 1)]) == [Settled("h1", 0, 1)]
    assert await store.settle([Settlement("h3", 1)]) == [Settled("h3", 1)]


async def test_the_ends_of_closed_holds_go_and_open_ones_end_in_their_time(
    store, monkeypatch, hand_clock
):
    monkeypatch.setattr(memory, "SLACK", 10)
    await store.grant("credits:a", 1000, "g")
    # They do not end in the order of their coming, nor do those that stay when the others are left out.
    closed = [Hold(f"h{n}", "credits:a", 1, 1 + n % 30) for n in range(200)]
    lasting = [Hold(f"o{n}", "credits:a", 1, 41 + n * 7 % 20) for n in range(20)]
    await store.admit(Ask(holds=(*lasting, *closed)))
    await store.settle([Settlement(hold.id, 1) for hold in closed])
    kept = len(store._books._ends)
    swept = []
    for seconds in (40, *[1] * 20):
        hand_clock.at += seconds
        swept.append(await store.sweep())

    assert kept <= 2 * len(lasting) + 10
    assert swept == [0, *[1] * 20]
    assert await store.balance("credits:a") == Balance("credits:a", 1000, 0, 200)


async def test_limits_that_owe_nothing_go(store, monkeypatch, hand_clock):
    monkeypatch.setattr(memory, "FIRST_PURGE", 3)
    store._books._purge_at = 3
    for n in range(3):
        await store.admit(Ask((Want(f"old:{n}", 10, 1),)))
    hand_clock.at += 60
    await store.admit(Ask((Want("new", 10, 1),)))

    assert set(store._books._buckets) == {"new"}


async def test_a_balance_that_its_lines_do_not_make_is_told(store):
    await store.grant("credits:acme", 10, "g1")
    store._books.put_balance(Balance("credits:acme", 10, 0, 1))

    assert len(await store.check()) == 1


async def test_a_clock_that_was_set_back_closes_no_limit_for_longer(store, hand_clock):
    full = Ask((Want("requests:key:k", 10, 10),))
    await store.admit(full)
    hand_clock.at -= 3600
    refused = await store.admit(full)
    hand_clock.at += 60

    assert refused.retry_after == pytest.approx(60)
    assert (await store.admit(full)).levels[0].remaining == 0


async def test_claims_stay_where_notes_are_many(store):
    store._notes = Expiring(2, 1000)
    first = await store.claim("once:k", b"mine", 60)
    for n in range(3):
        await store.put(f"answer:{n}", b"a", 3600)
    others = [await store.claim("once:k", b"theirs", 60)]
    await store.put("once:k", b"still mine", 60)
    others.append(await store.claim("once:k", b"theirs", 60))

    assert (first, others) == (None, [b"mine", b"still mine"])
    assert await store.note("answer:0") is None
    assert await store.board("once") == {"k": b"still mine"}


async def test_what_came_of_a_claim_is_a_note(store, hand_clock):
    await store.claim("once:k", b"mine", 60)
    await store.put("once:k", b"done", 3600)
    hand_clock.at += 61

    assert await store.note("once:k") == b"done"
    assert await store.claim("once:k", b"theirs", 60) == b"done"
    assert await store.drop("once:k")
    assert not await store.drop("once:k")
    assert await store.claim("once:k", b"theirs", 60) is None


def test_a_claim_is_renewed_for_no_longer_than_it_is_one():
    assert once.CLAIMED <= memory.LEASE
