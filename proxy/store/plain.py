"""Text as every store can keep it: what JSON lets through and UTF-8 does not have becomes a question mark."""

from __future__ import annotations


def plain(text: str) -> str:
    """The text without lone surrogates, which callers can send as escapes and no store can encode."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode()
