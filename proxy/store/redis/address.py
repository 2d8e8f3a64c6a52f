"""Where the Redis is: one server, servers watched by Sentinel, or a cluster, read from one address.

    redis://[user:password@]host[:port][/number]
    redis+sentinel://[user:password@]host[:port],host[:port].../service[/number]
    redis+cluster://[user:password@]host[:port],host[:port]...
    rediss…: the same over TLS
    ?prefix=NAME    whose keys these are, where several deployments share a Redis; `firstbyte` otherwise
    ?rows=720h      how long rows of calls are kept; 90 days otherwise

Invariant: no text that this makes holds the user or the password.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import parse_qsl, unquote, urlsplit

from proxy.core.duration import seconds
from proxy.core.secret import Secret

PORT: Final = 6379
SENTINEL_PORT: Final = 26379
ROWS: Final = 90 * 86400.0
PREFIX: Final = "firstbyte"

_KINDS: Final = {"": "single", "+sentinel": "sentinel", "+cluster": "cluster"}
_SCHEME: Final = re.compile(r"(rediss?)(\+sentinel|\+cluster)?")
_NAME: Final = re.compile(r"[A-Za-z0-9_.-]{1,64}")
_HOST: Final = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9_.-]+)(?::([0-9]{1,5}))?")
_PATHS: Final = {
    "single": re.compile(r"/?(?P<number>[0-9]{0,5})"),
    "sentinel": re.compile(r"/(?P<service>[A-Za-z0-9_.-]{1,64})(?:/(?P<number>[0-9]{1,5}))?/?"),
    "cluster": re.compile(r"/?"),
}


@dataclass(frozen=True, slots=True)
class RedisAddress:
    """An address in parts."""

    kind: str
    """`single`, `sentinel` or `cluster`."""
    hosts: tuple[tuple[str, int], ...]
    tls: bool = False
    username: Secret | None = field(default=None, repr=False)
    password: Secret | None = field(default=None, repr=False)
    service: str = ""
    """What the sentinels call the server."""
    number: int = 0
    """Which of its databases."""
    prefix: str = PREFIX
    rows: float = ROWS
    """Seconds."""

    def __str__(self) -> str:
        """For people: where it is, and no credential."""
        hosts = ",".join(f"{host}:{port}" for host, port in self.hosts)
        kind = "" if self.kind == "single" else f"+{self.kind}"
        service = f"/{self.service}" if self.service else ""
        return f"redis{'s' if self.tls else ''}{kind}://{hosts}{service}"


def parse(text: str) -> RedisAddress:
    """Read an address.

    Raises:
        ValueError: it is none; the sentence says what is wrong without repeating what may be secret.
    """
    scheme, separator, rest = text.partition("://")
    found = _SCHEME.fullmatch(scheme)
    if not found or not separator:
        raise ValueError("expected redis://, rediss://, redis+sentinel:// or redis+cluster://")
    kind = _KINDS[found[2] or ""]
    # The authority may hold several hosts, which `urlsplit` reads as one and would refuse by their ports.
    parts = urlsplit(f"//{rest}")
    credentials, _, hosts = parts.netloc.rpartition("@")
    user, _, password = credentials.partition(":")
    path = _PATHS[kind].fullmatch(parts.path)
    if path is None or parts.fragment:
        raise ValueError(_PATH_SENTENCES[kind])
    named = path.groupdict()
    return RedisAddress(
        kind,
        _hosts(hosts, kind),
        found[1] == "rediss",
        _secret(user),
        _secret(password),
        named.get("service") or "",
        int(named.get("number") or 0),
        **_options(parts.query),
    )


_PATH_SENTENCES: Final = {
    "single": "expected nothing or a database's number after the host, as in redis://host:6379/0",
    "sentinel": "expected the service after the hosts, as in redis+sentinel://one,two/mymaster",
    "cluster": "expected nothing after the hosts: a cluster has one database",
}


def _hosts(text: str, kind: str) -> tuple[tuple[str, int], ...]:
    hosts = text.split(",")
    if kind == "single" and len(hosts) > 1:
        raise ValueError("expected one host; several need redis+sentinel:// or redis+cluster://")
    port = SENTINEL_PORT if kind == "sentinel" else PORT
    found = [_HOST.fullmatch(host) for host in hosts]
    read = tuple((each[1].strip("[]"), int(each[2] or port)) for each in found if each)
    if len(read) < len(hosts):
        raise ValueError(
            "expected host or host:port after the scheme, the port a number, as in redis://host:6379"
        )
    if any(not 0 < port < 65536 for _, port in read):
        raise ValueError("expected a port from 1 to 65535 after the host, as in redis://host:6379")
    return read


def _secret(text: str) -> Secret | None:
    return Secret(unquote(text)) if text else None


def _options(query: str) -> dict[str, Any]:
    options: dict[str, Any] = {}
    for name, value in parse_qsl(query, keep_blank_values=True):
        if name == "prefix" and _NAME.fullmatch(value):
            options["prefix"] = value
        elif name == "rows" and (kept := seconds(value)):
            options["rows"] = kept
        else:
            raise ValueError("expected `prefix=NAME` or `rows=720h` after the question mark")
    return options
