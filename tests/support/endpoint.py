"""An endpoint over scripted targets, and callers that speak bare ASGI to it."""

import asyncio
import random

from proxy.codecs.openai import OpenAI
from proxy.config.schema import Alias, Auth, Config, Live, Provider, TargetRef
from proxy.core import jsons
from proxy.core.facts import CallEnded
from proxy.engine.cascade import Cascade
from proxy.engine.dispatch import Dispatcher
from proxy.gate.admit import Gate
from proxy.gate.intake import Intake
from proxy.gate.load import Load
from proxy.route.health import Health
from proxy.route.planner import Planner
from proxy.surfaces.chat import Chat
from proxy.web.admission import Admission
from proxy.web.books import Accounts
from proxy.web.inference import Inference
from tests.support.script import ScriptedUpstream, chunk
from tests.support.virtual import LoopClock

HEADERS = ((b"host", b"localhost"), (b"content-type", b"application/json"))
LIVELY = Live(warm_after=30.0, heartbeat=15.0)


class Caller:
    """One call over bare ASGI; `leave` drops the connection."""

    def __init__(self, body, headers=()):
        data = body if isinstance(body, bytes) else jsons.encode(body)
        self.scope = {
            "type": "http",
            "method": "POST",
            "path": "/v1/chat/completions",
            "headers": [*HEADERS, *headers],
        }
        self._inbox = [{"type": "http.request", "body": data, "more_body": False}]
        self._left = asyncio.Event()
        self.sent = []

    async def receive(self):
        if self._inbox:
            return self._inbox.pop(0)
        await self._left.wait()
        return {"type": "http.disconnect"}

    async def send(self, message):
        self.sent.append(message)

    def trickle(self, size):
        """Send so many bytes of the body and then wait."""
        body = self._inbox[0]["body"].ljust(size)[:size]
        self._inbox = [{"type": "http.request", "body": body, "more_body": True}]

    def leave(self):
        self._left.set()

    @property
    def status(self):
        return self.sent[0]["status"]

    @property
    def headers(self):
        return {name.decode(): value.decode() for name, value in self.sent[0]["headers"]}

    @property
    def body(self):
        return b"".join(message.get("body", b"") for message in self.sent[1:])

    @property
    def json(self):
        return jsons.decode_object(self.body)

    @property
    def complete(self):
        return bool(self.sent) and not self.sent[-1].get("more_body", False)


def asking(stream=True, **more):
    return {
        "model": "chat",
        "messages": [{"role": "user", "content": "hi"}],
        "stream": stream,
        **more,
    }


LAST = chunk(
    usage={"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5}, service_tier="priority"
)


class House:
    """An endpoint over scripted targets."""

    def __init__(
        self, *, auth=None, load=None, live=None, max_body=10_000, cost=None, intake=None, **acts
    ):
        self.upstream = ScriptedUpstream(**acts)
        self.facts = []
        self.cost, self.priced = cost, []
        providers = {name: Provider(name, "", "openai", f"http://{name}") for name in acts}
        cascade = tuple(TargetRef(name, "m") for name in acts)
        live = live or Live()
        asked = Alias("shown", cascade, model_in_answer="asked", live=live)
        config = Config(
            providers=providers, models={"chat": Alias("chat", cascade, live=live), "shown": asked}
        )
        clock = LoopClock()
        planner = Planner(config)
        self.endpoint = Inference(
            Chat(),
            Admission(
                Gate(auth or Auth()), load or Load(100, 10, 1.0), max_body, intake or Intake()
            ),
            lambda: planner,
            Cascade(
                Dispatcher(
                    {"openai": OpenAI()}, self.upstream, clock, Health(random.Random(0).random)
                ),
                random.Random(0),
                self.tell,
            ),
            clock,
            Accounts(self.tell, self.price),
            via="1.1 firstbyte-test",
        )

    def tell(self, fact):
        self.facts.append(fact)

    def price(self, *answer):
        self.priced.append(answer)
        return self.cost

    async def serve(self, caller):
        await self.endpoint(caller.scope, caller.receive, caller.send)
        return caller

    @property
    def ended(self):
        (fact,) = [fact for fact in self.facts if isinstance(fact, CallEnded)]
        return fact
