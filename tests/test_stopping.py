"""Stopping and reloading as operators see it: a process, its signals, its ops listener, over real sockets.

What ends before its time, which is ten minutes, ends long before that: no test waits so long.
"""

import asyncio
import os
import re
import signal
import sys
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from proxy.core import jsons
from proxy.sim.script import Behaviour, Source
from proxy.sim.server import Simulator
from tests.support.rawclient import RawClient, post, request
from tests.support.turns import HANGS
from tests.support.workers import rest_of

ROOT = str(Path(__file__).resolve().parents[1])
CONFIG = """
server: {{listen: "127.0.0.1:0", ops_listen: "127.0.0.1:0", {server}}}
auth: {{required: true, keys: [{{key: "{key}"}}]}}
defaults: {{connect_timeout: 60s}}
providers:
  sim: {{protocol: openai, base_url: "{sim}/v1", api_key: ""}}
models:
  {alias}: [sim/{model}]
"""
ENDLESS = Behaviour(Source.LOREM, words=4000, gap=0.02)
BRIEF = Behaviour(Source.LOREM, words=40, gap=0.02)


class House:
    """A process; `address` is for calls and `ops` for operators."""

    def __init__(self, child, folder, sim):
        self.child = child
        self.address = self.ops = None
        self._folder = folder
        self._sim = sim

    def write(self, *, key="fb-old", alias="chat", model="brief", server="drain_timeout: 10m"):
        text = CONFIG.format(sim=self._sim, key=key, alias=alias, model=model, server=server)
        (self._folder / "firstbyte.yaml").write_text(text)

    async def start(self):
        environ = {k: v for k, v in os.environ.items() if not k.endswith(("_API_KEY", "_BASE_URL"))}
        self.child = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-m", "tests.support.calm", "serve"),
            cwd=self._folder,
            env={**environ, "PYTHONPATH": ROOT},
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
        )
        said = await self.says("try it")
        calls, ops = re.findall(r"http://127\.0\.0\.1:(\d+)(?:/v1)?\n", said)
        self.address, self.ops = ("127.0.0.1", int(calls)), ("127.0.0.1", int(ops))

    async def says(self, words):
        """Wait for a line with these words; everything up to it."""
        said = ""
        while words not in said:
            line = await asyncio.wait_for(self.child.stderr.readline(), HANGS)
            assert line, said
            said += line.decode()
        return said

    async def stream(self, model="chat", key="fb-old"):
        """A stream that has begun, and its first chunk."""
        client = await RawClient.connect(self.address)
        await client.send(call(model, key))
        response = await client.head()
        assert response.status == 200
        return client, await client.chunk()

    async def ask(self, data, address=None):
        async with await RawClient.connect(address or self.address) as client:
            return await client.ask(data)

    async def ended(self):
        out = await asyncio.wait_for(self.child.stderr.read(), HANGS)
        return await self.child.wait(), out.decode()


def call(model="chat", key="fb-old", *headers, stream=True):
    messages = [{"role": "user", "content": "go on"}]
    body = jsons.encode({"model": model, "messages": messages, "stream": stream})
    return post("/v1/chat/completions", body, f"authorization: Bearer {key}", *headers)


@asynccontextmanager
async def running(folder, **written):
    async with Simulator() as sim:
        sim.add("endless", ENDLESS)
        sim.add("brief", BRIEF)
        house = House(None, folder, sim.base_url)
        house.write(**written)
        await house.start()
        try:
            yield house
        finally:
            if house.child.returncode is None:
                house.child.kill()
            await house.child.communicate()


async def test_of_fifty_live_streams_none_is_cut_by_a_signal(tmp_path):
    async with running(tmp_path) as house:
        streams = await asyncio.gather(*(house.stream() for _ in range(50)))
        house.child.send_signal(signal.SIGTERM)
        rest = await asyncio.gather(*(rest_of(client) for client, _ in streams))
        status, err = await house.ended()

    assert [said.endswith(b"data: [DONE]\n\n") and whole for said, whole in rest] == [True] * 50
    assert (status, err) == (0, "")


async def test_at_the_deadline_a_stream_ends_in_an_error_and_the_process_well(tmp_path):
    async with running(tmp_path, model="endless", server="drain_timeout: 300ms") as house:
        client, _ = await house.stream()
        unfinished = await RawClient.connect(house.address)
        # Told to continue, it knows that its call has arrived.
        await unfinished.send(call("chat", "fb-old", "expect: 100-continue", stream=False)[:-5])
        assert (await unfinished.head()).status == 100
        house.child.send_signal(signal.SIGTERM)
        said, whole = await rest_of(client)
        refused = await unfinished.response()
        await unfinished.close()
        status, err = await house.ended()

    assert b'"code":"shutting_down"' in said.rpartition(b"data: ")[2].replace(b": ", b":")
    assert b"[DONE]" not in said
    assert whole
    assert (refused.status, refused.error["code"]) == (503, "shutting_down")
    assert (status, err) == (0, "")


