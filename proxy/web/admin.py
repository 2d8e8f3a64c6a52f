"""What operators ask of a running server: how the targets are, and to take the configuration anew.

The admin key is sent as `Authorization: Bearer` and nothing else. Where none is configured, a listener on loopback is
open, since whoever reaches it could end the process anyway, and any other is shut.

Invariant: "on loopback" means the address that the listener is bound to, never a peer or a header.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from starlette.types import ASGIApp, Receive, Scope, Send

from proxy.config.renewal import Reloaded
from proxy.core.errors import Kind, ProxyError
from proxy.core.secret import Secret
from proxy.core.shape import Json
from proxy.gate.credentials import BEARER, HeaderLines
from proxy.web.answer import answer_json
from proxy.web.refusal import INVALID
from proxy.web.request_id import request_id_of

INVALID_CONFIGURATION: Final = "invalid_configuration"


@dataclass(frozen=True, slots=True)
class RestCard:
    """What of a target is left alone, though its circuit may be closed."""

    part: str
    """`key`: its key, at every model; `model`: its model with this key; `target`: it, whatever the key."""
    seconds: float
    """For how much longer."""
    kind: str | None
    """The kind of failure that it comes from; None where only other processes know."""


@dataclass(frozen=True, slots=True)
class TargetCard:
    """How one target is."""

    target: str
    """`provider/model`."""
    circuit: str
    """`closed`, `open` or `half_open`."""
    in_flight: int
    last_failure: str | None
    """The kind of its last failure; None where it has spoken since, or never failed."""
    resting: RestCard | None = None
    """Why it is left alone where its key or its model has to cool down; None where nothing has to."""


class Administered(Protocol):
    """What is administered."""

    @property
    def workers(self) -> int:
        """Processes that answer calls; who is asked knows of its own alone."""
        ...

    def targets(self) -> Sequence[TargetCard]:
        """Every target that is configured or was called; once for each credential that it was called with."""
        ...

    async def reload(self) -> Reloaded:
        """Take the configuration anew."""
        ...


class AdminKey:
    """Lets operators in.

    Args:
        key: The key in force; asked at every call, so that a reload takes effect at the next.
        on_loopback: Whether the listener is bound to loopback, where no key is needed if none is configured.
    """

    def __init__(self, key: Callable[[], Secret], *, on_loopback: bool) -> None:
        self._key = key
        self._on_loopback = on_loopback

    def admit(self, headers: HeaderLines) -> None:
        """Return if the caller may come in.

        Raises:
            ProxyError: FORBIDDEN where nobody may; UNAUTHENTICATED where the key is missing, wrong or sent twice.
        """
        key = self._key()
        if not key:
            if self._on_loopback:
                return
            raise ProxyError(
                Kind.FORBIDDEN,
                "The admin API is shut: it can be reached from other machines and no key is configured. "
                "Set auth.admin_key, or bind server.ops_listen to loopback.",
            )
        sent = [value.strip().partition(b" ") for name, value in headers if name == BEARER]
        tokens = [token.strip() for scheme, _, token in sent if scheme.lower() == b"bearer"]
        if len(tokens) != 1 or not key.matches(tokens[0].decode("latin-1")):
            raise ProxyError(
                Kind.UNAUTHENTICATED,
                "The admin key is missing or not valid. Send it as 'Authorization: Bearer <key>'.",
            )


class AdminOnly:
    """An ASGI layer around one endpoint.

    Args:
        app: The endpoint.
        key: Lets operators in.
    """

    def __init__(self, app: ASGIApp, key: AdminKey) -> None:
        self._app = app
        self._key = key

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Admit the operator and serve.

        Raises:
            ProxyError: as `AdminKey.admit`.
        """
        self._key.admit(scope["headers"])
        await self._app(scope, receive, send)


class Targets:
    """`GET /admin/targets`."""

    def __init__(self, app: Administered) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 (ASGI)
        """Answer with the list."""
        data = [
            {
                "target": card.target,
                "circuit": card.circuit,
                "in_flight": card.in_flight,
                "last_failure": card.last_failure,
                "resting": _rest(card.resting),
            }
            for card in self._app.targets()
        ]
        value = {"object": "list", "data": data, "workers": self._app.workers}
        await answer_json(send, 200, value)


class Reload:
    """`POST /admin/reload`. Its body is not read: where the configuration comes from is settled at start."""

    def __init__(self, app: Administered) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 (ASGI)
        """Answer 200 once the new configuration is in force, or 422 with every problem while the old one stays."""
        reloaded = await self._app.reload()
        if not reloaded.problems:
            value: Json = {
                "status": "reloaded",
                "source": reloaded.source,
                "warnings": list(reloaded.warnings),
            }
            await answer_json(send, 200, value)
            return
        error = {
            "message": "The new configuration cannot be used; the old one stays in force. "
            + "; ".join(reloaded.problems),
            "type": INVALID,
            "param": None,
            "code": INVALID_CONFIGURATION,
            "request_id": request_id_of(scope),
        }
        await answer_json(send, 422, {"error": error, "problems": list(reloaded.problems)})


def _rest(card: RestCard | None) -> Json | None:
    if card is None:
        return None
    return {"part": card.part, "seconds": round(card.seconds, 1), "kind": card.kind}
