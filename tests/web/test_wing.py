import asyncio
from types import SimpleNamespace

from proxy.web.wing import Wing


def wing():
    made = []

    def make(found):
        made.append(found)

        async def room(scope, receive, send):
            await send((scope, receive))

        return SimpleNamespace(endpoints={"a": room})

    return Wing("proxy.core.clock:SystemClock", make), made


async def through(door, scope):
    heard = []

    async def send(message):
        heard.append(message)

    await door(scope, "receive", send)
    return heard


async def test_it_is_opened_once_for_whoever_comes_first():
    house, made = wing()
    door = house.door("a")
    closed = house.is_open
    first = await asyncio.gather(through(door, 1), through(door, 2))
    later = await through(door, 3)

    assert (closed, house.is_open, len(made)) == (False, True, 1)
    assert [*first, later] == [[(n, "receive")] for n in (1, 2, 3)]


async def test_its_rooms_are_the_same_however_one_comes_to_them():
    house, made = wing()

    assert house.rooms is await house.open() is house.rooms
    assert len(made) == 1
