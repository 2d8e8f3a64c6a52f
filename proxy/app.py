"""The composition root: the one file that names concrete parts and joins them.

Everything else takes what it needs as an argument; who gets what is decided here, and only here.
"""

import logging
import random
from collections.abc import Iterator, Sequence
from typing import Final

import httpx

from proxy import __version__
from proxy.codecs.anthropic import Anthropic
from proxy.codecs.azure import Azure
from proxy.codecs.bedrock import Bedrock
from proxy.codecs.codec import Codec
from proxy.codecs.cohere import Cohere
from proxy.codecs.gemini import Gemini
from proxy.codecs.mistral import Mistral
from proxy.codecs.ollama import Ollama
from proxy.codecs.openai import OpenAI
from proxy.codecs.responses import Responses
from proxy.codecs.vertex import Vertex
from proxy.config.schema import Config, Provider
from proxy.core.clock import Clock, SystemClock
from proxy.core.errors import Kind
from proxy.core.facts import Fact, Observer
from proxy.core.price import Usd
from proxy.core.usage import Usage
from proxy.engine.cascade import Cascade
from proxy.gate.admit import Gate
from proxy.gate.load import Load
from proxy.route.health import Health
from proxy.route.plan import CATCH_ALL, Planner
from proxy.sim.script import BEHAVIOURS
from proxy.sim.server import Simulator
from proxy.surfaces.chat import Chat
from proxy.surfaces.invariants import Violation
from proxy.upstream.client import Upstream
from proxy.upstream.transport import Transport
from proxy.watch.log import CallLog
from proxy.watch.prices import Prices
from proxy.web import routes
from proxy.web.inference import Accounts, Doors, Inference
from proxy.web.models import ModelCard
from proxy.web.ops import Readiness
from proxy.web.rules import new_instance, via
from proxy.web.server import Moments, Server

_CODECS: Final[tuple[Codec, ...]] = (
    OpenAI(),
    Anthropic(),
    Gemini(),
    Vertex(),
    Bedrock(),
    Azure(),
    Ollama(),
    Cohere(),
    Mistral(),
    Responses(),
)
CODECS: Final[dict[str, Codec]] = {codec.name: codec for codec in _CODECS}
LAST_WORDS: Final = "This server is shutting down. Send the call again."
"""What a caller hears whose call did not end in time."""
_log: Final = logging.getLogger("firstbyte")
MOCK: Final = "mock"
"""The provider that is always there: simulated models over a real protocol on a real socket."""


def mock_provider(simulator: str) -> Provider:
    """The provider `mock`.

    Args:
        simulator: Where the simulated providers listen: `http://127.0.0.1:PORT`.
    """
    return Provider(MOCK, "", "openai", f"{simulator}/v1")


def _violated(violation: Violation) -> None:
    """A stream of ours broke the protocol: a bug in a codec or an encoder, never the caller's doing."""
    _log.warning("protocol violation on the chat surface: %s", violation.value)


class App:
    """One running proxy: `start`, then `server.bind` and `server.serve`, then `aclose`.

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
        self._clock = clock or SystemClock()
        if observers is None:
            observers = (CallLog(self._clock, form=config.log.format),)
        self._observers = list(observers)
        self._config = config
        self._planner = Planner(config)
        self._prices = Prices(config.prices, config.providers, self._clock)
        server = config.server
        self.load = Load(server.max_in_flight, server.max_queue, server.queue_timeout)
        self.simulator = Simulator()
        self.upstream = Upstream(transport or Transport())
        readiness = Readiness(self._has_targets)
        gate, instance = Gate(config.auth), new_instance()
        self._chat = self._inference(gate, instance)
        table = routes.rows(
            chat=self._chat,
            catalogue=self,
            readiness=readiness,
            created=int(self._clock.wall()),
            version=__version__,
        )
        self.server = Server(
            routes.build(table, gate, config.server, instance),
            config.server,
            config.auth,
            moments=Moments(drain=readiness.drain, deadline=self._dismiss),
        )

    async def start(self) -> None:
        """Start the simulated providers and plan calls from now on."""
        await self.simulator.start()
        self.load.lag.start()
        self.adopt(self._config)

    def adopt(self, config: Config) -> None:
        """Plan calls by this configuration from the next one on."""
        self._config = config
        self._planner = Planner(config, {MOCK: mock_provider(self.simulator.base_url)})
        self._prices = Prices(config.prices, config.providers, self._clock)

    def _dismiss(self) -> None:
        """Every call ends now, and says why."""
        self._chat.presence.dismiss(Kind.DRAINING, LAST_WORDS)

    async def aclose(self) -> None:
        """Close every upstream connection and the simulated providers."""
        self.server.close()
        self.load.lag.stop()
        await self.simulator.stop()
        await self.upstream.aclose()

    def observe(self, observer: Observer) -> None:
        """Let somebody hear facts from now on."""
        self._observers.append(observer)

    def tell(self, fact: Fact) -> None:
        """Pass a fact on to everybody who listens."""
        for observer in self._observers:
            observer.on(fact)

    def _cost(self, target: str, served: str, usage: Usage, tier: str) -> Usd | None:
        """By the prices in force when the answer is there, which a reload may have changed."""
        return self._prices.cost(target, served, usage, tier)

    def models(self) -> Sequence[ModelCard]:
        """Aliases first, then the targets that cascades name, then the simulated models."""
        return list({card.id: card for card in self._cards()}.values())

    def _cards(self) -> Iterator[ModelCard]:
        aliases = [a for a in self._config.models.values() if a.name != CATCH_ALL]
        for alias in aliases:
            yield ModelCard(alias.name, "firstbyte", alias.description)
        for alias in self._config.models.values():
            for ref in alias.refs:
                if ref.model != CATCH_ALL:
                    yield ModelCard(f"{ref.provider}/{ref.model}", ref.provider)
        for name in BEHAVIOURS:
            yield ModelCard(f"{MOCK}/{name}", MOCK)

    def _has_targets(self) -> bool:
        return any(not provider.off for provider in self._planner.providers.values())

    def _inference(self, gate: Gate, instance: str) -> Inference:
        jitter = random.Random()  # noqa: S311 (no secret hangs on it)
        self.health = Health(jitter.random)
        cascade = Cascade(CODECS, self.upstream, self._clock, jitter, self.tell, self.health)
        return Inference(
            Chat(_violated),
            Doors(gate, self.load, self._config.server.max_body),
            lambda: self._planner,
            cascade,
            self._clock,
            Accounts(self.tell, self._cost),
            via=via(instance),
        )
