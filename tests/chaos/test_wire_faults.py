"""What a wire can do to an answer, between us and a provider that is well: nobody notices before the first output."""

import pytest

from proxy.sim.script import BEHAVIOURS
from tests.support.faultproxy import (
    BLACK_HOLE,
    GARBAGE,
    REFUSE,
    RESET,
    TRICKLE,
    UNANSWERED,
    FaultProxy,
    half_close,
    latency,
    reset,
    truncate,
)
from tests.support.stage import port_of, stage
from tests.support.turns import eventually

IN_THE_HEAD = 40
"""Bytes of an answer."""
AFTER_OUTPUT = 3000
WORDS = "word " * 100
OTHERS = [REFUSE, RESET, UNANSWERED, BLACK_HOLE, GARBAGE]
CUTS = [reset, truncate, half_close]
FORMS = pytest.mark.parametrize("stream", [True, False], ids=["streaming", "unary"])


async def answer_through(fault, *, stream, patience=60.0):
    """One call whose first target is behind the fault, and is given so many seconds: the answer."""
    limits = {"a": {"connect_timeout": patience, "first_byte_timeout": patience}}
    async with stage(BEHAVIOURS) as scene, FaultProxy(port_of(scene.sim), fault) as proxy:
        urls = {"a": proxy.url, "b": scene.sim.base_url}
        scene.serve(urls, limits=limits, chat=["a/echo", "b/echo"])
        told = await scene.calls(scene.body("chat", stream=stream, text=WORDS), number=1, at_once=1)
        await eventually(lambda: not any(scene.held().values()))
        scene.hang_up()
        await eventually(lambda: proxy.open == 0)
    return told[0][0]


@FORMS
@pytest.mark.parametrize(
    "fault", [*OTHERS, *(cut(IN_THE_HEAD) for cut in CUTS)], ids=lambda fault: fault.kind
)
async def test_before_the_first_output_another_target_serves(fault, stream):
    answer = await answer_through(fault, stream=stream, patience=0.3)

    assert (answer.status, answer.header("x-firstbyte-target")) == (200, "b/echo")
    assert answer.complete
    assert answer.body.count(b"word") >= 100


@FORMS
@pytest.mark.parametrize("fault", [TRICKLE, latency(0.05)], ids=["trickle", "latency"])
async def test_an_answer_that_comes_in_any_pieces_is_served(fault, stream):
    answer = await answer_through(fault, stream=stream)

    assert (answer.status, answer.header("x-firstbyte-target")) == (200, "a/echo")
    assert answer.body.count(b"word") >= 100


@pytest.mark.parametrize("cut", CUTS)
async def test_after_it_a_stream_ends_in_an_error_and_never_in_done(cut):
    answer = await answer_through(cut(AFTER_OUTPUT), stream=True)

    assert (answer.status, answer.header("x-firstbyte-target")) == (200, "a/echo")
    assert b'"error"' in answer.body
    assert b"[DONE]" not in answer.body
