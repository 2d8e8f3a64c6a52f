"""Tool names that the provider takes: letters, digits and underscores, no digit first.

A whole answer is read without the request that it answers, so a name must hold all that is needed to restore it: what
the provider does not take is written as `_x` and its code in hexadecimal and `_`.

Invariant: `restored(escaped(name)) == name` for every name.
Source: https://docs.cohere.com/v2/docs/tool-use-parameter-types (read 2026-11-20).
"""

from __future__ import annotations

import re
from typing import Final

_REFUSED: Final = re.compile(r"^[0-9]|[^A-Za-z0-9_]|_(?=x[0-9a-f]+[^A-Za-z0-9])")
"""An underscore among them, where it would begin what reads like an escape."""
_ESCAPE: Final = re.compile(r"_x([0-9a-f]{2,6})_")
_LAST: Final = 0x10FFFF


def escaped(name: str) -> str:
    """The name as the provider takes it."""
    return _REFUSED.sub(lambda found: f"_x{ord(found[0]):02x}_", name)


def restored(name: str) -> str:
    """The name as the caller gave it."""
    return _ESCAPE.sub(_character, name)


def _character(found: re.Match[str]) -> str:
    code = int(found[1], 16)
    return chr(code) if code <= _LAST else found[0]
