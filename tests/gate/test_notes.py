import pytest

from proxy.gate.link import Link
from proxy.gate.notes import LinkedNotes
from proxy.store.memory import MemoryStore
from proxy.store.store import StoreError
from tests.support.moods import MoodyStore, Time


async def test_every_verb_is_the_stores_own():
    notes = LinkedNotes(Link(MemoryStore(Time()), Time()))
    await notes.put("topic:a", b"1", 10.0)

    assert await notes.note("topic:a") == b"1"
    assert await notes.claim("topic:a", b"2", 10.0) == b"1"
    assert await notes.claim("topic:b", b"2", 10.0) is None
    assert await notes.board("topic") == {"a": b"1", "b": b"2"}
    assert await notes.drop("topic:a")
    assert await notes.note("topic:a") is None


async def test_a_store_that_is_away_says_so():
    store = MoodyStore(Time())
    store.away = True
    notes = LinkedNotes(Link(store, Time()))

    with pytest.raises(StoreError):
        await notes.note("topic:a")
    with pytest.raises(StoreError):
        await notes.put("topic:a", b"1", 10.0)
