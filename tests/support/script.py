"""Scripted targets for cascade dialogues: what each does, as a list of bytes, waits and failures."""

import asyncio
import random
from dataclasses import dataclass, field, replace

from proxy.codecs.openai import OpenAI
from proxy.config.schema import Limits, Live
from proxy.core import jsons
from proxy.core.errors import Kind, ProxyError
from proxy.core.shape import ChatRequest, Target
from proxy.engine.cascade import Cascade, Committed
from proxy.engine.dispatch import Dispatcher
from proxy.engine.resume import Answer
from proxy.route.health import Health
from proxy.route.plan import Candidate, Plan, Step
from tests.support.virtual import LoopClock

EVENT_STREAM = {"content-type": "text/event-stream"}
JSON = {"content-type": "application/json"}


@dataclass
class Wait:
    """Nothing happens for this many seconds."""

    seconds: float


@dataclass
class Act:
    """One answer of a target."""

    status: int = 200
    headers: dict = field(default_factory=lambda: dict(EVENT_STREAM))
    body: list = field(default_factory=list)
    before_head: list = field(default_factory=list)


class ScriptedReply:
    def __init__(self, act, log, name):
        self.status = act.status
        self.headers = act.headers
        self._left = list(act.body)
        self._log = log
        self._name = name
        self.ended = False
        self._pushing = None
        self._playing = None

    pushes = False
    """Whether replies push what they say; `tests/engine/conftest.py` has every dialogue both ways."""

    def flow(self, sink):
        if self._pushing is not None:
            self._pushing.cancel()
            self._pushing = None
            if self._playing is not None:
                # What was waited for in vain is still to come.
                self._left.insert(0, self._playing)
                self._playing = None
        if sink is not None:
            self._pushing = asyncio.ensure_future(self._push(sink))

    def hold(self):
        self.flow(None)

    def breathe(self):
        """What is played comes in pieces anyway."""

    async def _push(self, sink):
        mine = asyncio.current_task()
        while self._left and self._pushing is mine:
            self._playing = self._left.pop(0)
            try:
                piece = await play(self._playing)
            except ProxyError as error:
                self._playing = None
                sink.over(error)
                return
            self._playing = None
            if piece:
                sink.take(piece)
        if self._pushing is mine:
            self.ended = True
            sink.over(None)

    async def next(self, by=None):
        async with asyncio.timeout_at(by):
            while self._left:
                # What is waited for is not lost when the wait is given up; nobody asks again then.
                piece = await play(self._left.pop(0))
                if piece:
                    return piece
        self.ended = True
        return b""

    async def read(self, limit, by=None):
        pieces = []
        while piece := await self.next(by):
            pieces.append(piece)
        return b"".join(pieces)[:limit]

    async def aclose(self):
        self._log.append(f"{self._name} closed" if self.ended else f"{self._name} cut off")


async def play(item):
    if isinstance(item, Wait):
        await asyncio.sleep(item.seconds)
        return None
    if isinstance(item, Exception):
        raise item
    return item


class ScriptedUpstream:
    """Answers each call with the next act of its target; says what was asked and closed in `log`."""

    def __init__(self, **acts):
        self.acts = {name: list(given) for name, given in acts.items()}
        self.log = []
        self.calls = []

    async def send(self, call, *, connect_timeout, by=None):
        async with asyncio.timeout_at(by):
            return await self._send(call)

    async def _send(self, call):
        name = call.url.split("/")[2]
        self.log.append(f"{name} asked")
        self.calls.append(call)
        act = self.acts[name].pop(0)
        for item in act.before_head:
            await play(item)
        return ScriptedReply(act, self.log, name)


def target(name, **details):
    return Target(name, "m", "openai", f"http://{name}", **details)


def plan(*names, limits=None, total=600.0, max_attempts=0, fallback_on=(), targets=None, live=None):
    def candidate(name):
        return Candidate(
            (targets or {}).get(name) or target(name), (limits or {}).get(name, Limits())
        )

    steps = tuple(
        Step((candidate(name),) if isinstance(name, str) else tuple(map(candidate, name)))
        for name in names
    )
    return Plan(
        alias="chat",
        asked="chat",
        steps=steps,
        total_timeout=total,
        max_attempts=max_attempts or max(4, len(steps)),
        fallback_on=frozenset(fallback_on),
        model_in_answer="served",
        live=live or Live(),
    )


