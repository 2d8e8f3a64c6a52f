"""A try that begins before its cascade: what wins it, and how a cascade goes on with it."""

import asyncio
from unittest.mock import patch

import httpx
import pytest

from proxy.codecs.openai import OpenAI
from proxy.config.schema import Limits
from proxy.core import jsons
from proxy.core.errors import Kind, ProxyError
from proxy.core.fold import fold
from proxy.core.shape import Capabilities, Quirks
from proxy.engine.pour import Pour
from proxy.engine.resume import Answer
from proxy.upstream.client import Upstream
from proxy.upstream.origin import Origin
from tests.support.lines import Switchboard
from tests.support.script import DONE, ROLE, STOP, USAGE, Batches, asks, chunk, plan, target
from tests.support.twins import answer, completion, exactly

pytestmark = pytest.mark.virtual_time

ONE = plan("a")
TWO = plan("a", "b")
WHOLE = answer()
HEAD, _, BODY = WHOLE.partition(b"\r\n\r\n")
PATIENT = {"a": Limits(first_byte_timeout=8.0, first_byte_written=True)}


def origin(name):
    return Origin.of(httpx.URL(f"http://{name}"))


class Scene(Switchboard):
    """A head start at target `a`."""

    async def begun(self, steps=ONE, request=None):
        self.plan = steps
        self.request = request or asks(stream=False)
        self.line = await self.open(origin("a"))
        self.start = self.cascade.begin(steps, self.request)
        return self

    def go_on(self, **more):
        """A cascade that goes on with it."""
        run = self.cascade.open(self.plan, self.request, "req_1", head_start=self.start, **more)
        return self.ended(run)

    async def asked(self, turn=0.0):
        """The next try's line, once something was sent on it; `turn` are seconds between two looks."""
        while len(self.lines) < 2 or not self.lines[1].written:
            await asyncio.sleep(turn)
        return self.lines[1]


async def test_a_whole_answer_wins():
    scene = await Scene().begun()
    await asyncio.sleep(0.25)
    silent = scene.start.look(1)
    scene.line.says(WHOLE)
    won = scene.start.look(1)
    busy = scene.in_flight()
    scene.start.won(0.25)

    assert silent is None
    assert scene.line.written.startswith(b"POST /chat/completions HTTP/1.1\r\nhost: a\r\n")
    assert won.completion["choices"][0]["message"]["content"] == "hello"
    assert (won.usage.total, won.head.fields["content-type"]) == (5, "application/json")
    assert (busy, scene.in_flight(), scene.transport.pool.idle) == (1, 0, 1)
    assert scene.health.speed(target("a")) == 0.25


async def test_a_whole_answer_that_may_go_on_as_it_came_is_not_taken_apart():
    scene = await Scene().begun()
    scene.line.says(answer(exactly()))
    won = scene.start.look(1, may_pass=True)

    assert won.completion == {}
    assert (won.whole.body, won.whole.model, won.usage.total) == (exactly(), "sim-1", 5)


async def test_a_try_is_told_as_one_of_a_cascade():
    scene = await Scene().begun()
    served = scene.start.tried(1.5)
    ended = scene.start.tried(0.25, Kind.CANCELLED)

    assert (scene.start.name, served.target, served.kind, served.ms) == ("a/m", "a/m", None, 1500.0)
    assert (ended.kind, ended.ms, ended.began, ended.skipped) == (Kind.CANCELLED, 250.0, 0.0, False)

    scene.start.close(0.0)


@pytest.mark.parametrize(
    "said",
    [
        HEAD + b"\r\n\r\n",
        answer(status=500),
        answer(status=201),
        answer(kind="text/event-stream"),
        answer(None, "content-encoding: identity"),
        answer(b" " + BODY),
        answer(b"{}"),
        answer(b"{"),
        answer(completion(model="")),
        answer(completion(id="c" * 5000)),
    ],
)
async def test_what_is_no_plain_answer_wins_nothing_and_stays_for_the_cascade(said):
    brief = plan("a", targets={"a": target("a", max_answer=4000)})
    scene = await Scene().begun(brief)
    scene.line.says(said)

    assert scene.start.look(1) is None
    assert (scene.start.sent.exchange.status > 0, scene.in_flight()) == (True, 1)

    scene.start.close(0.0)


