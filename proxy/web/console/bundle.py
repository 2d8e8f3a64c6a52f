"""`GET /console`: the page and what belongs to it, read once and served from memory.

The files hold no secret and are the same for everybody, so they are given to whoever asks; what they show comes from
routes that ask for the admin key. No part of a file is served: each is small, and a range is an offer that a server may
pass over.

Invariant: a page runs scripts of this origin alone, none of them inline, and reaches no other; a path is looked up
among the names that were there at start, and never on disk.
Source: Content Security Policy Level 3, https://www.w3.org/TR/CSP3/; Trusted Types, https://www.w3.org/TR/trusted-types/;
RFC 9110 sections 13.1.2 (If-None-Match) and 14.2 (Range); all read 2026-11-21.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Final

from starlette.types import Receive, Scope, Send

from proxy.web.answer import answer, refuse
from proxy.web.refusal import Refusal
from proxy.web.rules import values_of

INDEX: Final = "index.html"
TYPES: Final[Mapping[str, bytes]] = {
    ".html": b"text/html; charset=utf-8",
    ".js": b"text/javascript; charset=utf-8",
    ".css": b"text/css; charset=utf-8",
    ".svg": b"image/svg+xml",
}
"""Media types by the ends of names; nothing else belongs to the bundle."""
POLICY: Final = (
    b"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    b"base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
    b"require-trusted-types-for 'script'; trusted-types 'none'"
)
HEADERS: Final = (
    (b"content-security-policy", POLICY),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=()"),
    (b"cache-control", b"no-cache"),
)
"""Of every answer."""


@dataclass(frozen=True, slots=True)
class Part:
    """One file."""

    body: bytes
    type: bytes
    tag: bytes
    """Its entity tag, quotes included."""


@cache
def parts() -> Mapping[str, Part]:
    """Every file, by its name."""
    folder = Path(__file__).parent / "static"
    files = sorted(file for file in folder.iterdir() if file.suffix in TYPES)
    return {file.name: _part(file) for file in files}


def _part(file: Path) -> Part:
    body = file.read_bytes()
    return Part(body, TYPES[file.suffix], b'"%b"' % sha256(body).hexdigest()[:20].encode())


class Bundle:
    """An ASGI endpoint for the page, and for a file where the path names one."""

    def __init__(self) -> None:
        self._parts = parts()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 (ASGI)
        """Answer with a file, 304 where the caller has it, or 404."""
        name = scope.get("path_params", {}).get("name", INDEX)
        part = self._parts.get(name)
        if part is None:
            message = f"The console has no file '{name[:100]}'. It begins at /console."
            await refuse(send, Refusal(404, "unknown_file", message), scope)
            return
        head = [*HEADERS, (b"etag", part.tag)]
        if _has(scope, part.tag):
            await answer(send, 304, b"", head)
        else:
            await answer(send, 200, part.body, [*head, (b"content-type", part.type)])


def _has(scope: Scope, tag: bytes) -> bool:
    """Whether the caller has the file already."""
    said = b",".join(values_of(scope, b"if-none-match")).split(b",")
    return any(each.strip().removeprefix(b"W/") in (tag, b"*") for each in said)
