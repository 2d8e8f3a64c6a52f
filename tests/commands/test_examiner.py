from contextlib import asynccontextmanager
from dataclasses import replace

import pytest

from proxy.commands import examiner as subject
from proxy.commands.examiner import Examiner, Gateway, Patience
from proxy.core.clock import SystemClock
from proxy.core.secret import Secret
from proxy.sim.grade import Grade
from proxy.sim.scenarios import HEALTHY, TEXT, Pace, behaviours, scenarios
from proxy.sim.script import BEFORE_HEAD, Behaviour, Fault, Mode, Source
from proxy.sim.server import Simulator
from proxy.upstream.client import Upstream
from proxy.upstream.transport import Transport
from tests.support.instant import InstantClock
from tests.support.rawserver import RawServer, gone, request
from tests.support.turns import HANGS

ROWS = scenarios(Pace(huge=70_000))
FINE = Behaviour(Source.FIXED, TEXT)
PATIENCE = Patience(hang=HANGS, late=5.0, every=0.5)


@asynccontextmanager
async def examining(gateway=None, *, clock=None, patience=PATIENCE, key=None, **changed):
    """An examiner of a gateway that stands in front of nobody: the scenarios themselves, or another base URL."""
    clock = clock or InstantClock()
    played = {**behaviours(ROWS), **changed}
    upstream = Upstream(Transport())
    async with Simulator(played, clock=clock, keep_calls=1000) as sim:
        at = Gateway(gateway or f"{sim.base_url}/v1", key)
        yield Examiner(at, sim, upstream, clock, patience)
        await upstream.aclose()


async def graded(name, **options):
    async with examining(**options) as examiner:
        return await examiner.examine(ROWS[name])


async def test_a_whole_answer_is_heard_in_both_forms():
    streamed, whole = await graded(HEALTHY)

    assert (streamed.name, whole.name) == ("healthy", "healthy, whole")
    assert (streamed.mark.grade, whole.mark.grade) == (Grade.PASS, Grade.PASS)
    assert (streamed.provider, whole.provider) == ("healthy answered", "healthy answered")


@pytest.mark.parametrize(
    ("name", "grades"),
    [
        ("503_persistent", [Grade.SAFE, Grade.SAFE]),
        ("context_length", [Grade.PASS, Grade.PASS]),
        ("bad_key", [Grade.FAIL, Grade.FAIL]),
        ("cut_mid_stream", [Grade.SAFE, Grade.SAFE]),
        ("error_mid_stream", [Grade.SAFE]),
        ("malformed_event", [Grade.FAIL, Grade.FAIL]),
        ("no_done", [Grade.PARTIAL]),
        ("html_in_200", [Grade.FAIL, Grade.FAIL]),
        ("empty_stream", [Grade.FAIL, Grade.FAIL]),
        ("reset_before_headers", [Grade.SAFE, Grade.SAFE]),
        ("trickle", [Grade.PASS, Grade.PASS]),
        ("huge_event", [Grade.PASS]),
    ],
)
async def test_a_gateway_that_only_passes_on_gets_what_it_deserves(name, grades):
    rows = await graded(name)

    assert [row.mark.grade for row in rows] == grades


async def test_every_form_meets_the_scenario_from_its_start():
    rows = await graded("500_once")

    assert [row.provider for row in rows] == ["500_once failed", "500_once failed"]


async def test_who_waits_too_long_hangs_up():
    rows = await graded("silence", patience=replace(PATIENCE, hang=0.05))

    assert {row.mark.grade for row in rows} == {Grade.FAIL}
    assert {row.provider for row in rows} == {"silence cancelled"}
    assert "still waiting" in rows[0].caller


async def test_a_stream_that_stays_open_after_an_error_is_no_hang(monkeypatch):
    monkeypatch.setattr(subject, "AFTERMATH", 0.05)
    head = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n"
    event = b'data: {"error": {"message": "no", "code": "c"}}\n\n'
    async with (
        RawServer([request, head + event, gone]) as server,
        examining(server.url) as examiner,
    ):
        row = (await examiner.examine(ROWS["error_mid_stream"]))[0]

    assert row.mark.grade is Grade.SAFE
    assert row.caller.startswith("200, no words, error c, ")


async def test_an_event_that_lacks_only_its_blank_line_is_heard():
    head = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n"
    async with (
        RawServer([request, head + b"data: [DONE]"]) as server,
        examining(server.url) as examiner,
    ):
        heard = await examiner.ask(HEALTHY, "m-", stream=True)

    assert heard.done


async def test_the_key_is_shown_to_the_gateway_alone():
    async with examining(key=Secret("fb-1")) as examiner:
        await examiner.ask(HEALTHY, "m-", stream=False)
        call = examiner._simulator.calls[0]

    assert call.headers["authorization"] == "Bearer fb-1"


async def test_calls_go_on_until_the_model_serves_again():
    row = (await graded("flapping"))[0]

    assert row.mark.grade is Grade.SAFE
    assert row.caller == "25 calls, 1 whole and clean"
    assert row.provider == "25 attempts, used again 0.0 s after its recovery"


async def test_a_model_that_is_never_asked_again_is_told():
    async with Simulator({"flapping": FINE}) as gateway:
        row = (await graded("flapping", gateway=f"{gateway.base_url}/v1"))[0]

    assert row.mark.grade is Grade.PARTIAL
    assert row.provider == "0 attempts, never used again"


async def test_a_caller_who_leaves_is_missed(monkeypatch):
    monkeypatch.setattr(subject, "LISTENS", 0.05)
    slow = replace(FINE, gap=60.0)
    row = (await graded("caller_leaves", clock=SystemClock(), caller_leaves=slow))[0]

    assert row.mark.grade is Grade.PASS
    assert row.caller.startswith("200, left after 0.")
    assert row.provider.startswith("caller_leaves cancelled ")


async def test_a_gateway_that_does_not_let_its_caller_leave_is_graded_by_what_it_said():
    failing = replace(FINE, fault=Fault(Mode.STATUS, 503, after=BEFORE_HEAD))
    row = (await graded("caller_leaves", caller_leaves=failing))[0]

    assert row.mark.grade is Grade.SAFE


async def test_a_provider_that_works_on_is_work_for_nobody(monkeypatch):
    monkeypatch.setattr(subject, "LISTENS", 0.05)
    monkeypatch.setattr(subject, "LEFT_LATE", 0.05)
    slow = replace(FINE, gap=60.0)
    async with (
        Simulator({"caller_leaves": slow}) as gateway,
        examining(f"{gateway.base_url}/v1", clock=SystemClock(), caller_leaves=slow) as examiner,
        kept_open(examiner),
    ):
        monkeypatch.setattr(examiner, "_mark", lambda _: "kept-")
        row = (await examiner.examine(ROWS["caller_leaves"]))[0]

    assert row.mark.grade is Grade.FAIL
    assert row.provider == "caller_leaves still running"


@asynccontextmanager
async def kept_open(examiner):
    """The provider's side of a gateway that does not hang up: a call that stays open while the block runs."""
    call = examiner._call("caller_leaves", "kept-", stream=True)
    behind = f"{examiner._simulator.base_url}/v1/chat/completions"
    reply = await examiner._upstream.send(replace(call, url=behind), connect_timeout=60.0)
    try:
        yield
    finally:
        await reply.aclose()
