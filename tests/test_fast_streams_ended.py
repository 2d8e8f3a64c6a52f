"""Streams on the fast path that somebody holds up or ends: clocks, callers who are slow or leave, a server that stops."""

import asyncio
import json
from unittest.mock import patch

import pytest

from proxy.config.schema import Alias, Config, Live, Provider, TargetRef
from proxy.core.errors import Kind, ProxyError
from proxy.core.shape import Quirks
from proxy.engine.pour import Pour
from proxy.surfaces.chat.encoder import ChatEncoder
from proxy.surfaces.chat.surface import Chat
from proxy.upstream.exchange import Exchange
from proxy.web.stream import Stream
from tests.support.calling import reached
from tests.support.pieces import (
    DONE,
    END,
    HELLO,
    ROLE,
    STOP,
    USAGE,
    WORLD,
    chunk,
    event,
    failure,
    piecewise,
    streamed,
)
from tests.support.pieces import head as begin
from tests.support.rawclient import RawClient
from tests.support.twins import DRAWN, HELD, WAIT, answer, call, twins

HEAD = begin() + chunk(ROLE, HELLO)
REST = chunk(WORLD, STOP, USAGE, DONE) + END
LONG = chunk(*[event({"content": "x" * 1000})] * 80)
GREAT = [HEAD, *[LONG] * 80, REST]


def _said(rest):
    """What chunks of HTTP hold; no event here has a line end of two characters."""
    return b"".join(rest.split(b"\r\n")[1::2])


def named(name, **data):
    """An event of Anthropic's."""
    said = json.dumps({"type": name, **data}).encode()
    return b"event: %b\ndata: %b\n\n" % (name.encode(), said)


CLAUDE = (
    named("message_start", message={"id": "msg_1", "type": "message", "role": "assistant", "model": "claude-1",
          "content": [], "usage": {"input_tokens": 3, "output_tokens": 0}}),
    named("content_block_start", index=0, content_block={"type": "text", "text": ""}),
    named("ping"),
    named("content_block_delta", index=0, delta={"type": "text_delta", "text": "hello"}),
    named("content_block_stop", index=0),
    named("message_delta", delta={"stop_reason": "end_turn"}, usage={"output_tokens": 2}),
    named("message_stop"),
)  # fmt: skip
GEMINI = tuple(
    event(candidates=[{"content": {"role": "model", "parts": [{"text": text}]}, "index": 0, **more}],
           usageMetadata={"promptTokenCount": 3, "candidatesTokenCount": 2, "totalTokenCount": 5})
    for text, more in (("hello", {}), (" world", {"finishReason": "STOP"}))
)  # fmt: skip
ARRAY = [GEMINI[0].removeprefix(b"data: ").strip(), GEMINI[1].removeprefix(b"data: ").strip()]
"""The events as elements of an array, whose end is the answer's before the connection has any."""
SLOW = [HEAD, 0.1, REST]

