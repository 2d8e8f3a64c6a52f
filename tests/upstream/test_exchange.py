import asyncio

import httpx
import pytest

from proxy.upstream.answer_head import AnswerHead
from proxy.upstream.exchange import BREATH, HIGH_WATER, Exchange


class Carrier:
    def __init__(self):
        self.aborted = self.resumed = self.paused = 0
        self.is_gathering = False
        self.gathered_up = 0

    def gather(self):
        assert not self.is_gathering
        self.is_gathering = True

    def gathered(self):
        self.is_gathering = False
        self.gathered_up += 1

    def pause(self):
        self.paused += 1

    def abort(self):
        self.aborted += 1

    def resume(self):
        self.resumed += 1


def pair():
    carrier = Carrier()
    return carrier, Exchange("POST", carrier)


def push(exchange, data):
    exchange.push([data], len(data))


async def test_the_head_is_waited_for_and_the_body_joined():
    carrier, exchange = pair()
    waiting = asyncio.ensure_future(exchange.head(None))
    await asyncio.sleep(0)
    exchange.begin(200, AnswerHead([]))
    push(exchange, b"a")
    push(exchange, b"b")
    exchange.wake()
    await waiting

    assert await exchange.take(None) == b"ab"
    exchange.finish()
    assert await exchange.take(None) == b""
    assert carrier.aborted == 0


async def test_what_is_here_comes_before_the_error():
    _, exchange = pair()
    push(exchange, b"a")
    exchange.fail(httpx.ReadError("cut"))

    assert await exchange.take(None) == b"a"
    with pytest.raises(httpx.ReadError):
        await exchange.take(None)


async def test_a_full_exchange_asks_for_more_only_once_it_is_taken():
    carrier, exchange = pair()
    push(exchange, b"x" * HIGH_WATER)
    assert not exchange.full()
    push(exchange, b"x")
    assert exchange.full()
    assert carrier.resumed == 0
    await exchange.take(None)

    assert (carrier.resumed, exchange.size) == (1, 0)


async def test_an_exchange_that_is_whole_holds_no_connection():
    carrier, exchange = pair()
    push(exchange, b"x" * (HIGH_WATER + 1))
    assert exchange.full()
    exchange.finish()
    await exchange.take(None)
    exchange.close()

    assert (carrier.resumed, carrier.aborted) == (1, 0)


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
    loop.call_at(start + 1.0, lambda: (push(exchange, b"a"), exchange.wake()))
    first = await exchange.take(start + 2.0)
    with pytest.raises(TimeoutError):
        await exchange.take(start + 9.0)

    assert (first, loop.time() - start, carrier.aborted) == (b"a", 9.0, 1)


@pytest.mark.virtual_time
async def test_a_sooner_end_moves_the_timer():
    loop = asyncio.get_running_loop()
    _, exchange = pair()
    start = loop.time()
    loop.call_at(start + 1.0, lambda: (push(exchange, b"a"), exchange.wake()))
    await exchange.take(start + 60.0)
    with pytest.raises(TimeoutError):
        await exchange.take(start + 3.0)

    assert loop.time() - start == 3.0


@pytest.mark.virtual_time
async def test_a_timer_that_strikes_while_nobody_waits_says_nothing():
    loop = asyncio.get_running_loop()
    _, exchange = pair()
    start = loop.time()
    loop.call_at(start + 1.0, lambda: (push(exchange, b"a"), exchange.wake()))
    await exchange.take(start + 2.0)
    await asyncio.sleep(5.0)
    push(exchange, b"b")

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
    push(exchange, b"a")
    exchange.wake()
    exchange.wake()
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting

    assert (carrier.aborted, exchange.size) == (1, 0)


class Sink:
    def __init__(self, exchange=None, enough=10**9):
        self.exchange = exchange
        self.enough = enough
        self.heard = []

    def take(self, data):
        self.heard.append(data)
        if len(self.heard) >= self.enough:
            self.exchange.hold()

    def over(self, error):
        self.heard.append(error)


async def test_what_is_here_and_what_comes_is_pushed_to_a_sink():
    _, exchange = pair()
    sink = Sink()
    push(exchange, b"a")
    push(exchange, b"b")
    exchange.flow(sink)
    push(exchange, b"c")
    exchange.wake()
    exchange.finish()

    assert sink.heard == [b"ab", b"c", None]


async def test_a_sink_is_told_once_why_there_is_no_more():
    _, exchange = pair()
    sink, error = Sink(), httpx.ReadError("cut")
    exchange.flow(sink)
    push(exchange, b"a")
    exchange.fail(error)
    exchange.wake()

    assert sink.heard == [b"a", error]


async def test_a_body_is_kept_as_its_provider_cut_it():
    _, exchange = pair()
    first, second, third = b"a" * 100, b"b" * 50, b"c" * 90
    exchange.push([first, second], 170)
    exchange.push([], 9)
    exchange.push([third], 95)
    seen = list(exchange.pieces), exchange.body, exchange.size

    assert seen == ([first, second, third], first + second + third, 265)
    assert await exchange.take(None) == first + second + third
    assert (exchange.pieces, exchange.size, exchange.body) == ([], 0, b"")


