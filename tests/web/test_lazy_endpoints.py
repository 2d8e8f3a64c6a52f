import asyncio
from types import SimpleNamespace

from proxy.web.lazy_endpoints import LazyEndpoints


def endpoints():
    made = []

    def make(found):
        made.append(found)

        async def one(scope, receive, send):
            await send((scope, receive))

        return SimpleNamespace(endpoints={"a": one})

    return LazyEndpoints("proxy.core.clock:SystemClock", make), made


async def answered(endpoint, scope):
    heard = []

    async def send(message):
        heard.append(message)

    await endpoint(scope, "receive", send)
    return heard


async def test_they_are_made_once_by_the_first_call():
    lazy, made = endpoints()
    endpoint = lazy.endpoint("a")
    before = lazy.is_loaded
    first = await asyncio.gather(answered(endpoint, 1), answered(endpoint, 2))
    later = await answered(endpoint, 3)

    assert (before, lazy.is_loaded, len(made)) == (False, True, 1)
    assert [*first, later] == [[(n, "receive")] for n in (1, 2, 3)]


async def test_they_are_the_same_however_one_comes_to_them():
    lazy, made = endpoints()

    assert lazy.parts is await lazy.load() is lazy.parts
    assert len(made) == 1
