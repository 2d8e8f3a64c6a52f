"""The whole proxy, simulated providers and callers on one event loop, with everything that could leak counted."""

import asyncio
import sys
from collections import deque
from contextlib import asynccontextmanager
from pathlib import Path
from time import perf_counter
from urllib.parse import urlsplit

from proxy.app import App
from proxy.config.schema import Alias, Config, Limits, Provider, Server, TargetRef
from proxy.core import jsons
from proxy.core.facts import CallEnded
from proxy.sim.server import Simulator
from proxy.upstream.transport import Transport
from tests.support.rawclient import RawClient, post, request

PATH = "/v1/chat/completions"


class Stage:
    """A running proxy with its simulator; the last facts are kept."""

    def __init__(self, simulator, limits, server, kept):
        self.sim = simulator
        self._heard = deque(maxlen=kept)
        self.transport = Transport()
        # A machine that is busy connects late, which is no concern of a test that says nothing about it.
        self.limits = Limits(**{"connect_timeout": 60.0, **limits})
        self.settings = Server(port=0, drain_timeout=0.0, **server)
        self.app = App(Config(server=self.settings), observers=[self], transport=self.transport)
        self.address = ("", 0)

    def on(self, fact):
        self._heard.append(fact)

    @property
    def facts(self):
        """All that has happened; an observer hears of it a little later."""
        self.app.news.flush()
        return self._heard

    @property
    def ended(self):
        """How each call ended."""
        return [fact for fact in self.facts if isinstance(fact, CallEnded)]

    @property
    def connections(self):
        """The callers' connections, as the server knows them."""
        return list(self.app.server._uvicorn.server_state.connections)

    def serve(self, urls, *, limits=None, **aliases):
        """Providers by name and address, and what limits they have; aliases as lists of `provider/model`."""
        self.app.adopt(
            Config(
                server=self.settings,
                limits=self.limits,
                providers={
                    name: Provider(
                        name, "", "openai", f"{url}/v1", limits=(limits or {}).get(name, {})
                    )
                    for name, url in urls.items()
                },
                models={
                    name: Alias(name, tuple(TargetRef(*ref.split("/", 1)) for ref in refs))
                    for name, refs in aliases.items()
                },
            )
        )

    def body(self, model, *, stream=True, text="one two three", headers=(), **fields):
        """The bytes of a call."""
        messages = [{"role": "user", "content": text}]
        whole = {"model": model, "messages": messages, "stream": stream, **fields}
        return post(PATH, jsons.encode(whole), *headers)

    async def caller(self, **options):
        return await RawClient.connect(self.address, **options)

    async def calls(self, call, *, number, at_once):
        """So many calls, some of them at once, over connections that are kept: (answer, seconds) of each."""
        left, told = iter(range(number)), []

        async def caller():
            async with await self.caller() as client:
                for _ in left:
                    began = perf_counter()
                    answer = await client.ask(call)
                    told.append((answer, perf_counter() - began))

        await asyncio.gather(*(caller() for _ in range(at_once)))
        return told

    def hang_up(self):
        """Close the connections to upstreams that are kept for further calls."""
        pool = self.transport.pool
        pool.close()
        pool.closed = False

    def held(self):
        """Everything that a call may hold and must give back; all zero where nobody calls."""
        return {
            "places": self.app.load.in_flight,
            "queue": self.app.load.queued,
            "upstream": self.transport.pool.open - self.transport.pool.idle,
            "entries": sum(count for _, _, count, *_ in self.app.health.states(0.0)),
        }


@asynccontextmanager
async def stage(behaviours, *, limits=None, kept=20_000, **server):
    """Run it; `behaviours` are the simulator's, and so many calls and facts are kept."""
    async with Simulator(behaviours, keep_calls=kept) as simulator:
        scene = Stage(simulator, limits or {}, server, kept)
        scene.address = scene.app.server.bind()
        await scene.app.start()
        task = asyncio.ensure_future(scene.app.server.serve())
        async with await scene.caller() as client:
            await client.ask(request(path="/livez"))
        try:
            yield scene
        finally:
            scene.app.server.drain()
            await task
            await scene.app.aclose()


def port_of(simulator):
    return urlsplit(simulator.base_url).port


def descriptors():
    """How many files and sockets this process has open."""
    return sum(1 for _ in Path("/proc/self/fd").iterdir())


def figure(text):
    """Say what was measured; pytest shows it with -s, and where a test fails."""
    sys.stdout.write(f"{text}\n")
