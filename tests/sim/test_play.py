import asyncio
import json

import pytest

from proxy.sim.call import Ending
from proxy.sim.script import (
    BEFORE_HEAD,
    BEFORE_OPENING,
    BEFORE_TERMINAL,
    Behaviour,
    Fault,
    Mode,
)
from proxy.sim.server import Simulator
from tests.support.instant import InstantClock
from tests.support.simulated import ask, chat, connect, content, messages, payloads

BOTH = pytest.mark.parametrize("call", [chat, messages])


def simulator(behaviour, clock=None):
    return Simulator({"m": behaviour}, clock=clock or InstantClock(), keep_calls=10)


def failing(mode, **fields):
    return simulator(Behaviour(fault=Fault(mode, **fields)))


def types(response):
    """What kinds of payload came: event types, `role`, `content` and so on."""
    return [
        payload.get("type") if isinstance(payload, dict) else payload
        for payload in payloads(response)
    ]


@BOTH
async def test_a_model_without_fault_answers(call):
    async with simulator(Behaviour()) as sim:
        response = await ask(sim, call("m"))

        assert (response.status, response.complete) == (200, True)
        assert content(response) == "one two three"
        assert (sim.calls[0].ending, sim.calls[0].said) == (Ending.ANSWERED, 3)


@BOTH
async def test_a_whole_answer_counts_its_words_too(call):
    async with simulator(Behaviour()) as sim:
        response = await ask(sim, call("m", stream=False))

        assert response.header("content-type") == "application/json"
        assert (sim.calls[0].ending, sim.calls[0].said) == (Ending.ANSWERED, 3)


@BOTH
@pytest.mark.parametrize("stream", [True, False])
async def test_a_status_takes_the_place_of_the_answer(call, stream):
    async with failing(Mode.STATUS, status=429, headers=(("retry-after", "7"),)) as sim:
        response = await ask(sim, call("m", stream=stream))

        assert (response.status, response.header("retry-after")) == (429, "7")
        assert response.error["message"]
        assert sim.calls[0].ending is Ending.FAILED


@BOTH
async def test_a_page_is_html(call):
    async with failing(Mode.PAGE, status=502) as sim:
        response = await ask(sim, call("m"))

    assert (response.status, response.header("content-type")) == (502, "text/html")
    assert response.body.startswith(b"<html>")


@BOTH
async def test_an_error_event_follows_the_opening_inside_a_200(call):
    async with failing(Mode.ERROR_EVENT, status=529) as sim:
        response = await ask(sim, call("m"))

    *before, last = payloads(response)

    assert (response.status, response.complete, content(response)) == (200, True, "")
    assert before
    assert "overloaded" in json.dumps(last["error"])


@BOTH
@pytest.mark.parametrize("after", [BEFORE_HEAD, BEFORE_OPENING])
async def test_an_error_event_may_be_all_there_is(call, after):
    async with failing(Mode.ERROR_EVENT, status=529, after=after) as sim:
        response = await ask(sim, call("m"))

    assert (response.status, len(payloads(response))) == (200, 1)


@BOTH
async def test_an_error_event_may_follow_words(call):
    async with failing(Mode.ERROR_EVENT, status=529, after=2) as sim:
        response = await ask(sim, call("m"))

        assert content(response) == "one two"
        assert "error" in payloads(response)[-1]
        assert (sim.calls[0].ending, sim.calls[0].said) == (Ending.FAILED, 2)


@BOTH
async def test_a_whole_answer_has_no_room_for_an_error_event(call):
    async with failing(Mode.ERROR_EVENT, status=503) as sim:
        response = await ask(sim, call("m", stream=False))

    assert response.status == 503


@BOTH
@pytest.mark.parametrize(("after", "text"), [(0, ""), (2, "one two"), (99, "one two three")])
async def test_an_early_end_is_proper_http_without_a_terminal_event(call, after, text):
    async with failing(Mode.END, after=after) as sim:
        response = await ask(sim, call("m"))

    assert (response.complete, content(response)) == (True, text)
    assert not {"[DONE]", "message_delta", "message_stop"} & set(types(response))


@BOTH
@pytest.mark.parametrize("after", [BEFORE_HEAD, BEFORE_OPENING])
async def test_an_end_before_the_opening_is_an_empty_stream(call, after):
    async with failing(Mode.END, after=after) as sim:
        response = await ask(sim, call("m"))

    assert (response.status, response.complete, response.body) == (200, True, b"")


