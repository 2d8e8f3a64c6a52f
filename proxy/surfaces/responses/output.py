"""Output items while they are being said: one small class per kind, each with the events that open, fill and close it.

An event is a dict without its number; the encoder numbers and writes it.

Invariant: what the pieces of an item add up to is what its closing events and the item itself say.
Source: https://developers.openai.com/api/reference/resources/responses/streaming-events (read 2026-11-21).
"""

from __future__ import annotations

from typing import Any, ClassVar

from proxy.core.fold import NO_ARGUMENTS
from proxy.core.shape import Json
from proxy.core.state import seal
from proxy.surfaces.responses.response import COMPLETED, IN_PROGRESS
from proxy.surfaces.responses.spaces import Spaces


class Item:
    """One output item, open.

    Args:
        mark: Its id.
        index: Its place in the output.
    """

    prefix: ClassVar = ""
    """What the ids of its kind begin with."""

    def __init__(self, mark: str, index: int) -> None:
        self.mark = mark
        self.index = index

    def begin(self) -> list[Json]:
        """The events that open it."""
        return [self._framed("added", self.whole(IN_PROGRESS))]

    def end(self, status: str) -> list[Json]:
        """The events that close it; `status` says whether it is whole."""
        return [*self.rest(status), self._framed("done", self.whole(status))]

    def whole(self, status: str) -> Json:
        """The item as it stands."""
        raise AssertionError(f"{type(self).__name__} says what it is, not {status}")

    def rest(self, _status: str) -> list[Json]:
        """The events that close what is open in it."""
        return []

    def event(self, kind: str, **members: Any) -> Json:
        """One of its events."""
        return {
            "type": f"response.{kind}",
            "item_id": self.mark,
            "output_index": self.index,
            **members,
        }

    def _framed(self, step: str, item: Json) -> Json:
        return {
            "type": f"response.output_item.{step}",
            "output_index": self.index,
            "item": item,
        }


