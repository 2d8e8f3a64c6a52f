"""Output items of an answer: one small class per kind, each with what begins it, adds to it and ends it.

What the provider ran itself (code, other servers' tools) is hidden: chat has no form for it. A search of the web is told
by what it asked for; what it found is told by the annotations of the text.

Source: https://developers.openai.com/api/reference/resources/responses/streaming-events (read 2026-11-20).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar, Final

from proxy.codecs.responses.finish import INCOMPLETE
from proxy.codecs.responses.held import Held
from proxy.codecs.responses.told import Told
from proxy.core import jsons
from proxy.core.fold import NO_ARGUMENTS
from proxy.core.shape import Chunk, Json


class Item:
    """One output item. As it stands it is hidden: it takes everything and says nothing."""

    adds: ClassVar[dict[str, Callable[[Any, Json], list[Chunk]]]] = {}
    """Its events, each with one small method."""

    is_run_there: ClassVar = False
    """Whether it is the work of a tool that the provider runs, which a reader of chat does not see."""

    def __init__(self, held: Held) -> None:
        self.held = held

    def start(self, _item: Json) -> list[Chunk]:
        """Take the item as it was begun; most of it is still to come."""
        return []

    def add(self, name: str, event: Json) -> list[Chunk] | None:
        """Take one of its events; None where it has no such event."""
        add = self.adds.get(name)
        return add(self, event) if add else None

    def stop(self, _item: Json) -> list[Chunk]:
        """Take the item as it is at its end, and give what has not been said of it."""
        return []


class Message(Item):
    """`message`: text, refusals and what the text is annotated with."""

    def __init__(self, held: Held) -> None:
        super().__init__(held)
        self._text = Told()
        self._refusal = Told()
        self._from = held.written
        self._part: Any = None
        self._before = 0
        """Characters of the item before the part that is being told."""
        self._noted = 0

    def stop(self, item: Json) -> list[Chunk]:
        """The rest of the text, of the refusal and of the annotations."""
        parts = [part for part in _list(item.get("content")) if isinstance(part, dict)]
        texts = [_string(part.get("text")) for part in parts]
        fresh = self._text.length == 0
        logprobs = [each for part in parts for each in _list(part.get("logprobs"))] if fresh else []
        chunks = self._write(self._text.rest("".join(texts)), logprobs)
        refusal = "".join(_string(part.get("refusal")) for part in parts)
        chunks += self._refuse(self._refusal.rest(refusal))
        notes: list[Json] = []
        at = self._from
        for part, text in zip(parts, texts, strict=True):
            notes += [_note(each, at) for each in _list(part.get("annotations"))]
            at += len(text)
        return chunks + self._annotate(notes[self._noted :])

    def _write(self, piece: str, logprobs: Any) -> list[Chunk]:
        if not piece:
            return []
        if self._text.length:
            self._text.add(piece)
            return self.held.text(piece, logprobs)
        between = self.held.next_text()
        self._from = self.held.written
        self._text.add(piece)
        return between + self.held.text(piece, logprobs)

    def _refuse(self, piece: str) -> list[Chunk]:
        if not piece:
            return []
        self._refusal.add(piece)
        return self.held.say(self.held.build.refusal(piece))

    def _annotate(self, notes: list[Json]) -> list[Chunk]:
        known = [note for note in notes if note]
        return self.held.say(self.held.build.delta({"annotations": known})) if known else []

    def _on_text(self, event: Json) -> list[Chunk]:
        part = event.get("content_index")
        if part != self._part:
            self._part, self._before = part, self._text.length
        return self._write(_string(event.get("delta")), event.get("logprobs"))

    def _on_refusal(self, event: Json) -> list[Chunk]:
        return self._refuse(_string(event.get("delta")))

    def _on_annotation(self, event: Json) -> list[Chunk]:
        self._noted += 1
        return self._annotate([_note(event.get("annotation"), self._from + self._before)])

    adds: ClassVar = {
        "response.output_text.delta": _on_text,
        "response.refusal.delta": _on_refusal,
        "response.output_text.annotation.added": _on_annotation,
    }


class Reasoning(Item):
    """`reasoning`: a summary of it or, from some servers, its very text; and the encrypted whole."""

    def __init__(self, held: Held) -> None:
        super().__init__(held)
        self._told = Told()
        self._member = ""
        """Which of its two texts is told: whichever came first, because they say the same."""
        self._part: Any = None
        """The part of the summary that is being told."""

    def stop(self, item: Json) -> list[Chunk]:
        """The rest of its text; what is encrypted of it waits for what it led to."""
        self.held.keep(item)
        texts = {
            "content": "".join(_texts(item.get("content"))),
            "summary": self.held.apart.join(_texts(item.get("summary"))),
        }
        member = self._member or ("content" if texts["content"] else "summary")
        return self._think(self._told.rest(texts[member]))

    def _think(self, piece: str) -> list[Chunk]:
        if not piece:
            return []
        between = [] if self._told.length else self.held.next_thought()
        self._told.add(piece)
        return between + self.held.thought(piece)

    def _take(self, event: Json, member: str, part: Any = None) -> list[Chunk]:
        piece = _string(event.get("delta"))
        if not piece or self._member not in ("", member):
            return []
        self._member = member
        if part != self._part and self._told.length:
            piece = self.held.apart + piece
        self._part = part
        return self._think(piece)

    def _on_summary(self, event: Json) -> list[Chunk]:
        return self._take(event, "summary", event.get("summary_index"))

    def _on_text(self, event: Json) -> list[Chunk]:
        return self._take(event, "content")

    adds: ClassVar = {
        "response.reasoning_summary_text.delta": _on_summary,
        "response.reasoning_text.delta": _on_text,
    }


class Call(Item):
    """`function_call`: opened as soon as its name is known; its arguments are a JSON text in pieces."""

    member: ClassVar = "arguments"
    """Where the item has what the tool is called with."""

    def __init__(self, held: Held) -> None:
        super().__init__(held)
        self._told = Told()
        self._slot: int | None = None

    def start(self, item: Json) -> list[Chunk]:
        """Open the call, if it says what is called."""
        name = item.get("name")
        if self._slot is not None or not isinstance(name, str) or not name:
            return []
        self._slot, mark = self.held.call(_string(item.get("call_id")) or _string(item.get("id")))
        return self.held.say(self.opening(self._slot, mark, name))

    def stop(self, item: Json) -> list[Chunk]:
        """The rest of what it is called with; an empty object for a function called without arguments."""
        chunks = self.start(item) + self.whole(item)
        if self._slot is None or self._told.length or item.get("status") == INCOMPLETE:
            return chunks
        return chunks + self._put(self.nothing())

    def opening(self, slot: int, mark: str, name: str) -> Chunk:
        """The chunk that opens the call."""
        return self.held.build.tool_open(slot, mark, name)

    def piece(self, slot: int, piece: str) -> Chunk:
        """A chunk with a piece of what it is called with."""
        return self.held.build.tool_arguments(slot, piece)

    def nothing(self) -> str:
        """What a call says that says nothing."""
        return NO_ARGUMENTS

    def _put(self, piece: str) -> list[Chunk]:
        # Until the call is opened a piece has no place; the whole comes again at its end.
        if not piece or self._slot is None:
            return []
        self._told.add(piece)
        return [self.piece(self._slot, piece)]

    def whole(self, event: Json) -> list[Chunk]:
        """What has not been said of what it is called with, where the event has all of it."""
        given = event.get(self.member)
        if isinstance(given, dict):
            given = jsons.encode(given).decode()
        return self._put(self._told.rest(_string(given)))

    def on_delta(self, event: Json) -> list[Chunk]:
        """A piece of what it is called with."""
        return self._put(_string(event.get("delta")))

    adds: ClassVar = {
        "response.function_call_arguments.delta": on_delta,
        "response.function_call_arguments.done": whole,
    }


class CustomCall(Call):
    """`custom_tool_call`: called with free text."""

    member: ClassVar = "input"

    def opening(self, slot: int, mark: str, name: str) -> Chunk:
        """The chunk that opens the call."""
        return self.held.build.custom_open(slot, mark, name)

    def piece(self, slot: int, piece: str) -> Chunk:
        """A chunk with a piece of its input."""
        return self.held.build.custom_input(slot, piece)

    def nothing(self) -> str:
        """No input is no input."""
        return ""

    adds: ClassVar = {
        "response.custom_tool_call_input.delta": Call.on_delta,
        "response.custom_tool_call_input.done": Call.whole,
    }


class Image(Item):
    """`image_generation_call`: the picture, once it is done."""

    def stop(self, item: Json) -> list[Chunk]:
        """The picture, in the form in which others' chat APIs give it."""
        data = _string(item.get("result"))
        if not data:
            return []
        form = _string(item.get("output_format")) or "png"
        url = f"data:image/{form};base64,{data}"
        image: Json = {"type": "image_url", "image_url": {"url": url}}
        return self.held.say(self.held.build.delta({"images": [image]}))


