import random

from proxy.core import jsons
from proxy.core.state import MAX_ID, pack
from proxy.store.memory import MemoryStore
from proxy.web.long_ids import KEEP_FOR, MOST, LongIds, Shortener
from tests.support.moods import MoodyStore, Time

LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+/"


def long_id(own="call_1", seed=1):
    noise = "".join(random.Random(seed).choices(LETTERS, k=6_000))
    return pack(own, "gemini/x", [{"thought_signature": noise}])


def told(*ids):
    """What a provider's answer says, and what its caller gets of it."""
    short = Shortener()
    out = b"".join([short(jsons.encode({"id": each})) for each in ids])
    return short.taken, out


def naming(taken):
    return jsons.encode([{"tool_call_id": f"call_1--fb2-{name}"} for name in taken])


async def test_a_caller_holds_a_short_id_and_the_provider_gets_the_long_one():
    ids = LongIds(MemoryStore(Time()))
    taken, out = told(long_id())
    await ids.keep("team:blue", taken)

    assert len(out) < MAX_ID
    assert await ids.back("team:blue", out) == jsons.encode({"id": long_id()})


async def test_nobody_else_gets_it():
    ids = LongIds(MemoryStore(Time()))
    taken, out = told(long_id())
    await ids.keep("team:blue", taken)

    assert await ids.back("team:red", out) == b'{"id":"call_1"}'


async def test_after_its_time_the_bare_id_is_left():
    clock = Time()
    ids = LongIds(MemoryStore(clock))
    taken, out = told(long_id())
    await ids.keep("", taken)
    clock.at += KEEP_FOR + 1

    assert await ids.back("", out) == b'{"id":"call_1"}'


async def test_a_store_that_is_away_leaves_bare_ids(caplog):
    store = MoodyStore(Time())
    ids = LongIds(store)
    store.away = True
    taken, out = told(long_id())
    await ids.keep("", taken)

    assert await ids.back("", out) == b'{"id":"call_1"}'
    assert "is not kept" in caplog.text
    assert "cannot be had" in caplog.text


async def test_a_body_without_long_ids_asks_nobody():
    store = MoodyStore(Time())
    body = jsons.encode({"id": "call_1--fb1-abc"})

    assert await LongIds(store).back("", body) is body
    assert store.asked == []


async def test_only_so_many_are_looked_up_and_kept_the_last_ones():
    store = MoodyStore(Time())
    ids = LongIds(store)
    taken = {f"{at:022}": b"A" for at in range(MOST + 5)}
    await ids.keep("", taken)
    back = jsons.decode(await ids.back("", naming(taken)))

    assert store.did("put") == store.did("note") == MOST
    assert [each["tool_call_id"] for each in back[4:6]] == ["call_1", "call_1--fb1-A"]


def test_what_has_no_marker_goes_out_as_it_is():
    short = Shortener()
    said = b'data: {"content":"hi"}\n\n'

    assert short(said) is said
    assert short.taken == {}


def test_what_is_taken_adds_up():
    taken, _ = told(long_id(), long_id(seed=2), long_id())

    assert len(taken) == 2