async def test_pieces_that_are_tiny_are_kept_as_one():
    _, exchange = pair()
    exchange.push([b"a"] * 10, 639)
    exchange.push([b"b"] * 10, 640)

    assert exchange.pieces == [b"a" * 10, *[b"b"] * 10]
    assert exchange.read() == b"a" * 10 + b"b" * 10
    assert (exchange.pieces, exchange.size) == ([], 0)


async def test_pieces_that_come_are_poured_as_one_where_none_waits_before_them():
    _, exchange = pair()
    sink = Sink()
    before = exchange.pour([b"a"])
    exchange.flow(sink)
    nothing = exchange.pour([])
    poured = exchange.pour([b"b", b"c"])
    push(exchange, b"d")
    behind = exchange.pour([b"e"])

    assert (before, nothing, poured, behind) == (False, False, True, False)
    assert (sink.heard, exchange.pieces) == ([b"bc"], [b"d"])


async def test_nothing_is_poured_for_who_has_enough():
    carrier, exchange = pair()
    sink = Sink(exchange, enough=1)
    exchange.flow(sink)
    poured = exchange.pour([b"a", b"b"])
    held = exchange.pour([b"c"])

    assert (poured, held, sink.heard, carrier.paused) == (True, False, [b"ab"], 1)


class Leaver(Sink):
    """Has had enough of the answer with the first of it."""

    def take(self, data):
        super().take(data)
        self.exchange.close()


async def test_who_closes_an_exchange_as_it_takes_hears_of_nothing_more():
    for come in (lambda exchange: exchange.pour([b"a", b"b"]), Exchange.wake):
        carrier, exchange = pair()
        if come is Exchange.wake:
            exchange.push([b"a", b"b"], 200)
        exchange._sink = sink = Leaver(exchange)
        come(exchange)
        exchange.wake()

        assert (sink.heard, carrier.aborted) == ([b"ab"], 1)
        assert (exchange.pieces, exchange.size) == ([], 0)


async def test_an_answer_that_is_over_already_is_told_to_a_late_sink():
    _, exchange = pair()
    sink = Sink()
    push(exchange, b"a")
    exchange.finish()
    exchange.flow(sink)

    assert sink.heard == [b"a", None]


async def test_a_sink_that_has_enough_stops_the_connection_until_it_flows_again():
    carrier, exchange = pair()
    sink = Sink(exchange, enough=1)
    exchange.flow(sink)
    push(exchange, b"a")
    exchange.wake()
    push(exchange, b"b")
    full = exchange.full()
    exchange.wake()
    before = list(sink.heard)
    exchange.hold()
    sink.enough = 99
    exchange.flow(sink)
    exchange.finish()

    assert (before, full) == ([b"a"], False)
    assert sink.heard == [b"a", b"b", None]
    assert (carrier.paused, carrier.resumed) == (1, 1)


class Hasty(Sink):
    """Takes breath after each piece."""

    def take(self, data):
        self.exchange.breathe()
        return super().take(data)


async def test_what_comes_gathers_for_a_breath():
    carrier, exchange = pair()
    exchange.breathe()
    exchange.breathe()
    before = exchange.is_gathering, carrier.is_gathering, carrier.gathered_up
    await asyncio.sleep(2 * BREATH)

    assert before == (True, True, 0)
    assert (exchange.is_gathering, carrier.is_gathering, carrier.gathered_up) == (False, False, 1)
    assert (carrier.paused, carrier.resumed) == (0, 0)


async def test_a_sink_that_takes_breath_as_it_is_pushed_to_is_given_the_time():
    carrier, exchange = pair()
    sink = Hasty(exchange)
    push(exchange, b"a")
    exchange.flow(sink)
    before = list(sink.heard), carrier.is_gathering
    await asyncio.sleep(2 * BREATH)

    assert before == ([b"a"], True)
    assert carrier.gathered_up == 1


async def test_what_is_read_all_the_same_is_poured():
    _, exchange = pair()
    sink = Sink()
    exchange.flow(sink)
    exchange.gather()
    poured = exchange.pour([b"a"])

    assert (poured, sink.heard) == (True, [b"a"])


async def test_what_gathers_is_asked_for_once_and_read_once():
    carrier, exchange = pair()
    exchange.gather()
    exchange.gather()
    exchange.gathered()
    exchange.gathered()

    assert carrier.gathered_up == 1


class Plain(Carrier):
    """Whose system lets nothing gather: what should gather is not read."""

    is_paused = False

    def pause(self):
        super().pause()
        self.is_paused = True

    def resume(self):
        super().resume()
        self.is_paused = False

    def gather(self):
        super().gather()
        self.is_paused = True

    def gathered(self):
        super().gathered()
        self.is_paused = False


STOPS = {
    "held": lambda exchange: exchange.hold(),
    "full": lambda exchange: (push(exchange, b"x" * (HIGH_WATER + 1)), exchange.full()),
}


