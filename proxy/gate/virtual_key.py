"""How a virtual key looks, and the digest by which alone it is known here.

A key is `fb-` and 43 url-safe characters: 32 random bytes in Base64. It is shown once, when it is made. What is kept is
its SHA-256 digest: a value that nobody can guess needs no slow hash.

Invariant: no key is kept or printed; `digest` is the one way to look one up.
"""

from __future__ import annotations

import base64
import re
import secrets
from collections.abc import Callable
from hashlib import sha256
from typing import Final

from proxy.core.secret import Secret

PREFIX: Final = "fb-"
BYTES: Final = 32
"""Random bytes in a key."""

_FORM: Final = re.compile(rb"fb-[A-Za-z0-9_-]{43}")


def new_key(draw: Callable[[int], bytes] = secrets.token_bytes) -> Secret:
    """A key that nobody has had.

    Args:
        draw: Gives so many random bytes.
    """
    body = base64.urlsafe_b64encode(draw(BYTES)).rstrip(b"=")
    return Secret(PREFIX + body.decode())


def is_key(value: bytes) -> bool:
    """Whether a value has the form of a virtual key, so that it must never travel to a provider."""
    return _FORM.fullmatch(value) is not None


def digest(value: bytes) -> str:
    """What a value is looked up by, whether it is a key or not: 64 hexadecimal digits."""
    return sha256(value).hexdigest()
