"""A desk over a store in memory, and the admin API before it, at a time that stands still."""

import itertools

from proxy.config.renewal import Reloaded
from proxy.config.schema import Auth, Server
from proxy.core.secret import Secret
from proxy.gate.admit import Gate
from proxy.gate.desk.desk import Desk
from proxy.gate.registry import Registry
from proxy.store.memory import MemoryStore
from proxy.watch.scrape import Scrape
from proxy.web.admin import AdminKey
from proxy.web.operations import ops_rows
from proxy.web.ops import Readiness
from proxy.web.routes import Keepers, build

NOW = 1_795_000_000.0
"""2026-11-18T12:26:40Z."""
ADMIN = "fb-admin-0123456789"


class Wall:
    """A clock that a test moves; no two moments of the loop are the same."""

    def __init__(self, wall=NOW):
        self.at = wall
        self._turns = itertools.count()

    def wall(self):
        return self.at

    def now(self):
        return float(next(self._turns))


class Office:
    """A desk, and what is behind it."""

    def __init__(self, store=None, clock=None):
        self.clock = clock or Wall()
        self.store = store or MemoryStore(self.clock)
        self.changes = []
        self.registry = Registry(self.store, self.clock, lambda: self.changes.append(1))
        self.desk = Desk(self.registry, self.store, self.clock)

    async def post(self, path, **body):
        return await self.desk.ask("POST", path, body=body)

    async def patch(self, path, **body):
        return await self.desk.ask("PATCH", path, body=body)

    async def get(self, path, **query):
        return await self.desk.ask("GET", path, {k.strip("_"): v for k, v in query.items()})

    async def delete(self, path):
        return await self.desk.ask("DELETE", path)


class Nobody:
    """A proxy without targets."""

    workers = 1

    def targets(self):
        return []

    async def reload(self):
        return Reloaded()


def ops_table(places):
    return ops_rows(
        app=Nobody(),
        numbers=Scrape(),
        readiness=Readiness(lambda: True),
        version="1.2.3",
        places=places,
    )


def ops_application(places):
    """The ops listener's application, behind the admin key `ADMIN`."""
    admin = AdminKey(lambda: Secret(ADMIN), on_loopback=True)
    return build(ops_table(places), Keepers(Gate(Auth()), admin), Server(), "here")
