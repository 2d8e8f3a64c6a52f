"""The table of routes, as data that tests walk, and the one application built from it.

Calls and operations are two tables, for two listeners. Only `scope["path"]` decides where a request goes and what it
needs. Every route also stands without `/v1`, with `/v1` doubled, under `/cursor` and with a slash at its end: base URLs
are mistyped in these ways, and refusing helps nobody.

Invariant: every request goes through the envelope and the guard; a row that needs a credential is never reached
without one, unless the row says that its endpoint admits by itself.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, auto

from starlette.routing import BaseRoute, Match, Route, Router, compile_path
from starlette.types import ASGIApp, Receive, Scope, Send

from proxy.config.schema import Server
from proxy.gate.admit import Gate
from proxy.web.admin import AdminKey, AdminOnly
from proxy.web.answer import answer, refuse
from proxy.web.authentication import Authentication
from proxy.web.books import Books
from proxy.web.cors import Cors
from proxy.web.dialect import CURSOR_PREFIX, VERSION_PREFIX
from proxy.web.guard import Envelope, Guard
from proxy.web.models import Catalogue, Models
from proxy.web.ops import Hint, Live, Readiness, Ready
from proxy.web.refusal import Refusal
from proxy.web.refusal_log import RefusalLog
from proxy.web.responses import Kept
from proxy.web.rules import BodyRule, LoopbackOnly, NoLoop, NoSocket, Rule, is_loopback


class Credential(Enum):
    """What a route asks of its callers."""

    NONE = auto()
    REQUIRED = auto()
    """The route admits before its endpoint runs."""
    BY_ENDPOINT = auto()
    """The endpoint admits by itself, to refuse in its surface's own shape and to tell the observers."""
    ADMIN = auto()
    """The route asks for the admin key before its endpoint runs."""


@dataclass(frozen=True, slots=True)
class Row:
    """One route."""

    method: str
    """`GET` also serves HEAD."""
    path: str
    endpoint: ASGIApp
    credential: Credential = Credential.REQUIRED
    surface: str = ""
    """The inbound API whose calls come here, each of which is told of; empty for what is no call."""
    is_served: bool = True
    """Whether readers are told of it; False where all that it says is that it is not served."""

    @property
    def line(self) -> str:
        """Method and path, for readers."""
        return f"{self.method} {self.path}"


@dataclass(frozen=True, slots=True)
class Endpoints:
    """Who serves inference, and what belongs to it."""

    chat: ASGIApp
    responses: ASGIApp
    messages: ASGIApp
    completions: ASGIApp
    embeddings: ASGIApp
    message_tokens: ASGIApp
    """Counts the tokens of a request for messages."""
    response_tokens: ASGIApp
    """Counts those of a request for a response."""
    kept: Kept
    """Responses by their ids."""

    def rows(self) -> tuple[Row, ...]:
        """Their part of the table. Surfaces admit their callers by themselves."""
        own = Credential.BY_ENDPOINT
        return (
            Row("POST", "/v1/chat/completions", self.chat, own, "chat"),
            Row("POST", "/v1/responses", self.responses, own, "responses"),
            Row("POST", "/v1/responses/input_tokens", self.response_tokens),
            Row("POST", "/v1/responses/compact", self.kept.compact, is_served=False),
            Row("GET", "/v1/responses/{id}", self.kept.read),
            Row("DELETE", "/v1/responses/{id}", self.kept.delete),
            Row("GET", "/v1/responses/{id}/input_items", self.kept.items),
            Row("POST", "/v1/responses/{id}/cancel", self.kept.cancel),
            Row("POST", "/v1/messages", self.messages, own, "messages"),
            Row("POST", "/v1/messages/count_tokens", self.message_tokens),
            Row("POST", "/v1/completions", self.completions, own, "completions"),
            Row("POST", "/v1/embeddings", self.embeddings, own, "embeddings"),
        )


def rows(
    *,
    endpoints: Endpoints,
    catalogue: Catalogue,
    readiness: Readiness,
    created: int,
    version: str,
    jobs: Sequence[Row] = (),
) -> tuple[Row, ...]:
    """The table.

    Args:
        endpoints: Who serves inference.
        jobs: The rows of jobs.
        catalogue: Knows the models.
        readiness: Knows whether calls should come here.
        created: Seconds since 1970, every model's `created`.
        version: Of Firstbyte.
    """
    models = Models(catalogue, created)
    served = (
        *endpoints.rows(),
        Row("GET", "/v1/models", models),
        Row("GET", "/v1/models/{id:path}", models),
        *jobs,
        Row("GET", "/livez", Live(), Credential.NONE),
        Row("GET", "/readyz", Ready(readiness), Credential.NONE),
    )
    return (*served, Row("GET", "/", Hint(version, lines(served)), Credential.NONE))


def lines(table: Sequence[Row]) -> list[str]:
    """The table for readers."""
    return [row.line.replace(":path}", "}") for row in table if row.is_served]


@dataclass(frozen=True, slots=True)
class Keepers:
    """Who says who may come in, and who writes down who may not."""

    gate: Gate
    """Callers."""
    admin: AdminKey
    """Operators."""
    books: Books | None = None
    """For calls that are turned away before their endpoints hear of them; None where nobody writes them down."""

    def around(self, row: Row) -> ASGIApp:
        """The endpoint of a row behind what the row asks for."""
        match row.credential:
            case Credential.REQUIRED:
                authenticated = Authentication(row.endpoint, self.gate)
                if row.surface and self.books is not None:
                    return RefusalLog(authenticated, row.surface, self.books)
                return authenticated
            case Credential.ADMIN:
                return AdminOnly(row.endpoint, self.admin)
            case Credential.NONE | Credential.BY_ENDPOINT:
                return row.endpoint