SCRIPTS = {
    "whole": [streamed()],
    "slow": SLOW,
    "held": [HELD, HEAD + REST],
    "held-later": [HEAD, HELD, REST],
    "late": [0.1, begin(), 0.1, chunk(ROLE), 0.1, chunk(HELLO) + REST],
    "silent": [WAIT],
    "role-only": [begin() + chunk(ROLE), WAIT],
    "half": [0.05, HEAD, WAIT],
    "great": GREAT,
    "json": [answer()],
}
BEAT = 0.05
"""Seconds."""
SIGN = b": still here\n\n"
HASTY = {"first_byte_timeout": 0.1}
MODELS = {
    **{name: ((name, {}), {}) for name in SCRIPTS},
    "asked": (("slow", {}), {"model_in_answer": "asked"}),
    "resumed": (("slow", {}), {"live": Live(recover="restart")}),
    "complete": (("slow", {"commit": "complete"}), {}),
    "hedged": (("slow", {"hedge_after": 5.0}), {}),
    "beating": (("held-later", {}), {"live": Live(heartbeat=BEAT)}),
    "warmed": (("late", {}), {"live": Live(warm_after=0.1, heartbeat=5.0)}),
    "patient": (("silent", {}), {"live": Live(warm_after=1.0)}),
    "idle": (("half", {"idle_timeout": 0.2}), {}),
    "mute": (("half", {"output_idle_timeout": 0.2}), {}),
    "hasty": (("silent", HASTY), {}),
    "hasty-role": (("role-only", HASTY), {}),
    "timely": (("silent", {"total_timeout": 1.1}), {}),
}
OTHERS = {
    "claude": ("anthropic", piecewise(*CLAUDE), {}),
    "claude-at-once": ("anthropic", [streamed(*CLAUDE)], {}),
    "claude-cut": ("anthropic", [streamed(*CLAUDE[:-2])], {}),
    "claude-fails": ("anthropic", piecewise(*CLAUDE[:3], named("error", error={"type": "overloaded_error", "message": "busy"})), {}),
    "claude-fails-later": ("anthropic", piecewise(*CLAUDE[:4], named("error", error={"type": "overloaded_error", "message": "busy"})), {}),
    "gemini": ("gemini", piecewise(*GEMINI), {}),
    "gemini-at-once": ("gemini", [streamed(*GEMINI)], {}),
    "gemini-array": ("gemini", [begin() + chunk(b"[", ARRAY[0]), chunk(b",", ARRAY[1], b"]") + END], {}),
    "gemini-array-at-once": ("gemini", [begin() + chunk(b"[", b",".join(ARRAY), b"]"), 0.02, END], {}),
    "thinking": ("openai", piecewise(ROLE, event({"content": "<think>so"}), event({"content": "</think>yes"}), STOP, DONE), {"think_tags": True}),
    "dropping": ("openai", [HEAD, chunk(failure()) + END], {"drop": frozenset({"seed"})}),
}  # fmt: skip


def config(url, settings, **more):
    own = {
        name: Provider(name, "", protocol, url, quirks=Quirks(**quirks))
        for name, (protocol, _, quirks) in OTHERS.items()
    }
    models = {
        name: Alias(name, (TargetRef("p", model, limits=limits), TargetRef("p", "whole")), **rest)
        for name, ((model, limits), rest) in MODELS.items()
    }
    theirs = {
        name: Alias(name, (TargetRef(name, name), TargetRef("p", "whole"))) for name in OTHERS
    }
    return Config(
        server=settings,
        providers={"p": Provider("p", "", "openai", url), **own},
        models=models | theirs,
        **more,
    )


ALL = {name: [script] for name, script in SCRIPTS.items()} | {
    name: [script] for name, (_, script, _) in OTHERS.items()
}


def ask(model, **fields):
    return call(model, **{"stream": True, **fields})


async def _ready(scene):
    """Two kept connections whose next call has a known head, and a provider's connection that is open."""
    clients = await scene.clients()
    for _ in range(2):
        await scene.ask(ask("whole"), clients)
    scene.fast.ways()
    return clients


@pytest.mark.parametrize(
    ("name", "ways"),
    {
        "claude": ["fast"],
        "claude-at-once": ["fast"],
        "claude-cut": ["joined"],
        "claude-fails": ["handed"],
        "claude-fails-later": ["joined"],
        "gemini": ["fast"],
        "gemini-at-once": ["fast"],
        "gemini-array": ["fast"],
        "gemini-array-at-once": ["fast"],
        "thinking": ["fast"],
        "asked": ["fast"],
        "resumed": [],
        "complete": [],
        "hedged": [],
        "idle": ["joined"],
        "mute": ["joined"],
        "hasty": ["handed"],
        "hasty-role": ["handed"],
        "timely": ["handed"],
        "dropping": ["joined"],
    }.items(),
)
async def test_whoever_is_asked_a_stream_is_what_it_was(name, ways):
    async with twins(ALL, config) as scene:
        found = []
        for wish in ({}, {"stream_options": {"include_usage": True}}):
            clients = await _ready(scene)
            await scene.ask(ask(name, seed=4, **wish), clients)
            found.append(scene.fast.ways())
            assert scene.pools[0] == scene.pools[1]
        await scene.over()

        assert found[0] == ways