@pytest.mark.parametrize("server", ["drain_timeout: 10m", "drain_delay: 10m"])
async def test_a_second_signal_ends_it_at_once_and_says_so(tmp_path, server):
    async with running(tmp_path, model="endless", server=server) as house:
        client, _ = await house.stream()
        house.child.send_signal(signal.SIGTERM)
        while (await house.ask(request("GET", "/readyz"), house.ops)).status == 200:
            await asyncio.sleep(0.01)
        house.child.send_signal(signal.SIGTERM)
        said, whole = await rest_of(client)
        status, err = await house.ended()

    assert b"shutting_down" in said
    assert b"[DONE]" not in said
    assert whole
    assert (status, err) == (0, "")


async def test_probes_are_answered_while_it_drains_and_calls_in_the_delay_are_served(tmp_path):
    async with running(tmp_path, server="drain_delay: 10m") as house:
        ready = request("GET", "/readyz")
        assert (await house.ask(ready, house.ops)).status == 200
        client, _ = await house.stream()
        house.child.send_signal(signal.SIGTERM)
        while (response := await house.ask(ready, house.ops)).status == 200:
            await asyncio.sleep(0.01)
        late = await house.ask(call())
        assert (response.status, response.json()["reasons"]) == (503, ["shutting down"])
        assert (late.status, late.header("connection"), late.complete) == (200, "close", True)
        assert (await house.ask(ready, house.ops)).status == 503
        said, _ = await rest_of(client)

    assert said.endswith(b"data: [DONE]\n\n")


async def test_after_the_delay_it_drains_by_itself(tmp_path):
    async with running(tmp_path, server="drain_delay: 200ms, drain_timeout: 10m") as house:
        client, _ = await house.stream()
        house.child.send_signal(signal.SIGTERM)
        said, _ = await rest_of(client)
        status, err = await house.ended()

    assert said.endswith(b"data: [DONE]\n\n")
    assert (status, err) == (0, "")


async def test_a_reload_swaps_models_and_keys_at_once_and_leaves_a_live_stream_alone(tmp_path):
    async with running(tmp_path) as house:
        client, _ = await house.stream()
        house.write(key="fb-new", alias="other")
        house.child.send_signal(signal.SIGHUP)
        await house.says("reloaded firstbyte.yaml")
        old, gone = await house.ask(call()), await house.ask(call(key="fb-new"))
        new = await house.ask(call("other", "fb-new"))
        said, whole = await rest_of(client)

    assert (old.status, gone.status) == (401, 404)
    assert new.body.endswith(b"data: [DONE]\n\n")
    assert said.endswith(b"data: [DONE]\n\n")
    assert whole


async def test_a_bad_configuration_is_told_and_the_old_one_stays(tmp_path):
    async with running(tmp_path) as house:
        house.write(alias="other", server="drain_timeot: 3s")
        house.child.send_signal(signal.SIGHUP)
        said = await house.says("not reloaded")
        answer = await house.ask(post("/admin/reload", b""), house.ops)
        served = await house.ask(call())

    assert "firstbyte.yaml:2:" in said
    assert "did you mean 'drain_timeout'?" in said
    assert (answer.status, len(answer.json()["problems"])) == (422, 1)
    assert served.status == 200


async def test_operators_reload_and_look_at_targets_without_a_signal(tmp_path):
    async with running(tmp_path) as house:
        await house.ask(call())
        house.write(alias="other", server="drain_timeout: 10m, max_queue: 7")
        reloaded = await house.ask(post("/admin/reload", b""), house.ops)
        targets = await house.ask(request("GET", "/admin/targets"), house.ops)
        absent = await house.ask(request("GET", "/admin/targets"))
        served = await house.ask(call("other"))

    assert reloaded.status == served.status == 200
    assert reloaded.json()["warnings"] == [
        "server.max_queue: what changed here takes effect at the next start"
    ]
    assert targets.json()["data"] == [
        {
            "target": "sim/brief",
            "circuit": "closed",
            "in_flight": 0,
            "last_failure": None,
            "resting": None,
        }
    ]
    assert absent.status == 404
