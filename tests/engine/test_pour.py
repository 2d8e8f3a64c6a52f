"""An answer is poured as it is read; a full caller stops it, a silent provider ends it, and nothing is lost on the way."""

import asyncio

import pytest

from proxy.codecs.openai import OpenAI
from proxy.core.errors import Kind, ProxyError
from proxy.engine.attempt import Attempt
from proxy.engine.pour import FLOOD, QUICK, Pour
from proxy.route.plan import Candidate
from tests.support.script import (
    DONE,
    STOP,
    USAGE,
    Act,
    Batches,
    ScriptedReply,
    ScriptedUpstream,
    Wait,
    asks,
    chunk,
    says,
    slow,
    target,
)
from tests.support.virtual import LoopClock

pytestmark = pytest.mark.virtual_time


@pytest.fixture(autouse=True)
def pushed(way_of_answers, monkeypatch):
    monkeypatch.setattr(ScriptedReply, "pushes", True)


def word(text):
    return chunk({"content": text})


class Parcels(Batches):
    """Has only what it was given time for, as callers have who are not written to at once."""

    held = ()

    def take(self, chunks, *, is_last=False):
        self.held = [*self.held, *chunks]
        return False

    async def ready(self):
        self.batches.append(self.held)
        self.held = ()


def words(batches):
    said = [choice for chunks in batches for one in chunks for choice in one["choices"]]
    return "".join(choice["delta"].get("content") or "" for choice in said)


async def poured(body, outlet=None, limits=None, **details):
    upstream = ScriptedUpstream(a=[Act(body=body)])
    candidate = Candidate(target("a", **details), limits or slow())
    tried = Attempt(candidate, asks(), OpenAI(), upstream, LoopClock())
    assert await tried.begin(60.0, 600.0) is None
    outlet = outlet or Batches()
    try:
        await tried.pour(outlet)
    except ProxyError as error:
        return outlet, error
    finally:
        await tried.aclose()
    return outlet, None


async def test_a_full_caller_is_waited_for_and_nothing_is_lost():
    outlet, error = await poured([word(w) for w in "abcdef"] + [STOP, DONE], Batches(pause=7.0))

    assert error is None
    assert words(outlet.batches) == "abcdef"
    assert asyncio.get_running_loop().time() >= 6 * 7.0


async def test_no_clock_runs_while_the_caller_is_full():
    limits = slow(idle_timeout=2.0, output_idle_timeout=3.0)
    outlet, error = await poured(
        [word("a"), Wait(1.0), word("b"), Wait(1.0), word("c"), STOP, DONE],
        Batches(pause=50.0),
        limits,
    )

    assert error is None
    assert words(outlet.batches) == "abc"


async def test_a_silent_provider_is_given_up_at_its_time():
    limits = slow(idle_timeout=5.0)
    outlet, error = await poured([word("a"), Wait(3.0), word("b"), Wait(1e6)], limits=limits)

    assert error.kind is Kind.IDLE_TIMEOUT
    assert "idle_timeout" in error.message
    assert words(outlet.batches) == "ab"
    assert asyncio.get_running_loop().time() == pytest.approx(8.0, abs=0.01)


async def test_a_provider_that_sends_events_and_says_nothing_is_given_up_too():
    nothing = [Wait(2.0), chunk({})] * 10
    _, error = await poured(
        [word("a"), *nothing], limits=slow(idle_timeout=5.0, output_idle_timeout=9.0)
    )

    assert "output_idle_timeout" in error.message
    assert asyncio.get_running_loop().time() == pytest.approx(9.0, abs=0.01)


async def test_nor_does_a_caller_who_takes_piece_by_piece_give_it_more_time():
    nothing = [Wait(2.0), chunk({})] * 10
    _, error = await poured(
        [word("a"), *nothing], Parcels(), slow(idle_timeout=5.0, output_idle_timeout=9.0)
    )

    assert "output_idle_timeout" in error.message
    assert asyncio.get_running_loop().time() == pytest.approx(9.0, abs=0.01)


async def test_after_the_terminal_event_silence_is_the_end():
    outlet, error = await poured([word("a"), Wait(1.0), STOP, Wait(1e6)])

    assert error is None
    assert words(outlet.batches) == "a"
    assert asyncio.get_running_loop().time() == pytest.approx(3.0, abs=0.2)


async def test_a_reason_in_every_event_is_no_terminal_event():
    body = [chunk({"content": said}, "stop") for said in "abc"]
    pauses = [Wait(1.5)] * 3
    spread = [piece for pair in zip(body, pauses, strict=True) for piece in pair]
    outlet, error = await poured([*spread, Wait(9.0), chunk({"content": "d"}, "stop"), DONE])

    assert error is None
    assert words(outlet.batches) == "abcd"