async def _begun(scene, model, *headers, pair=None, **fields):
    """A stream of which the callers of both have the first word, or just the request where there will be none."""
    clients = pair or await _ready(scene)
    for client in clients:
        await client.send(call(model, *headers, **{"stream": True, **fields}))
    await scene.asked()
    return clients


async def _opened(clients):
    """Both have the first words."""
    for client in clients:
        await client.head()
        while b"hello" not in await client.chunk():
            pass


async def test_signs_of_life_come_as_often_as_before():
    time = asyncio.get_running_loop().time
    async with twins(ALL, config) as scene:
        clients = await _ready(scene)
        since = time()
        await _begun(scene, "beating", pair=clients)
        await _opened(clients)
        paces = []
        for client in clients:
            beats = [await client.chunk() for _ in range(3)]
            paces.append((beats, time() - since))
        scene.go_on()
        rests = []
        for client in clients:
            pieces = []
            while piece := await client.chunk():
                pieces.append(piece)
            rests.append(b"".join(piece for piece in pieces if piece != SIGN))
        await scene.same()

        # Never too early; how late is up to the machine.
        assert all(beats == [SIGN] * 3 and took >= 3 * BEAT for beats, took in paces)
        assert rests[0] == rests[1]
        assert rests[0].endswith(DONE)
        assert scene.fast.ways() == ["fast"]


async def test_a_target_that_says_nothing_for_long_is_waited_for_in_comments():
    async with twins(ALL, config) as scene:
        clients = await _begun(scene, "warmed")
        bodies = [(await client.response()).body for client in clients]
        await scene.same()

        comment = b": waiting for p/late (attempt 1)\n\n"
        rests = [DRAWN.sub("*", body.replace(comment, b"").decode()) for body in bodies]
        assert all(body.startswith(comment) for body in bodies)
        assert rests[0] == rests[1]
        assert scene.fast.ways() == ["handed"]


async def test_the_first_comment_comes_as_soon_as_before():
    async with twins(ALL, config) as scene:
        clients = await _ready(scene)
        since = asyncio.get_running_loop().time()
        await _begun(scene, "patient", pair=clients)
        for client in clients:
            await client.head()
            assert (await client.chunk()).startswith(b": waiting for p/silent")
        took = asyncio.get_running_loop().time() - since

        assert took >= 1.0
        assert scene.fast.ways() == ["handed"]


@pytest.mark.parametrize("goodbye", ["reset", "finish_sending"])
@pytest.mark.parametrize(("model", "way"), [("silent", "handed"), ("role-only", "handed")])
async def test_a_caller_who_leaves_before_the_first_word_ends_the_call(model, way, goodbye):
    async with twins(ALL, config) as scene:
        for client in await _begun(scene, model):
            getattr(client, goodbye)()
        facts = (await scene.same())["facts"]
        await scene.over()

        assert [(fact["outcome"], fact["target"]) for fact in facts] == [("cancelled", "None")]
        assert scene.pools == [(0, 0), (0, 0)]
        assert scene.fast.ways() == [way]


@pytest.mark.parametrize("goodbye", ["reset", "finish_sending"])
async def test_a_caller_who_leaves_in_the_middle_ends_the_call_and_its_connection(goodbye):
    async with twins(ALL, config) as scene:
        clients = await _begun(scene, "half")
        await _opened(clients)
        for client in clients:
            getattr(client, goodbye)()
        facts = (await scene.same())["facts"]
        await scene.over()

        assert [fact.get("outcome") for fact in facts] == [None, "cancelled"]
        assert scene.pools == [(0, 0), (0, 0)]
        assert scene.fast.ways() == ["joined"]


