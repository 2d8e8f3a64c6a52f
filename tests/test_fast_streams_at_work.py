"""Streams on the fast path from a caller's side, whatever their provider says, beside a proxy that has none."""

import pytest

from proxy.config.schema import Alias, Config, Provider, TargetRef
from proxy.engine import hearing
from proxy.route.rush import MOST, Rush
from proxy.upstream.low_water import is_heeded
from proxy.web import faststream
from tests.support.pieces import (
    COUNTS,
    DONE,
    END,
    EVENTS,
    HELLO,
    ROLE,
    STOP,
    USAGE,
    WORLD,
    chunk,
    event,
    failure,
    head,
    piecewise,
    streamed,
)
from tests.support.twins import CLOSE, RESET, answer, call, completion, twins

WHOLE = b"".join(EVENTS)
BEGUN = head() + chunk(ROLE, HELLO)
SIZED = [f"content-length: {len(WHOLE)}"]
BLANK = b": ping\n\n\n\r\n"

SCRIPTS = {
    "whole": ([streamed()], "fast"),
    "by-event": (piecewise(), "fast"),
    "head-first": ([head(), chunk(*EVENTS) + END], "fast"),
    "role-first": ([head() + chunk(ROLE), 0.05, chunk(*EVENTS[1:]) + END], "fast"),
    "half-an-event": ([head() + chunk(WHOLE[:300]), chunk(WHOLE[300:]) + END], "fast"),
    "by-byte": (
        [head() + chunk(WHOLE[:400]), *[chunk(bytes([b])) for b in WHOLE[400:460]],
         chunk(WHOLE[460:]) + END],
        "fast",
    ),
    "split-head": ([head()[:30], head()[30:], chunk(*EVENTS) + END], "fast"),
    "end-later": ([head() + chunk(*EVENTS), 0.02, END], "fast"),
    "end-much-later": ([head() + chunk(*EVENTS), 0.3, END], "fast"),
    "by-event-end-later": ([*piecewise()[:-1], chunk(DONE), 0.02, END], "fast"),
    "done-apart": ([head() + chunk(*EVENTS[:-1]), chunk(DONE), END], "fast"),
    "comments-first": ([head() + chunk(BLANK), chunk(BLANK), chunk(*EVENTS) + END], "fast"),
    "comments-between": ([BEGUN, chunk(BLANK), chunk(*EVENTS[2:]) + END], "fast"),
    "long-comments-first": (
        [head() + chunk(b": " + b"x" * 70_000 + b"\n\n"), 0.05, chunk(*EVENTS) + END],
        "handed",
    ),
    "great-event": ([BEGUN, chunk(event({"content": "x" * 90_000}), STOP, DONE) + END], "fast"),
    "great-first-event": ([streamed(event({"content": "x" * 90_000}), STOP, DONE)], "handed"),
    "nothing": ([streamed(DONE)], "handed"),
    "nothing-at-all": ([head() + END], "handed"),
    "role-only": ([streamed(ROLE, STOP, DONE)], "fast"),
    "comments-only": ([streamed(BLANK)], "handed"),
    "error-first": ([streamed(failure())], "handed"),
    "error-after-role": ([head() + chunk(ROLE), chunk(failure()) + END], "handed"),
    "error-with-output": ([streamed(ROLE, HELLO, failure())], "handed"),
    "error-later": ([BEGUN, chunk(failure()) + END], "joined"),
    "error-in-a-later-piece": ([BEGUN, chunk(WORLD, failure()) + END], "joined"),
    "error-left-open": ([head() + chunk(failure()), 0.2, END], "handed"),
    "cut-before": ([head(), CLOSE], "handed"),
    "cut-after-role": ([head() + chunk(ROLE), CLOSE], "handed"),
    "reset-before": ([head() + chunk(ROLE), RESET], "handed"),
    "cut-after": ([BEGUN, CLOSE], "joined"),
    "cut-at-once": ([BEGUN + b"zz\r\n"], "joined"),
    "reset-after": ([BEGUN, chunk(WORLD), RESET], "joined"),
    "garbled-after": ([BEGUN, b"no chunk\r\n"], "joined"),
    "broken-event-after": ([BEGUN, chunk(b"data: {\n\n") + END], "joined"),
    "broken-event-first": ([head() + chunk(b"data: {\n\n") + END], "handed"),
    "no-done": ([streamed(*EVENTS[:-1])], "fast"),
    "no-done-later": ([*piecewise(*EVENTS[:-1])], "fast"),
    "no-finish": ([streamed(ROLE, HELLO)], "joined"),
    "no-finish-but-done": ([streamed(ROLE, HELLO, DONE)], "fast"),
    "no-usage": ([streamed(ROLE, HELLO, STOP, DONE)], "fast"),
    "no-usage-later": (piecewise(ROLE, HELLO, STOP, DONE), "fast"),
    "usage-with-stop": ([streamed(ROLE, HELLO, event({}, "stop", usage=COUNTS), DONE)], "fast"),
    "usage-everywhere": (
        piecewise(*(event({"content": c}, usage=COUNTS) for c in "abc"), STOP, USAGE, DONE),
        "fast",
    ),
    "closing": ([head("connection: close") + chunk(*EVENTS) + END, CLOSE], "fast"),
    "unframed": ([head(chunked=False) + WHOLE, CLOSE], "fast"),
    "unframed-no-done": ([head(chunked=False) + WHOLE[:-len(DONE)], CLOSE], "fast"),
    "unframed-cut": ([head(chunked=False) + ROLE + HELLO, CLOSE], "joined"),
    "sized": ([head(*SIZED, chunked=False) + WHOLE], "fast"),
    "sized-in-two": ([head(*SIZED, chunked=False) + WHOLE[:400], WHOLE[400:]], "fast"),
    "more-than-all": ([streamed() + b"HTTP/1.1 200 OK\r\n"], "fast"),
    "in-json": ([answer()], "handed"),
    "in-json-later": ([answer()[:100], answer()[100:]], "handed"),
    "json-as-stream": ([answer(kind="text/event-stream")], "handed"),
    "error-in-json": ([answer(b'{"error": {"message": "no"}}')], "handed"),
    "charset": ([streamed(kind="text/event-stream; charset=utf-8")], "fast"),
    "odd-case": ([streamed(kind="Text/Event-Stream;charset=UTF-8")], "fast"),
    "no-type": ([streamed(kind="")], "handed"),
    "other-type": ([streamed(kind="text/plain")], "handed"),
    "ndjson": ([streamed(kind="application/x-ndjson")], "handed"),
    "encoded": ([head("content-encoding: gzip") + chunk(*EVENTS) + END], "handed"),
    "identity": ([head("content-encoding: identity") + chunk(*EVENTS) + END], "handed"),
    "passed-headers": (
        [head("x-ratelimit-limit-requests: 9", "openai-processing-ms: 5", "x-other: 1")
         + chunk(*EVENTS) + END],
        "fast",
    ),
    "created": ([streamed(status=201)], "handed"),
    "interim": ([b"HTTP/1.1 103 Early\r\n\r\n" + streamed()], "fast"),
    "400": ([answer(b'{"error": {"message": "no", "type": "invalid_request_error"}}', status=400)], "handed"),
    "401": ([answer(b'{"error": {"message": "no"}}', status=401)], "handed"),
    "404": ([answer(b"", status=404, kind="text/html")], "handed"),
    "429": ([answer(b'{"error": {"message": "slow"}}', "retry-after: 0", status=429)], "handed"),
    "500": ([answer(b"oops", status=500, kind="text/plain")], "handed"),
    "503-stream": ([streamed(failure(), status=503)], "handed"),
    "too-long": ([BEGUN, chunk(event({"content": "x" * 9000}), DONE) + END], "joined"),
    "too-long-first": ([streamed(event({"content": "x" * 9000}), DONE)], "handed"),
    "great-event-later": ([BEGUN, chunk(event({"content": "x" * 3000})), chunk(DONE) + END], "joined"),
    "great-event-first": ([streamed(event({"content": "x" * 3000}), DONE)], "handed"),
    "thinking": (
        piecewise(ROLE, event({"content": "<think>so"}), event({"content": "</think>yes"}), STOP, DONE),
        "fast",
    ),
    "reasoning": (
        piecewise(ROLE, event({"reasoning_content": "so"}), event({"content": "yes"}), STOP, DONE),
        "fast",
    ),
    "tools": (
        piecewise(
            event({"role": "assistant", "tool_calls": [{"index": 0, "id": "call_1", "type": "function",
                   "function": {"name": "tide", "arguments": ""}}]}),
            event({"tool_calls": [{"index": 0, "function": {"arguments": "{}"}}]}),
            event({}, "tool_calls"),
            DONE,
        ),
        "fast",
    ),
    "long-id": (
        piecewise(
            event({"role": "assistant", "tool_calls": [{"index": 0, "id": "call_" + "x" * 400, "type": "function",
                   "function": {"name": "tide", "arguments": "{}"}}]}),
            event({}, "tool_calls"),
            DONE,
        ),
        "fast",
    ),
    "two-choices": (
        piecewise(ROLE, HELLO, event(choices=[{"index": 1, "delta": {"content": "b"}, "finish_reason": "stop"}]), STOP, DONE),
        "fast",
    ),
    "after-done": ([head() + chunk(*EVENTS, HELLO) + END], "fast"),
    "after-done-later": ([head() + chunk(*EVENTS), chunk(HELLO) + END], "fast"),
    "tier": ([streamed(ROLE, HELLO, event({}, "stop", service_tier="flex"), DONE)], "fast"),
    "other-model": ([streamed(ROLE, event({"content": "a"}, model="sim-2"), STOP, DONE)], "fast"),
    "finish-left-open": ([BEGUN, chunk(STOP), 0.5, END], "fast"),
    "many-events": ([BEGUN, *[chunk(*[event({"content": f"{i} "}) for i in range(40)]) for _ in range(4)], chunk(STOP, DONE) + END], "fast"),
    "whole-answer-json": ([answer(completion(choices=[]))], "handed"),
}  # fmt: skip
ALIASES = {}
LIMITS = {
    "too-long": {"max_answer": 5000},
    "too-long-first": {"max_answer": 5000},
    "great-event-later": {"max_event": 2000},
    "great-event-first": {"max_event": 2000},
}