async def test_a_try_that_is_closed_leaves_no_trace():
    scene = await Scene().begun()
    scene.start.close(1.0)
    await asyncio.sleep(0)

    assert scene.line.is_closing()
    assert (scene.in_flight(), scene.transport.pool.open) == (0, 0)
    assert scene.health.speed(target("a")) == 0.0


LONG = [{"role": "user", "content": "x" * 50}]
DEAR = Capabilities(context=1)
REFUSED = {
    "hedged": plan("a", limits={"a": Limits(hedge_after=1.0)}),
    "too-short": plan("a", total=0.9),
    "unfit": plan("a", targets={"a": target("a", capabilities=DEAR)}),
    "followed-by-an-unfit-one": plan("a", "b", targets={"b": target("b", capabilities=DEAR)}),
}


@pytest.mark.parametrize("name", REFUSED)
async def test_where_there_is_something_to_decide_or_to_wait_for_nobody_is_asked(name):
    scene = await Scene().begun(REFUSED[name], asks(stream=False, messages=LONG))

    assert scene.start is None
    assert (scene.line.written, scene.in_flight(), scene.transport.pool.idle) == (b"", 0, 1)


@pytest.mark.parametrize("part", [(OpenAI, "encode"), (Upstream, "begin")])
async def test_a_call_that_cannot_be_written_is_for_the_cascade_to_refuse(part):
    with patch.object(*part, side_effect=ProxyError(Kind.MISCONFIGURED, "no such address")):
        scene = await Scene().begun()

    assert (scene.start, scene.line.written, scene.in_flight()) == (None, b"", 0)


async def test_a_target_that_is_not_well_is_not_asked_at_once():
    scene = await Scene().begun()
    scene.line.says(answer(b"{}", "retry-after: 60", status=429))
    await scene.go_on()
    again = scene.cascade.begin(ONE, scene.request)

    assert again is None
    assert (scene.in_flight(), scene.transport.pool.idle) == (0, 1)


async def test_a_cascade_waits_for_what_is_still_to_come():
    scene = await Scene().begun()
    going = asyncio.ensure_future(scene.go_on())
    await asyncio.sleep(1.5)
    scene.line.says(WHOLE)

    assert await going == ([("a/m", None, 1500.0)], "hello")
    assert (len(scene.lines), scene.in_flight(), scene.transport.pool.idle) == (1, 0, 1)
    assert scene.health.speed(target("a")) == 1.5


async def test_a_cascade_finds_what_came_before_it():
    scene = await Scene().begun()
    scene.line.says(HEAD + b"\r\n\r\n" + BODY[:9])
    going = asyncio.ensure_future(scene.go_on())
    await asyncio.sleep(0)
    scene.line.says(BODY[9:])

    assert (await going)[1] == "hello"
    assert (scene.in_flight(), scene.transport.pool.idle) == (0, 1)


async def test_a_failure_is_followed_by_the_next_target():
    scene = await Scene().begun(TWO)
    scene.line.says(answer(b"{}", status=500))
    going = asyncio.ensure_future(scene.go_on())
    line = await scene.asked()
    line.says(WHOLE)
    tried, said = await going

    assert (tried, said) == ([("a/m", Kind.SERVER_ERROR, 0.0), ("b/m", None, 0.0)], "hello")
    assert b"host: b\r\n" in line.written
    assert [fact.moved_on for fact in scene.facts] == [True]
    assert scene.in_flight() == 0


async def test_a_failure_of_the_only_target_is_the_answer():
    scene = await Scene().begun()
    scene.line.says(answer(b"{}", status=500))

    assert await scene.go_on() == ([("a/m", Kind.SERVER_ERROR, 0.0)], Kind.SERVER_ERROR)
    assert (len(scene.lines), scene.in_flight()) == (1, 0)


async def test_a_further_try_at_the_same_target_is_a_fresh_one():
    scene = await Scene().begun(plan("a", limits={"a": Limits(retries=1)}))
    scene.line.says(answer(b"{}", "connection: close", status=500))
    going = asyncio.ensure_future(scene.go_on())
    (await scene.asked(0.01)).says(WHOLE)
    tried, said = await going

    assert ([kind for _, kind, _ in tried], said) == ([Kind.SERVER_ERROR, None], "hello")
    assert scene.in_flight() == 0


