"""The real application around inference endpoints of the test's making."""

from dataclasses import fields

from proxy.config.schema import Auth, Cors, Server
from proxy.core.secret import Secret
from proxy.gate.admit import Gate
from proxy.store.memory import MemoryStore
from proxy.web.admin import AdminKey
from proxy.web.answer import answer_json
from proxy.web.body import read_body
from proxy.web.conversations import Conversations
from proxy.web.ops import Readiness
from proxy.web.request_id import request_id_of
from proxy.web.responses import Kept
from proxy.web.routes import Endpoints, Keepers, build, rows


class Cards:
    def __init__(self, cards):
        self._cards = cards

    def models(self):
        return self._cards


class StandIn:
    """Admits like the real endpoint, reads the body under the limit, and says what came."""

    def __init__(self, gate, max_body):
        self._gate = gate
        self._max_body = max_body

    async def __call__(self, scope, receive, send):
        caller = await self._gate.admit(scope["headers"])
        body = await read_body(receive, self._max_body)
        said = {"team": caller.team, "size": len(body), "id": request_id_of(scope)}
        await answer_json(send, 200, said)


def endpoints(stand_in, conversations):
    """The stand-in for every one but those that serve what is kept."""
    kept = Kept(conversations or Conversations(MemoryStore(), 1000))
    names = {each.name for each in fields(Endpoints)} - {"kept"}
    return {"kept": kept, **dict.fromkeys(names, stand_in)}


def table(*, cards=(), gate=None, max_body=1000, readiness=None, conversations=None):
    stand_in = StandIn(gate or Gate(Auth()), max_body)
    return rows(
        endpoints=Endpoints(**endpoints(stand_in, conversations)),
        catalogue=Cards(cards),
        readiness=readiness or Readiness(lambda: True),
        created=1700000000,
        version="1.2.3",
    )


def application(
    *,
    gate=None,
    max_body=1000,
    instance="here",
    host="127.0.0.1",
    origins=(),
    books=None,
    **more,
):
    gate = gate or Gate(Auth())
    server = Server(host=host, cors=Cors(tuple(origins)), max_body=max_body)
    keepers = Keepers(gate, AdminKey(lambda: Secret(""), on_loopback=False), books)
    return build(table(gate=gate, max_body=max_body, **more), keepers, server, instance)
