import asyncio

import pytest

from proxy.core import jsons
from proxy.sim import standby as module
from proxy.sim.script import BEHAVIOURS
from proxy.sim.standby import Standby
from tests.support.rawclient import RawClient, post

ASK = post(
    "/v1/chat/completions",
    jsons.encode({"model": "echo", "messages": [{"role": "user", "content": "Hi"}]}),
)


def address(standby):
    host, port = standby.base_url.removeprefix("http://").split(":")
    return host, int(port)


async def asked(standby, data=ASK):
    async with await RawClient.connect(address(standby)) as client:
        return await client.ask(data)


async def test_the_first_caller_wakes_the_simulator_and_all_are_served():
    standby = Standby()
    await standby.start()
    asleep = standby._simulator is None
    said = await asyncio.gather(*(asked(standby) for _ in range(3)))
    served = standby.awake.total
    await standby.stop()

    assert (asleep, served) == (True, 3)
    assert [each.status for each in said] == [200, 200, 200]


async def test_a_model_can_be_added_before_anybody_has_called():
    standby = Standby()
    standby.awake.add("mine", BEHAVIOURS["echo"])
    await standby.start()
    said = await asked(standby, ASK.replace(b"echo", b"mine"))
    await standby.stop()

    assert said.status == 200


async def test_nobody_is_served_once_it_was_told_to_stop(monkeypatch):
    standby, loading, loaded = Standby(), asyncio.Event(), asyncio.Event()

    async def slowly(_):
        loading.set()
        await loaded.wait()

    monkeypatch.setattr(module, "imported_aside", slowly)
    await standby.start()
    reader, writer = await asyncio.open_connection(*address(standby))
    await loading.wait()
    stopping = asyncio.ensure_future(standby.stop())
    await asyncio.sleep(0)
    loaded.set()
    await stopping
    said = await asyncio.gather(reader.read(), return_exceptions=True)
    writer.close()
    await asyncio.gather(writer.wait_closed(), return_exceptions=True)

    assert said == [b""] or isinstance(said[0], ConnectionError)
    assert standby._simulator is None


async def test_it_has_no_address_before_it_starts_nor_after_it_stopped():
    standby = Standby()
    await standby.stop()
    await standby.start()

    assert standby.base_url.startswith("http://127.0.0.1:")
    await standby.stop()

    with pytest.raises(RuntimeError, match="nobody listens"):
        _ = standby.base_url