async def test_a_connection_that_is_lost_without_a_byte_costs_no_try():
    scene = await Scene().begun()
    scene.line.hangs_up()
    going = asyncio.ensure_future(scene.go_on())
    line = await scene.asked()
    line.says(WHOLE)

    assert await going == ([("a/m", None, 0.0)], "hello")
    assert line.written == scene.line.written
    assert scene.in_flight() == 0


async def test_a_connection_that_is_lost_after_a_byte_fails_the_try():
    scene = await Scene().begun()
    scene.line.says(WHOLE[:40])
    scene.line.hangs_up()

    assert await scene.go_on() == ([("a/m", Kind.RESET, 0.0)], Kind.RESET)
    assert (len(scene.lines), scene.in_flight()) == (1, 0)


@pytest.mark.parametrize("waited", [0.0, 3.0, 7.75])
async def test_the_first_byte_has_the_time_that_began_with_the_head_start(waited):
    scene = await Scene().begun(plan("a", limits=PATIENT))
    await asyncio.sleep(waited)
    tried, said = await scene.go_on()

    assert (tried, said) == ([("a/m", Kind.FIRST_BYTE_TIMEOUT, 8000.0)], Kind.FIRST_BYTE_TIMEOUT)
    assert scene.in_flight() == 0


async def test_the_whole_call_has_the_time_that_began_with_the_head_start():
    scene = await Scene().begun(plan("a", total=5.0))
    await asyncio.sleep(4.5)
    scene.line.says(HEAD + b"\r\n\r\n")

    assert await scene.go_on() == ([("a/m", Kind.TOTAL_TIMEOUT, 5000.0)], Kind.TOTAL_TIMEOUT)
    assert scene.in_flight() == 0


async def test_a_caller_who_leaves_closes_the_connection():
    scene = await Scene().begun()
    going = asyncio.ensure_future(scene.go_on())
    await asyncio.sleep(1.0)
    going.cancel()
    with pytest.raises(asyncio.CancelledError):
        await going

    assert scene.line.is_closing()
    assert (scene.in_flight(), scene.transport.pool.open) == (0, 0)


async def test_what_a_call_asks_of_its_target_is_what_it_would_have_asked():
    scene = await Scene().begun(ONE, asks(stream=False, temperature=0.5))
    body = jsons.decode(scene.line.written.partition(b"\r\n\r\n")[2])

    assert body == {**scene.request.body, "model": "m"}

    scene.start.close(0.0)


SPEAKS = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
SPEAKS_AWS = SPEAKS.replace(b"text/event-stream", b"application/vnd.amazon.eventstream")
SPEAKS_PLAINLY = SPEAKS.replace(b"text/event-stream", b"text/plain")


def part(data):
    """A chunk of HTTP."""
    return b"%x\r\n%b\r\n" % (len(data), data)


ROLE_SAID, HI_SAID, LO_SAID = map(part, (ROLE, chunk({"content": "hi"}), chunk({"content": "lo"})))
LAST_SAID = part(STOP + USAGE + DONE) + b"0\r\n\r\n"


class Stage(Scene):
    """A stream that began before there was a run."""

    async def speaking(self, *said):
        await self.begun(ONE, asks())
        await asyncio.sleep(0.5)
        for piece in said or (SPEAKS + ROLE_SAID + HI_SAID,):
            self.line.says(piece)
        started = self.start.listen_in(self.request, 1)
        self.lane = self.cascade.commit(self.start, self.request, started)
        self.outlet = Batches()
        self.outlet.take(started.chunks)
        self.woken = []
        return started

    def pour(self):
        """Pour without a task."""
        pour = self.lane.attempt.pouring(self.outlet)
        pour.begin(lambda: self.woken.append(asyncio.get_running_loop().time()))
        return pour

    @property
    def said(self):
        chunks = [one for batch in self.outlet.batches for one in batch]
        return "".join(
            choice["delta"].get("content") or "" for one in chunks for choice in one["choices"]
        )

    async def rest(self):
        """A run goes on with it: what it tells, and the failure, if there is one."""
        run = self.cascade.open(self.plan, self.request, "req_1", head_start=self.start)
        async with run as outcome:
            answer = Answer(outcome, "")
            try:
                await answer.pour(self.outlet)
            except ProxyError as error:
                return outcome.run, error.kind
            return answer.run, None