@BOTH
async def test_an_early_end_of_a_whole_answer_is_half_of_it(call):
    async with failing(Mode.END) as sim:
        response = await ask(sim, call("m", stream=False))

    assert response.complete

    with pytest.raises(json.JSONDecodeError):
        response.json()


@BOTH
@pytest.mark.parametrize(("after", "text"), [(0, ""), (2, "one two")])
async def test_a_cut_breaks_the_framing(call, after, text):
    async with failing(Mode.CUT, after=after) as sim:
        response = await ask(sim, call("m"))

        assert (response.status, response.complete, content(response)) == (200, False, text)
        assert sim.calls[0].ending is Ending.FAILED
        assert sim.calls[0].closed_by_peer is None


@BOTH
async def test_a_whole_answer_can_be_cut(call):
    async with failing(Mode.CUT) as sim:
        response = await ask(sim, call("m", stream=False))

    assert not response.complete


@BOTH
@pytest.mark.parametrize("stream", [True, False])
async def test_a_cut_before_the_head_says_nothing(call, stream):
    async with failing(Mode.CUT, after=BEFORE_HEAD) as sim, await connect(sim) as client:
        await client.send(call("m", stream=stream))

        assert await client.rest() == b""


@BOTH
async def test_a_cut_before_the_opening_leaves_the_head(call):
    async with failing(Mode.CUT, after=BEFORE_OPENING) as sim:
        streamed = await ask(sim, call("m"))
        whole = await ask(sim, call("m", stream=False))

    assert (streamed.body, streamed.complete) == (b"", False)
    assert (whole.body, whole.complete) == (b"", False)


@BOTH
async def test_a_reset_is_a_reset(call):
    async with failing(Mode.RESET, after=BEFORE_HEAD) as sim, await connect(sim) as client:
        await client.send(call("m"))

        with pytest.raises(ConnectionResetError):
            await client.read()


@BOTH
async def test_garbage_is_half_an_event_that_ends_like_one(call):
    async with failing(Mode.GARBAGE, after=1) as sim:
        response = await ask(sim, call("m"))

    last = response.body.decode().removesuffix("\n\n").split("\n")[-1]

    assert response.complete
    assert response.body.endswith(b"\n\n")

    with pytest.raises(json.JSONDecodeError):
        json.loads(last.removeprefix("data: "))


@BOTH
@pytest.mark.parametrize("stream", [True, False])
async def test_a_stall_lasts_until_the_peer_leaves(call, stream):
    async with failing(Mode.STALL) as sim:
        async with await connect(sim) as client:
            await client.send(call("m", stream=stream))
            await client.head()

            assert sim.calls[0].ending is None
        await sim.calls[0].ended.wait()

        assert sim.calls[0].ending is Ending.LEFT
        assert sim.calls[0].closed_by_peer is not None


@BOTH
async def test_a_stalled_stream_may_ping(call):
    clock = InstantClock()
    behaviour = Behaviour(ping_every=15.0, fault=Fault(Mode.STALL, after=1))
    async with simulator(behaviour, clock) as sim, await connect(sim) as client:
        await client.send(call("m"))
        heard = b""
        while heard.count(b"ping") + heard.count(b"keep-alive") < 5:
            heard += await client.read()

        assert clock.naps.count(15.0) >= 4
        assert sim.calls[0].said == 1


@BOTH
async def test_delays_are_the_behaviours(call):
    clock = InstantClock()
    async with simulator(Behaviour(head_delay=3.0, first_delay=2.0, gap=0.5), clock) as sim:
        await ask(sim, call("m"))

    assert clock.naps == [3.0, 2.0, 0.5, 0.5]


@BOTH
async def test_a_whole_answer_takes_as_long_as_its_stream(call):
    clock = InstantClock()
    async with simulator(Behaviour(head_delay=3.0, first_delay=2.0, gap=0.5), clock) as sim:
        await ask(sim, call("m", stream=False))

    assert clock.naps == [3.0, 3.5]


