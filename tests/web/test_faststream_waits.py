"""A stream that comes at once in several reads: how long its rest is waited for, and what is left of the wait.

The provider's and the caller's connections are the test's own, so that each read comes in a turn of the loop of its own.
"""

import asyncio
from unittest.mock import Mock

import httpx
import pytest

from proxy.core.facts import AnswerBegan, Outcome
from proxy.core.usage import Usage
from proxy.engine.head_start import HeadStart
from proxy.gate import caller as gate
from proxy.gate.charge import Charge
from proxy.gate.estimate import STREAM_BYTES
from proxy.gate.load import Place
from proxy.route.rush import MOST, SURE
from proxy.surfaces.chat.surface import Chat
from proxy.surfaces.chat.texts import read_plain
from proxy.surfaces.chat.whole_answer import answer_as_it_came
from proxy.surfaces.chat.whole_stream import as_it_came
from proxy.upstream.exchange import HIGH_WATER
from proxy.upstream.origin import Origin
from proxy.web.books import Accounts, Books
from proxy.web.call import Call
from proxy.web.cycle import Cycle, Defaults
from proxy.web.fastcall import Shared
from proxy.web.faststream import BUSY, LOOKS, MOMENT, MUCH, FastStream
from proxy.web.known import Again, Known
from proxy.web.plain import Plain
from tests.support.caller_side import Flow, Socket
from tests.support.calling import turns
from tests.support.lines import Switchboard
from tests.support.script import DONE, ROLE, STOP, USAGE, asks, chunk, plan
from tests.support.virtual import LoopClock

pytestmark = pytest.mark.virtual_time

HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
END = b"0\r\n\r\n"


def part(data):
    """A chunk of HTTP."""
    return b"%x\r\n%b\r\n" % (len(data), data)


WORDS = [chunk({"content": f"word {at} "}) for at in range(60)]
EVENTS = [ROLE, *WORDS, STOP, USAGE, DONE]
SAID = b"".join([*EVENTS[:-2], DONE])
"""What a caller gets who asked for no usage."""
FIRST, SECOND, THIRD = (
    b"".join(map(part, each)) for each in (EVENTS[:30], EVENTS[30:60], EVENTS[60:])
)


OTHERS = dict.fromkeys((object(), object(), object()))
"""Calls of others."""


class Caller:
    """Bears a call."""

    def __init__(self):
        self.transport, self.flow, self.answered = Socket(), Flow(), 0
        self.scope, self.logger, self.defaults = (
            {"type": "http", "method": "POST"},
            None,
            Defaults(),
        )

    def on_response_complete(self):
        self.answered += 1


class Scene(Switchboard):
    """A call on the fast path whose target is asked, and has said nothing yet."""

    def __init__(self, *, gathers=True):
        super().__init__(gathers=gathers)

    async def begun(self, **fields):
        self.caller = Caller()
        self.told, self.served, self.closing, self.places = [], [], [], 0
        self.out = []
        """How many writes were out when each thing was told."""
        self.under_way = {}
        clock, self.plan = LoopClock(), plan("a")
        self.line = await self.open(Origin.of(httpx.URL("http://a")))
        self.request = asks(**fields)
        books = Books(Accounts(self._tell, lambda *_: None), clock)
        house = Shared(
            Chat(), Plain(read_plain, answer_as_it_came, as_it_came), self.dispatcher, clock, books,
            self.under_way, self.closing.append,
        )  # fmt: skip
        call = Call("req_1", 0.0, "chat", "chat", "chat", stream=True)
        head_start = self.dispatcher.begin(self.plan, self.request)
        self.fast = FastStream(house, call, self.request, self.plan, Place(self._leave), head_start)
        self.under_way |= {self.fast: None, **OTHERS}
        body = self.request.raw
        self.cycle = Cycle(self.caller, [], body)
        known = Known(b"", b"", {}, [], 0, len(body))
        self.fast.wait(
            Again(known, b"%d" % len(body), body),
            self.cycle,
            lambda *given: self.served.append(given),
        )
        return self

    def _leave(self):
        self.places += 1

    def _tell(self, event):
        self.told.append(event)
        self.out.append(len(self.writes))

    @property
    def writes(self):
        return self.caller.transport.writes

    @property
    def body(self):
        """What the caller has been told so far."""
        _, _, chunks = b"".join(self.writes).partition(b"\r\n\r\n")
        return b"".join(chunks.split(b"\r\n")[1::2])

    @property
    def way(self):
        """What became of the call."""
        if self.served:
            return "handed"
        if self.fast.has_begun:
            return "poured"
        return "passed" if self.caller.answered else "silent"

    async def over(self):
        """Let all that is still to come happen."""
        await asyncio.sleep(MOST + 2 * MOMENT)
        await turns(9)