@pytest.mark.parametrize(
    ("said", "spoke"),
    [
        (SPEAKS, None),
        (answer(ROLE), None),
        (answer(ROLE, "content-encoding: gzip", kind="text/event-stream"), None),
        (SPEAKS + part(b'data: {"error": {"message": "busy"}}\n\n'), None),
        (answer(completion(), kind="text/event-stream"), None),
        (answer(b"\n " + completion(), kind="text/event-stream"), None),
        (SPEAKS + part(b": " + b"x" * 20_000 + b"\n\n"), None),
        (SPEAKS + part(b":") + part(b"x") * 4000, None),
        (SPEAKS + part(b":") + part(b"x") * 400, False),
        (SPEAKS + part(DONE), None),
        (SPEAKS + ROLE_SAID + b"0\r\n\r\n", None),
        (SPEAKS + part(b": wait\n\n"), False),
        (SPEAKS + ROLE_SAID, False),
        (SPEAKS + ROLE_SAID + HI_SAID, True),
        (SPEAKS_AWS + ROLE_SAID + HI_SAID, True),
        (SPEAKS_AWS + part(b'{"message": "no"}'), None),
        (SPEAKS_PLAINLY + ROLE_SAID + HI_SAID, None),
    ],
)
async def test_a_stream_is_listened_in_to_and_left_where_it_is(said, spoke):
    scene = await Scene().begun(ONE, asks())
    before = scene.start.sent.is_awaited
    scene.line.says(said)
    body = scene.start.sent.body
    started = scene.start.listen_in(scene.request, 1)

    assert before
    assert (started and started.spoke) is spoke
    assert scene.start.sent.body == body

    scene.start.close(0.0)


async def test_what_has_not_spoken_is_listened_to_from_where_the_last_look_left_it():
    scene = await Scene().begun(ONE, asks())
    looks = []
    for piece in (SPEAKS + ROLE_SAID, b"9\r\n: silent\n\r\n", HI_SAID[:40], HI_SAID[40:]):
        scene.line.says(piece)
        looks.append(scene.start.listen_in(scene.request, 1))
    anew = scene.start.listen_in(scene.request, 1)

    assert [look.spoke for look in looks] == [False, False, False, True]
    assert all(look.decoder is looks[0].decoder for look in looks)
    assert anew.decoder is not looks[0].decoder
    assert fold(anew.chunks) == fold(looks[-1].chunks)

    scene.start.close(0.0)


async def test_what_was_heard_is_forgotten_where_another_goes_on():
    scene = await Scene().begun(ONE, asks())
    scene.line.says(SPEAKS + ROLE_SAID)
    first = scene.start.listen_in(scene.request, 1)
    scene.start.forget()
    second = scene.start.listen_in(scene.request, 1)

    assert second.decoder is not first.decoder
    assert second.chunks == first.chunks

    scene.start.close(0.0)


WORDS = [ROLE_SAID, HI_SAID, LO_SAID]
ENDED = [part(STOP), part(USAGE), part(DONE), b"0\r\n\r\n"]


async def _came(*said, steps=ONE, request=None):
    """What may go on of a stream that came so, and what is told of it; all of it was left where it is."""
    scene = await Scene().begun(steps, request or asks())
    for piece in said:
        scene.line.says(piece)
    body = scene.start.sent.body
    whole = scene.start.whole_stream(scene.request)
    started = scene.start.listen_in(scene.request, 1)

    assert scene.start.sent.body == body

    scene.start.close(0.0)
    return whole, started


async def test_a_stream_that_is_all_here_event_by_event_may_go_on_as_it_came():
    for said in (
        [b"".join([SPEAKS, *WORDS, *ENDED])],
        [SPEAKS, *WORDS, *ENDED],
        [SPEAKS + ROLE_SAID, HI_SAID + LO_SAID, b"".join(ENDED)],
    ):
        (head, whole), started = await _came(*said)

        assert (whole.model, whole.usage.total) == ("m-1", 5)
        assert len(whole.frames) == 3
        assert head["content-type"] == "text/event-stream"
        assert (started.spoke, started.head) == (True, head)


@pytest.mark.parametrize(
    "said",
    [
        [SPEAKS, *WORDS, *ENDED[:-1]],
        [SPEAKS, *WORDS, LAST_SAID],
        [SPEAKS + part(ROLE + chunk({"content": "hi"})), *ENDED],
        [SPEAKS, *WORDS, ENDED[0][:30], ENDED[0][30:], *ENDED[1:]],
    ],
)
async def test_any_other_stream_is_told_in_chunks(said):
    whole, started = await _came(*said)

    assert whole is None
    assert started.chunks
    assert started.spoke


