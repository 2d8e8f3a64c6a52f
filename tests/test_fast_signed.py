"""Calls that are signed on the fast path, and the event streams that answer them, beside a proxy that has none."""

import json

import pytest

from proxy.config.schema import Alias, Config, Provider, TargetRef
from proxy.core.credential import AwsAuth, GoogleAuth
from proxy.core.secret import Secret
from proxy.engine import hearing
from tests.support.converse import BEGIN, delta, end, event, failed, stop
from tests.support.pieces import END, chunk, head, piecewise, streamed
from tests.support.twins import CLOSE, RESET, answer, call, twins

KIND = "application/vnd.amazon.eventstream"
AWS = AwsAuth("eu-west-1", access_key_id="canary", secret_access_key=Secret("canary-secret"))
GOOGLE = GoogleAuth(access_token=Secret("canary-token"))
COUNTS = {"inputTokens": 3, "outputTokens": 2, "totalTokens": 5}
USAGE = event("metadata", {"usage": COUNTS, "metrics": {"latencyMs": 4}})
HELLO, WORLD = delta(0, {"text": "hello"}), delta(0, {"text": " world"})
CLOSING = (stop(0), end(), USAGE)
EVENTS = (BEGIN, HELLO, WORLD, *CLOSING)
BUSY = failed("throttlingException", {"message": "busy"})
BROKEN = HELLO[:-1] + bytes([HELLO[-1] ^ 1])
CALL = {"toolUse": {"toolUseId": "t1", "name": "tide"}}
GEMINI = b"".join(
    b"data: " + json.dumps({"candidates": [{"content": {"role": "model", "parts": [{"text": text}]}, **more}],
                            "modelVersion": "sim-1", "responseId": "r1"}).encode() + b"\r\n\r\n"
    for text, more in (("hello", {}), (" world", {"finishReason": "STOP"}))
)  # fmt: skip


def said(text="hello"):
    """A whole answer of Converse."""
    message = {"role": "assistant", "content": [{"text": text}]}
    whole = {"output": {"message": message}, "stopReason": "end_turn", "usage": COUNTS}
    return json.dumps(whole).encode()


def begun(*events):
    return head(kind=KIND) + chunk(BEGIN, *events)


STREAMS = {
    "whole": ([streamed(*EVENTS, kind=KIND)], "fast"),
    "by-event": (piecewise(*EVENTS, kind=KIND), "fast"),
    "head-first": ([head(kind=KIND), chunk(*EVENTS) + END], "fast"),
    "half-a-message": ([begun(HELLO[:40]), chunk(HELLO[40:], WORLD, *CLOSING) + END], "fast"),
    "end-later": ([begun(HELLO, WORLD, *CLOSING), 0.02, END], "fast"),
    "reasoning": (
        [streamed(BEGIN, delta(0, {"reasoningContent": {"text": "so"}}), stop(0), HELLO, *CLOSING, kind=KIND)],
        "fast",
    ),
    "tools": (
        [streamed(BEGIN, event("contentBlockStart", {"contentBlockIndex": 0, "start": CALL}),
                  delta(0, {"toolUse": {"input": "{}"}}), stop(0), end("tool_use"), USAGE, kind=KIND)],
        "fast",
    ),
    "no-usage": ([streamed(*EVENTS[:-1], kind=KIND)], "fast"),
    "passed-headers": ([head("x-amzn-requestid: 7", kind=KIND) + chunk(*EVENTS) + END], "fast"),
    "nothing": ([head(kind=KIND) + END], "handed"),
    "failure-first": ([streamed(BUSY, kind=KIND)], "handed"),
    "failure-after-role": ([begun(), chunk(BUSY) + END], "handed"),
    "failure-later": ([begun(HELLO), chunk(BUSY) + END], "joined"),
    "failure-at-once": ([streamed(BEGIN, HELLO, BUSY, kind=KIND)], "handed"),
    "broken-first": ([streamed(BEGIN, BROKEN, kind=KIND)], "handed"),
    "broken-later": ([begun(HELLO), chunk(BROKEN) + END], "joined"),
    "cut-before": ([begun(), CLOSE], "handed"),
    "cut-after": ([begun(HELLO), RESET], "joined"),
    "no-stop": ([streamed(BEGIN, HELLO, kind=KIND)], "joined"),
    "stray": ([streamed(b"busy", kind=KIND)], "handed"),
    "json-as-stream": ([answer(b'{"message": "no"}', kind=KIND)], "handed"),
    "in-json": ([answer(said())], "handed"),
    "as-events": ([streamed(*EVENTS)], "fast"),
    "no-type": ([streamed(*EVENTS, kind="")], "handed"),
    "refused": ([answer(b'{"message": "expired"}', status=403)], "handed"),
    "busy": ([answer(b'{"message": "slow"}', status=429)], "handed"),
}  # fmt: skip
WHOLES = {
    "whole": ([answer(said())], "fast"),
    "in-two": ([answer(said())[:90], answer(said())[90:]], "handed"),
    "refused": ([answer(b'{"message": "expired"}', status=403)], "handed"),
    "no-json": ([answer(b"hello")], "handed"),
    "streamed": ([streamed(*EVENTS, kind=KIND)], "handed"),
}


def config(protocol, auth, options, names):
    """Every name is a model, an alias and a provider of its own; what fails goes on to `whole`."""

    def made(url, settings):
        own = {"base_url": url, "auth": auth, "options": options}
        last = TargetRef("whole", "whole")
        return Config(
            server=settings,
            providers={name: Provider(name, "", protocol, **own) for name in names},
            models={name: Alias(name, (TargetRef(name, name), last)) for name in names},
        )

    return made


def bedrock(scripts):
    """Twins before a Bedrock that follows the scripts."""
    made = config("bedrock", AWS, {"region": "eu-west-1"}, list(scripts))
    return twins({name: [script] for name, (script, _) in scripts.items()}, made)


@pytest.fixture(autouse=True)
def _little_grace(monkeypatch):
    """Usage that does not come after the end is waited for no longer than a test likes."""
    monkeypatch.setattr(hearing, "GRACE", 0.2)


@pytest.mark.parametrize(("scripts", "is_stream"), [(STREAMS, True), (WHOLES, False)])
async def test_a_signed_call_is_what_it_was(scripts, is_stream):
    found = {}
    async with bedrock(scripts) as scene:
        await scene.known(stream=is_stream)
        for name in scripts:
            clients = await scene.clients()
            for _ in range(2):
                # Now the head is known and a connection to the provider open.
                await scene.ask(call(stream=is_stream), clients)
            scene.fast.ways()
            await scene.ask(call(name, stream=is_stream), clients)
            [found[name]] = scene.fast.ways()
            assert scene.pools[0] == scene.pools[1], name
        await scene.over()

    assert found == {name: way for name, (_, way) in scripts.items()}


async def test_a_signed_call_goes_out_with_its_signature():
    async with bedrock(STREAMS) as scene:
        clients = await scene.known(stream=True)
        await scene._answers([call(stream=True)] * 2, clients)
        [asked] = scene.fast.provider.requests

        assert "authorization: AWS4-HMAC-SHA256 *" in asked
        assert "x-amz-date: " not in asked
        assert scene.fast.ways() == ["fast"]


async def test_a_call_with_a_token_is_what_it_was():
    names = {"whole": [[streamed(GEMINI)]]}
    made = config("vertex", GOOGLE, {"project": "p", "location": "global"}, list(names))
    async with twins(names, made) as scene:
        clients = await scene.known(stream=True)
        await scene.ask(call(stream=True), clients)
        await scene.over()

        assert scene.fast.ways() == ["fast"]
