"""A server of several workers as its operator has it: one process that is started, its workers, both listeners."""

import asyncio
import os
import re
import signal
import sys
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from proxy.core import jsons
from proxy.sim.script import Behaviour, Source
from proxy.sim.server import Simulator
from tests.support.patience import PATIENT
from tests.support.rawclient import RawClient, post, request

ROOT = str(Path(__file__).resolve().parents[2])
CONFIG = """
server: {{listen: "127.0.0.1:0", ops_listen: "127.0.0.1:0", workers: 2, drain_timeout: 60s}}
auth: {{required: true, keys: [{{key: "fb-key"}}]}}
store: {store}
store_timeout: {patient}
defaults: {{connect_timeout: 60s}}
providers:
  sim: {{protocol: openai, base_url: "{sim}/v1", api_key: ""}}
models:
  {alias}: [sim/brief]
"""
BRIEF = Behaviour(Source.LOREM, words=40, gap=0.02)
ENDLESS = Behaviour(Source.LOREM, words=40_000, gap=0.02)
MANY = 24
"""Connections of which each worker has some, but for one time in eight millions."""


class Crew:
    """The server; `address` is for calls and `ops` for operators."""

    def __init__(self, folder, sim):
        self.folder = folder
        self.sim = sim
        self.child = self.address = self.ops = None

    def write(self, *, alias="chat", store="memory", text=CONFIG):
        written = text.format(sim=self.sim.base_url, alias=alias, store=store, patient=PATIENT)
        written_whole(self.folder / "firstbyte.yaml", written)

    async def launch(self, *options):
        environ = {k: v for k, v in os.environ.items() if not k.endswith(("_API_KEY", "_BASE_URL"))}
        self.child = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-m", "tests.support.calm", "serve", *options),
            cwd=self.folder,
            env={**environ, "PYTHONPATH": ROOT},
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
        )

    async def start(self, *options):
        await self.launch(*options)
        said = await self.says("try it")
        calls, ops = re.findall(r"http://127\.0\.0\.1:(\d+)(?:/v1)?\n", said)
        self.address, self.ops = ("127.0.0.1", int(calls)), ("127.0.0.1", int(ops))

    async def says(self, words):
        """Wait for a line with these words; everything up to it."""
        said = ""
        while words not in said:
            line = await asyncio.wait_for(self.child.stderr.readline(), 60)
            assert line, said
            said += line.decode()
        return said

    def workers(self):
        """Their processes, the one that answers operators first."""
        listed = Path(f"/proc/{self.child.pid}/task/{self.child.pid}/children").read_text()
        return [int(pid) for pid in listed.split()]

    async def call(self, *, alias="chat", key="fb-key"):
        """One call, on a connection of its own."""
        async with await RawClient.connect(self.address) as client:
            return await client.ask(question(alias, key))

    async def stream(self, alias="chat"):
        """A stream that has begun, and its first chunk."""
        client = await RawClient.connect(self.address)
        await client.send(question(alias, stream=True))
        response = await client.head()
        assert response.status == 200
        return client, await client.chunk()

    async def ask(self, path, method="GET", body=b""):
        """Of operators."""
        data = post(path, body) if method == "POST" else request(method, path)
        async with await RawClient.connect(self.ops) as client:
            return await client.ask(data)

    async def served(self):
        """How many calls the metrics tell of."""
        return await self.told("firstbyte_requests_total")

    async def told(self, name):
        """What the series of a metric say together."""
        text = (await self.ask("/metrics")).body.decode()
        found = re.findall(rf"^{name}(?:\{{.*\}})? (\S+)$", text, re.MULTILINE)
        return sum(map(float, found))

    async def counted(self, calls):
        """Wait until the metrics tell of so many: a worker counts a call when its answer is out already."""
        while (told := await self.served()) < calls:
            await asyncio.sleep(0)
        return told

    async def ended(self):
        said = await asyncio.wait_for(self.child.stderr.read(), 60)
        return await self.child.wait(), said.decode()


def written_whole(path, text):
    """Write a file that somebody may look at meanwhile: it is as it was, or as it will be."""
    beside = path.with_name("beside")
    beside.write_text(text)
    beside.replace(path)


def question(alias="chat", key="fb-key", *, stream=False):
    messages = [{"role": "user", "content": "go on"}]
    body = jsons.encode({"model": alias, "messages": messages, "stream": stream})
    return post("/v1/chat/completions", body, f"authorization: Bearer {key}")


async def rest_of(client):
    """The rest of a stream, and whether it came to its proper end."""
    said = b""
    while piece := await client.chunk():
        said += piece
    await client.close()
    return said, piece == b""


def lives(pid):
    """Whether a process is there, and has not ended without anybody asking how."""
    try:
        return " Z " not in Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False


async def until(condition):
    """Ask until it holds."""
    async with asyncio.timeout(60):
        while not condition():
            await asyncio.sleep(0.01)


@asynccontextmanager
async def simulated(folder):
    """A crew that has not been started yet."""
    async with Simulator() as sim:
        sim.add("brief", BRIEF)
        sim.add("endless", ENDLESS)
        crew = Crew(folder, sim)
        crew.write()
        try:
            yield crew
        finally:
            if crew.child is not None:
                with suppress(ProcessLookupError):
                    crew.child.send_signal(signal.SIGKILL)
                await crew.child.communicate()


@asynccontextmanager
async def crewed(folder, *options):
    """A crew at work."""
    async with simulated(folder) as crew:
        await crew.start(*options)
        yield crew