async def test_what_was_asked_for_in_two_choices_does_not_go_on_as_it_came():
    whole, _ = await _came(SPEAKS, *WORDS, *ENDED, request=asks(n=2))

    assert whole is None


async def test_what_is_called_no_stream_does_not_go_on_as_it_came():
    whole, started = await _came(SPEAKS_PLAINLY, *WORDS, *ENDED)

    assert (whole, started) == (None, None)


async def test_a_stream_of_another_protocol_does_not_go_on_as_it_came():
    scene = await Scene().begun(ONE, asks())
    scene.line.says(b"".join([SPEAKS, *WORDS, *ENDED]))
    own = scene.start.whole_stream(scene.request)
    scene.start._passing = None

    assert own is not None
    assert scene.start.whole_stream(scene.request) is None

    scene.start.close(0.0)


async def test_a_stream_that_is_too_long_does_not_go_on_as_it_came():
    long = [SPEAKS, *[part(chunk({"content": "x" * 500}))] * 4, *ENDED]
    brief = plan("a", targets={"a": target("a", max_answer=1500)})

    assert await _came(*long, steps=brief) == (None, None)


async def test_what_began_all_here_is_won_at_once():
    scene = await Scene().begun(ONE, asks())
    scene.line.says(b"".join([SPEAKS, *WORDS, *ENDED]))
    scene.start.whole_stream(scene.request)
    scene.start.won(0.25)

    assert (scene.in_flight(), scene.transport.pool.idle) == (0, 1)
    assert scene.start.sent.exchange.pieces == []


async def test_a_stream_is_poured_without_a_task_to_its_end():
    scene = Stage()
    await scene.speaking()
    pour = scene.pour()
    before = pour.is_over, list(scene.woken), scene.in_flight()
    scene.line.says(LO_SAID)
    scene.line.says(LAST_SAID)
    pour.leave()
    scene.lane.close()

    assert before == (False, [], 1)
    assert (pour.is_over, pour.is_full, pour.failure, scene.woken) == (True, False, None, [0.5])
    assert (scene.said, scene.lane.took, scene.lane.attempt.usage.total) == ("hilo", 0.5, 5)
    assert (scene.in_flight(), scene.transport.pool.idle) == (0, 1)
    assert scene.health.speed(target("a")) == 0.5


async def test_the_last_of_a_stream_that_somebody_ends_at_once_is_told_as_such():
    scene = Stage()
    await scene.speaking()
    scene.pour()
    scene.line.says(LO_SAID)
    scene.line.says(LO_SAID + LAST_SAID)

    assert scene.outlet.last == scene.outlet.batches[-1:]

    await scene.lane.aclose()


async def test_a_stream_whose_end_a_task_hears_has_nothing_that_is_told_as_the_last():
    scene = Stage()
    await scene.speaking()
    going = asyncio.ensure_future(scene.rest())
    await asyncio.sleep(0.1)
    scene.line.says(LO_SAID + LAST_SAID)
    await going

    assert (scene.said, scene.outlet.last) == ("hilo", [])


async def test_a_stream_that_is_all_here_is_over_at_once():
    scene = Stage()
    await scene.speaking(SPEAKS + ROLE_SAID + HI_SAID + LAST_SAID)
    pour = scene.pour()

    assert (pour.is_over, pour.failure, scene.woken) == (True, None, [0.5])
    assert scene.said == "hi"

    await scene.lane.aclose()


async def test_an_end_that_leaves_the_caller_full_is_told_as_both_at_once():
    scene = Stage()
    await scene.speaking()
    pour = scene.pour()
    scene.outlet = pour._outlet = Batches(pause=1.0)
    told = []
    pour._woken = lambda: told.append((pour.is_over, pour.is_full, pour.failure))
    scene.line.says(LO_SAID + LAST_SAID)

    assert told == [(True, True, None)]

    await scene.lane.aclose()


async def test_a_failure_that_leaves_the_caller_full_is_told_as_both_at_once():
    scene = Stage()
    await scene.speaking()
    pour = scene.pour()
    pour._outlet = Batches(pause=1.0)
    told = []
    pour._woken = lambda: told.append((pour.is_over, pour.is_full, type(pour.failure)))
    with patch.object(Pour, "_finish", side_effect=ZeroDivisionError):
        scene.line.says(LO_SAID + LAST_SAID)

    assert told == [(True, True, ZeroDivisionError)]

    await scene.lane.aclose()


