"""A caller who stops reading holds the upstream up, and costs little memory."""

import asyncio

from proxy.sim.script import Behaviour, Source
from tests.support.stage import figure, stage
from tests.support.turns import eventually

MOST = 256 * 1024
READERS = 2
WORDS = 120_000
FLOOD = {"flood": Behaviour(Source.LOREM, words=WORDS)}


def buffered(scene):
    """Bytes in user space for the streams under way: what waits for callers, and what waits to be read."""
    out = [connection._socket.get_write_buffer_size() for connection in scene.connections]
    exchanges = [connection._exchange for connection in scene.transport.pool._open]
    return sum(out) + sum(exchange.size for exchange in exchanges if exchange is not None)


async def test_a_stalled_reader_costs_at_most_256_kib_and_holds_the_upstream_up():
    async with stage(FLOOD) as scene:
        scene.serve({"a": scene.sim.base_url}, chat=["a/flood"])
        readers = [await scene.caller(receive_buffer=4096) for _ in range(READERS)]
        for reader in readers:
            await reader.send(scene.body("chat"))
            await reader.head()
            reader.stop_reading()
        worst, said, still = 0, -1, 0
        while still < 20:
            await asyncio.sleep(0.01)
            worst = max(worst, buffered(scene))
            now = sum(call.said for call in scene.sim.calls)
            still, said = (still + 1 if now == said else 0), now
        for reader in readers:
            reader.reset()
            await reader.close()
        await eventually(lambda: not any(scene.held().values()))

    figure(f"at most {worst / READERS / 1024:.0f} KiB a stream")
    assert 0 < said < READERS * WORDS
    assert worst <= READERS * MOST
