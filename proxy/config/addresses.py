"""Addresses that hold a place for something of the caller's own: an account, a region, a location.

A row of the catalogue writes `https://api.example/{account}/v1`; what stands in the braces comes from the entry or
from the row's variables. Two places are worked out from another one: the domain of an AWS region's partition and the
host of a Google location.

Source: https://docs.aws.amazon.com/general/latest/gr/bedrock.html and
https://docs.cloud.google.com/vertex-ai/generative-ai/docs/learn/locations (read 2026-11-21).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Final
from urllib.parse import urlsplit

from proxy.codecs.sigv4 import domain
from proxy.config.urls import is_address

_PLACE: Final = re.compile(r"\{([a-z_]+)\}")

_HERE: Final = frozenset({"localhost", "127.0.0.1", "::1"})
"""Hosts of rows whose vendor is a program and not a service."""

_GOOGLE: Final = {
    "global": "aiplatform.googleapis.com",
    "us": "aiplatform.us.rep.googleapis.com",
    "eu": "aiplatform.eu.rep.googleapis.com",
}


def _google_host(location: str) -> str:
    return _GOOGLE.get(location, f"{location}-aiplatform.googleapis.com")


_DERIVED: Final[Mapping[str, tuple[str, Callable[[str], str]]]] = {
    "aws_domain": ("region", domain),
    "google_host": ("location", _google_host),
}


def places(base_url: str) -> tuple[str, ...]:
    """What an address must be told, each once, in order; empty for a plain one."""
    names = (_DERIVED[name][0] if name in _DERIVED else name for name in _PLACE.findall(base_url))
    return tuple(dict.fromkeys(names))


def filled(base_url: str, options: Mapping[str, str]) -> str:
    """The address in force; empty where something is missing or does not make an address."""
    if any(name not in options for name in places(base_url)):
        return ""
    url = _PLACE.sub(lambda match: _value(match[1], options), base_url)
    return url if is_address(url) else ""


def is_theirs(base_url: str, own: str) -> bool:
    """Whether an address is a vendor's: at the host of its row, or wherever it is run by its users.

    Args:
        base_url: The address in force.
        own: As the row has it.
    """
    host = urlsplit(own).hostname or ""
    if places(own) or host in _HERE:
        return True
    asked = urlsplit(base_url).hostname or ""
    return asked == host or asked.endswith(f".{host}")


def _value(name: str, options: Mapping[str, str]) -> str:
    if name not in _DERIVED:
        return options[name]
    source, work_out = _DERIVED[name]
    return work_out(options[source])
