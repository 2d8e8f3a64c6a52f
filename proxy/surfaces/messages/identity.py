"""The ids of an answer as Anthropic's clients may send them back: `msg_…` for the message, plain words for its calls.

Invariant: the same id always becomes the same; what is one of theirs already stays as it is, state that it carries too.
"""

from __future__ import annotations

import hashlib
import re
from typing import Final

from proxy.core.shape import ChatRequest, Chunk, Completion
from proxy.core.state import MARK

MESSAGE: Final = "msg_"
CALL: Final = "toolu_"
SEARCH: Final = "srvtoolu_"
_FOREIGN: Final = re.compile(r"[^A-Za-z0-9_-]")
_CHAT: Final = "chatcmpl-"


def message_id(request: ChatRequest, answer: Chunk | Completion) -> str:
    """The id of a message: the provider's own under the prefix that it has here, or one made from the call."""
    given = answer.get("id") or ""
    if given.startswith(MESSAGE) and not _FOREIGN.search(given):
        return given
    if given:
        return MESSAGE + _FOREIGN.sub("_", given.removeprefix(_CHAT))
    seed = request.raw + str(answer.get("created") or 0).encode()
    return MESSAGE + hashlib.sha256(seed).hexdigest()[:24]


def search_id(message: str, slot: int) -> str:
    """The id of search number `slot` of a message, by which it is known for ours when it comes back."""
    return f"{SEARCH}{message.removeprefix(MESSAGE)}_{slot}{MARK}"


def call_id(given: str, message: str, slot: int) -> str:
    """The id of call number `slot` of a message."""
    if not given:
        return f"{CALL}{message.removeprefix(MESSAGE)}_{slot}"
    if not _FOREIGN.search(given):
        return given
    digest = hashlib.sha256(given.encode(errors="replace")).hexdigest()[:8]
    return f"{_FOREIGN.sub('_', given)}_{digest}"
