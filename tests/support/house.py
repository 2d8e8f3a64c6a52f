"""The whole proxy on real sockets in a thread of its own, in front of the simulated providers."""

import asyncio
import threading
from collections import deque
from contextlib import contextmanager

import pytest

from proxy.app import App
from proxy.config.schema import Alias, Config, Limits, Live, Provider, Server, TargetRef
from proxy.config.snippets import snippets
from proxy.sim.script import BEHAVIOURS, Behaviour, Fault, Mode, Source
from proxy.web.server import new_event_loop
from tests.support.turns import HANGS, TURN


class House:
    """A running proxy; `base_url` is what a client is given."""

    def __init__(self):
        self._heard = []
        self.base_url = ""
        self.app = None
        self.loop = None

    @property
    def root(self):
        """What a client is given that writes `/v1` itself."""
        return self.base_url.removesuffix("/v1")

    def on(self, fact):
        self._heard.append(fact)

    @property
    def facts(self):
        """All that has happened; an observer hears of it a little later."""
        if self.loop is not None and self.loop.is_running():
            self.do(self.app.news.flush)
        return self._heard

    def do(self, function, *arguments):
        """Run a function on the proxy's loop and give its result."""

        async def run():
            return function(*arguments)

        return self.wait(run())

    def eventually(self, condition, within=5.0):
        """Wait until it holds, looked at from here; fails where it takes more seconds in turns of the proxy's loop."""
        for _ in range(round(within / TURN)):
            if condition():
                return
            self.wait(asyncio.sleep(TURN))
        assert condition(), f"it did not happen within {within} s of turns"

    def known_to_nobody(self, test, *behaviours):
        """Simulated models `TEST-BEHAVIOUR`: what the proxy remembers of others' failures says nothing of these."""
        for behaviour in behaviours:
            name = f"{test}-{behaviour}"
            self.do(self.app.simulator.awake.add, name, BEHAVIOURS[behaviour])

    @contextmanager
    def recording(self):
        """What the simulated providers are asked while the block runs."""
        simulator = self.app.simulator.awake
        before, simulator.calls = simulator.calls, deque(maxlen=100)
        try:
            yield simulator.calls
        finally:
            simulator.calls = before

    def behaviour(self, name):
        """How a simulated model of this name behaves."""
        return BEHAVIOURS[name]

    def snippet(self, tool, model):
        """The lines that `firstbyte snippets` prints for a client of this proxy."""
        return snippets()[tool].filled(self.root, model)

    def wait(self, coroutine):
        """Wait for a coroutine on the proxy's loop."""
        return asyncio.run_coroutine_threadsafe(coroutine, self.loop).result(HANGS)


def models(simulator):
    """Aliases over both protocols, as the tests need them."""
    sim = {
        "claude": Provider("claude", "", "anthropic", simulator),
        "gpt": Provider("gpt", "", "openai", f"{simulator}/v1"),
    }
    aliases = {
        "chat": ["gpt/echo"],
        "native": ["claude/echo"],
        "cascade": ["claude/overloaded", "gpt/fail-500", "gpt/fail-429", "claude/echo"],
        "cut": ["gpt/cut", "gpt/echo"],
        "cut-native": ["claude/cut", "gpt/echo"],
        "long": ["gpt/held", "gpt/echo"],
        "long-native": ["claude/held", "gpt/echo"],
        "silent": ["gpt/silent", "gpt/echo"],
    }
    return Config(
        # A machine that is busy connects late.
        limits=Limits(connect_timeout=60.0),
        providers=sim,
        models={
            **{
                name: Alias(name, tuple(TargetRef(*ref.split("/", 1)) for ref in refs))
                for name, refs in aliases.items()
            },
            "patient": Alias(
                "patient",
                (TargetRef("claude", "late"),),
                live=Live(warm_after=0.05, heartbeat=0.05),
            ),
        },
    )


async def _live(house, config, ready):
    house.loop = asyncio.get_running_loop()
    house.app = app = App(
        Config(server=Server(port=0, ops_host="", drain_timeout=1.0)), observers=[house]
    )
    host, port = app.server.bind()
    await app.start()
    for name, behaviour in EXTRA.items():
        app.simulator.awake.add(name, behaviour)
    app.adopt(config(app.simulator.base_url))
    house.base_url = f"http://{host}:{port}/v1"
    ready.set()
    try:
        await app.server.serve()
    finally:
        await app.aclose()


@contextmanager
def running(config=models):
    """Run the proxy; `config` makes its configuration from the simulator's address."""
    house = House()
    ready = threading.Event()
    failures = []

    def run():
        try:
            with asyncio.Runner(loop_factory=new_event_loop) as runner:
                runner.run(_live(house, config, ready))
        except Exception as error:  # noqa: BLE001 (raised again on the test's thread)
            failures.append(error)
        finally:
            ready.set()

    thread = threading.Thread(target=run)
    thread.start()
    try:
        assert ready.wait(HANGS)
        if not failures:
            yield house
    finally:
        if thread.is_alive():
            house.do(house.app.server.drain)
        thread.join(HANGS)
    assert not thread.is_alive()
    assert not failures, failures


@pytest.fixture(scope="module")
def house():
    """A running proxy for all tests of a module, with the aliases of `models`."""
    with running() as house:
        yield house


EXTRA = {
    "held": Behaviour(Source.LOREM, words=4000, gap=0.01),
    "silent": Behaviour(fault=Fault(Mode.STALL, after=0)),
}
