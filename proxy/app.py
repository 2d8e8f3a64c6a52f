"""The composition root: the one file that names concrete parts and joins them.

Everything else takes what it needs as an argument; who gets what is decided here, and only here.
"""

import asyncio
import logging
import platform
import random
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, Final

import httpx

from proxy import __version__
from proxy.codecs.by_protocol import CODECS
from proxy.codecs.embeddings import EMBEDDINGS
from proxy.codecs.embeddings.carrier import carriers
from proxy.config.renewal import Reloaded, Renewal
from proxy.config.schema import Auth, Config, Tls
from proxy.core.clock import Clock, SystemClock
from proxy.core.errors import Kind
from proxy.core.facts import Fact, Observer
from proxy.core.lazy import imported
from proxy.core.price import Usd
from proxy.core.trace import Traces
from proxy.core.usage import Usage
from proxy.engine.batch import Embedder
from proxy.engine.cascade import Cascade
from proxy.engine.dispatch import Dispatcher
from proxy.gate.load import Load
from proxy.gate.office import Office
from proxy.route.health import Health
from proxy.route.planner import Planner
from proxy.sim.mock import MOCK, PROTOCOL, SIMULATED, mock_provider
from proxy.sim.standby import Standby
from proxy.surfaces.chat.sniff import SniffingChat
from proxy.surfaces.chat.texts import read_plain
from proxy.surfaces.chat.whole_answer import answer_as_it_came
from proxy.surfaces.chat.whole_stream import as_it_came
from proxy.surfaces.completions import Completions
from proxy.surfaces.embeddings import Embeddings
from proxy.surfaces.invariants import Violation
from proxy.surfaces.messages import Messages
from proxy.surfaces.responses import Responses
from proxy.surfaces.surface import Surface
from proxy.upstream.client import Upstream
from proxy.upstream.transport import Transport
from proxy.watch import families
from proxy.watch.log import CallLog
from proxy.watch.news import News
from proxy.watch.prices import Prices
from proxy.watch.recent import Recent
from proxy.watch.scrape import Scrape
from proxy.watch.trace import Spans
from proxy.web import gauges, routes
from proxy.web.admin import AdminKey, TargetCard
from proxy.web.admission import Admission
from proxy.web.authentication import Authentication
from proxy.web.books import Accounts, Books
from proxy.web.console.rooms import Listener, Rooms
from proxy.web.conversations import Conversations
from proxy.web.counting import Counting, count_message, count_response
from proxy.web.feed import Feed
from proxy.web.inference import Inference
from proxy.web.jobs.standby import Jobs
from proxy.web.models import Models
from proxy.web.ops import Readiness
from proxy.web.plain import Plain
from proxy.web.presence import Presence
from proxy.web.responses import Kept
from proxy.web.roster import Roster
from proxy.web.routes import Endpoints, Keepers
from proxy.web.rules import is_loopback, new_instance, via
from proxy.web.seat import Seat
from proxy.web.server import OPS_SETTING, Moments, Server

_OPERATIONS: Final = "proxy.web.operations:operations"
_JOB_CHAT: Final = "proxy.surfaces.jobs:JobChat"
UNREAD: Final = "none"
"""The surface of what cannot be read as a call of any."""
LAST_WORDS: Final = "This server is shutting down. Send the call again."
"""What a caller hears whose call did not end in time."""
_log: Final = logging.getLogger("firstbyte")
OPS_DRAIN: Final = 1.0
"""Seconds that answers of the ops listener get, once the last call has ended."""


def fetch(config: Config) -> None:
    """Load the codecs of the providers that are on, so that no call waits for one."""
    providers = [each for each in config.providers.values() if not each.off]
    protocols = [each.protocol for each in providers]
    # The simulated providers are always there, and a call to them waits for as little.
    CODECS.fetch([PROTOCOL, *protocols])
    EMBEDDINGS.fetch(protocols)
    # APIs that they have beside chat, and that calls of them are sent to as they are.
    CODECS.fetch(surface for each in providers for surface in each.surfaces)


