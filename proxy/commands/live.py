"""A word from every target that aliases name, through the whole proxy: what `firstbyte check --live` asks.

Each is called once by its own name, on its own, with the configuration's keys, addresses and clocks. Targets that pass
a caller's own key on are left out, since there is no caller. The configuration's store is neither read nor written: who
looks whether all is well makes no file, and is not given an answer that was kept.
"""

import asyncio
from dataclasses import dataclass, replace
from typing import Final

from proxy.app import App
from proxy.config.schema import CATCH_ALL, Auth, Config, Server, Tls
from proxy.core import jsons
from proxy.core.clock import Clock, SystemClock
from proxy.core.errors import ProxyError
from proxy.core.shape import HttpCall
from proxy.upstream.client import Upstream

QUESTION: Final = "Answer with the one word: ready"
TOKENS: Final = 16
"""The least that every provider lets an answer have."""
CONNECT: Final = 3.0
"""Seconds to reach ourselves."""
SECONDS: Final = 60.0
"""For one answer."""
MAX_ANSWER: Final = 1024 * 1024
_CLOCK: Final = SystemClock()


@dataclass(frozen=True, slots=True)
class Heard:
    """What became of asking one target."""

    target: str
    ok: bool
    message: str


async def ask_all(config: Config) -> tuple[Heard, ...]:
    """Ask every target, all at once, through a proxy of our own on a free port of loopback."""
    server = Server(host="127.0.0.1", port=0, ops_host="", tls=Tls())
    alone = replace(config, server=server, auth=Auth(), store=Config().store)
    app = App(alone, observers=())
    try:
        host, port = app.bind()
        await app.start()
        serving = asyncio.ensure_future(app.serve())
        try:
            base = f"http://{host}:{port}/v1"
            asked = (_ask(app.upstream, base, name) for name in targets(config))
            return tuple(await asyncio.gather(*asked))
        finally:
            app.server.drain()
            await serving
    finally:
        await app.aclose()


def targets(config: Config) -> list[str]:
    """Every target that an alias names and that can be asked, once."""
    named: dict[str, None] = {}
    for alias in config.models.values():
        for ref in alias.refs:
            provider = config.providers.get(ref.provider)
            asked = provider is None or not (provider.off or provider.passthrough)
            if asked and ref.model != CATCH_ALL:
                named[f"{ref.provider}/{ref.model}"] = None
    return list(named)


async def _ask(upstream: Upstream, base: str, name: str, clock: Clock = _CLOCK) -> Heard:
    body = {
        "model": name,
        "max_completion_tokens": TOKENS,
        "messages": [{"role": "user", "content": QUESTION}],
    }
    head = (("content-type", "application/json"),)
    call = HttpCall(f"{base}/chat/completions", head, jsons.encode(body))
    began = clock.now()
    try:
        reply = await upstream.send(call, connect_timeout=CONNECT, by=began + SECONDS)
        said = await reply.read(MAX_ANSWER, began + SECONDS)
    except TimeoutError:
        return Heard(name, ok=False, message=f"nothing within {SECONDS:g} s")
    except ProxyError as error:
        return Heard(name, ok=False, message=error.message)
    if reply.status == 200:
        return Heard(name, ok=True, message=f"answers in {(clock.now() - began) * 1000:.0f} ms")
    return Heard(name, ok=False, message=str(jsons.decode_object(said)["error"]["message"]))