async def test_usage_may_still_come_after_it():
    outlet, error = await poured([word("a"), Wait(1.0), STOP, Wait(1.0), USAGE, DONE])

    assert error is None
    assert outlet.batches[-1][-1]["usage"]["total_tokens"] == 5


async def test_a_caller_who_is_full_at_the_terminal_event_costs_no_usage():
    outlet, error = await poured(
        [word("a"), Wait(1.0), STOP, Wait(0.5), USAGE, DONE], Batches(pause=7.0)
    )

    assert error is None
    assert outlet.batches[-1][-1]["usage"]["total_tokens"] == 5


async def test_a_full_caller_does_not_prolong_the_silence_after_the_terminal_event():
    _, error = await poured([word("a"), Wait(1.0), STOP, Wait(1e6)], Batches(pause=7.0))

    assert error is None
    assert asyncio.get_running_loop().time() == pytest.approx(7.0 + 1.0 + 7.0 + 2.0, abs=0.2)


async def test_what_the_end_brings_is_waited_for_too():
    body = [word("a"), Wait(1.0), word("b"), Wait(1.0), STOP.rstrip()]
    outlet, error = await poured(body, Parcels())

    assert error is None
    assert outlet.batches[-1][-1]["choices"][0]["finish_reason"] == "stop"


async def test_a_connection_that_breaks_after_the_terminal_event_breaks_nothing():
    broken = ProxyError(Kind.RESET, "cut")
    _, error = await poured([word("a"), Wait(1.0), STOP, broken])

    assert error is None


async def test_a_connection_that_breaks_before_it_cuts_the_answer():
    broken = ProxyError(Kind.RESET, "cut")
    outlet, error = await poured([word("a"), Wait(1.0), word("b"), broken])

    assert error is broken
    assert words(outlet.batches) == "ab"


async def test_after_a_failure_that_the_provider_tells_nothing_is_waited_for():
    told = b'data: {"error": {"message": "no more", "type": "overloaded_error"}}\n\n'
    outlet, error = await poured([word("a"), Wait(1.0), word("b") + told, Wait(1e6)])

    assert error.kind is Kind.OVERLOADED
    assert words(outlet.batches) == "ab"
    assert asyncio.get_running_loop().time() == pytest.approx(1.0, abs=0.01)


async def test_an_answer_without_its_end_is_truncated():
    _, error = await poured([word("a"), Wait(1.0), word("b")])

    assert error.kind is Kind.TRUNCATED


async def test_too_much_of_an_answer_is_a_failure():
    _, error = await poured([word("a"), Wait(1.0), word("b" * 400), STOP, DONE], max_answer=500)

    assert error.kind is Kind.OVERSIZED


async def test_an_answer_that_was_whole_with_its_first_output_is_poured_at_once():
    body = b"".join(says("a", "b").body)
    outlet, error = await poured([body, Wait(1e6)])

    assert error is None
    assert words(outlet.batches) == "ab"
    assert asyncio.get_running_loop().time() < 1.0


class Picky(Batches):
    """A caller whose words cannot be said."""

    def __init__(self, error):
        super().__init__()
        self._error = error

    def take(self, chunks, *, is_last=False):
        if self.batches:
            raise self._error
        return super().take(chunks)


@pytest.mark.parametrize("late", [False, True])
async def test_what_cannot_be_told_ends_it(late):
    said = ProxyError(Kind.MALFORMED, "no index")
    body = [word("a"), Wait(1.0), *([STOP.rstrip()] if late else [word("b"), STOP, DONE])]
    _, error = await poured(body, Picky(said))

    assert error is said


async def test_a_bug_on_the_way_comes_out_where_the_call_waits():
    with pytest.raises(ZeroDivisionError):
        await poured([word("a"), Wait(1.0), word("b"), STOP, DONE], Picky(ZeroDivisionError()))


async def test_whoever_stops_waiting_is_pushed_to_no_more():
    outlet = Batches()
    task = asyncio.ensure_future(poured([word("a"), *[Wait(1.0), word("b")] * 9], outlet))
    await asyncio.sleep(2.5)
    task.cancel()
    await asyncio.wait([task])
    heard = len(outlet.batches)
    await asyncio.sleep(5.0)

    assert task.cancelled()
    assert len(outlet.batches) == heard


class Loud:
    """A source that goes on after the end."""

    def __init__(self, *pieces):
        self._pieces = pieces

    def flow(self, sink):
        if sink is not None:
            for piece in self._pieces:
                sink.take(piece)
            sink.over(None)
            sink.over(None)

    def hold(self):
        raise AssertionError("nobody is full here")

    def breathe(self):
        """It says what it says."""


