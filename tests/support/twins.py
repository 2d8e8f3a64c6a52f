"""Two proxies that are the same but for the fast path, each before a provider of its own that follows the same script.

`ask` sends the same bytes to both over kept connections and holds everything against each other that anybody can see:
the answer, what the provider was sent, what observers are told and what is kept of the call. Ids, times and dates may
differ, and nothing else.
"""

import asyncio
import contextlib
import json
import re
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import asdict
from difflib import unified_diff
from pprint import pformat
from unittest.mock import patch

from proxy.app import App
from proxy.config import schema
from proxy.config.schema import Server
from proxy.core.secret import Secret
from proxy.engine.head_start import HeadStart
from proxy.store.records import Finding
from proxy.upstream.transport import Transport
from proxy.web.inference import Inference
from proxy.web.presence import Stay
from tests.support.calling import reached
from tests.support.exact import CHOICE
from tests.support.rawclient import RawClient, post

PATH = "/v1/chat/completions"
SIZE = 900
"""Bytes of every body here: a head is known for bodies that are no longer than the first."""
TIMES = {"at", "began", "duration_ms", "ms", "overhead_ms", "ttft_ms", "span", "trace"}
OWN_HEADERS = ("date", "server-timing", "x-ratelimit-reset")
DRAWN = re.compile(
    r"req_[0-9a-f]{24}|key_\w+|call_[0-9a-f]{32}|00-[0-9a-f]{32}-[0-9a-f]{16}-\d\d|127\.0\.0\.1:\d+|1\.1 firstbyte-\w+"
    r'|"(?:duration_ms|ttft_ms|ms)": ?[0-9.]+|"created": ?\d+'
    r"|chatcmpl-[0-9a-f]{24}|x-amz-date: \w+|Credential=\w+/\d+|Signature=[0-9a-f]{64}"
)


class Provider:
    """Speaks HTTP/1.1 by a script: by model, what is done with each request in turn; the last goes on for ever.

    What is done is a list: bytes are written, each by itself; numbers are seconds to wait; `CLOSE` and `RESET` end the
    connection, `WAIT` waits until it is closed, and `HELD` until `go_on` is set.
    """

    def __init__(self, scripts):
        self.scripts = scripts
        self.requests = []
        self.writers = set()
        self.counts = {}
        self.go_on = asyncio.Event()

    async def __aenter__(self):
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, limit=2**20)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_):
        self.close()
        self.hang_up()
        await self._server.wait_closed()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}/v1"

    def close(self):
        """Take no more connections."""
        self._server.close()

    def hang_up(self):
        """Close every connection."""
        for writer in tuple(self.writers):
            writer.transport.abort()

    async def _serve(self, reader, writer):
        self.writers.add(writer)
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            while await self._answer(reader, writer):
                pass
        writer.transport.abort()
        self.writers.discard(writer)

    async def _answer(self, reader, writer):
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        length = int(re.search(r"content-length: (\d+)", head).group(1))
        body = await reader.readexactly(length)
        self.requests.append(DRAWN.sub("*", head) + body.decode())
        named = re.search(r"/models?/([^/:]+)[/:]", head)
        model = named.group(1) if named else json.loads(body)["model"]
        turn = self.counts[model] = self.counts.get(model, -1) + 1
        script = self.scripts[model]
        for step in script[min(turn, len(script) - 1)]:
            if isinstance(step, bytes):
                writer.write(step)
                # So that it is read apart from what comes next.
                await asyncio.sleep(0.005)
            elif step == WAIT:
                await reader.read()
            elif step == HELD:
                await self.go_on.wait()
            elif isinstance(step, str):
                if step == CLOSE:
                    writer.close()
                return False
            else:
                await asyncio.sleep(step)
        return True


CLOSE, RESET, WAIT, HELD = "close", "reset", "wait", "held"


