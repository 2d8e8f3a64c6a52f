"""Several processes of the proxy before one store, as a machine with workers or a house with replicas has them."""

import asyncio
import os
import re
import secrets
import sys
from contextlib import asynccontextmanager
from pathlib import Path

import httpx

from proxy.core.clock import SystemClock
from proxy.gate.credits import account_of
from proxy.gate.registry import Registry
from proxy.gate.tenants import Key, Team
from proxy.sim.script import BEHAVIOURS, Behaviour, Source
from proxy.sim.server import Simulator
from proxy.store.address import store_at
from tests.support.jobhouse import JobClient
from tests.support.patience import PATIENT
from tests.support.redisserver import shared

ROOT = str(Path(__file__).resolve().parents[2])
CONFIG = """
server: {{listen: "127.0.0.1:0", ops_listen: "127.0.0.1:0", drain_timeout: 5s}}
auth: {{required: true}}
store: "{store}"
store_timeout: {patient}
default_model: chat
defaults: {{connect_timeout: 60s}}
providers:
  sim: {{protocol: openai, base_url: "{sim}/v1", api_key: ""}}
models:
  chat: [sim/echo]
  held: [sim/held]
"""
HELD = Behaviour(Source.LOREM, words=4000, gap=0.02)


class Fleet:
    """The processes, and the store that they share."""

    def __init__(self, folder, address, simulator):
        self.folder = folder
        self.simulator = simulator
        self.store = store_at(address, SystemClock(), PATIENT)
        self.registry = Registry(self.store, SystemClock())
        self.children = {}
        self.urls = []
        self.key = ""
        (folder / "firstbyte.yaml").write_text(
            CONFIG.format(store=address, sim=simulator.base_url, patient=PATIENT)
        )

    async def start(self, count):
        """So many processes."""
        self.urls += await asyncio.gather(*(self._start(place) for place in range(count)))

    async def _start(self, place):
        environ = {k: v for k, v in os.environ.items() if not k.endswith(("_API_KEY", "_BASE_URL"))}
        child = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tests.support.calm", "serve"),
            cwd=self.folder,
            env={**environ, "PYTHONPATH": ROOT},
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
        )
        self.children[place] = child
        said = ""
        while "try it" not in said:
            line = await asyncio.wait_for(child.stderr.readline(), 60)
            assert line, said
            said += line.decode()
        return re.search(r"listening on (http://[0-9.:]+)", said)[1]

    async def team(self, credits_, **fields):
        """The team `acme` with credits, and a key of it."""
        await self.registry.add_team(Team("acme", **fields))
        await self.registry.grant("acme", credits_, "first")
        _, secret = await self.registry.issue(Key("", "acme", ""))
        self.key = secret.reveal()

    def client(self, which):
        """Somebody with that key, at one of the processes."""
        return JobClient(
            httpx.AsyncClient(
                base_url=self.urls[which],
                headers={"authorization": f"Bearer {self.key}"},
                timeout=60,
                limits=httpx.Limits(max_connections=100),
            )
        )

    async def credits(self):
        """Held, spent and remaining."""
        found = await self.store.balance(account_of("acme"))
        return found.held, found.spent, found.remaining

    async def kill(self, which):
        """SIGKILL."""
        self.children[which].kill()
        await self.children[which].wait()


@asynccontextmanager
async def fleet(kind, folder, *, processes=2):
    """Processes before a store of a kind: `sqlite` or `redis`."""
    address = f"sqlite:{folder / 'firstbyte.db'}"
    if kind == "redis":
        address = f"{shared().url}?prefix={secrets.token_hex(8)}"
    simulator = Simulator({**BEHAVIOURS, "held": HELD})
    await simulator.start()
    ships = Fleet(folder, address, simulator)
    await ships.store.open()
    try:
        await ships.start(processes)
        yield ships
        assert await ships.store.check() == []
    finally:
        for child in ships.children.values():
            if child.returncode is None:
                child.kill()
                await child.wait()
            # What it said last is read, or its pipe outlives the loop.
            await child.stderr.read()
        await ships.store.close()
        await simulator.stop()
