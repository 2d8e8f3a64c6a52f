"""Simulated providers on a loopback socket: OpenAI's and Anthropic's protocol on one port, told apart by path.

Invariant: nothing is written to disk or to a log, and no request is kept unless the maker of the simulator asks for it.
"""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from collections.abc import Callable, Coroutine, Mapping
from typing import Any, ClassVar, Final, Self, TypeVar

from proxy.core import jsons
from proxy.core.clock import Clock, SystemClock
from proxy.core.shape import Json
from proxy.sim.answer import compose
from proxy.sim.anthropic import Anthropic
from proxy.sim.anthropic_ask import read_count
from proxy.sim.call import Call, Ending, Hold
from proxy.sim.connection import Connection, Exchange, Request, RequestError
from proxy.sim.dialect import Answer, Complaint, Dialect, RefusedError
from proxy.sim.openai import OpenAI
from proxy.sim.openai_embed import OpenAIEmbeddings
from proxy.sim.play import JSON, Player
from proxy.sim.script import BEFORE_HEAD, BEHAVIOURS, Behaviour

_OPENAI: Final = OpenAI()
_EMBEDDINGS: Final = OpenAIEmbeddings()
_ANTHROPIC: Final = Anthropic()
_MODELS: Final = "/v1/models"
_BACKLOG: Final = 1024

T = TypeVar("T")