async def look():
    """Until the next look at what came meanwhile."""
    await asyncio.sleep(MOMENT)
    await turns(4)


def pending(fast):
    """Whether a callback of the call is still to come."""
    loop = asyncio.get_running_loop()
    return any(
        getattr(handle._callback, "__self__", None) is fast
        for handle in (*loop._ready, *loop._scheduled)
        if not handle.cancelled()
    )


async def test_a_stream_in_one_read_is_given_in_one_write_and_at_once():
    scene = await Scene().begun()
    scene.line.says(HEAD + FIRST + SECOND + THIRD + END)

    assert (len(scene.writes), scene.body, scene.way) == (1, SAID, "passed")
    assert not pending(scene.fast)
    assert scene.told[-1].outcome is Outcome.SERVED
    assert (scene.places, scene.under_way, scene.transport.pool.idle) == (1, OTHERS, 1)


@pytest.mark.parametrize("wait", [0, MOMENT / 2])
async def test_a_stream_in_two_quick_reads_is_given_in_one_write(wait):
    scene = await Scene().begun()
    scene.line.says(HEAD + FIRST)
    before = scene.way, list(scene.writes)
    await asyncio.sleep(wait)
    scene.line.says(SECOND + THIRD + END)
    await look()
    at_once = len(scene.writes), scene.body, scene.way
    await scene.over()

    assert min(len(FIRST), len(SECOND)) >= MUCH
    assert before == ("silent", [])
    assert at_once == (1, SAID, "passed")
    assert len(scene.writes) == 1
    assert scene.told[-1].usage.total == 5


async def test_a_stream_in_many_reads_is_given_in_one_write_if_it_is_over_in_a_moment():
    scene = await Scene().begun()
    data = HEAD + b"".join(map(part, [ROLE, *WORDS * 5, STOP, USAGE, DONE])) + END
    for at in range(0, len(data), MUCH):
        scene.line.says(data[at : at + MUCH])
        await asyncio.sleep(MOMENT * MUCH / len(data) / 2)
    await scene.over()

    assert (len(scene.writes), scene.way) == (1, "passed")
    assert scene.body == b"".join([ROLE, *WORDS * 5, STOP, DONE])


async def test_a_stream_whose_rest_does_not_come_in_a_moment_begins_with_what_is_here():
    scene = await Scene().begun()
    scene.line.says(HEAD + FIRST)
    await asyncio.sleep(0.9 * MOMENT)
    before = scene.way
    await asyncio.sleep(0.2 * MOMENT)
    begun = scene.way, scene.body
    scene.line.says(SECOND)
    poured = scene.body
    scene.line.says(THIRD + END)
    await scene.over()

    assert before == "silent"
    assert begun == ("poured", b"".join(EVENTS[:30]))
    assert poured == b"".join(EVENTS[:60])
    assert scene.body == SAID
    assert (scene.told[-1].outcome, scene.places) == (Outcome.SERVED, 1)


async def test_the_first_byte_waits_for_nothing_that_is_told_of_it():
    scene = await Scene().begun()
    scene.line.says(HEAD + part(ROLE + WORDS[0]))

    assert [type(each) for each in scene.told] == [AnswerBegan]
    assert scene.out == [1]

    await scene.fast.aclose(0.0)


async def test_a_bug_in_saying_the_first_words_is_logged_and_the_stream_the_endpoints(
    monkeypatch, caplog
):
    scene = await Scene().begun()
    monkeypatch.setattr("proxy.web.outlet.Outlet.take", lambda *_, **__: {}["bug"])
    scene.line.says(HEAD + part(ROLE + WORDS[0]))

    # What has begun is not begun again.
    assert (scene.way, scene.fast.has_begun, scene.writes) == ("handed", True, [])
    assert "req_1: unexpected failure" in caplog.text

    await scene.fast.aclose(0.0)


