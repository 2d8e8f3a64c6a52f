"""The console's part of the ops listener's table.

Invariant: the page is for everybody and holds nothing; whatever it shows or does is behind the admin key.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from starlette.types import ASGIApp

from proxy.config.schema import Config
from proxy.web.console import data
from proxy.web.console.bundle import Bundle
from proxy.web.console.data import Listener, Memory
from proxy.web.console.operator import AsOperator
from proxy.web.feed import Feed
from proxy.web.routes import Credential, Row


@dataclass(frozen=True, slots=True)
class Rooms:
    """What the console looks into."""

    memory: Memory
    """Remembers the last calls."""
    feed: Feed
    """Tells what happens just now."""
    config: Callable[[], Config]
    """What is in force."""
    listener: Callable[[], Listener]
    """Where calls are taken."""
    chat: ASGIApp
    """Serves chat, and admits who brings no key."""
    models: ASGIApp
    """Lists models, and admits who brings no key."""
    version: str
    """Of Firstbyte."""


def rows(rooms: Rooms) -> tuple[Row, ...]:
    """The rows."""
    page, admin = Bundle(), Credential.ADMIN
    return (
        Row("GET", "/console", page, Credential.NONE),
        Row("GET", "/console/{name}", page, Credential.NONE),
        Row("POST", "/console/v1/chat/completions", AsOperator(rooms.chat), admin),
        Row("GET", "/console/v1/models", AsOperator(rooms.models), admin),
        Row("GET", "/admin/recent", data.recent(rooms.memory), admin),
        Row("GET", "/admin/latency", data.latency(rooms.memory), admin),
        Row("GET", "/admin/events", rooms.feed, admin),
        Row("GET", "/admin/config", data.configuration(rooms.config, rooms.version), admin),
        Row("GET", "/admin/snippets", data.lines_to_paste(rooms.config, rooms.listener), admin),
    )