class Simulator:
    """Serves simulated models until it is stopped.

    Args:
        behaviours: Model name to behaviour.
        clock: What delays wait on and records are stamped with.
        keep_calls: How many calls `calls` remembers, bodies and headers included; 0 for none.
        host: Where to listen: a name or address of this machine.
        port: The port to listen on; 0 for a free one.
    """

    def __init__(
        self,
        behaviours: Mapping[str, Behaviour] = BEHAVIOURS,
        *,
        clock: Clock | None = None,
        keep_calls: int = 0,
        host: str = "127.0.0.1",
        port: int = 0,
    ) -> None:
        self.calls: deque[Call] = deque(maxlen=keep_calls)
        self.counts: Counter[str] = Counter()
        """Calls accepted so far, by model."""
        self.connections = 0
        """Connections accepted so far."""
        self._behaviours = dict(behaviours)
        self._firsts: dict[str, float] = {}
        """When each model was called first."""
        self._forgotten: Counter[str] = Counter()
        """Calls before the one that is taken for the first, by model."""
        self._address = host, port
        self._clock = clock or SystemClock()
        self._holds: dict[str, Hold] = {}
        self._live: set[Connection] = set()
        self._idle = asyncio.Event()
        """Set while no connection is open."""
        self._idle.set()
        self._arrivals: list[asyncio.Future[None]] = []
        self._requests = 0
        self._stopping = False
        self._server: asyncio.Server | None = None

    @property
    def base_url(self) -> str:
        """`http://HOST:PORT`; OpenAI's protocol adds `/v1`."""
        if self._server is None or not self._server.sockets:
            raise RuntimeError("the simulator is not started")
        host, port = self._server.sockets[0].getsockname()[:2]
        return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"

    @property
    def total(self) -> int:
        """Calls accepted so far."""
        return self.counts.total()

    @property
    def open_connections(self) -> int:
        """Connections that are open now."""
        return len(self._live)

    async def start(self) -> None:
        """Listen.

        Raises:
            OSError: the address cannot be had.
        """
        self._stopping = False
        self._idle = asyncio.Event()
        self._idle.set()
        host, port = self._address
        self._server = await asyncio.start_server(self.serve, host, port, backlog=_BACKLOG)

    async def stop(self) -> None:
        """Stop listening, if it does, and drop every connection."""
        self._stopping = True
        if self._server is not None:
            self._server.close()
        for connection in self._live:
            connection.writer.transport.abort()
        await self._idle.wait()
        if self._server is not None:
            await self._server.wait_closed()
            self._server = None

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    def add(self, model: str, behaviour: Behaviour) -> None:
        """Serve one more model, or one under a name anew."""
        self._behaviours[model] = behaviour

    def forget(self, model: str) -> None:
        """Take the model's next call for its first."""
        self._forgotten[model] = self.counts[model]
        self._firsts.pop(model, None)

    def hold(self, model: str, after: int = BEFORE_HEAD) -> Hold:
        """Let calls to a model wait at a place, counted as in `script`, until the hold is released."""
        hold = self._holds[model] = Hold(after)
        return hold

    def release(self, model: str) -> None:
        """Let the calls to a model go on, and further ones pass."""
        self._holds.pop(model).release()

    async def arrived(self, total: int = 1) -> None:
        """Wait until so many calls were accepted since the start."""
        while self.total < total:
            arrival: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._arrivals.append(arrival)
            await arrival

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection to its end, whoever has listened for it."""
        if self._stopping:
            # Accepted in the moment of the stop, which has gone through the open connections already.
            writer.transport.abort()
            return
        self.connections += 1
        connection = Connection(reader, writer, self.connections)
        self._live.add(connection)
        self._idle.clear()
        try:
            await self._converse(connection)
        except (ConnectionError, asyncio.CancelledError):
            # asyncio's own done-callback cannot bear a cancelled task before Python 3.12.
            pass
        finally:
            writer.close()
            self._live.remove(connection)
            if not self._live:
                self._idle.set()

    async def _converse(self, connection: Connection) -> None:
        """Answer one request after the other."""
        reusable = True
        while reusable:
            exchange = Exchange(connection.writer, chunks=True, keep_alive=False)
            try:
                request = await connection.next()
            except RequestError as error:
                await self._complain(exchange, _OPENAI, Complaint(error.status, str(error)))
                return
            if request is None:
                return
            exchange = Exchange(
                connection.writer, chunks=request.chunks, keep_alive=request.keep_alive
            )
            await self._answer(request, exchange, connection)
            reusable = exchange.reusable

    async def _answer(self, request: Request, exchange: Exchange, connection: Connection) -> None:
        self._requests += 1
        path = f"{_MODELS}/" if request.path.startswith(f"{_MODELS}/") else request.path
        room = self._ROOMS.get((request.method, path), Simulator._nowhere)
        try:
            await room(self, request, exchange, connection)
        except RefusedError as error:
            await self._complain(exchange, _dialect(request), error.complaint)

    async def _infer(self, request: Request, exchange: Exchange, connection: Connection) -> None:
        """Let a model answer, for as long as the peer stays."""
        dialect = _dialect(request)
        body = _object(request)
        ask = _read(lambda: dialect.read(body, request.headers))
        behaviour = self._behaviours[self._known(ask.model)]
        self.counts[ask.model] += 1
        now = self._clock.now()
        call = Call(
            path=request.path,
            body=body,
            headers=request.headers,
            ask=ask,
            number=self.counts[ask.model] - self._forgotten[ask.model],
            began=now,
            age=now - self._firsts.setdefault(ask.model, now),
            connection=connection.number,
        )
        self._remember(call)
        answer = compose(ask, behaviour, self._requests, int(self._clock.wall()))
        player = Player(exchange, dialect, behaviour, call, self._clock, self._holds)
        try:
            await self._play(player, call, answer, connection)
        finally:
            if call.ending is None:
                exchange.reusable = False
                call.ending = Ending.STOPPED if self._stopping else Ending.LEFT
            if call.ending is Ending.LEFT:
                call.closed_by_peer = self._clock.now()
            call.ended.set()

    async def _play(
        self, player: Player, call: Call, answer: Answer, connection: Connection
    ) -> None:
        """Play to the end or until the peer has closed, whichever is first."""

        async def play() -> None:
            try:
                call.ending = await player.play(answer)
            except ConnectionError:
                return

        async with asyncio.TaskGroup() as group:
            tasks = (group.create_task(play()), group.create_task(connection.gone()))
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in tasks:
                task.cancel()

    def _remember(self, call: Call) -> None:
        self.calls.append(call)
        for arrival in self._arrivals:
            if not arrival.done():
                arrival.set_result(None)
        self._arrivals.clear()

    async def _count_tokens(self, request: Request, exchange: Exchange, _: Connection) -> None:
        body = _object(request)
        tokens = _read(lambda: read_count(body, request.headers))
        self._known(body["model"])
        await self._reply(exchange, _ANTHROPIC, {"input_tokens": tokens})

    async def _models(self, request: Request, exchange: Exchange, _: Connection) -> None:
        dialect = _dialect(request)
        await self._reply(exchange, dialect, dialect.models(list(self._behaviours)))

    async def _model(self, request: Request, exchange: Exchange, _: Connection) -> None:
        dialect = _dialect(request)
        name = self._known(request.path.removeprefix(f"{_MODELS}/"))
        await self._reply(exchange, dialect, dialect.model(name))

    async def _nowhere(self, request: Request, _exchange: Exchange, _: Connection) -> None:
        raise RefusedError(Complaint(404, f"Not found: {request.method} {request.path}"))

    def _known(self, model: str) -> str:
        if model not in self._behaviours:
            message = f"The model `{model}` does not exist or you do not have access to it."
            raise RefusedError(Complaint(404, message, param="model"))
        return model

    async def _reply(self, exchange: Exchange, dialect: Dialect, body: Json) -> None:
        head = (*JSON, *dialect.head(self._requests))
        await exchange.reply(200, head, jsons.encode(body))

    async def _complain(self, exchange: Exchange, dialect: Dialect, complaint: Complaint) -> None:
        body = jsons.encode(dialect.error(complaint, self._requests))
        head = (*JSON, *dialect.head(self._requests), *complaint.headers)
        await exchange.reply(complaint.status, head, body)

    _ROOMS: ClassVar[
        dict[
            tuple[str, str],
            Callable[[Simulator, Request, Exchange, Connection], Coroutine[Any, Any, None]],
        ]
    ] = {
        ("POST", "/v1/chat/completions"): _infer,
        ("POST", "/v1/embeddings"): _infer,
        ("POST", "/v1/messages"): _infer,
        ("POST", "/v1/messages/count_tokens"): _count_tokens,
        ("GET", _MODELS): _models,
        ("GET", f"{_MODELS}/"): _model,
    }


def _dialect(request: Request) -> Dialect:
    """By path where the path says it, else by the header that only Anthropic's clients send."""
    if request.path.startswith("/v1/messages"):
        return _ANTHROPIC
    if request.path == "/v1/embeddings":
        return _EMBEDDINGS
    if request.path.startswith(_MODELS) and "anthropic-version" in request.headers:
        return _ANTHROPIC
    return _OPENAI


def _object(request: Request) -> Json:
    try:
        return jsons.decode_object(request.body)
    except jsons.JsonError as error:
        message = f"We could not parse the JSON body of your request: {error}."
        raise RefusedError(Complaint(400, message)) from None


def _read(read: Callable[[], T]) -> T:
    """Read a request; a field of a type that the reader did not expect is the caller's mistake."""
    try:
        return read()
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        message = f"A field of the request is missing or of the wrong type: {error}."
        raise RefusedError(Complaint(400, message)) from None
