"""The composition root: the one file that names concrete parts and joins them.

Everything else takes what it needs as an argument; who gets what is decided here, and only here.
"""

from collections.abc import Sequence
from typing import Final

import httpx

from proxy.codecs.anthropic import Anthropic
from proxy.codecs.codec import Codec
from proxy.codecs.openai import OpenAI
from proxy.config.schema import Config
from proxy.core.clock import Clock, SystemClock
from proxy.core.facts import Fact, Observer
from proxy.route.plan import Planner
from proxy.sim.server import Simulator
from proxy.upstream.client import Upstream
from proxy.upstream.transport import Transport
from proxy.watch.log import CallLog
from proxy.web.server import Server

CODECS: Final[dict[str, Codec]] = {codec.name: codec for codec in (OpenAI(), Anthropic())}
MOCK: Final = "mock"
"""The provider that is always there."""


class App:
    """One running proxy.

    Args:
        config: What is in force.
        observers: Who hears facts; by default the call log.
        transport: How providers are reached; by default our own HTTP/1.1 transport.
        clock: Time.
    """

    def __init__(
        self,
        config: Config,
        *,
        observers: Sequence[Observer] | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
        clock: Clock | None = None,
    ) -> None:
        self.config = config
        self._clock = clock or SystemClock()
        self._observers = (
            tuple(observers)
            if observers is not None
            else (CallLog(self._clock, form=config.log.format),)
        )
        self._simulator = Simulator()
        self._upstream = Upstream(transport or Transport())
        self.planner = Planner(config)
        self.server = Server(self._asgi(), config.server, config.auth)

    async def start(self) -> None:
        """Start the simulated providers; `server.bind` and `server.serve` do the rest."""
        await self._simulator.start()
        self.planner = Planner(self.config, local={MOCK: mock_provider(self._simulator.base_url)})

    async def aclose(self) -> None:
        """Close every upstream connection."""
        await self._simulator.stop()
        await self._upstream.aclose()

    def tell(self, fact: Fact) -> None:
        """Pass a fact on to everybody who listens."""
        for observer in self._observers:
            observer.on(fact)
