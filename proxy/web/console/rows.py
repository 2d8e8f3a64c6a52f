"""The console's part of the ops listener's table.

Invariant: the page is for everybody and holds nothing; whatever it shows or does is behind the admin key.
"""

from __future__ import annotations

from proxy.web.console import data
from proxy.web.console.bundle import Bundle
from proxy.web.console.operator import AsOperator
from proxy.web.console.rooms import Rooms
from proxy.web.routes import Credential, Row


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