class Twin:
    """One of the two."""

    def __init__(self, provider, config):
        self.provider = provider
        self.transport = Transport()
        self.heard = []
        self._counted = set()
        self.begun = self.handed = self.joined = 0
        """Head starts that were made, and how many of them a cascade went on with, before and after the first output."""
        self.app = App(config, observers=[self], transport=self.transport)
        self._task = None
        self._count(self.app._endpoints.chat._cascade)

    def _count(self, cascade):
        dispatcher = cascade.dispatcher
        begin, go_on = dispatcher.begin, cascade.open

        def begun(*arguments, **named):
            head_start = begin(*arguments, **named)
            self.begun += head_start is not None
            return head_start

        def opened(*arguments, **named):
            self._note(named.get("head_start", arguments[-1]))
            return go_on(*arguments, **named)

        dispatcher.begin, cascade.open = begun, opened

    def _note(self, head_start):
        if isinstance(head_start, HeadStart):
            self.handed += head_start.lane is None
            self.joined += head_start.lane is not None

    def ways(self):
        """What became of the calls since the last time: `fast`, `handed` or, of streams, `joined` for each that began
        fast."""
        fast = self.begun - self.handed - self.joined
        ways = ["handed"] * self.handed + ["joined"] * self.joined + ["fast"] * fast
        self.begun = self.handed = self.joined = 0
        return ways

    def on(self, fact):
        self.heard.append(fact)

    async def __aenter__(self):
        self.address = self.app.bind()
        await self.app.start()
        self._task = asyncio.ensure_future(self.app.server.serve())
        return self

    async def __aexit__(self, *_):
        self.app.server.drain()
        await self._task
        await self.app.aclose()

    async def quiet(self):
        """Wait until no call is under way, and nothing is held for one."""
        await reached(lambda: not any(self.held().values()))

    def held(self):
        """What a call holds and gives back."""
        app = self.app
        return {
            "places": app.load.in_flight + app.load.queued,
            "calls": app._endpoints.chat.in_flight,
            "stays": sum(isinstance(each, Stay) for each in app._presence._stays),
            "upstream": self.transport.pool.open - self.transport.pool.idle,
            "entries": sum(count for _, _, count, *_ in app.health.states(0.0)),
        }

    async def told(self):
        """What was told, kept and counted since the last time; calls in the order of their names."""
        await self.quiet()
        self.app.news.flush()
        facts, self.heard[:] = sorted((_plain(fact) for fact in self.heard), key=str), []
        asked, self.provider.requests[:] = list(self.provider.requests), []
        return {"facts": facts, "asked": asked, "numbers": self._numbers()}

    async def rows(self):
        """What the store has of every call."""
        # Who has been answered may not have been taken down yet.
        await self.quiet()
        await self.app.office.gate.settler.close(1.0)
        rows = await self.app.office.store.rows(Finding())
        return sorted((_plain(row) for row in rows), key=str)

    def _numbers(self):
        """Counters that have changed; of times only how often they were taken."""
        _, pieces = self.app.scrape.expose("")
        lines = b"".join(pieces).decode().splitlines()
        told = {line for line in lines if line.partition("{")[0].endswith(("_total", "_count"))}
        before, self._counted = self._counted, told
        return sorted(told - before)


def _plain(fact):
    """A fact as text, without ids and times."""
    return {"kind": type(fact).__name__, **_timeless(asdict(fact))}


def _timeless(value):
    if isinstance(value, dict):
        return {name: _timeless(each) for name, each in value.items() if name not in TIMES}
    if isinstance(value, list | tuple):
        return [_timeless(each) for each in value]
    return DRAWN.sub("*", str(value))


class Twins:
    """The pair."""

    def __init__(self, fast, plain):
        self.fast = fast
        self.plain = plain
        self.each = (fast, plain)
        self._clients = []

    async def clients(self):
        """A kept connection to each."""
        clients = [await RawClient.connect(twin.address) for twin in self.each]
        self._clients += clients
        return clients

    async def close(self):
        """Close the callers' connections, and see that nobody is left."""
        for client in self._clients:
            await client.close()
        for twin in self.each:
            await twin.quiet()
            await reached(lambda: not twin.app._presence._stays)  # noqa: B023 (looked at here)

    async def known(self, model="whole", *headers, **fields):
        """Two kept connections whose next call has a known head, and a provider's connection that is open."""
        clients = await self.clients()
        for twin, client in zip(self.each, clients, strict=True):
            for _ in range(2):
                assert (await client.ask(call(model, *headers, **fields))).status == 200
            await twin.told()
            assert twin.ways() == (["fast"] if twin is self.fast else [])
        return clients

    async def asked(self, number=1):
        """Wait until both providers have been asked so many times since the last look."""
        await reached(lambda: all(len(twin.provider.requests) >= number for twin in self.each))

    def go_on(self):
        """Let both providers go on that are held."""
        for twin in self.each:
            twin.provider.go_on.set()

    @property
    def pools(self):
        """Connections to each's provider: those that are open, and those that are idle."""
        return [(twin.transport.pool.open, twin.transport.pool.idle) for twin in self.each]

    async def disconnect(self):
        """Close every connection to each's provider; none of them may be in use."""
        for twin in self.each:
            twin.provider.hang_up()
        await reached(lambda: self.pools == [(0, 0)] * 2)

    async def ask(self, data, clients):
        """The same call to both: what the first answered, once all that can be seen was the same."""
        return await self.ask_each([data, data], clients)

    async def ask_each(self, datas, clients):
        """As `ask`, in the words of each."""
        said = await self._answers(datas, clients)
        await self.same()
        return said

    async def ask_quietly(self, data, clients):
        """As `ask`, where others are under way of whom is told as well."""
        return await self._answers([data, data], clients)

    async def _answers(self, datas, clients):
        pairs = zip(datas, clients, strict=True)
        answers = await asyncio.gather(*(client.ask(data) for data, client in pairs))
        _hold(*map(_seen, answers))
        return answers[0]

    async def same(self):
        """Hold against each other what was told of the calls so far; what was told of those of the fast one."""
        fast, plain = [await twin.told() for twin in self.each]
        _hold(*map(_without_sizes, (fast, plain)))
        return fast

    async def over(self):
        """Hold against each other what is kept of all calls."""
        _hold(*[await twin.rows() for twin in self.each])


