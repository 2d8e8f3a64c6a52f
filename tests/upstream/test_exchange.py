import asyncio

import httpx
import pytest

from proxy.upstream.exchange import HIGH_WATER, Exchange


class Carrier:
    def __init__(self):
        self.aborted = self.resumed = 0

    def abort(self):
        self.aborted += 1

    def resume(self):
        self.resumed += 1


def pair():
    carrier = Carrier()
    return carrier, Exchange("POST", carrier)


async def test_the_head_is_waited_for_and_the_body_joined():
    carrier, exchange = pair()
    waiting = asyncio.ensure_future(exchange.head(None))
    await asyncio.sleep(0)
    exchange.begin(200, [])
    exchange.push(b"a")
    exchange.push(b"b")
    exchange.wake()
    await waiting

    assert await exchange.take(None) == b"ab"
    exchange.finish()
    assert await exchange.take(None) == b""
    assert carrier.aborted == 0


async def test_what_is_here_comes_before_the_error():
    _, exchange = pair()
    exchange.push(b"a")
    exchange.fail(httpx.ReadError("cut"))

    assert await exchange.take(None) == b"a"
    with pytest.raises(httpx.ReadError):
        await exchange.take(None)


async def test_a_full_exchange_asks_for_more_only_once_it_is_taken():
    carrier, exchange = pair()
    exchange.push(b"x" * HIGH_WATER)
    assert not exchange.full()
    exchange.push(b"x")
    assert exchange.full()
    assert carrier.resumed == 0
    await exchange.take(None)

    assert (carrier.resumed, exchange.size) == (1, 0)


async def test_an_exchange_that_is_whole_holds_no_connection():
    carrier, exchange = pair()
    exchange.push(b"x" * (HIGH_WATER + 1))
    assert exchange.full()
    exchange.finish()
    await exchange.take(None)
    exchange.close()

    assert (carrier.resumed, carrier.aborted) == (0, 0)


@pytest.mark.parametrize("wait", [Exchange.head, Exchange.take])
async def test_silence_is_a_timeout_that_aborts(wait):
    carrier, exchange = pair()
    with pytest.raises(TimeoutError):
        await wait(exchange, asyncio.get_running_loop().time() + 0.01)

    assert carrier.aborted == 1


@pytest.mark.parametrize("wait", [Exchange.head, Exchange.take])
@pytest.mark.parametrize("by", [None, float(2**32)])
async def test_whoever_stops_waiting_aborts_at_once(wait, by):
    carrier, exchange = pair()
    waiting = asyncio.ensure_future(wait(exchange, by))
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting

    assert carrier.aborted == 1


async def test_a_deadline_of_the_caller_stays_the_callers():
    carrier, exchange = pair()
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01):
            await exchange.take(float(2**32))

    assert carrier.aborted == 1


@pytest.mark.virtual_time
async def test_a_later_end_moves_no_timer_and_is_kept_all_the_same():
    loop = asyncio.get_running_loop()
    carrier, exchange = pair()
    start = loop.time()
    loop.call_at(start + 1.0, lambda: (exchange.push(b"a"), exchange.wake()))
    first = await exchange.take(start + 2.0)
    with pytest.raises(TimeoutError):
        await exchange.take(start + 9.0)

    assert (first, loop.time() - start, carrier.aborted) == (b"a", 9.0, 1)


@pytest.mark.virtual_time
async def test_a_sooner_end_moves_the_timer():
    loop = asyncio.get_running_loop()
    _, exchange = pair()
    start = loop.time()
    loop.call_at(start + 1.0, lambda: (exchange.push(b"a"), exchange.wake()))
    await exchange.take(start + 60.0)
    with pytest.raises(TimeoutError):
        await exchange.take(start + 3.0)

    assert loop.time() - start == 3.0


@pytest.mark.virtual_time
async def test_a_timer_that_strikes_while_nobody_waits_says_nothing():
    loop = asyncio.get_running_loop()
    _, exchange = pair()
    start = loop.time()
    loop.call_at(start + 1.0, lambda: (exchange.push(b"a"), exchange.wake()))
    await exchange.take(start + 2.0)
    await asyncio.sleep(5.0)
    exchange.push(b"b")

    assert await exchange.take(loop.time() + 1.0) == b"b"


async def test_closing_drops_what_is_here_and_wakes_the_reader():
    carrier, exchange = pair()
    waiting = asyncio.ensure_future(exchange.take(None))
    await asyncio.sleep(0)
    exchange.close()
    exchange.close()

    with pytest.raises(httpx.ReadError):
        await waiting
    assert carrier.aborted == 1


async def test_an_answer_that_comes_with_the_cancellation_is_not_half_taken():
    carrier, exchange = pair()
    waiting = asyncio.ensure_future(exchange.take(None))
    await asyncio.sleep(0)
    exchange.push(b"a")
    exchange.wake()
    exchange.wake()
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting

    assert (carrier.aborted, exchange.size) == (1, 0)
