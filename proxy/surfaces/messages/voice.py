"""The chat deltas of one answer as content blocks in Anthropic's order: one open at a time, each of one kind.

Invariant: at most one block is open; blocks begin in the order in which the answer began them; what is kept or held back
never exceeds `MAX_HELD` characters.
Source: https://platform.claude.com/docs/en/build-with-claude/streaming (read 2026-11-20).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, ClassVar, Final, TypeVar

from proxy.core.errors import Kind, ProxyError
from proxy.core.fold import CUT_SHORT, MAX_CALLS
from proxy.core.shape import DEFAULT_MAX_ANSWER, ChunkChoice, Json
from proxy.core.texts import objects_of
from proxy.surfaces.media import Sound, picture_text
from proxy.surfaces.messages.finish import Ending
from proxy.surfaces.messages.identity import call_id
from proxy.surfaces.messages.marks import is_signed
from proxy.surfaces.messages.searches import Searches
from proxy.surfaces.messages.tracks import Blocks, Call, Redacted, Text, Thinking, Track

T = TypeVar("T", bound=Track)

MAX_HELD: Final = DEFAULT_MAX_ANSWER
"""Characters."""


class Voice:
    """What one answer says. `take` each choice 0, then `close`.

    Args:
        out: Where the blocks go.
        message: The message's id, for calls that have none.
        stops: The stop sequences that the caller gave.
        searches: Whether the caller asked for a search of the web.
    """

    def __init__(
        self, out: Blocks, message: str, stops: Sequence[str] = (), *, searches: bool = False
    ) -> None:
        self.ending = Ending()
        self._out = out
        self._message = message
        self._stops = stops
        self._queue: list[Track] = []
        """Blocks that have begun in chat and not ended here; the first of them is live."""
        self._calls: dict[int, Call] = {}
        self._searches = Searches(message, asked=searches)
        self._sound = Sound()
        self._picture: Text | None = None
        """The block that stands for a picture, which takes no other text."""
        self._room = MAX_HELD
        self._finished = False

    @property
    def searched(self) -> int:
        """Searches of the web that were told so far."""
        return self._searches.count

    def take(self, choice: ChunkChoice) -> None:
        """What one chunk says; nothing once the answer has finished.

        Raises:
            ProxyError: MALFORMED for calls that cannot be told, OVERSIZED for more than can be held back.
        """
        if self._finished:
            return
        delta: Json = dict(choice.get("delta") or {})
        for name, say in self._DELTAS.items():
            if value := delta.get(name):
                say(self, value)
        told: Json = dict(choice)
        self.ending.note_stop(told.get("stop_reason"), self._stops)
        if reason := choice.get("finish_reason"):
            self.ending.reason = reason
            self.close(cut_short=reason in CUT_SHORT)
            self._finished = True

    def close(self, *, cut_short: bool = False) -> None:
        """End every block that is still there.

        Args:
            cut_short: Whether calls may lack the rest of their arguments.

        Raises:
            ProxyError: MALFORMED where they lack it and may not.
        """
        if told := self._sound.rest():
            self._text(told)
        for track in self._searches.rest():
            self._add(track)
        while self._queue:
            self._queue.pop(0).end(cut_short=cut_short)
            self._begin()
        self._calls.clear()

    def _thought(self, piece: str) -> None:
        self._keep(piece)
        last = self._queue[-1] if self._queue else None
        track = last if isinstance(last, Thinking) and not last.signed else self._add(Thinking())
        track.think(piece)

    def _signed(self, blocks: list[Json]) -> None:
        for block in blocks:
            if block.get("type") == "redacted_thinking":
                self._add(Redacted(str(block.get("data") or "")))
            elif is_signed(block.get("signature")):
                self._sign(str(block.get("thinking") or ""), block["signature"])

    def _sign(self, text: str, signature: str) -> None:
        """Sign the text that was just told; another gets a block of its own, because a signature covers all of one."""
        last = self._queue[-1] if self._queue else None
        if isinstance(last, Thinking) and not last.signed and last.told == text:
            last.sign(signature)
            return
        track = self._add(Thinking())
        if text:
            self._keep(text)
            track.think(text)
        track.sign(signature)

    def _text(self, piece: str) -> None:
        if len(self._queue) > 1:
            self._keep(piece)
        self._open_text().text(piece)

    def _refusal(self, piece: str) -> None:
        self._keep(piece)
        self.ending.refused += piece
        self._text(piece)

    def _annotations(self, notes: Any) -> None:
        for note in objects_of(notes):
            cited = note.get("url_citation")
            if isinstance(cited, dict) and isinstance(cited.get("url"), str):
                title = cited.get("title")
                title = title if isinstance(title, str) else None
                self._searches.cite(cited["url"], title or "")
                self._open_text().cite(cited["url"], title)

    def _searched(self, searches: Any) -> None:
        for track in self._searches.take(searches):
            self._add(track)

    def _images(self, images: Any) -> None:
        for image in objects_of(images):
            if told := picture_text(image):
                self._picture = self._add(Text())
                self._picture.text(told)

    def _audio(self, sound: Any) -> None:
        if words := self._sound.words(sound):
            self._text(words)

    def _tool_calls(self, calls: list[Json]) -> None:
        for call in calls:
            self._call(call)

    def _function_call(self, function: Json) -> None:
        """A deprecated call, which has no id and no fellows; some servers send one that is empty."""
        if any(function.values()):
            self._call({"index": 0, "function": function})

    def _call(self, call: Json) -> None:
        slot = call.get("index") or 0
        track = self._calls.get(slot) or self._new_call(call, slot)
        said = call.get("function") or call.get("custom") or {}
        if said.get("name"):
            track.name(said["name"])
        piece = said.get("arguments") or said.get("input")
        if not piece:
            return
        self._keep(piece)
        if track in self._queue:
            track.arguments(piece)
            self._advance()
        elif piece.strip():
            raise ProxyError(Kind.MALFORMED, "the provider went on with a call that was whole")

    def _new_call(self, call: Json, slot: int) -> Call:
        if len(self._calls) >= MAX_CALLS:
            raise ProxyError(Kind.MALFORMED, f"the provider sent more than {MAX_CALLS} tool calls")
        self.ending.called = True
        known = call_id(call.get("id") or "", self._message, len(self._calls))
        track = Call(known, freeform=bool(call.get("custom")))
        self._calls[slot] = track
        return self._add(track)

    def _open_text(self) -> Text:
        last = self._queue[-1] if self._queue else None
        if isinstance(last, Text) and last is not self._picture:
            return last
        return self._add(Text())

    def _add(self, track: T) -> T:
        self._queue.append(track)
        if len(self._queue) == 1:
            self._begin()
        self._advance()
        return track

    def _advance(self) -> None:
        """End the live block where another waits and it is whole."""
        while len(self._queue) > 1 and self._queue[0].whole:
            self._queue.pop(0).end()
            self._begin()

    def _begin(self) -> None:
        if self._queue:
            self._queue[0].begin(self._out)

    def _keep(self, piece: str) -> None:
        self._room -= len(piece)
        if self._room < 0:
            message = "the reasoning and tool arguments of the answer are larger than can be held"
            raise ProxyError(Kind.OVERSIZED, message)

    _DELTAS: ClassVar[dict[str, Callable[[Any, Any], None]]] = {
        "reasoning_content": _thought,
        "thinking_blocks": _signed,
        "web_searches": _searched,
        "content": _text,
        "refusal": _refusal,
        "annotations": _annotations,
        "tool_calls": _tool_calls,
        "function_call": _function_call,
        "images": _images,
        "audio": _audio,
    }
    """By the member of a delta, in the order in which one delta says them."""
