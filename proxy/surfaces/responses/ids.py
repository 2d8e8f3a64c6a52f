"""Ids of an answer that had none in this API: the response's, and those of its items, which tell whose items they are.

Invariant: the same request and the same answer give the same ids; two requests, or two answers, do not.
"""

from __future__ import annotations

import re
from hashlib import sha256
from typing import Final

from proxy.core import jsons
from proxy.core.shape import ChatRequest
from proxy.core.state import MARK

_DIGITS: Final = 40
_ITEM: Final = re.compile(rf"(?:ctc|fc|ig|msg|rs|ws)_([0-9a-f]{{{_DIGITS}}})_\d+(?:{MARK})?")


def digest_of(request: ChatRequest) -> bytes:
    """What is to be known of a request for the ids of its answer. To be taken while the request has its words."""
    return sha256(request.raw or jsons.encode(request.body)).digest()


class Ids:
    """The ids of one answer.

    Args:
        asked: The digest of the call that is answered.
        answer: The answer's id and time as the provider has them.
    """

    def __init__(self, asked: bytes, answer: str) -> None:
        told = answer.encode(errors="replace")
        self._stem = sha256(asked + told).hexdigest()[:_DIGITS]

    @property
    def response(self) -> str:
        """`resp_…`"""
        return f"resp_{self._stem}"

    def item(self, prefix: str, index: int) -> str:
        """The id of the item at a place of the output; `prefix` says what it is."""
        return f"{prefix}_{self._stem}_{index}"

    def search(self, prefix: str, index: int) -> str:
        """The same for a search that a provider without this API has made: no other takes it back, so it is marked."""
        return self.item(prefix, index) + MARK


def response_of(item: str) -> str | None:
    """The response that an item belongs to, by the item's id; None for an id that is not of our making."""
    match = _ITEM.fullmatch(item)
    return f"resp_{match[1]}" if match else None