async def test_a_stream_is_waited_for_as_long_as_each_look_finds_more_but_not_for_ever():
    scene = await Scene().begun()
    data = b"".join(map(part, [ROLE, *WORDS * 5]))
    scene.line.says(HEAD + data[:MUCH])
    ways = []
    for at in range(1, LOOKS + 1):
        await asyncio.sleep(0.9 * MOMENT)
        ways.append(scene.way)
        scene.line.says(data[at * MUCH : (at + 1) * MUCH])
        await asyncio.sleep(0.1 * MOMENT)
    await turns(2)

    assert ways == ["silent"] * LOOKS
    assert scene.way == "poured"
    assert b"".join([ROLE, *WORDS * 5]).startswith(scene.body)
    assert len(scene.body) > LOOKS / 2 * MUCH

    await scene.fast.aclose(0.0)


async def test_of_a_stream_that_has_begun_nobody_keeps_what_was_asked():
    scene = await Scene().begun()
    scene.fast.call.charge = charge = Charge(None, gate.Caller(), "", "c1")
    charge.free(scene.request)
    asked = scene.request.raw
    before = scene.fast._again.body, bytes(scene.cycle.body)
    scene.line.says(HEAD + part(EVENTS[0]) + part(EVENTS[1]))

    assert scene.way == "poured"
    assert before == (asked, asked) != (b"", b"")
    assert (scene.fast._again.body, bytes(scene.cycle.body)) == (b"", b"")
    assert (scene.request.raw, "messages" in scene.request.body) == (b"", False)
    assert charge._request is None

    await scene.fast.aclose(0.0)