def build(table: Sequence[Row], keepers: Keepers, server: Server, instance: str) -> ASGIApp:
    """The application.

    Args:
        table: From `rows` or `operations.ops_rows`.
        keepers: Who say who may come in.
        server: Limits, host names and origins; its bind address decides whether the loopback rule holds.
        instance: This process's id, from `rules.new_instance`.
    """
    exact: dict[str, _Resource] = {}
    patterns: list[BaseRoute] = []
    for path in dict.fromkeys(row.path for row in table):
        resource = _Resource({row.method: keepers.around(row) for row in table if row.path == path})
        if "{" in path:
            patterns += [Route(variant, resource) for variant in spellings(path)]
        else:
            exact |= dict.fromkeys(spellings(path), resource)
    paths = _Paths(exact, patterns, _Unknown(lines(table)))
    rules: list[Rule] = [NoLoop(instance), NoSocket(), BodyRule(server.max_body, paths.serve)]
    if is_loopback(server.host):
        rules.insert(0, LoopbackOnly(server.hosts, server.cors.origins))
    app = Envelope(Guard(paths, rules, turned_away(table, keepers.books)))
    return Cors(app, server.cors.origins) if server.cors.origins else app


def turned_away(
    table: Sequence[Row], books: Books | None, nowhere: str = ""
) -> Callable[[Scope, Refusal], None]:
    """Has calls written down that are refused on their way: every surface tells of its own, and hears of no such.

    Args:
        table: Says which surface a call came for.
        books: Where; None for nowhere.
        nowhere: The surface of what came for none; empty where that is not written down.
    """
    surfaces = {
        (row.method, path): row.surface
        for row in table
        if row.surface
        for path in spellings(row.path)
    }
    patterns = [
        (method, compile_path(path)[0], surface)
        for (method, path), surface in surfaces.items()
        if "{" in path
    ]

    def surface_of(method: str, path: str) -> str:
        found = surfaces.get((method, path))
        if found is None:
            fitting = (s for own, pattern, s in patterns if own == method and pattern.match(path))
            found = next(fitting, nowhere)
        return found

    def write_down(scope: Scope, refusal: Refusal) -> None:
        surface = surface_of(scope["method"], scope["path"])
        if books is not None and surface:
            books.turned_away(scope, surface, refusal)

    return write_down


def spellings(path: str) -> list[str]:
    """Every way to write a path that leads to its route, the proper one first."""
    if path == "/":
        return [path, VERSION_PREFIX, f"{VERSION_PREFIX}/"]
    bare = path.removeprefix(VERSION_PREFIX)
    forms = [path]
    if bare != path:
        forms += [bare, VERSION_PREFIX + path, CURSOR_PREFIX + path, CURSOR_PREFIX + bare]
        # An address with a slash at its end, before which a client puts another.
        forms += [f"/{path}", f"{VERSION_PREFIX}/{bare}", f"{VERSION_PREFIX}/{path}", f"/{bare}"]
        forms += [f"{CURSOR_PREFIX}{VERSION_PREFIX}/{bare}"]
    if path.endswith(":path}"):
        return forms
    return [*forms, *(f"{form}/" for form in forms)]


class _Paths:
    """Every path: one look-up where a route has no parameters, which is where calls go; the router for all others."""

    def __init__(
        self, exact: Mapping[str, _Resource], patterns: Sequence[BaseRoute], unknown: ASGIApp
    ) -> None:
        self._exact = exact
        self._patterns = patterns
        self._router = Router(patterns, redirect_slashes=False, default=unknown)

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        return self._exact.get(scope["path"], self._router)(scope, receive, send)

    def serve(self, scope: Scope) -> bool:
        """Whether there is an endpoint for this path and method."""
        resource = self._exact.get(scope["path"]) or self._behind(scope)
        return resource is not None and scope["method"] in resource.methods

    def _behind(self, scope: Scope) -> _Resource | None:
        for route in self._patterns:
            match, found = route.matches(scope)
            if match is Match.FULL:
                resource: _Resource = found["endpoint"]
                return resource
        return None


class _Resource:
    """One path: what each of its methods is served by."""

    def __init__(self, endpoints: dict[str, ASGIApp]) -> None:
        self._endpoints = dict(endpoints)
        if "GET" in endpoints:
            self._endpoints["HEAD"] = endpoints["GET"]
        self.methods = self._endpoints.keys()
        self._allow = ", ".join([*self._endpoints, "OPTIONS"])

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        method: str = scope["method"]
        endpoint = self._endpoints.get(method)
        if endpoint is not None:
            return endpoint(scope, receive, send)
        if method == "OPTIONS":
            return answer(send, 204, b"", ((b"allow", self._allow.encode()),))
        refusal = Refusal(
            405,
            "method_not_allowed",
            f"{method} is not served here. Use one of: {self._allow}.",
            headers=(("allow", self._allow),),
        )
        return refuse(send, refusal, scope)


class _Unknown:
    """Every path that is not in the table."""

    def __init__(self, served: Sequence[str]) -> None:
        self._served = ", ".join(served)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 (ASGI)
        refusal = Refusal(
            404,
            "unknown_url",
            f"Unknown request URL: {scope['method']} {scope['path'][:200]}. "
            f"This server serves {self._served}.",
        )
        await refuse(send, refusal, scope)
