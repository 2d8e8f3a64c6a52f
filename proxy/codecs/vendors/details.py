"""`reasoning_details`: reasoning in typed pieces, some of them signed, which must come back to their maker as they were.

Clients that keep extension fields send them back by themselves; for those that only echo ids they travel inside the id
of the tool call that follows them.

Invariant: at most `MAX_STATE` characters are kept of one choice; an id is packed once, and the same every time it comes.
Source: https://openrouter.ai/docs/use-cases/reasoning-tokens (read 2026-11-21).
"""

from __future__ import annotations

from typing import Any, Final

from proxy.codecs.vendors.content import over_messages
from proxy.codecs.vendors.said import over_choices
from proxy.core import jsons
from proxy.core.shape import Json
from proxy.core.state import MAX_STATE, pack

_MAX_CALLS: Final = 1024
_GROWING: Final = frozenset({"text", "summary", "data"})
"""Members of a detail that come in pieces."""


def details_as_reasoning(frame: Json) -> Json:
    """The text of details, where the answer does not say it under `reasoning` as well."""
    return over_choices(frame, _told)


class DetailsInIds:
    """Packs what one answer has of details into the ids of its tool calls.

    Args:
        maker: Who may get them back.
    """

    def __init__(self, maker: str) -> None:
        self._maker = maker
        self._choices: dict[int, _Kept] = {}

    def __call__(self, frame: Json) -> Json:
        """The frame with packed ids."""
        return over_choices(frame, self._packed)

    def _packed(self, index: int, said: Json) -> Json:
        details, calls = said.get("reasoning_details"), said.get("tool_calls")
        if not isinstance(details, list) and not isinstance(calls, list):
            return said
        kept = self._choices.setdefault(index, _Kept(self._maker))
        for detail in details if isinstance(details, list) else ():
            kept.add(detail)
        new = over_messages(calls, kept.call) if isinstance(calls, list) else calls
        return said if new is calls else {**said, "tool_calls": new}


class _Kept:
    """The details of one choice that no id carries yet, and the ids so far."""

    def __init__(self, maker: str) -> None:
        self._maker = maker
        self._details: list[Json] = []
        self._places: dict[tuple[int, str], Json] = {}
        self._room = MAX_STATE
        self._ids: dict[str, str] = {}

    def add(self, detail: Any) -> None:
        if not isinstance(detail, dict) or self._room < 0:
            return
        self._room -= len(jsons.encode(detail))
        place = _place(detail)
        known = self._places.get(place) if place else None
        if known is None:
            known = dict(detail)
            self._details.append(known)
            if place:
                self._places[place] = known
            return
        for name, value in detail.items():
            old = known.get(name)
            grows = name in _GROWING and isinstance(old, str) and isinstance(value, str)
            if grows:
                known[name] = f"{old}{value}"
            elif value is not None:
                known[name] = value

    def call(self, call: Json) -> Json:
        given = call.get("id")
        if not isinstance(given, str) or not given:
            return call
        if given not in self._ids and len(self._ids) < _MAX_CALLS:
            details, self._details, self._places = self._details, [], {}
            self._ids[given] = pack(given, self._maker, details if self._room >= 0 else [])
        packed = self._ids.get(given, given)
        return call if packed == given else {**call, "id": packed}


def _place(detail: Json) -> tuple[int, str] | None:
    """What the pieces of one detail have in common; None for one that comes whole."""
    index, kind = detail.get("index"), detail.get("type")
    if not isinstance(index, int) or not isinstance(kind, str) or kind == "reasoning.encrypted":
        return None
    return index, kind


def _told(index: int, said: Json) -> Json:
    del index
    details = said.get("reasoning_details")
    if not isinstance(details, list) or said.get("reasoning_content") or said.get("reasoning"):
        return said
    texts = [_text(detail) for detail in details]
    text = "".join(texts)
    return {**said, "reasoning_content": text} if text else said


def _text(detail: Any) -> str:
    if not isinstance(detail, dict):
        return ""
    text = detail.get("text") or detail.get("summary")
    return text if isinstance(text, str) else ""
