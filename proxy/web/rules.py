"""What every request must keep, whatever its route: one small rule each, asked in order by the guard.

A rule is a function from a scope to a refusal or None. It reads headers and never the body.

Source: DNS rebinding and cross-site forgery against loopback servers, RFC 6454 section 7 (Origin), RFC 9110
sections 7.6.3 (Via), 8.4 (Content-Encoding) and 15.5.22 (Upgrade Required), RFC 6455 section 4.1 (a WebSocket's
handshake); read 2026-11-21. Codex: https://github.com/openai/codex/issues/43353 (read 2026-11-21).
"""

from __future__ import annotations

import ipaddress
import secrets
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Final, TypeAlias
from urllib.parse import urlsplit

from starlette.types import Scope

from proxy.core.errors import Kind
from proxy.web.announced import passed
from proxy.web.refusal import SERVER, Refusal

Rule: TypeAlias = Callable[[Scope], Refusal | None]

MAX_HOPS: Final = 8
"""Entries that a request's `via` may have when it comes in."""
MAX_VIA: Final = 1024
"""Bytes that they may have together."""
_WITH_BODY: Final = frozenset({"POST", "PUT", "PATCH"})


def is_loopback(host: str) -> bool:
    """Whether a bind address can be reached from this machine only."""
    if host.lower() == "localhost":
        return True
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return bool((mapped or address).is_loopback)


def values_of(scope: Scope, name: bytes) -> list[bytes]:
    """Every value of a header, in order."""
    return [value for found, value in scope["headers"] if found == name]


class LoopbackOnly:
    """For a listener on loopback: no web page may reach it by a name of its own, or forge a call to it.

    Args:
        hosts: Names beyond `localhost` and IP literals that it answers to, without ports.
        origins: Web pages of which it takes calls all the same.
    """

    def __init__(self, hosts: Iterable[str], origins: Iterable[str] = ()) -> None:
        self._hosts = frozenset({"localhost", *(host.lower() for host in hosts)})
        self._origins = frozenset(origin.encode("ascii") for origin in origins)

    def __call__(self, scope: Scope) -> Refusal | None:
        """Refuse a foreign Host or Origin with 403."""
        host = b"".join(values_of(scope, b"host")).decode("latin-1").lower()
        name, is_ip = _named(host)
        if not is_ip and name not in self._hosts:
            return Refusal(
                403,
                "host_not_allowed",
                f"This server listens on loopback and does not answer to the Host '{name}'. "
                "Use localhost, or add the name to server.hosts.",
                kind=Kind.FORBIDDEN,
            )
        foreign = (o for o in values_of(scope, b"origin") if o not in self._origins)
        if any(_authority_in(origin) != host for origin in foreign):
            return Refusal(
                403,
                "origin_not_allowed",
                "This server listens on loopback and takes no calls from web pages of other origins "
                "than those in server.cors.origins.",
                kind=Kind.FORBIDDEN,
            )
        return None


class NoLoop:
    """Refuses a request that this very instance has sent, or that has passed through too many servers to be on its way.

    Args:
        instance: This instance's id, from `new_instance`.
    """

    def __init__(self, instance: str) -> None:
        self._mark = via(instance)

    def __call__(self, scope: Scope) -> Refusal | None:
        """Refuse with 508 what has passed here before, more than `MAX_HOPS` servers, or `MAX_VIA` bytes of names."""
        entries = list(passed(scope["headers"]))
        if self._mark in entries:
            return _loop(
                "This server is its own upstream: a provider's base_url leads back to it, if over others."
            )
        if len(entries) > MAX_HOPS or sum(map(len, entries)) > MAX_VIA:
            return _loop(
                f"This request has passed through more servers than the {MAX_HOPS}, "
                f"or {MAX_VIA} bytes of their names, that are taken for no loop."
            )
        return None


class NoSocket:
    """Refuses WebSockets, in the one way after which their clients send the call over HTTP at once.

    Codex opens `GET /v1/responses` as a WebSocket first: it takes a 426 for a no, and every other answer for a broken
    connection that it tries five times more.
    """

    def __call__(self, scope: Scope) -> Refusal | None:
        """Refuse with 426. The header of the handshake is what is left of it: the parser has dropped the upgrade."""
        if not values_of(scope, b"sec-websocket-key"):
            return None
        return Refusal(
            426,
            "websocket_not_supported",
            "WebSockets are not served here. Send the call as POST over HTTP; with stream: true it is streamed.",
            headers=(("upgrade", "HTTP/1.1"), ("connection", "upgrade")),
        )


def _loop(message: str) -> Refusal:
    again = (("x-should-retry", "false"),)
    return Refusal(
        508, "loop_detected", message, type=SERVER, headers=again, kind=Kind.MISCONFIGURED
    )


class BodyRule:
    """Refuses bodies that are not plain JSON of a size we read.

    Args:
        max_body: Bytes.
        is_served: Whether anybody would read the body: where there is no such path or method, that is what is wrong.
    """

    def __init__(self, max_body: int, is_served: Callable[[Scope], bool]) -> None:
        self._max_body = max_body
        self._is_served = is_served

    def __call__(self, scope: Scope) -> Refusal | None:
        """Refuse with 415 or 413 before a byte of the body is read."""
        refusal = self._refusal(scope)
        return refusal if refusal is not None and self._is_served(scope) else None

    def _refusal(self, scope: Scope) -> Refusal | None:
        codings = {value.strip().lower() for value in values_of(scope, b"content-encoding")}
        if codings - {b"", b"identity"}:
            return Refusal(
                415,
                "unsupported_content_encoding",
                "Compressed request bodies are not read. Send the body without content-encoding.",
            )
        if scope["method"] in _WITH_BODY and not _is_json(values_of(scope, b"content-type")):
            return Refusal(
                415,
                "unsupported_media_type",
                "A body is read as JSON only. Send it with 'content-type: application/json'.",
            )
        length = b"".join(values_of(scope, b"content-length"))
        if length.isdigit() and int(length) > self._max_body:
            return too_large(self._max_body)
        return None


def too_large(max_body: int) -> Refusal:
    """The refusal of a body over the limit."""
    message = f"A request body may have {max_body} bytes."
    return Refusal(413, "request_too_large", message, kind=Kind.TOO_LARGE)


def new_instance() -> str:
    """An id that no other running instance has: 16 hexadecimal digits."""
    return secrets.token_hex(8)


def via(instance: str) -> str:
    """The `via` entry that every request of this instance to a provider carries."""
    return f"1.1 firstbyte-{instance}"


def _is_json(content_types: list[bytes]) -> bool:
    if content_types == [b"application/json"]:
        return True
    if len(content_types) != 1:
        return False
    return content_types[0].partition(b";")[0].strip().lower() == b"application/json"


@lru_cache(maxsize=256)
def _named(host: str) -> tuple[str, bool]:
    """The name in a Host header, and whether it is an address. Callers use few, and the same with every call."""
    name = _name_in(host)
    return name, _is_ip(name)


def _name_in(host: str) -> str:
    """The name or address of a Host header, without its port and brackets."""
    if host.startswith("["):
        inside = host[1:].partition("]")[0]
        return inside if _is_ip(inside) else host
    return host.rpartition(":")[0] or host if host.count(":") == 1 else host


def _is_ip(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _authority_in(origin: bytes) -> str | None:
    """`host:port` of an Origin, as a Host header would say it; None for `null` and what is no web origin."""
    try:
        parts = urlsplit(origin.decode("ascii").strip().lower())
    except ValueError:
        return None
    return parts.netloc if parts.scheme in ("http", "https") and parts.netloc else None