class Part:
    """One content part of a message: a text or a refusal."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self.pieces: list[str] = []
        self.notes: list[Json] = []
        self.logprobs: list[Any] = []

    @property
    def name(self) -> str:
        """The member with its text, which is what its events are named after."""
        return "text" if self.kind == "output_text" else "refusal"

    def whole(self) -> Json:
        """The part as it stands."""
        said: Json = {"type": self.kind, self.name: "".join(self.pieces)}
        if self.kind == "output_text":
            # Copies: what comes later must not show in an event that is not written yet.
            said |= {"annotations": [*self.notes], "logprobs": [*self.logprobs]}
        return said


class Message(Item):
    """`message`: texts with their annotations, and refusals."""

    prefix: ClassVar = "msg"

    def __init__(self, mark: str, index: int) -> None:
        super().__init__(mark, index)
        self.parts: list[Part] = []
        self.closed = 0
        """How many of its parts are closed: all, or all but the last."""

    def whole(self, status: str) -> Json:
        """The item as it stands."""
        return {
            "id": self.mark,
            "type": "message",
            "role": "assistant",
            "status": status,
            "content": [part.whole() for part in self.parts],
        }

    def part(self, kind: str) -> list[Json]:
        """Have a part of this kind open."""
        if self.closed < len(self.parts) and self.parts[-1].kind == kind:
            return []
        closing = self._close()
        self.parts.append(part := Part(kind))
        opening = self.event(
            "content_part.added", content_index=len(self.parts) - 1, part=part.whole()
        )
        return [*closing, opening]

    def text(self, piece: str, logprobs: list[Any]) -> list[Json]:
        """A piece of text, with what is known of its tokens."""
        opening = self.part("output_text")
        self.parts[-1].pieces.append(piece)
        self.parts[-1].logprobs += logprobs
        return [*opening, self._in_part("output_text.delta", delta=piece, logprobs=logprobs)]

    def refusal(self, piece: str) -> list[Json]:
        """A piece of a refusal."""
        opening = self.part("refusal")
        self.parts[-1].pieces.append(piece)
        return [*opening, self._in_part("refusal.delta", delta=piece)]

    def annotate(self, note: Json) -> list[Json]:
        """A note on the text, its places counted from the beginning of the part."""
        opening = self.part("output_text")
        notes = self.parts[-1].notes
        notes.append(note)
        event = "output_text.annotation.added"
        place = len(notes) - 1
        return [*opening, self._in_part(event, annotation_index=place, annotation=note)]

    def follow(self, kind: str) -> None:
        """Somebody else opened a part."""
        self.leave()
        self.parts.append(Part(kind))

    def leave(self) -> None:
        """Somebody else closed the part that was open."""
        self.closed = len(self.parts)

    def grow(self, piece: str) -> None:
        """Somebody else said a piece of the part that is open."""
        if self.closed < len(self.parts):
            self.parts[-1].pieces.append(piece)

    def rest(self, _status: str) -> list[Json]:
        """The end of the part that is open; a message without any gets one, as an SDK reads the first."""
        opening = [] if self.parts else self.part("output_text")
        return [*opening, *self._close()]

    def _close(self) -> list[Json]:
        if self.closed == len(self.parts):
            return []
        part = self.parts[-1]
        said: Json = {part.name: "".join(part.pieces)}
        kind = "refusal"
        if part.kind == "output_text":
            kind, said = "output_text", {**said, "logprobs": [*part.logprobs]}
        events = [
            self._in_part(f"{kind}.done", **said),
            self._in_part("content_part.done", part=part.whole()),
        ]
        self.closed += 1
        return events

    def _in_part(self, kind: str, **members: Any) -> Json:
        return self.event(kind, content_index=len(self.parts) - 1, **members)


class Reasoning(Item):
    """`reasoning`: its text as a summary, and what its maker signed, sealed."""

    prefix: ClassVar = "rs"

    def __init__(self, mark: str, index: int) -> None:
        super().__init__(mark, index)
        self.pieces: list[str] = []
        self.blocks: list[Json] = []

    def whole(self, status: str) -> Json:
        """The item as it stands. It is sealed even where nothing was signed, so that its replay is known for ours."""
        text = "".join(self.pieces)
        item: Json = {
            "id": self.mark,
            "type": "reasoning",
            "summary": [{"type": "summary_text", "text": text}] if text else [],
        }
        if status != IN_PROGRESS:
            item["encrypted_content"] = seal(self.blocks)
        return item

    def think(self, piece: str) -> list[Json]:
        """A piece of its text."""
        opening = [] if self.pieces else [self._part("added", "")]
        self.pieces.append(piece)
        delta = self.event("reasoning_summary_text.delta", summary_index=0, delta=piece)
        return [*opening, delta]

    def rest(self, _status: str) -> list[Json]:
        """The end of its text, where it has one."""
        if not self.pieces:
            return []
        text = "".join(self.pieces)
        done = self.event("reasoning_summary_text.done", summary_index=0, text=text)
        return [done, self._part("done", text)]

    def _part(self, step: str, text: str) -> Json:
        part = {"type": "summary_text", "text": text}
        return self.event(f"reasoning_summary_part.{step}", summary_index=0, part=part)


class Call(Item):
    """`function_call`: a JSON text in pieces."""

    prefix: ClassVar = "fc"
    kind: ClassVar = "function_call"
    within: ClassVar = "function"
    """Where chat has what it says."""
    member: ClassVar = "arguments"
    told: ClassVar = "function_call_arguments"
    """What its events are named after."""
    nothing: ClassVar = NO_ARGUMENTS
    """What a call says that says nothing."""

    def __init__(
        self, mark: str, index: int, call: str, name: str, spaces: Spaces | None = None
    ) -> None:
        super().__init__(mark, index)
        self.call = call
        self.name = name
        self._spaces = spaces or Spaces()
        self.pieces: list[str] = []

    def whole(self, status: str) -> Json:
        """The item as it stands."""
        return {
            "id": self.mark,
            "type": self.kind,
            "call_id": self.call,
            **self._spaces.named(self.name),
            self.member: "".join(self.pieces),
            "status": status,
        }

    def put(self, piece: str) -> list[Json]:
        """A piece of what it is called with."""
        self.pieces.append(piece)
        return [self.event(f"{self.told}.delta", delta=piece)]

    def rest(self, status: str) -> list[Json]:
        """The end of what it is called with."""
        empty = status == COMPLETED and self.nothing and not self.pieces
        filled = self.put(self.nothing) if empty else []
        named = {
            "name": self._spaces.named(self.name)["name"],
            self.member: "".join(self.pieces),
        }
        return [*filled, self.event(f"{self.told}.done", **named)]


class CustomCall(Call):
    """`custom_tool_call`: free text in pieces."""

    prefix: ClassVar = "ctc"
    kind: ClassVar = "custom_tool_call"
    within: ClassVar = "custom"
    member: ClassVar = "input"
    told: ClassVar = "custom_tool_call_input"
    nothing: ClassVar = ""


class Search(Item):
    """`web_search_call`: a search that was made, told when it is over.

    Args:
        mark: Its id.
        index: Its place in the output.
        search: As chat has it.
        sources: Whether the pages that were found are asked for.
    """

    prefix: ClassVar = "ws"

    def __init__(self, mark: str, index: int, search: Json, *, sources: bool = False) -> None:
        super().__init__(mark, index)
        self._failed = "error" in search
        queries = [str(query) for query in _list(search.get("queries"))]
        self._action: Json = {"type": "search", "query": "; ".join(queries), "queries": queries}
        if sources:
            pages = [each for each in _list(search.get("results")) if isinstance(each, dict)]
            self._action["sources"] = [{"type": "url", "url": page.get("url")} for page in pages]

    def begin(self) -> list[Json]:
        """The events that open it."""
        return [
            *super().begin(),
            self.event("web_search_call.in_progress"),
            self.event("web_search_call.searching"),
        ]

    def rest(self, _status: str) -> list[Json]:
        """The end of the search."""
        return [self.event("web_search_call.completed")]

    def whole(self, status: str) -> Json:
        """The item with its status."""
        status = "failed" if self._failed and status == COMPLETED else status
        return {
            "id": self.mark,
            "type": "web_search_call",
            "status": status,
            "action": self._action,
        }


class Given(Item):
    """An item that comes as one: a picture, or whatever a provider began and chat has no form for."""

    prefix: ClassVar = "ig"

    def __init__(self, mark: str, index: int, item: Json) -> None:
        super().__init__(mark, index)
        self._item = item

    def whole(self, status: str) -> Json:
        """The item with its status; before its end without what it holds."""
        item = self._item
        if status == IN_PROGRESS:
            item = {name: value for name, value in item.items() if name != "result"}
        return {**item, "status": status}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def picture(mark: str, index: int, url: str) -> Given | None:
    """A picture that is in its very address, as an item; None for one that is elsewhere."""
    head, found, data = url.partition(";base64,")
    form = head.removeprefix("data:image/")
    if not found or form == head:
        return None
    item = {"id": mark, "type": "image_generation_call", "result": data, "output_format": form}
    return Given(mark, index, item)