async def test_a_server_that_may_wait_no_longer_says_so_in_the_stream():
    async with twins(ALL, config) as scene:
        clients = await _begun(scene, "half")
        await _opened(clients)
        for twin in scene.each:
            twin.app._dismiss()
        ends = [await client.chunk() for client in clients]
        facts = (await scene.same())["facts"]
        await scene.over()

        assert all(b'"code":"shutting_down"' in end for end in ends)
        assert [fact.get("outcome") for fact in facts] == [None, "cut"]
        assert scene.pools == [(0, 0), (0, 0)]


async def test_a_server_that_stops_waits_for_a_stream():
    async with twins(ALL, config, drain_timeout=60.0) as scene:
        clients = await _begun(scene, "slow")
        await _opened(clients)
        for twin in scene.each:
            twin.app.server.drain()
        rests = [await client.rest() for client in clients]
        await scene.same()

        assert all(rest.endswith(b"data: [DONE]\n\n\r\n0\r\n\r\n") for rest in rests)
        assert _said(rests[0]) == _said(rests[1])
        assert scene.fast.ways() == ["fast"]


async def test_a_stream_that_begins_while_the_server_parts_says_that_its_connection_ends():
    async with twins(ALL, config, drain_delay=60.0, drain_timeout=0.1) as scene:
        clients = await _begun(scene, "held")
        for twin in scene.each:
            twin.app.server.drain()
        scene.go_on()
        answers = [await client.response() for client in clients]
        await scene.same()
        for twin in scene.each:
            twin.app.server.drain()

        assert [each.header("connection") for each in answers] == ["close", "close"]
        assert all(each.complete for each in answers)
        assert scene.fast.ways() == ["fast"]


async def test_requests_behind_a_stream_are_served_in_order_once_it_is_out():
    async with twins(ALL, config) as scene:
        clients = await _begun(scene, "slow")
        for client in clients:
            await client.send(ask("whole") + call("json") + ask("slow"))
        answers = [[await client.response() for _ in range(4)] for client in clients]
        await scene.same()

        kinds = [each.header("content-type").partition(";")[0] for each in answers[0]]
        assert kinds == ["text/event-stream"] * 2 + ["application/json", "text/event-stream"]
        assert [each.body for each in answers[0][::3]] == [each.body for each in answers[1][::3]]


async def test_a_connection_serves_stream_after_stream():
    async with twins(ALL, config) as scene:
        clients = await _ready(scene)
        for _ in range(5):
            await scene.ask(ask("slow"), clients)
            await scene.ask(ask("whole"), clients)

        assert scene.fast.ways() == ["fast"] * 10
        assert scene.pools == [(1, 1), (1, 1)]


async def test_many_streams_leave_nothing_behind():
    async with twins(ALL, config) as scene:
        clients = [await _ready(scene) for _ in range(4)]
        await scene.fast.quiet()
        before = len(asyncio.all_tasks())
        for model in ("slow", "whole", "slow"):
            await asyncio.gather(*(scene.ask_quietly(ask(model), pair) for pair in clients))
        await scene.same()

        assert len(asyncio.all_tasks()) <= before + 16  # of providers' connections, one each


async def test_no_clock_is_left_behind_by_a_stream():
    async with twins(ALL, config) as scene:
        for model in ("slow", "whole", "half", "dropping", "idle"):
            clients = await _begun(scene, model, pair=await _ready(scene))
            await _opened(clients)
            for client in clients:
                client.reset()
            await scene.same()
            left = [_clock(timer) for timer in asyncio.get_running_loop()._scheduled]

            assert not {Stream, Pour, Exchange} & set(left), model


def _clock(timer):
    """Whose a timer is that has yet to strike."""
    return None if timer.cancelled() else type(getattr(timer._callback, "__self__", None))


async def test_a_stream_holds_what_was_sent_no_longer_than_its_target_is_silent():
    async with twins(ALL, config) as scene:
        clients = await _begun(scene, "half")
        [fast] = scene.fast.app._endpoints.chat._fast_path._calls
        sent = fast.head_start.sent
        silent = b"half" in sent.call.body
        await _opened(clients)

        assert (silent, sent.call.body) == (True, b"")