def _hold(fast, plain):
    shown = [pformat(each, width=200).splitlines() for each in (plain, fast)]
    assert fast == plain, "\n".join(unified_diff(*shown, "without it", "fast", n=1, lineterm=""))


def _without_sizes(told):
    """What was told but for the sizes of answers, which hang on the digits of times where they tell those."""
    facts = [{name: fact[name] for name in fact if name != "bytes_out"} for fact in told["facts"]]
    return {**told, "facts": facts}


def _seen(answer):
    body = DRAWN.sub("*", answer.body.decode())
    named = [pair for pair in answer.headers if not pair[0].startswith(OWN_HEADERS)]
    if "*" in body:
        named = [pair for pair in named if pair[0] != "content-length"]
    return answer.status, DRAWN.sub("*", str(named)), body, answer.complete


def call(model="whole", *headers, path=PATH, **fields):
    """The bytes of a call, whose body always has the same length."""
    said = {"model": model, "messages": [{"role": "user", "content": "hi"}], **fields}
    return raw(json.dumps(said).encode(), *headers, path=path)


def raw(body, *headers, path=PATH):
    """The bytes of a call with a body that is filled up with blanks."""
    return post(path, body.ljust(SIZE), *headers)


def completion(**members):
    """A plain answer of a provider."""
    said = {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1795180000,
        "model": "sim-1",
        "choices": [
            {
                "index": 0,
                "message": {"role": "assistant", "content": "hello"},
                "finish_reason": "stop",
            }
        ],
        "usage": {"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5},
    }
    return json.dumps({**said, **members}).encode()


def exactly(**members):
    """The same in the form of OpenAI's own servers, which goes on as it came."""
    return completion(choices=[CHOICE], **members)


def answer(body=None, *headers, status=200, kind="application/json"):
    """A whole answer, in one piece."""
    body = completion() if body is None else body
    lines = [f"HTTP/1.1 {status} Said", f"content-type: {kind}", *headers]
    lines.append(f"content-length: {len(body)}")
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


@asynccontextmanager
async def twins(scripts, config, **server):
    """Run both.

    Args:
        scripts: Of the providers.
        config: Makes the configuration from a provider's address and the settings of a server.
        server: Settings of both servers.
    """
    settings = Server(**{"port": 0, "ops_host": "", "drain_timeout": 0.0, **server})
    async with AsyncExitStack() as stack:
        pair = []
        for is_fast in (True, False):
            provider = await stack.enter_async_context(Provider(scripts))
            with _no_fast_path() if not is_fast else contextlib.nullcontext():
                twin = Twin(provider, config(provider.url, settings))
            pair.append(await stack.enter_async_context(twin))
        scene = Twins(*pair)
        try:
            yield scene
        finally:
            await scene.close()


def _no_fast_path():
    opened = Inference.open_fast_path

    def unused(inference, plain):
        path, inference._fast_path = opened(inference, plain), None
        return path

    return patch.object(Inference, "open_fast_path", unused)


def of_scripts(url, settings, names, limits, prices, **more):
    """A configuration in which each of these names is an alias and a provider of its own; `then-…` goes on to another target.

    Args:
        url: Of the provider that speaks all the scripts.
        settings: Of the server.
        names: Of the aliases.
        limits: Gives a script's own limits.
        prices: Of targets.
    """
    models = {}
    for name in names:
        script = name.removeprefix("then-")
        last = () if script == name else (schema.TargetRef("whole", "whole"),)
        models[name] = schema.Alias(
            name, (schema.TargetRef(name, script, limits=limits(script)), *last)
        )
    return schema.Config(
        server=settings,
        limits=schema.Limits(max_answer=150_000),
        providers={
            name: schema.Provider(
                name, "", "openai", url, api_keys=(Secret(f"sk-of-{name}-012345"),)
            )
            for name in names
        },
        models=models,
        prices=prices,
        **more,
    )