def asks(stream=True, **body):
    whole = {"model": "chat", "messages": [{"role": "user", "content": "hi"}], **body}
    if stream:
        whole["stream"] = True
    return ChatRequest(body=whole, raw=jsons.encode(whole), model="chat", stream=stream)


def event(payload):
    data = payload if isinstance(payload, bytes) else jsons.encode(payload)
    return b"data: " + data + b"\n\n"


def chunk(delta=None, finish=None, **more):
    choices = [] if delta is None else [{"index": 0, "delta": delta, "finish_reason": finish}]
    return event(
        {
            "id": "c1",
            "object": "chat.completion.chunk",
            "created": 1,
            "model": "m-1",
            "choices": choices,
            **more,
        }
    )


ROLE = chunk({"role": "assistant", "content": ""})
STOP = chunk({}, "stop")
DONE = event(b"[DONE]")
USAGE = chunk(usage={"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5})


def says(*words):
    return Act(body=[ROLE, *[chunk({"content": word}) for word in words], STOP, USAGE, DONE])


def whole(text="hello", **more):
    body = {
        "id": "c1",
        "object": "chat.completion",
        "created": 1,
        "model": "m-1",
        "choices": [
            {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}
        ],
        "usage": {"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5},
        **more,
    }
    return Act(headers=JSON, body=[jsons.encode(body)])


def fails(status, code="", message="it failed", type_="", **headers):
    body = {"error": {"message": message, "type": type_ or "server_error", "code": code or None}}
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Act(status=status, headers={**JSON, **named}, body=[jsons.encode(body)])


def refuses(kind=Kind.CONNECT):
    return Act(before_head=[ProxyError(kind, "refused")])


@dataclass
class Scene:
    """What came of a dialogue."""

    text: str = ""
    error: ProxyError | None = None
    late: ProxyError | None = None
    tried: list = field(default_factory=list)
    log: list = field(default_factory=list)
    facts: list = field(default_factory=list)
    seconds: float = 0.0
    usage: object = None
    shares: list = field(default_factory=list)
    chunks: list = field(default_factory=list)


async def perform(
    upstream, the_plan, request=None, deadline=None, seed=0, health=None, progress=None
):
    """Run a plan against scripted targets and say what the caller saw."""
    scene = Scene(log=upstream.log)
    loop = asyncio.get_running_loop()
    began = loop.time()
    rng = random.Random(seed)
    health = health or Health(rng.random)
    dispatcher = Dispatcher({"openai": OpenAI()}, upstream, LoopClock(), health)
    cascade = Cascade(dispatcher, rng, scene.facts.append)
    request = request or asks()
    async with cascade.open(the_plan, request, "call-1", deadline, progress) as outcome:
        if isinstance(outcome, Committed):
            scene.log.append("committed")
            await _listen(Answer(outcome, the_plan.live.recover), request, scene)
        else:
            scene.error = outcome.error
        scene.tried = [told(tried) for tried in outcome.run.tried]
    scene.seconds = loop.time() - began
    return scene


def told(tried):
    return f"{tried.target}={tried.kind.value if tried.kind else 'served'}"


async def _listen(answer, request, scene):
    if not request.stream:
        scene.text = answer.lane.attempt.whole()["choices"][0]["message"]["content"]
    else:
        try:
            await answer.pour(Collector(scene))
        except ProxyError as error:
            scene.late = error
    scene.usage, scene.shares = answer.usage, answer.shares


class Collector:
    """A caller who writes down what it hears, and never has enough."""

    relay = way = None

    def __init__(self, scene):
        self._scene = scene

    def take(self, chunks, *, is_last=False):
        self._scene.chunks += chunks
        for said in chunks:
            for choice in said["choices"]:
                self._scene.text += choice["delta"].get("content") or ""
        return True

    async def ready(self):
        raise AssertionError("nobody asks who never has enough")


class Batches:
    """A caller who keeps what it hears, one list for each time it heard something; full after each, as long as told."""

    relay = way = None

    def __init__(self, pause=0.0):
        self.batches = []
        self.last = []
        """Those that were told as the last ones."""
        self._pause = pause

    def take(self, chunks, *, is_last=False):
        self.batches.append(chunks)
        if is_last:
            self.last.append(chunks)
        return not self._pause

    async def ready(self):
        await asyncio.sleep(self._pause)


def slow(**changes):
    return replace(Limits(), **changes)
