"""Writes calls for one target: what of a call is the same each time is known here, and made once.

Invariant: a call of texts that is written here says the same as what `request.py` would have written, or is not.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from proxy.codecs.openai.head import Heads
from proxy.codecs.openai.splice import splice
from proxy.core import jsons
from proxy.core.shape import ChatRequest, HttpCall, Target

_EDITED: Final = frozenset({"max_tokens"})
"""Members that are looked at more closely at every target."""
_OPTIONS: Final = "stream_options"


class CallWriter:
    """Of one target.

    Args:
        target: Who is asked.
    """

    __slots__ = ("_name", "_of_texts", "_takes_streams", "head", "url")

    def __init__(self, target: Target) -> None:
        self.url = f"{target.base_url}/chat/completions"
        self.head = Heads(target).of
        """Gives a call's headers, as `Heads.of` does."""
        self._name = jsons.encode(target.model)
        self._of_texts = _edited(target)
        self._takes_streams = target.quirks.stream_options

    def write(self, request: ChatRequest) -> HttpCall | None:
        """The call, where it is of nothing but texts and nobody has a word on them; else None."""
        edited = self._of_texts
        if not request.only_texts or edited is None or not edited.isdisjoint(request.body):
            return None
        if request.stream and not self._takes_streams:
            return None
        if _OPTIONS in request.body and not request.include_usage:
            return None
        body = splice(request, self._name)
        if body is None:
            return None
        trace, headers = self.head(request)
        return HttpCall(self.url, headers, body, trace=trace)


def writer_for(target: Target) -> CallWriter:
    """The writer of a target; a caller's own key is not remembered."""
    return CallWriter(target) if target.passthrough else _writer(target)


_writer: Final = lru_cache(maxsize=256)(CallWriter)


def _edited(target: Target) -> frozenset[str] | None:
    """The members of a call of texts that would not go on as they came, the name of the model aside; None: any might."""
    quirks = target.quirks
    if target.params or quirks.request or quirks.clamp or quirks.reasoning_replay:
        return None
    return _EDITED | quirks.drop | quirks.rename.keys()