class Meter:
    room = 1000

    def count(self, data):
        pass

    def note(self, chunks):
        pass

    def grace(self, decoder):
        return None

    def stalled(self, *, idle):
        raise AssertionError(idle)


async def test_what_comes_after_the_end_is_nobodys():
    outlet = Batches()
    decoder = OpenAI().stream(asks(), target("a"), created=1)
    source = Loud(word("a") + STOP + DONE, word("b"))
    await Pour(source, outlet, decoder, Meter(), slow(), LoopClock()).run()

    assert words(outlet.batches) == "a"


class Quick:
    """A source that is told when to take breath."""

    def __init__(self):
        self.breaths, self.holds = 0, 0

    def flow(self, sink):
        self.sink = sink

    def hold(self):
        self.holds += 1

    def breathe(self):
        self.breaths += 1


async def begun(outlet):
    source = Quick()
    decoder = OpenAI().stream(asks(), target("a"), created=1)
    pour = Pour(source, outlet, decoder, Meter(), slow(), LoopClock())
    pour.begin(lambda: None)
    await asyncio.sleep(1.0)
    return source


@pytest.mark.parametrize("is_straight", [True, False])
async def test_events_that_come_quicker_than_anybody_reads_are_read_with_breath(is_straight):
    source = await begun(Straight() if is_straight else Batches())
    breaths = []
    for pause, many in (
        (0.0, 1), (QUICK / 2, 1), (FLOOD / 2, 2), (FLOOD / 2, 3), (FLOOD / 2, 1), (2 * FLOOD, 2), (QUICK / 2, 2),
    ):  # fmt: skip
        await asyncio.sleep(pause)
        source.sink.take(word("a") * many)
        breaths.append(source.breaths)

    assert breaths == [0, 1, 2, 3, 3, 3, 4]
    assert source.holds == 0


async def test_an_event_that_comes_in_pieces_is_not_kept_waiting():
    source = await begun(Batches())
    data = word("a")
    for piece in (data[:9], data[9:20], data[20:]):
        source.sink.take(piece)

    assert source.breaths == 0


async def test_a_source_that_is_held_takes_no_breath_as_well():
    source = await begun(Parcels())
    source.sink.take(word("a"))
    source.sink.take(word("b"))

    assert (source.holds, source.breaths) == (2, 0)


async def test_behind_the_end_nobody_takes_breath():
    source = await begun(Batches())
    source.sink.take(word("a"))
    source.sink.take(word("b") + STOP + DONE)

    assert source.breaths == 0


class Straight(Batches):
    """A caller who gets the bytes that came wherever that is all the same."""

    def __init__(self, pause=0.0):
        super().__init__(pause)
        self.relayed = []

    def relay(self, data):
        self.relayed.append(data)
        return not self._pause


OPENED = chunk({"role": "assistant", "content": ""})


async def test_text_that_goes_on_is_handed_on_as_it_came():
    more = [word("c") + word("d"), word("e")]
    outlet, error = await poured(
        [OPENED + word("a"), Wait(1.0), word("b"), *more, STOP, USAGE, DONE], Straight()
    )

    assert error is None
    assert outlet.relayed == [word("b"), *more]
    assert words(outlet.batches) == "a"
    assert outlet.batches[-1][0]["usage"]


async def test_a_caller_who_is_full_of_such_text_is_waited_for():
    outlet, error = await poured(
        [OPENED + word("a"), word("b"), word("c"), word("d"), STOP, DONE], Straight(pause=7.0)
    )

    assert error is None
    assert outlet.relayed == [word("b"), word("c"), word("d")]
    assert asyncio.get_running_loop().time() >= 4 * 7.0


async def test_such_text_moves_the_clocks_and_its_end_is_seen():
    limits = slow(idle_timeout=5.0, output_idle_timeout=9.0)
    texts = [item for letter in "cdef" for item in (Wait(4.0), word(letter))]
    nothing = [Wait(4.0), b": comment\n\n"] * 3
    outlet, error = await poured(
        [OPENED + word("a"), word("b"), *texts, *nothing], Straight(), limits
    )

    assert len(outlet.relayed) == 5
    assert "idle_timeout" in error.message
    assert asyncio.get_running_loop().time() == pytest.approx(21.0, abs=0.01)


async def test_such_text_counts_towards_the_longest_answer():
    body = [OPENED + word("a"), word("b"), *[word("c")] * 8, STOP, DONE]
    most = len(body[0]) + 4 * len(body[1])
    outlet, error = await poured(body, Straight(), max_answer=most)

    assert error.kind is Kind.OVERSIZED
    assert len(outlet.relayed) == 4