def config(url, settings, **more):
    names = dict.fromkeys((*SCRIPTS, *ALIASES))
    return Config(
        server=settings,
        providers={name: Provider(name, "", "openai", url) for name in names},
        models={name: _alias(name) for name in names},
        **more,
    )


def _alias(name):
    first = TargetRef(name, name, limits=LIMITS.get(name, {}))
    return Alias(name, (first, TargetRef("whole", "whole")), **ALIASES.get(name, {}))


def ask(model, **fields):
    return call(model, **{"stream": True, **fields})


WISHES = ({}, {"stream_options": {"include_usage": True}})
NAMES = list(SCRIPTS)


@pytest.fixture(autouse=True)
def _little_grace(monkeypatch):
    """Usage that does not come after the end is waited for no longer than a test likes."""
    monkeypatch.setattr(hearing, "GRACE", 0.2)


@pytest.mark.parametrize("names", [NAMES[at::4] for at in range(4)])
async def test_a_stream_is_what_it_was(names):
    found = await _asked(names)

    assert found == {name: {SCRIPTS[name][1]} for name in names}


GOOD = [name for name, (_, way) in SCRIPTS.items() if way == "fast"]
"""Those that no reading at another time turns into others: one that is cut before it is read is another target's."""


@pytest.mark.parametrize("names", [GOOD[at::2] for at in range(2)])
async def test_a_stream_that_is_read_when_it_should_be_whole_is_what_it_was(names, monkeypatch):
    met = []
    monkeypatch.setattr(Rush, "expected", lambda *_: MOST)
    monkeypatch.setattr(Rush, "was_met", lambda *_: met.append(1))
    monkeypatch.setattr(faststream, "BUSY", 1)
    found = await _asked(names)

    assert found == {name: {"fast"} for name in names}
    assert not is_heeded() or len(met) > len(names)


async def _asked(names):
    """How streams went, by name: the same as without the fast path, whatever a caller sees of them."""
    found = {}
    async with twins({name: [script] for name, (script, _) in SCRIPTS.items()}, config) as scene:
        await scene.known(stream=True)
        for name in names:
            found[name] = []
            for wish in WISHES:
                clients = await scene.clients()
                for _ in range(2):
                    # Now the head is known and a connection to the provider open.
                    await scene.ask(ask("whole"), clients)
                    scene.fast.ways()
                await scene.ask(ask(name, **wish), clients)
                found[name] += scene.fast.ways()
                assert scene.pools[0] == scene.pools[1], name
        await scene.over()
    return {name: set(ways) for name, ways in found.items()}
