"""The fast path gives what the endpoint would have given: every call here is made to two proxies, one of which has it."""

import gc
from decimal import Decimal

import pytest

from proxy.core import outbox
from proxy.core.price import Price
from proxy.core.state import MARK
from proxy.web.cycle import Cycle
from proxy.web.fastcall import FastCall
from tests.support.twins import (
    CLOSE,
    RESET,
    SIZE,
    WAIT,
    answer,
    call,
    completion,
    exactly,
    of_scripts,
    twins,
)

TOOL = {"id": "call_1", "type": "function", "function": {"name": "tide", "arguments": "{}"}}
WHOLE = answer()
HEAD, _, BODY = WHOLE.partition(b"\r\n\r\n")
CHUNKED = (
    b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n"
    b"%x\r\n%b\r\n0\r\n\r\n" % (len(BODY), BODY)
)
EVENTS = (
    b'data: {"id":"c","object":"chat.completion.chunk","created":1,"model":"sim-1","choices":'
    b'[{"index":0,"delta":{"role":"assistant","content":"hi"},"finish_reason":"stop"}]}\n\n'
    b"data: [DONE]\n\n"
)
PLAIN = {
    "whole": [WHOLE],
    "chunked": [CHUNKED],
    "limits": [answer(None, "x-ratelimit-remaining-requests: 7", "openai-processing-ms: 12")],
    "tools": [
        answer(
            completion(
                choices=[
                    {
                        "index": 0,
                        "finish_reason": "tool_calls",
                        "message": {"role": "assistant", "content": None, "tool_calls": [TOOL]},
                    }
                ]
            )
        )
    ],
    "tier": [answer(completion(service_tier="flex", usage=None))],
    "exact": [answer(exactly())],
    "exact-tier": [answer(exactly(service_tier="flex", usage=None))],
    "exact-elsewhere": [answer(exactly(usage={"prompt_tokens": 3, "prompt_cache_hit_tokens": 2}))],
    "params": [answer(kind="Application/JSON; charset=utf-8")],
    "length": [answer(completion(usage={"prompt_tokens": "many"}))],
    "closing": [answer(None, "connection: close")],
}
"""What is served fast or not, as it happens to be read."""
STRANGE = {
    "until-end": [b"HTTP/1.0 200 OK\r\ncontent-type: application/json\r\n\r\n" + BODY, CLOSE],
    "two-pieces": [HEAD + b"\r\n\r\n", BODY],
    "trickled": [HEAD + b"\r\n\r\n", BODY[:20], BODY[20:]],
    "events": [answer(EVENTS, kind="text/event-stream")],
    "events-as-json": [answer(EVENTS)],
    "packed": [answer(completion(id=f"call_1{MARK}" + "x" * 80))],
    "exact-packed": [answer(exactly(id=f"call_1{MARK}" + "x" * 80))],
    "html": [answer(b"<html>busy</html>", kind="text/html")],
    "text": [answer(BODY, kind="text/plain")],
    "blank": [answer(b" \n" + BODY)],
    "empty": [answer(b"")],
    "error": [answer(b'{"error": {"message": "no", "type": "server_error"}}')],
    "other": [answer(b'{"hello": "there"}')],
    "list": [answer(b"[1]")],
    "garbage": [answer(b'{"hello": ')],
    "nameless": [answer(completion(model=""))],
    "gzip": [answer(None, "content-encoding: gzip")],
    "identity": [answer(None, "content-encoding: identity")],
    "accepted": [answer(status=202)],
    "interim": [b"HTTP/1.1 102 Wait\r\n\r\n", WHOLE],
    "bad": [answer(b'{"error": {"message": "no such field", "code": "x"}}', status=400)],
    "key": [answer(b"{}", status=401)],
    "limited": [answer(b"{}", "retry-after: 30", status=429)],
    "broken": [answer(b"{}", status=500)],
    "garbled": [b"SMTP ready\r\n"],
    "no-answer": [CLOSE],
    "reset": [RESET],
    "half": [WHOLE[:-5], CLOSE],
    "head-only": [HEAD[:20], RESET],
    "long": [answer(completion(id="c" * 70_000))],
    "too-long": [answer(completion(id="c" * 200_000))],
    "silent": [WAIT],
    "stuck": [HEAD + b"\r\n\r\n", WAIT],
}
"""What the endpoint has to see to."""
SCRIPTS = {
    **{name: [steps] for name, steps in (PLAIN | STRANGE).items()},
    "second": [[RESET], [WHOLE]],
    "mends": [[answer(b"{}", status=500)], [WHOLE]],
}


def config(url, settings, **more):
    """Every model is an alias and a provider of its own."""
    quick = {"first_byte_timeout": 0.6, "total_timeout": 1.2, "idle_timeout": 0.6}
    names = [*SCRIPTS, *(f"then-{name}" for name in STRANGE)]
    prices = {f"{name}/{name}": Price(Decimal(3), Decimal(15)) for name in ("whole", "exact")}
    prices |= {f"{name}/{name}": Price(Decimal(3)) for name in ("tier", "exact-tier")}
    return of_scripts(
        url,
        settings,
        names,
        lambda script: quick if script in ("silent", "stuck") else {},
        prices,
        **more,
    )


@pytest.mark.parametrize("worth", [0.0, 99.0], ids=["waits", "at-once"])
@pytest.mark.parametrize("is_open", [True, False], ids=["connected", "to-connect"])
async def test_whatever_a_target_says_the_caller_and_the_books_are_told_the_same(
    is_open, worth, monkeypatch
):
    monkeypatch.setattr(outbox, "WORTH", worth)
    ways, failures = {}, {}
    models = [*SCRIPTS, *(f"then-{name}" for name in STRANGE)]
    async with twins(SCRIPTS, config) as scene:
        clients = await scene.known()
        for model in models:
            if not is_open:
                await scene.disconnect()
            try:
                await scene.ask(call(model), clients)
            except AssertionError as error:
                failures[model] = str(error)
            ways[model] = scene.fast.ways()
            # Some models end their provider's connection: here is another for the next.
            await scene.ask(call("whole"), clients)
            scene.fast.ways()

        assert not failures, "\n".join(f"{name}: {each}" for name, each in failures.items())
        assert ways == {model: ["fast" if model in PLAIN else "handed"] for model in models}

        await scene.over()


@pytest.mark.parametrize("model", ["whole", "two-pieces"])
async def test_a_connection_that_rests_keeps_nothing_of_its_last_call(model):
    async with twins(SCRIPTS, config) as scene:
        client, _ = await scene.known()
        await client.ask(call(model))
        await scene.fast.quiet()
        gc.collect()
        kept = [type(each).__name__ for each in gc.get_objects() if isinstance(each, FastCall)]
        bodies = [len(each.body) for each in gc.get_objects() if type(each) is Cycle]

        assert kept == []
        assert SIZE not in bodies
