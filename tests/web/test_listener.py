import asyncio

from proxy.web.listener import Listener, unheard
from proxy.web.pacer import MOST
from proxy.web.refusal import BAD_REQUEST


def test_a_listener_begins_with_nothing_and_shares_nothing_with_another():
    first, second = Listener(), Listener()

    assert (first.parting, first.connections, first.tasks) == (False, set(), set())
    assert first.heads is not second.heads
    assert first.defaults is not second.defaults


def test_what_is_said_at_once_is_bounded_by_the_connections_that_are_kept():
    listener = Listener()
    listener.keep(connections := set())
    connections.update(range(MOST + 1))

    assert listener.connections is connections
    asyncio.run(_uses_up(listener))


def test_nobody_need_hear_of_what_could_not_be_read():
    listener = Listener()
    listener.turned_away({}, BAD_REQUEST)

    assert listener.turned_away is unheard


async def _uses_up(listener):
    assert [listener.pacer.has_room() for _ in range(MOST + 1)] == [True] * MOST + [False]