class App:
    """One running proxy: `bind`, then `start` and `serve`, then `aclose`.

    Args:
        config: What is in force.
        observers: Who hears facts; by default the call log.
        transport: How providers are reached; by default our own HTTP/1.1 transport.
        clock: Time.
        load: Loads the configuration anew; without it SIGHUP keeps its usual meaning, and a reload changes nothing.
        scrape: Has the numbers; by default those of this process alone.
        spans: Sends traces; by default nobody does.
        seat: Its place where several workers serve; by default this process takes addresses and signals itself.
    """

    is_behind = False
    """Whether the configuration that was read last cannot be used."""

    def __init__(
        self,
        config: Config,
        *,
        observers: Sequence[Observer] | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
        clock: Clock | None = None,
        load: Callable[[], Config] | None = None,
        scrape: Scrape | None = None,
        spans: Spans | None = None,
        seat: Seat | None = None,
    ) -> None:
        self._clock = clock or SystemClock()
        self.scrape = scrape or Scrape()
        """What was counted."""
        log = CallLog(form=config.log.format) if observers is None else None
        self._say = log.say if log is not None and config.log.content else None
        self.news = News((log,) if log is not None else observers or ())
        """Tells observers what happens."""
        self._recent = Recent(self.news.flush, self.news.curious)
        self._feed = Feed(self._recent)
        self._spans = spans
        self._config = config
        self._listen()
        self._renewal = Renewal(config, load or (lambda: config))
        self._hears_hangups = load is not None
        self._seat = seat
        self._reloading = asyncio.Lock()
        self._reloads: set[asyncio.Task[Reloaded]] = set()
        self._planner = Planner(config)
        self._prices = Prices(config.prices, config.providers, self._clock)
        self._instance = new_instance()
        self.office = Office(config, self._clock, self._instance, self._cost)
        """The store, and who may come in."""
        self._gate = self.office.gate
        server = config.server
        self.load = Load(server.max_in_flight, server.max_queue, server.queue_timeout)
        self.simulator = Standby()
        self.upstream = Upstream(transport or Transport())
        self._readiness = Readiness(self._has_targets)
        self._presence = Presence()
        self._inferences: list[Inference] = []
        """Whoever serves calls."""
        self._endpoints = self._inference()
        self._watch()
        self.server = self._calls_server()
        self.ops = self._ops_server() if server.ops_host else None
        """Where operators ask; None where nobody may."""
        self.address = (server.host, server.port)
        """Host and port of the listener for calls; the port that it really has, once it is bound."""
        self.ops_address: tuple[str, int] | None = None
        """Host and port of that for operators, once it is bound."""

    def bind(self) -> tuple[str, int]:
        """Take the addresses of both listeners.

        Returns:
            Host and port of the listener for calls.

        Raises:
            OSError: as `Server.bind`, and neither is taken.
        """
        seat = self._seat
        self.address = self.server.bind(*(seat.calls, seat.share) if seat else ())
        try:
            if self.ops is not None:
                self.ops_address = self.ops.bind(seat.ops if seat else None)
        except OSError:
            self.server.close()
            raise
        return self.address

    async def serve(self) -> None:
        """Serve until told to stop. Operators and probes are answered until the last call has ended."""
        async with asyncio.TaskGroup() as group:
            if self.ops is not None:
                group.create_task(self.ops.serve())
            try:
                await self.server.serve()
            finally:
                if self.ops is not None:
                    self.ops.drain()

    async def start(self) -> None:
        """Open the store, start the simulated providers and plan calls from now on.

        Raises:
            StoreError: the store cannot be opened.
        """
        await self.office.open()
        providers = self._config.providers.values()
        if any(not each.off and each.base_url.startswith("https:") for each in providers):
            self.upstream.trust()
        self._jobs.start()
        await self.simulator.start()
        self.load.lag.start()
        self.adopt(self._config)
        self.scrape.start()

    def adopt(self, config: Config) -> None:
        """Go by this configuration from the next call on; calls under way keep their plans."""
        fetch(config)
        planner = Planner(config, {MOCK: mock_provider(self.simulator.base_url)})
        prices = Prices(config.prices, config.providers, self._clock)
        # What has happened is told by the names that it had.
        self.news.flush()
        self._gate.adopt(config.auth)
        if config.auth.admin_key != self._config.auth.admin_key:
            # Whoever looks on showed a key that opens nothing any more.
            self._feed.close()
        self._config, self._planner, self._prices = config, planner, prices
        self.is_behind = False
        self.health.forget(planner.has)
        self.scrape.metrics.adopt(config.models, self.roster.named())
        if self._spans is not None:
            self._spans.adopt(config)

    async def reload(self) -> Reloaded:
        """Load the configuration anew and go by it; where it cannot be used, tell every problem and change nothing."""
        if self._seat is not None:
            return await self._seat.reload()
        async with self._reloading:
            # Reading a large file takes long enough for callers to notice.
            config, reloaded = await asyncio.to_thread(self._renewal.read)
            if config is None:
                self.is_behind = True
            else:
                self.adopt(config)
            reloaded.tell()
            return reloaded

    def _hang_up(self) -> None:
        task = asyncio.ensure_future(self.reload())
        self._reloads.add(task)
        task.add_done_callback(self._reloads.discard)

    def _dismiss(self) -> None:
        """Every call ends now, and says why."""
        self._presence.dismiss(Kind.DRAINING, LAST_WORDS)

    async def aclose(self) -> None:
        """Close every upstream connection, the simulated providers and the store."""
        for task in self._reloads:
            task.cancel()
        self.server.close()
        if self.ops is not None:
            self.ops.close()
        self.load.lag.stop()
        try:
            await self.simulator.stop()
            if self._fast_path is not None:
                await self._fast_path.aclose()
            await self.upstream.aclose()
            # Each waits for a store that may be away; one after the other would take longer than a worker is given.
            await asyncio.gather(self._jobs.close(), self._gate.close())
            await self.office.close()
        finally:
            # Whatever could not be closed, what has happened is told.
            self.news.close()
            self.scrape.stop()

    def observe(self, observer: Observer) -> None:
        """Let somebody hear facts from now on."""
        self.news.observe(observer)

    def tell(self, fact: Fact) -> None:
        """Have everybody who listens hear of it."""
        self.news.tell(fact)

    def _listen(self) -> None:
        """Observers of our own hear facts, and catch up with them before they are read."""
        self.scrape.metrics.follow(self.news.flush)
        self.news.observe(self.scrape.metrics, at_once=self.scrape.is_shared)
        if self._config.console and self._config.server.ops_host:
            self.news.observe(self._recent)
        if self._spans is not None:
            self.news.observe(self._spans)

    def _cost(self, target: str, served: str, usage: Usage, tier: str) -> Usd | None:
        """By the prices in force when the answer is there, which a reload may have changed."""
        return self._prices.cost(target, served, usage, tier)

    def _violated(self, violation: Violation) -> None:
        """A stream of ours broke the protocol: a bug in a codec or an encoder, never the caller's doing."""
        self.scrape.metrics.violated("chat", violation.value)
        _log.warning("protocol violation on the chat surface: %s", violation.value)

    def _watch(self) -> None:
        """What is a state and no event is asked for whenever somebody reads."""
        watch = self.scrape.metrics.watch
        built = (__version__, platform.python_version())
        watch(families.BUILD, lambda: {built: 1.0})
        # Who serves the calls of jobs is not there before the first.
        none = {("jobs",): 0.0}
        watch(families.IN_FLIGHT, lambda: none | gauges.in_flight(self._inferences))
        watch(families.QUEUE_DEPTH, lambda: {(): float(self.load.queued)})
        watch(families.LAG, lambda: {(): self.load.lag.recent})
        label = self.scrape.metrics.target
        watch(families.CIRCUIT, lambda: gauges.circuits(self.targets(), label))
        watch(families.RESTING, lambda: gauges.rests(self.targets(), label))
        watch(families.BUDGET, lambda: gauges.refusals(self.health.refusals(), label))
        watch(families.DEGRADED, self.office.degraded)
        watch(families.RELOAD_REFUSED, lambda: {(): float(self.is_behind)})

    @property
    def workers(self) -> int:
        """Processes that answer calls, this one among them."""
        return self._seat.workers if self._seat else 1

    def targets(self) -> Sequence[TargetCard]:
        """How targets are."""
        return self.roster.targets()

    def _has_targets(self) -> bool:
        return any(not provider.off for provider in self._planner.providers.values())

    def _calls_server(self) -> Server:
        config, hangup = self._config, self._hang_up if self._hears_hangups else None
        table = routes.rows(
            endpoints=self._endpoints,
            catalogue=self.roster,
            readiness=self._readiness,
            created=int(self._clock.wall()),
            version=__version__,
            jobs=self._jobs.rows,
        )
        keepers = self._keepers(config.server.host)
        unread = routes.turned_away(table, keepers.books, UNREAD)
        return Server(
            routes.build(table, keepers, config.server, self._instance),
            config.server,
            config.auth,
            moments=Moments(self._readiness.drain, self._dismiss, hangup, unread),
            signals=self._seat is None,
        )

    def _ops_server(self) -> Server:
        server = self._config.server
        settings = replace(
            server,
            host=server.ops_host,
            port=server.ops_port,
            # What stays on this machine needs no certificate, which would not name it anyway.
            tls=Tls() if is_loopback(server.ops_host) else server.tls,
            drain_delay=0.0,
            drain_timeout=OPS_DRAIN,
        )
        table = imported(_OPERATIONS)(
            app=self,
            numbers=self.scrape,
            readiness=self._readiness,
            version=__version__,
            store=self.office.store,
            clock=self._clock,
            forget=self._gate.forget,
            console=self._console() if self._config.console else None,
        )
        return Server(
            routes.build(table, self._keepers(settings.host), settings, self._instance),
            settings,
            # Its routes admit operators alone, whether callers need keys or not.
            Auth(stated=True),
            moments=Moments(self._feed.close),
            signals=False,
            setting=OPS_SETTING,
        )

    def _console(self) -> Rooms:
        """What the console looks into. Operators call models there, without a key of a caller's."""
        server = self._config.server
        models = Models(self.roster, int(self._clock.wall()))
        return Rooms(
            memory=self._recent,
            feed=self._feed,
            config=lambda: self._config,
            listener=lambda: Listener(*self.address, bool(server.tls.cert)),
            chat=self._playground,
            models=Authentication(models, self._gate.open_to_all()),
            version=__version__,
        )

    def _keepers(self, host: str) -> Keepers:
        """Who let callers and operators in to a listener that is bound to this address."""
        key = AdminKey(lambda: self._config.auth.admin_key, on_loopback=is_loopback(host))
        return Keepers(self._gate, key, Books(self._accounts, self._clock))

    def _inference(self) -> Endpoints:
        jitter = random.Random()  # noqa: S311 (no secret hangs on it)
        self.health = Health(jitter.random, self.office.board)
        self.roster = Roster(lambda: self._config, SIMULATED, self.health, self._clock)
        spans = self._spans
        traces = Traces(jitter.getrandbits, spans.samples) if spans else Traces(jitter.getrandbits)
        joined = (self.upstream, self._clock, self.health)
        dispatchers = Dispatcher(CODECS, *joined), Embedder(carriers(CODECS), *joined)
        words, vectors = (Cascade(each, jitter, self.tell) for each in dispatchers)
        self._accounts = Accounts(
            self.news.tell, self._cost, traces, self.news.curious, say=self._say
        )
        max_body = self._config.server.max_body
        admission = Admission(self._gate, self.load, max_body, presence=self._presence)

        def served(
            surface: Surface,
            cascade: Cascade = words,
            conversations: Conversations | None = None,
            admission: Admission = admission,
        ) -> Inference:
            inference = Inference(
                surface,
                admission,
                lambda: self._planner,
                cascade,
                self._clock,
                self._accounts,
                via=via(self._instance),
                conversations=conversations,
            )
            self._inferences.append(inference)
            return inference

        self._playground = served(
            SniffingChat(self._violated),
            admission=replace(admission, gate=self._gate.open_to_all()),
        )

        def job_service(found: Any) -> Any:
            inference = served(imported(_JOB_CHAT)(self._violated))
            office = (self.office.store, self._clock, self._cost, jitter.random)
            return found(*office, admission, inference)

        self._jobs = Jobs(job_service, self._clock, outlast=self.office.store.name != "memory")
        chat = served(SniffingChat(self._violated))
        plain = Plain(read_plain, answer_as_it_came, as_it_came)
        # What goes past everybody cannot be taken down.
        self._fast_path = chat.open_fast_path(plain) if self._say is None else None
        kept = Conversations(self._gate.notes, max_body, self._config.responses.keep_days)
        return Endpoints(
            chat=chat,
            responses=served(Responses(), conversations=kept),
            messages=served(Messages()),
            completions=served(Completions()),
            embeddings=served(Embeddings(), vectors),
            message_tokens=Counting(admission, count_message),
            response_tokens=Counting(admission, count_response, kept),
            kept=Kept(kept),
        )