@pytest.mark.parametrize("stop", STOPS)
async def test_what_has_gathered_is_not_read_where_a_stop_came_meanwhile(stop):
    carrier = Plain()
    exchange = Exchange("POST", carrier)
    exchange.breathe()
    STOPS[stop](exchange)
    await asyncio.sleep(2 * BREATH)
    before = carrier.is_paused, carrier.is_gathering
    exchange.read()

    assert before == (True, False)
    assert (carrier.is_paused, carrier.resumed) == (False, 1)


async def test_an_answer_that_is_over_takes_no_breath():
    carrier, exchange = pair()
    exchange.breathe()
    exchange.fail(httpx.ReadError("cut"))
    exchange.breathe()
    await asyncio.sleep(2 * BREATH)

    assert carrier.gathered_up == 0


@pytest.mark.parametrize("stop", ["breathe", "gather", "hold", "full"])
async def test_a_connection_that_was_stopped_reads_on_for_others_when_the_answer_is_whole(stop):
    carrier = Plain()
    exchange = Exchange("POST", carrier)
    push(exchange, b"x" * (HIGH_WATER + 1))
    getattr(exchange, stop)()
    exchange.finish()
    now = carrier.is_paused, carrier.is_gathering
    await asyncio.sleep(2 * BREATH)

    assert now == (False, False)
    assert carrier.gathered_up <= 1


async def test_a_full_exchange_takes_no_breath():
    carrier, exchange = pair()
    push(exchange, b"x" * (HIGH_WATER + 1))
    is_full = exchange.full()
    exchange.breathe()

    assert (is_full, carrier.is_gathering) == (True, False)


async def test_an_end_that_comes_while_a_sink_has_enough_waits_for_it():
    _, exchange = pair()
    sink = Sink(exchange, enough=1)
    exchange.flow(sink)
    push(exchange, b"a")
    exchange.finish()
    exchange.hold()
    exchange.flow(sink)

    assert sink.heard == [b"a", None]


async def test_whoever_flows_no_more_can_be_read_again():
    _, exchange = pair()
    sink = Sink()
    exchange.flow(sink)
    exchange.flow(None)
    push(exchange, b"a")
    exchange.wake()

    assert sink.heard == []
    assert await exchange.take(None) == b"a"


async def test_who_reads_after_a_sink_that_had_enough_is_read_for():
    carrier, exchange = pair()
    sink = Sink(exchange, enough=1)
    exchange.flow(sink)
    push(exchange, b"a")
    exchange.wake()
    exchange.flow(None)
    reading = asyncio.ensure_future(exchange.take(None))
    await asyncio.sleep(0)
    resumed = carrier.resumed
    exchange.finish()

    assert await reading == b""
    assert (carrier.paused, resumed) == (1, 1)


async def test_a_closed_answer_tells_no_sink():
    _, exchange = pair()
    sink = Sink()
    exchange.flow(sink)
    exchange.close()

    assert sink.heard == []


async def test_whoever_listens_hears_of_all_that_comes_while_nobody_waits():
    _, exchange = pair()
    heard = []
    exchange.listen(lambda: heard.append(exchange.body))
    exchange.begin(200, AnswerHead([]))
    exchange.wake()
    push(exchange, b"a")
    push(exchange, b"b")
    exchange.wake()
    exchange.finish()

    assert heard == [b"", b"ab", b"ab"]
    assert await exchange.take(None) == b"ab"


async def test_a_wait_goes_before_whoever_listens():
    _, exchange = pair()
    heard = []
    exchange.listen(lambda: heard.append(1))
    waiting = asyncio.ensure_future(exchange.head(None))
    await asyncio.sleep(0)
    exchange.begin(200, AnswerHead([]))
    exchange.wake()
    await waiting
    exchange.listen(None)
    exchange.finish()

    assert heard == []


HEAD = AnswerHead([(b"Content-Length", b"2"), (b"x", b"y")])


async def test_who_listens_hears_of_a_success_that_is_all_here_and_takes_nothing():
    _, exchange = pair()
    heard = []
    exchange.listen(lambda: heard.append(exchange.served))
    exchange.begin(200, HEAD)
    push(exchange, b"a")
    exchange.wake()
    push(exchange, b"b")
    exchange.finish()
    exchange.listen(None)
    exchange.wake()

    assert heard == [None, (HEAD, b"ab")]
    assert await exchange.take(None) == b"ab"


async def test_no_other_answer_has_served():
    _, exchange = pair()
    exchange.begin(201, HEAD)
    exchange.finish()
    assert exchange.served is None
    _, exchange = pair()
    exchange.fill(HEAD, b"1", b"a")
    exchange.finish()

    assert exchange.served == (HEAD, b"a")
    assert exchange.take_head() is HEAD
    assert exchange.served is None


async def test_the_head_of_another_answer_is_told_with_the_length_of_this_one():
    _, exchange = pair()
    exchange.fill(HEAD, b"17", b"x" * 17)
    exchange.finish()

    assert exchange.headers == [(b"Content-Length", b"17"), (b"x", b"y")]
    assert await exchange.take(None) == b"x" * 17
    assert await exchange.take(None) == b""