async def test_a_pour_that_was_left_keeps_no_clock():
    scene = Stage()
    await scene.speaking()
    pour = scene.pour()
    pour.leave()
    await asyncio.sleep(1e6)

    assert (pour.is_over, scene.woken, pour._timer) == (False, [], None)

    await scene.lane.aclose()


class Filled(Batches):
    """A caller who was left full: it takes nothing more, and nothing at all is always welcome."""

    def take(self, chunks, *, is_last=False):
        return super().take(chunks) or not chunks


async def test_whoever_goes_on_with_a_caller_who_is_full_reads_nothing_until_it_is_not():
    scene = Stage()
    await scene.speaking()
    scene.pour().leave()
    scene.outlet = Filled(pause=3.0)
    going = asyncio.ensure_future(scene.rest())
    scene.line.says(LO_SAID)
    await asyncio.sleep(2.0)
    before = scene.said
    scene.line.says(LAST_SAID)
    _, failure = await going

    assert (before, scene.said, failure) == ("", "lo", None)


async def test_a_caller_who_is_full_costs_no_time_for_what_may_come_after_the_end():
    scene = Stage()
    await scene.speaking()
    pour = scene.pour()
    scene.line.says(LO_SAID + part(STOP))
    pour.leave()
    scene.outlet._pause = 50.0
    going = asyncio.ensure_future(scene.rest())
    await asyncio.sleep(51.0)
    scene.line.says(part(USAGE + DONE) + b"0\r\n\r\n")
    await going

    assert scene.lane.attempt.usage.total == 5


async def test_what_a_target_was_not_told_is_known_of_a_try_that_somebody_began():
    strict = plan("a", targets={"a": target("a", quirks=Quirks(drop=frozenset({"seed"})))})
    scene = await Scene().begun(strict, asks(seed=4))
    scene.line.says(SPEAKS + ROLE_SAID + HI_SAID)
    started = scene.start.listen_in(scene.request, 1)
    lane = scene.cascade.commit(scene.start, scene.request, started)

    assert lane.attempt.dropped == ("seed",)

    await lane.aclose()


async def test_an_end_that_cannot_be_told_is_a_failure():
    scene = Stage()
    await scene.speaking(SPEAKS + ROLE_SAID + HI_SAID + LAST_SAID)
    with patch.object(Pour, "_finish", side_effect=ZeroDivisionError):
        pour = scene.pour()

    assert (pour.is_over, type(pour.failure), scene.woken) == (True, ZeroDivisionError, [0.5])

    await scene.lane.aclose()


async def test_a_run_goes_on_with_a_stream_that_somebody_began():
    scene = Stage()
    await scene.speaking()
    scene.pour().leave()
    going = asyncio.ensure_future(scene.rest())
    await asyncio.sleep(0)
    scene.line.says(LO_SAID + LAST_SAID)
    run, failure = await going

    assert (failure, scene.said, scene.woken) == (None, "hilo", [])
    assert ([each.kind for each in run.tried], run.waited) == ([None], 0.5)
    assert (scene.in_flight(), scene.transport.pool.idle) == (0, 1)


async def test_a_run_finds_nothing_left_of_a_stream_that_was_poured_to_its_end():
    scene = Stage()
    await scene.speaking(SPEAKS + ROLE_SAID + HI_SAID + LAST_SAID)
    pour = scene.pour()
    scene.lane.attempt.poured()
    pour.leave()
    _, failure = await scene.rest()

    assert (failure, scene.said, scene.in_flight()) == (None, "hi", 0)


async def test_a_run_raises_what_somebody_else_met():
    scene = Stage()
    await scene.speaking()
    pour = scene.pour()
    scene.line.hangs_up()
    scene.lane.attempt.failed(pour.failure)
    pour.leave()
    _, failure = await scene.rest()

    assert (failure, scene.woken, scene.in_flight()) == (Kind.RESET, [0.5], 0)


async def test_a_failure_that_has_no_name_is_raised_as_it_is():
    scene = Stage()
    await scene.speaking()
    scene.lane.attempt.failed(ZeroDivisionError())
    with pytest.raises(ZeroDivisionError):
        await scene.rest()

    assert (scene.in_flight(), scene.line.is_closing()) == (0, True)
