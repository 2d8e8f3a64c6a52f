"""What the console's page asks for beside the admin API: the last calls, latencies, the configuration, lines to paste."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Final

from starlette.types import Receive, Scope, Send

from proxy.config.schema import Config
from proxy.core import jsons
from proxy.core.lazy import imported
from proxy.core.shape import Json
from proxy.web.answer import JSON_TYPE, answer
from proxy.web.console.config_view import view
from proxy.web.console.rooms import Listener, Memory

_SNIPPETS: Final = (
    "proxy.config.snippets:snippets",
    "proxy.config.snippets:model_for",
    "proxy.config.snippets:KEY",
)
"""Read from a file of TOML; loaded when somebody first looks at them."""
HEAD: Final = (JSON_TYPE, (b"cache-control", b"no-store"))


class Told:
    """An ASGI endpoint that answers with what a function says.

    Args:
        say: Asked at every call.
    """

    def __init__(self, say: Callable[[], Any]) -> None:
        self._say = say

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:  # noqa: ARG002 (ASGI)
        """Answer 200; nobody on the way keeps it."""
        return answer(send, 200, jsons.encode(self._say()), HEAD)


def recent(memory: Memory) -> Told:
    """`GET /admin/recent`: the last calls of this process."""
    return Told(lambda: {"object": "list", "data": list(memory.calls())})


def latency(memory: Memory) -> Told:
    """`GET /admin/latency`: the last tries of each target."""

    def say() -> Json:
        data = [{"target": name, "tries": tries} for name, tries in memory.tries().items()]
        return {"object": "list", "data": data}

    return Told(say)


def configuration(config: Callable[[], Config], version: str) -> Told:
    """`GET /admin/config`: what is in force, redacted.

    Args:
        config: Asked at every call, so that a reload shows at the next.
        version: Of Firstbyte.
    """
    return Told(lambda: {"object": "config", "version": version, "config": view(config())})


def lines_to_paste(config: Callable[[], Config], listener: Callable[[], Listener]) -> Told:
    """`GET /admin/snippets`: the lines of each tool, their slots open.

    Args:
        config: What is in force.
        listener: Where calls are taken.
    """

    def say() -> Json:
        snippets, model_for, key = map(imported, _SNIPPETS)
        data = [{"tool": s.tool, "title": s.title, "text": s.text} for s in snippets().values()]
        at = listener()
        return {
            "object": "list",
            "data": data,
            "listener": {"host": at.host, "port": at.port, "tls": at.tls},
            "key": key,
            "model": model_for(config()),
        }

    return Told(say)