async def test_a_caller_who_reads_slowly_gets_all_of_it():
    async with twins(ALL, config) as scene:
        await _ready(scene)
        await _ready(scene)
        pair = [await RawClient.connect(twin.address, receive_buffer=4096) for twin in scene.each]
        for twin, client in zip(scene.each, pair, strict=True):
            client.stop_reading()
            await client.send(ask("great"))
            await reached(lambda: _is_full(twin))  # noqa: B023 (looked at here)
        unsent = [max(_unsent(twin)) for twin in scene.each]
        bodies = []
        for client in pair:
            client.read_on()
            bodies.append((await client.response()).body)
            await client.close()
        await scene.same()

        assert max(unsent) < 500_000
        assert bodies[0] == bodies[1]
        assert len(bodies[0]) > 6_000_000
        assert scene.fast.ways() == ["joined"]


async def test_a_caller_who_stops_reading_and_leaves_ends_the_call():
    async with twins(ALL, config) as scene:
        await _ready(scene)
        pair = [await RawClient.connect(twin.address, receive_buffer=4096) for twin in scene.each]
        for twin, client in zip(scene.each, pair, strict=True):
            client.stop_reading()
            await client.send(ask("great"))
            await reached(lambda: _is_full(twin))  # noqa: B023 (looked at here)
            client.reset()
        for twin in scene.each:
            await twin.quiet()
            twin.app.news.flush()
        outcomes = [
            [fact.outcome.value for fact in twin.heard if hasattr(fact, "outcome")]
            for twin in scene.each
        ]

        assert [each[-1] for each in outcomes] == ["cancelled"] * 2
        assert scene.fast.ways()[-1] == "joined"


def _flows(twin):
    return [each.flow for each in twin.app.server._uvicorn.server_state.connections]


def _is_full(twin):
    return any(flow.write_paused for flow in _flows(twin))


def _unsent(twin):
    connections = twin.app.server._uvicorn.server_state.connections
    return [each._socket.get_write_buffer_size() for each in connections]


@pytest.mark.parametrize("name", ["feed", "finish"])
async def test_a_bug_in_telling_a_stream_is_told_as_one(name):
    async with twins(ALL, config) as scene:
        clients = await _ready(scene)
        with patch.object(ChatEncoder, name, side_effect=ZeroDivisionError):
            for client in clients:
                await client.send(ask("whole"))
            said = [await client.rest() for client in clients]
            facts = (await scene.same())["facts"]

        assert facts[-1]["outcome"] == "failed"
        assert said[0].count(b"data: ") == said[1].count(b"data: ")


async def test_chunks_that_cannot_be_told_end_a_stream_as_before(caplog):
    async with twins(ALL, config) as scene:
        clients = await _ready(scene)
        with patch.object(ChatEncoder, "feed", lambda *_: _refused()):
            await scene.ask(ask("slow"), clients)

        assert "unexpected" not in caplog.text
        assert scene.fast.ways() == ["joined"]


def _refused():
    raise ProxyError(Kind.MALFORMED, "odd")


async def test_a_caller_who_is_full_from_the_first_word_on_gets_all_of_it():
    async with twins(ALL, config) as scene:
        clients = await _ready(scene)
        take = Stream.take
        with patch.object(Stream, "take", lambda stream, data: not take(stream, data)):
            await scene.ask(ask("slow"), clients)
            await scene.ask(ask("whole"), clients)

        # What is whole goes out in one piece with its last words, and nobody need wait for more.
        assert scene.fast.ways() == ["joined", "fast"]


async def test_a_bug_before_the_first_word_is_told_as_one():
    async with twins(ALL, config) as scene:
        clients = await _ready(scene)
        with patch.object(Chat, "encoder", side_effect=ZeroDivisionError):
            crashed = [await client.ask(ask("whole")) for client in clients]
            await scene.fast.quiet()

        assert [each.status for each in crashed] == [500, 500]
        assert not any(scene.fast.held().values())
