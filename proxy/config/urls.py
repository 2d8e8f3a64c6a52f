"""What an address of a provider is, and which part of one that is none is wrong.

Invariant: nothing here says a word of an address, which may hold a password by mistake.
"""

from __future__ import annotations

import re
from ipaddress import ip_address
from typing import Final
from urllib.parse import urlsplit

_BEGIN: Final = re.compile(r"(?i)https?://")
_AUTHORITY: Final = re.compile(r"^(.*?)(?::([^:\]]*))?$", re.DOTALL)
ADDRESS: Final = re.compile(r"[hH][tT][tT][pP][sS]?://[!$-.0->A-~]+(/[!-\"$->@-~]*)?")


_INSIDE: Final = (
    "arpa", "consul", "corp", "home", "internal", "intranet", "lan", "local", "localdomain", "localhost", "private",
    "svc", "test",
)  # fmt: skip
"""Last parts of names that lead nowhere beyond a house."""
_TUNNELLED: Final = ".ts.net"
"""What names of a Tailscale network end in, which encrypts all that goes through it."""


def is_overheard(address: str) -> bool:
    """Whether what goes there goes unencrypted through networks of others, as far as an address tells.

    A name of one or two parts may be a machine's or a cluster's own.
    """
    parts = urlsplit(address)
    host = (parts.hostname or "").rstrip(".")
    if parts.scheme != "http":
        return False
    try:
        return ip_address(host).is_global
    except ValueError:
        labels = host.split(".")
        return len(labels) > 2 and labels[-1] not in _INSIDE and not host.endswith(_TUNNELLED)


def is_address(text: str) -> bool:
    """Whether it is an http(s) URL with a host, and nothing that a base URL must not have."""
    if not ADDRESS.fullmatch(text):
        return False
    try:
        parts = urlsplit(text)
        return bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        return False


def fault(text: str) -> str:
    """Which part of an address is wrong, where it is none, without a word of it."""
    begin = _BEGIN.match(text)
    if begin is None:
        return "that does not begin with http:// or https://"
    rest = text[begin.end() :]
    authority = re.split(r"[/?#]", rest, maxsplit=1)[0]
    host, port = _AUTHORITY.findall(authority)[0]
    faults = {
        "with credentials": "@" in authority,
        "with a query": "?" in rest,
        "with a fragment": "#" in rest,
        "without a host": not host,
        "whose port is no number from 1 to 65535": port and not _is_port(port),
    }
    found = (words for words, is_so in faults.items() if is_so)
    return next(found, "whose host or path holds what no address does")


def _is_port(text: str) -> bool:
    return text.isascii() and text.isdecimal() and 0 < int(text[:6]) < 65536