async def test_of_a_stream_that_nobody_takes_on_what_was_told_of_usage_is_taken_down():
    scene = await Scene().begun()
    scene.fast.call.charge = charge = Charge(None, gate.Caller(), "", "c1")
    charge.free(scene.request)
    first = chunk({"role": "assistant", "content": ""}, usage={"prompt_tokens": 9})
    scene.line.says(HEAD + part(first) + part(WORDS[0]))
    scene.line.says(b"".join(map(part, WORDS[1:9])))
    sent = scene.fast.speech.stream.sent
    await scene.fast.aclose(0.0)
    (run,) = scene.fast.call.runs

    assert scene.way == "poured"
    assert (run.usage, run.is_guess) == (Usage(9, sent // STREAM_BYTES), True)
    assert sent > STREAM_BYTES


async def test_a_stream_that_cannot_be_begun_is_the_endpoints_with_all_that_was_asked(monkeypatch):
    scene = await Scene().begun()
    monkeypatch.setattr(Cycle, "open_at_once", Mock(side_effect=RuntimeError("no")))
    scene.line.says(HEAD + part(EVENTS[0]) + part(EVENTS[1]))

    ((again, _, _),) = scene.served
    assert again.body == scene.request.raw != b""
    await scene.fast.aclose(0.0)


@pytest.mark.parametrize("gathers", [False, True])
async def test_what_comes_while_the_rest_is_waited_for_is_read_at_the_next_look(gathers):
    scene = await Scene(gathers=gathers).begun()
    exchange = scene.fast.head_start.sent.exchange
    scene.line.says(HEAD + FIRST)
    first = exchange.size
    for event in EVENTS[30:60]:
        scene.line.says(part(event))
    before = exchange.size
    await look()

    assert before == first
    assert exchange.size >= first + len(SECOND)
    assert (scene.way, scene.line.is_quiet()) == ("silent", True)

    await scene.fast.aclose(0.0)


async def test_where_nobody_else_is_served_a_quick_stream_begins_at_once():
    scene = await Scene().begun()
    scene.under_way = scene.fast._shared.calls
    for other in OTHERS:
        del scene.under_way[other]
    scene.line.says(HEAD + FIRST)

    assert (scene.way, scene.body) == ("poured", b"".join(EVENTS[:30]))
    assert not pending(scene.fast)

    await scene.fast.aclose(0.0)


async def test_a_stream_that_comes_in_small_reads_begins_with_the_first_of_them():
    scene = await Scene().begun()
    scene.line.says(HEAD + part(ROLE) + part(WORDS[0]))

    assert (scene.way, scene.body) == ("poured", ROLE + WORDS[0])
    assert not pending(scene.fast)

    await scene.fast.aclose(0.0)


@pytest.mark.parametrize("more", [part(EVENTS[30]), SECOND])
async def test_what_comes_in_the_meantime_is_not_looked_at_before_its_end(more, monkeypatch):
    scene = await Scene().begun()
    looks = []
    monkeypatch.setattr(HeadStart, "listen_in", lambda *_, **__: looks.append(1))
    scene.line.says(HEAD + FIRST)
    await asyncio.sleep(MOMENT / 2)
    scene.line.says(more)
    early = list(looks)
    await scene.over()

    assert (early, len(looks)) == ([], 1)
    assert scene.way == "handed"

    await scene.fast.aclose(0.0)


async def test_what_is_more_than_may_wait_is_not_waited_for():
    scene = await Scene().begun()
    great = part(chunk({"content": "x" * 30_000}))
    scene.line.says(HEAD + part(ROLE) + great)
    scene.line.says(great)
    await look()
    before = scene.way
    scene.line.says(great)
    await look()

    assert before == "silent"
    assert 3 * len(great) > HIGH_WATER
    assert scene.way == "poured"
    assert not pending(scene.fast)
    assert len(scene.body) > HIGH_WATER

    await scene.fast.aclose(0.0)


LEAVES = {
    "caller": lambda scene: scene.cycle.abandon(),
    "house": lambda scene: scene.fast.go_on(),
}


@pytest.mark.parametrize("wait", [0, MOMENT / 2])
@pytest.mark.parametrize("who", LEAVES)
async def test_a_call_that_goes_on_elsewhere_in_the_meantime_leaves_no_wait_behind(who, wait):
    scene = await Scene().begun()
    scene.line.says(HEAD + FIRST)
    await asyncio.sleep(wait)
    LEAVES[who](scene)
    left = pending(scene.fast), scene.way, scene.fast.head_start.sent.body
    scene.line.says(SECOND)
    await scene.over()

    assert left == (False, "handed", b"".join(EVENTS[:30]))
    assert (scene.writes, len(scene.served), scene.under_way) == ([], 1, OTHERS)
    assert scene.fast.head_start.sent.body == b"".join(EVENTS[:60])

    await scene.fast.aclose(0.0)
    await scene.over()

    assert (scene.in_flight(), scene.transport.pool.open, scene.places) == (0, 0, 1)
    assert (scene.writes, len(scene.served)) == ([], 1)


async def test_a_caller_who_is_full_by_then_is_served_elsewhere():
    scene = await Scene().begun()
    scene.line.says(HEAD + FIRST)
    scene.caller.flow.write_paused = True
    await scene.over()

    assert (scene.way, scene.writes, len(scene.served)) == ("handed", [], 1)

    await scene.fast.aclose(0.0)


@pytest.mark.parametrize("wait", [0, MOMENT / 2])
async def test_a_provider_that_hangs_up_in_the_meantime_is_heard_at_once(wait):
    scene = await Scene().begun()
    scene.line.says(HEAD + FIRST)
    await asyncio.sleep(wait)
    scene.line.hangs_up()
    heard = scene.body, len(scene.served), pending(scene.fast)
    await scene.over()

    assert heard == (b"".join(EVENTS[:30]), 1, False)
    assert len(scene.served) == 1

    await scene.fast.aclose(0.0)


@pytest.mark.parametrize("wait", [0, MOMENT / 2])
async def test_what_is_garbled_in_the_meantime_is_heard_at_once_behind_what_was_good(wait):
    scene = await Scene().begun()
    scene.line.says(HEAD + FIRST)
    await asyncio.sleep(wait)
    scene.line.says(SECOND + b"zzz\r\n")
    await look()
    heard = scene.body, len(scene.served), pending(scene.fast)
    await scene.over()

    assert heard == (b"".join(EVENTS[:60]), 1, False)
    assert len(scene.served) == 1

    await scene.fast.aclose(0.0)


async def test_a_failure_that_is_long_is_handed_on_after_a_moment():
    scene = await Scene().begun()
    scene.line.says(HEAD.replace(b"200 OK", b"500 No") + part(b"x" * MUCH))
    before = scene.way
    await scene.over()

    assert (before, scene.way, len(scene.served)) == ("silent", "handed", 1)

    await scene.fast.aclose(0.0)


async def test_a_great_read_that_says_nothing_is_looked_at_again_with_the_next():
    scene = await Scene().begun()
    scene.line.says(HEAD + part(b": " + b"x" * MUCH + b"\n\n"))
    await scene.over()
    silent = scene.way, pending(scene.fast)
    scene.line.says(part(ROLE) + part(WORDS[0]))

    assert silent == ("silent", False)
    assert (scene.way, scene.body) == ("poured", ROLE + WORDS[0])

    await scene.fast.aclose(0.0)


async def test_a_connection_that_is_full_of_what_frames_nothing_is_read_on_elsewhere():
    scene = await Scene().begun()
    scene.line.says(HEAD + part(b":") + part(b"x") * 10_000)
    await look()
    scene.line.says(part(b"x") * 1_000)

    assert scene.fast.head_start.sent.exchange.size > HIGH_WATER
    assert scene.way == "handed"

    await scene.fast.aclose(0.0)


async def test_ids_that_are_too_long_are_not_passed_on(monkeypatch):
    scene = await Scene().begun()
    monkeypatch.setattr("proxy.surfaces.chat.whole_stream.is_packed", lambda _: True)
    scene.line.says(HEAD + FIRST + SECOND + THIRD + END)

    assert (scene.way, scene.writes, len(scene.served)) == ("handed", [], 1)
    assert scene.fast.head_start.sent.body == b"".join(EVENTS)

    await scene.fast.aclose(0.0)


async def test_a_bug_in_passing_a_stream_on_is_logged_and_the_endpoints(monkeypatch, caplog):
    scene = await Scene().begun()
    monkeypatch.setattr("proxy.codecs.openai.codec.whole_stream", lambda _: {}["bug"])
    scene.line.says(HEAD + FIRST)
    scene.line.says(SECOND + THIRD + END)
    await look()

    assert (scene.way, scene.writes, len(scene.served)) == ("handed", [], 1)
    assert "req_1: unexpected failure" in caplog.text
    assert not pending(scene.fast)

    await scene.fast.aclose(0.0)


async def test_nothing_is_kept_of_a_stream_that_was_passed_on():
    scene = await Scene().begun()
    exchange = scene.fast.head_start.sent.exchange
    scene.line.says(HEAD + FIRST)
    scene.line.says(SECOND + THIRD + END)
    await look()

    assert (scene.way, exchange.pieces, exchange.size) == ("passed", [], 0)
    assert scene.line.connection._bodies == []
    assert scene.fast._waiting is None


async def heard(scene, after):
    """Another call, whose stream comes in two quick reads, the second so long after the first; its way."""
    await scene.begun()
    scene.line.says(HEAD + FIRST)
    await asyncio.sleep(after)
    scene.line.says(SECOND + THIRD + END)
    await scene.over()
    return scene.way


async def quick():
    """A scene whose target was quick of late."""
    scene = Scene(gathers=True)
    ways = [await heard(scene, MOMENT / 2) for _ in range(SURE)]
    assert ways == ["passed"] * SURE
    return scene


def expected(scene):
    """When the stream of a call that began now should be whole."""
    return scene.health._record(scene.plan.steps[0].candidates[0].target).rush.expected(
        LoopClock().now()
    )


async def test_a_stream_that_should_be_whole_soon_is_read_when_it_should_be():
    scene = await (await quick()).begun()
    exchange = scene.fast.head_start.sent.exchange
    for event in (HEAD, *map(part, EVENTS), END):
        scene.line.says(event)
    await asyncio.sleep(expected(scene) / 2)
    before = exchange.size, scene.way
    await scene.over()

    assert before == (0, "silent")
    assert (len(scene.writes), scene.body, scene.way) == (1, SAID, "passed")
    assert (scene.line.is_quiet(), pending(scene.fast)) == (False, False)
    assert exchange.complete


async def test_what_is_not_whole_when_it_should_be_is_waited_for_as_any_quick_stream():
    scene = await (await quick()).begun()
    soon = expected(scene)
    scene.line.says(HEAD + FIRST)
    await asyncio.sleep(soon)
    await turns(4)
    scene.line.says(SECOND + THIRD + END)
    await look()

    assert (len(scene.writes), scene.body, scene.way) == (1, SAID, "passed")
    assert expected(scene) > soon


async def test_what_comes_as_it_was_expected_is_expected_a_little_sooner():
    scene = await (await quick()).begun()
    soon = expected(scene)
    scene.line.says(HEAD + FIRST + SECOND + THIRD + END)
    await scene.over()

    assert scene.way == "passed"
    assert 0.9 * soon < expected(scene) < soon


@pytest.mark.parametrize("early", [b"", HEAD])
async def test_a_stream_that_was_expected_and_is_not_there_is_heard_from_its_first_word_on(early):
    scene = await (await quick()).begun()
    scene.line.says(early)
    await scene.over()
    silent = scene.way, pending(scene.fast), scene.line.is_quiet(), expected(scene)
    scene.line.says((b"" if early else HEAD) + part(ROLE) + part(WORDS[0]))

    assert silent == ("silent", False, False, 0.0)
    assert (scene.way, scene.body) == ("poured", ROLE + WORDS[0])

    await scene.fast.aclose(0.0)


async def again(scene):
    """How many streams it takes until one is expected again."""
    ways = 0
    while not expected(scene):
        await heard(scene, MOMENT / 2)
        ways += 1
    return ways


async def test_a_stream_that_was_expected_and_comes_late_kept_nobody_waiting():
    scene = await (await quick()).begun()
    await scene.over()
    scene.line.says(HEAD + FIRST + SECOND + THIRD + END)

    assert scene.way == "passed"
    assert await again(scene) == SURE - 1


async def test_a_target_that_begins_to_speak_like_a_model_is_heard_so():
    scene = await (await quick()).begun()
    scene.line.says(HEAD + part(ROLE) + part(WORDS[0]))
    await scene.over()
    way = scene.way
    await scene.fast.aclose(0.0)
    await scene.begun()
    is_quiet = scene.line.is_quiet()
    await scene.fast.aclose(0.0)

    assert (way, is_quiet) == ("poured", False)
    assert await again(scene) == 2 * SURE


async def test_where_few_others_are_served_nothing_is_expected(monkeypatch):
    scene = await quick()
    monkeypatch.setattr("tests.web.test_faststream_waits.OTHERS", {object(): None, object(): None})
    await scene.begun()
    few = scene.line.is_quiet()
    await scene.fast.aclose(0.0)

    assert (few, len(scene.under_way)) == (False, BUSY - 1)


async def test_where_nothing_can_gather_nothing_is_expected():
    scene = await quick()
    scene._gathers = False
    await scene.begun()

    assert not scene.line.is_quiet()

    await scene.fast.aclose(0.0)


@pytest.mark.parametrize("who", LEAVES)
async def test_a_call_that_goes_on_elsewhere_before_it_is_expected_leaves_no_wait_behind(who):
    scene = await (await quick()).begun()
    scene.line.says(HEAD + FIRST)
    LEAVES[who](scene)
    left = pending(scene.fast), scene.way
    await scene.over()

    assert left == (False, "handed")
    assert not scene.line.is_quiet()
    assert scene.fast.head_start.sent.body == b"".join(EVENTS[:30])

    await scene.fast.aclose(0.0)


async def test_a_provider_that_hangs_up_before_it_is_expected_is_heard_at_once():
    scene = await (await quick()).begun()
    scene.line.hangs_up()

    assert (scene.way, len(scene.served), pending(scene.fast)) == ("handed", 1, False)
    assert expected(scene) == 0.0

    await scene.fast.aclose(0.0)


async def test_a_failure_that_comes_before_it_is_expected_is_the_last_that_is_held_up():
    scene = await (await quick()).begun()
    scene.line.says(HEAD.replace(b"200 OK", b"500 No") + part(b"{}") + END)
    before = scene.way
    await scene.over()

    assert (before, scene.way, expected(scene)) == ("silent", "handed", 0.0)

    await scene.fast.aclose(0.0)


async def test_what_is_more_than_may_wait_is_not_expected_any_longer():
    scene = await (await quick()).begun()
    scene.line.says(HEAD + part(ROLE) + part(chunk({"content": "x" * (HIGH_WATER - 1000)})))
    before = scene.way
    scene.line.says(part(WORDS[0]) * 1000)

    assert (before, scene.way) == ("silent", "poured")
    assert not pending(scene.fast)

    await scene.fast.aclose(0.0)
