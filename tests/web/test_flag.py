import asyncio

import pytest

from proxy.web.flag import Flag


@pytest.fixture(params=[Flag, asyncio.Event])
def flag(request):
    # What holds for ours holds for asyncio's own.
    return request.param()


async def turns():
    for _ in range(3):
        await asyncio.sleep(0)


async def test_who_waits_goes_on_when_it_is_set(flag):
    waits = [asyncio.ensure_future(flag.wait()) for _ in range(3)]
    await turns()

    assert not any(wait.done() for wait in waits)

    flag.set()
    flag.set()

    assert await asyncio.gather(*waits) == [True] * 3
    assert flag.is_set()


async def test_who_comes_later_does_not_wait(flag):
    flag.set()

    assert await flag.wait() is True


async def test_who_was_let_go_on_does_so_though_it_is_cleared(flag):
    first = asyncio.ensure_future(flag.wait())
    await turns()
    flag.set()
    flag.clear()
    second = asyncio.ensure_future(flag.wait())
    await turns()

    assert await first is True
    assert not flag.is_set()
    assert not second.done()

    flag.set()

    assert await second is True


async def test_who_gives_up_takes_nobody_along(flag):
    first, second = (asyncio.ensure_future(flag.wait()) for _ in range(2))
    await turns()
    first.cancel()
    await turns()

    assert first.cancelled()
    assert not second.done()

    flag.set()

    assert await second is True


async def test_who_gives_up_as_it_is_set_takes_nobody_along_either(flag):
    first, second = (asyncio.ensure_future(flag.wait()) for _ in range(2))
    await turns()
    first.cancel()
    flag.set()

    assert await second is True
    with pytest.raises(asyncio.CancelledError):
        await first


async def test_it_may_be_up_from_the_beginning():
    assert Flag(up=True).is_set()
    assert await Flag(up=True).wait() is True


def test_a_flag_can_be_looked_at():
    assert (repr(Flag()), repr(Flag(up=True))) == ("<Flag down>", "<Flag up>")