class Search(Item):
    """`web_search_call`: what was asked for, once it is done; a page that was only opened is no search."""

    is_run_there: ClassVar = True

    def stop(self, item: Json) -> list[Chunk]:
        """The search, and its sources where they are told."""
        action = item.get("action")
        if not isinstance(action, dict) or action.get("type") != "search":
            return []
        asked = [*_list(action.get("queries"))] or [action.get("query")]
        queries = [query for query in asked if isinstance(query, str) and query]
        sources = [each for each in _list(action.get("sources")) if isinstance(each, dict)]
        pages = [{"url": url, "title": ""} for each in sources if (url := _string(each.get("url")))]
        search = {"queries": queries, "results": pages}
        return [self.held.build.delta({"web_searches": [search]})]


KINDS: Final[dict[str, type[Item]]] = {
    "message": Message,
    "reasoning": Reasoning,
    "function_call": Call,
    "custom_tool_call": CustomCall,
    "image_generation_call": Image,
    "web_search_call": Search,
}
EVENTS: Final = {name: kind for kind in KINDS.values() for name in kind.adds}
"""Events of items, each with the kind of item that has it."""


def _note(annotation: Any, at: int) -> Json:
    """An annotation in chat's form, nested under its type, counted from the beginning of the whole text."""
    given = annotation if isinstance(annotation, dict) else {}
    kind = given.get("type")
    if not isinstance(kind, str):
        return {}
    moved = _PLACES.get(kind, ("start_index", "end_index"))
    inner = {
        name: value + at if name in moved and isinstance(value, int) else value
        for name, value in given.items()
        if name != "type"
    }
    return {"type": kind, kind: inner}


_PLACES: Final = {"file_citation": ("index",)}
"""Members of annotations that are places in the text, where they are not the usual ones."""


def _texts(parts: Any) -> list[str]:
    """The texts of parts that say anything."""
    texts = (_string(part.get("text")) for part in _list(parts) if isinstance(part, dict))
    return [text for text in texts if text]


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _string(value: Any) -> str:
    return value if isinstance(value, str) else ""