@BOTH
async def test_a_failure_takes_its_time(call):
    clock = InstantClock()
    behaviour = Behaviour(first_delay=2.0, fault=Fault(Mode.STATUS))
    async with simulator(behaviour, clock) as sim:
        await ask(sim, call("m"))

    assert sum(clock.naps) == 2.0


@BOTH
async def test_silence_is_filled_with_pings(call):
    clock = InstantClock()
    async with simulator(Behaviour(first_delay=5.0, ping_every=2.0), clock) as sim:
        response = await ask(sim, call("m", text="one"))

    # Anthropic's own ping after the first block start comes on top.
    opening = 1 if call is messages else 0

    assert response.body.count(b"ping\n") + response.body.count(b"keep-alive") == 2 + opening
    assert clock.naps == [0.0, 2.0, 2.0, 1.0]


@BOTH
async def test_every_other_call_fails(call):
    fault = Fault(Mode.STATUS, every=2)
    async with simulator(Behaviour(fault=fault)) as sim:
        statuses = [(await ask(sim, call("m"))).status for _ in range(4)]

    assert statuses == [500, 200, 500, 200]


@BOTH
@pytest.mark.parametrize("after", [BEFORE_HEAD, BEFORE_OPENING, 0, 2, 99])
async def test_a_held_call_waits_at_its_place(call, after):
    async with simulator(Behaviour()) as sim:
        hold = sim.hold("m", after)
        asking = asyncio.ensure_future(ask(sim, call("m")))
        await hold.reached.wait()

        assert not asking.done()
        assert sim.calls[0].said == max(0, min(after, 3))

        sim.release("m")

        assert content(await asking) == "one two three"


async def test_a_failing_call_is_held_wherever_the_hold_is():
    async with failing(Mode.STATUS) as sim:
        hold = sim.hold("m", 5)
        asking = asyncio.ensure_future(ask(sim, chat("m")))
        await hold.reached.wait()
        sim.release("m")

        assert (await asking).status == 500


@BOTH
async def test_a_stream_may_lack_its_terminal_event_alone(call):
    async with simulator(Behaviour()) as fit, failing(Mode.END, after=BEFORE_TERMINAL) as sim:
        expected = types(await ask(fit, call("m")))[:-1]
        response = await ask(sim, call("m"))

    assert (response.status, response.complete, content(response)) == (200, True, "one two three")
    assert types(response) == expected


@BOTH
async def test_a_whole_answer_has_no_terminal_event_to_lack(call):
    async with failing(Mode.END, after=BEFORE_TERMINAL) as sim:
        response = await ask(sim, call("m", stream=False))

        assert "one two three" in response.body.decode()
        assert response.json()
        assert sim.calls[0].ending is Ending.ANSWERED


@BOTH
@pytest.mark.parametrize("stream", [True, False])
async def test_an_answer_can_dribble(call, stream):
    async with simulator(Behaviour(dribble=1)) as sim:
        response = await ask(sim, call("m", stream=stream))

    assert response.complete
    assert {len(chunk) for chunk in response.chunks} <= {0, 1}
    assert "three" in response.body.decode()


@BOTH
@pytest.mark.parametrize("stream", [True, False])
async def test_an_answer_can_be_padded_once(call, stream):
    async with simulator(Behaviour(padding=5000)) as sim:
        response = await ask(sim, call("m", stream=stream))

    objects = payloads(response) if stream else [response.json()]

    assert objects[0]["padding"] == "x" * 5000
    assert not any("padding" in each for each in objects[1:])


@BOTH
async def test_a_model_may_refuse_prefills_alone(call):
    async with failing(Mode.STATUS, status=400, on_prefill=True) as sim:
        fine = await ask(sim, call("m"))
        turns = [{"role": "user", "content": "x"}, {"role": "assistant", "content": "y"}]
        refused = await ask(sim, call("m", messages=turns))

    assert (fine.status, refused.status) == (200, 400)


async def test_a_model_that_was_unwell_recovers_with_time():
    clock = InstantClock()
    async with simulator(Behaviour(fault=Fault(Mode.STATUS, 503, span=3.0)), clock) as sim:
        unwell = await ask(sim, chat("m"))
        await clock.sleep(2.9)
        still = await ask(sim, chat("m"))
        await clock.sleep(0.2)
        fit = await ask(sim, chat("m"))

    assert [each.status for each in (unwell, still, fit)] == [503, 503, 200]
