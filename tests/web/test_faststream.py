"""Streams on the fast path are what the endpoint would have made of them: each is asked for of two proxies."""

import json

import pytest

from proxy.core.price import Price, Usd
from tests.support.twins import CLOSE, RESET, WAIT, answer, call, completion, of_scripts, twins

OPEN = (
    b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nx-ratelimit-remaining-tokens: 9\r\n"
    b"transfer-encoding: chunked\r\n\r\n"
)
END = b"0\r\n\r\n"


def part(data):
    """A chunk of HTTP."""
    return b"%x\r\n%b\r\n" % (len(data), data)


def event(delta=None, finish=None, **more):
    choices = [] if delta is None else [{"index": 0, "delta": delta, "finish_reason": finish}]
    said = {"id": "c1", "object": "chat.completion.chunk", "created": 1, "model": "sim-1"}
    return b"data: " + json.dumps({**said, "choices": choices, **more}).encode() + b"\n\n"


ROLE = event({"role": "assistant", "content": ""})
HEL, LO = event({"content": "hel"}), event({"content": "lo"})
STOP = event({}, "stop")
USAGE = event(usage={"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5})
DONE = b"data: [DONE]\n\n"
ALL = ROLE + HEL + LO + STOP + USAGE + DONE
FAILURE = b'data: {"error": {"message": "busy", "type": "overloaded_error"}}\n\n'
CALLED = {
    "index": 0,
    "id": "call_1",
    "type": "function",
    "function": {"name": "f", "arguments": ""},
}
FAST = {
    "whole": [OPEN + part(ALL) + END],
    "sized": [answer(ALL, kind="text/event-stream; charset=utf-8")],
    "head-first": [OPEN, part(ALL) + END],
    "in-events": [OPEN + part(ROLE), part(HEL), part(LO), part(STOP), part(USAGE), part(DONE), END],
    "in-bytes": [
        OPEN + part(ROLE + HEL[:30]),
        part(HEL[30:] + LO[:5]),
        part(LO[5:] + STOP + USAGE + DONE) + END,
    ],
    "with-blanks": [OPEN + part(b": wait\n\n"), part(ALL), END],
    "no-usage": [OPEN + part(ROLE + HEL + STOP + DONE) + END],
    "late-end": [OPEN + part(ALL), 0.05, END],
    "no-end": [OPEN + part(ALL), WAIT],
    "long": [
        OPEN + part(ROLE),
        *[part(event({"content": "x" * 3000})) for _ in range(30)],
        part(STOP + DONE) + END,
    ],
    "calls": [
        OPEN + part(ROLE + event({"tool_calls": [CALLED]}) + event({}, "tool_calls") + DONE) + END
    ],
    "tier": [
        OPEN
        + part(event({"role": "assistant", "content": "a"}, service_tier="flex") + STOP + DONE)
        + END
    ],
    "closing": [OPEN.replace(b"transfer-encoding: chunked", b"connection: close") + ALL, CLOSE],
}
STRANGE = {
    "whole-answer": [answer()],
    "unasked-whole": [answer(completion(), kind="text/event-stream")],
    "empty": [OPEN + part(DONE) + END],
    "no-words": [OPEN + part(ROLE + STOP + DONE) + END],
    "nothing": [OPEN + END],
    "failure": [OPEN + part(FAILURE) + END],
    "failure-after-role": [OPEN + part(ROLE), part(FAILURE) + END],
    "failure-later": [OPEN + part(ROLE + HEL), part(FAILURE) + END],
    "failure-at-once": [OPEN + part(ROLE + HEL + FAILURE) + END],
    "cut": [OPEN + part(ROLE + HEL), RESET],
    "cut-before": [OPEN + part(ROLE), RESET],
    "closed": [OPEN + part(ROLE + HEL), CLOSE],
    "no-done": [OPEN + part(ROLE + HEL) + END],
    "stopped-no-done": [OPEN + part(ROLE + HEL + STOP) + END],
    "garbage": [
        OPEN + part(ROLE + HEL),
        part(b"data: {nonsense\n\n") + part(LO + STOP + DONE) + END,
    ],
    "garbled": [OPEN + part(ROLE + HEL), b"zzz\r\n"],
    "limited": [answer(b"{}", "retry-after: 9", status=429)],
    "broken": [answer(b"{}", status=500)],
    "gzip": [answer(ALL, "content-encoding: gzip", kind="text/event-stream")],
    "oversized": [
        OPEN + part(ROLE + HEL),
        *[part(event({"content": "x" * 60_000})) for _ in range(4)],
        WAIT,
    ],
    "silent": [WAIT],
    "silent-after-head": [OPEN, WAIT],
    "silent-after-role": [OPEN + part(ROLE), WAIT],
    "stalled": [OPEN + part(ROLE + HEL), WAIT],
    "no-answer": [CLOSE],
    "cut-held-back": [OPEN + part(ROLE + HEL), RESET],
    "held-back": [OPEN + part(ROLE + HEL), part(LO + STOP + USAGE + DONE) + END],
}
SCRIPTS = {name: [steps] for name, steps in (FAST | STRANGE).items()}


def config(url, settings, **more):
    """Every model is an alias and a provider of its own."""
    quick = {"first_byte_timeout": 0.6, "total_timeout": 1.2, "idle_timeout": 0.6}
    names = [*SCRIPTS, *(f"then-{name}" for name in STRANGE)]

    def limits(script):
        if script.endswith("held-back"):
            return {"commit": "complete"}
        return quick if script.startswith("s") else {}

    return of_scripts(url, settings, names, limits, {"whole/whole": Price(Usd(3), Usd(15))}, **more)


async def _all(models, *, is_open=True, **fields):
    """The ways of streams of these models, where a connection to the provider is open, or none."""
    ways, failures = {}, {}
    async with twins(SCRIPTS, config) as scene:
        clients = await scene.known(stream=True, **fields)
        for model in models:
            if not is_open:
                await scene.disconnect()
            try:
                answered = await scene.ask(call(model, stream=True, **fields), clients)
            except AssertionError as error:
                failures[model] = str(error)
                clients = await scene.clients()
            else:
                if not answered.complete:
                    clients = await scene.clients()
            ways[model] = scene.fast.ways()
            # Some models end their provider's connection: here is another for the next.
            await scene.ask(call("whole", stream=True, **fields), clients)
            scene.fast.ways()

        assert not failures, "\n".join(f"{name}: {each}" for name, each in failures.items())

        await scene.over()
    return ways


OPEN_OR_NOT = pytest.mark.parametrize("is_open", [True, False], ids=["connected", "to-connect"])


@OPEN_OR_NOT
async def test_a_stream_that_goes_well_is_served_as_by_the_endpoint(is_open):
    ways = await _all(FAST, is_open=is_open)

    assert ways == {model: ["fast"] for model in FAST}


async def test_usage_that_was_asked_for_is_told_as_by_the_endpoint():
    ways = await _all(["whole", "in-events", "no-usage"], stream_options={"include_usage": True})

    assert set(map(tuple, ways.values())) == {("fast",)}


@OPEN_OR_NOT
async def test_a_stream_that_goes_wrong_is_the_endpoints(is_open):
    ways = await _all([*STRANGE, *(f"then-{name}" for name in STRANGE)], is_open=is_open)
    begun = {name: way for name, way in ways.items() if not name.endswith("held-back")}

    # Whether some had begun when they went wrong hangs on how their bytes were read.
    found = set(map(tuple, begun.values()))
    assert {("handed",), ("fast",)} <= found <= {("handed",), ("joined",), ("fast",)}
    assert [way for name, way in ways.items() if name not in begun] == [[]] * 4
