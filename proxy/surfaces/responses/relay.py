"""A provider's own events on their way to a caller of the same dialect, and what must be known of them to go on alone.

What goes out is what came. Beside it the answer is followed as far as its end needs it: an answer that breaks off is
told with what there is of it, and one that another target takes up goes on in the item that was open. Pieces are taken
from the chunk that an event came with, so that only the few events that open and close something are read.

Invariant: an event is relayed whether it is understood or not.
Source: https://developers.openai.com/api/reference/resources/responses/streaming-events (read 2026-11-21).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar, Final

from proxy.core import jsons
from proxy.core.shape import Chunk, Json, Native
from proxy.core.usage import count
from proxy.surfaces.responses.output import Given, Item, Message
from proxy.surfaces.responses.teller import Teller
from proxy.surfaces.responses.thought import Thought

DIALECT: Final = "responses"
TERMINAL: Final = frozenset({"response.completed", "response.incomplete"})
_LIFE: Final = frozenset({"response.created", "response.queued", "response.in_progress", *TERMINAL})
"""Events that hold the response, and with it the model's name."""


class Relay:
    """Follows one relayed answer.

    Args:
        teller: Takes over where the relay ends.
        model: In place of the provider's name of the model.
    """

    def __init__(self, teller: Teller, model: str | None = None) -> None:
        self._teller = teller
        self._model = model
        self.number = 0
        """The number of the event that comes next."""
        self.began = False
        self._piece: tuple[type[Message | Thought], str] | None = None
        """What the event that came last says a piece of."""
        self.last: tuple[str, bytes] | None = None
        """The terminal event and its payload, which waits for the end."""

    def feed(self, chunk: Chunk, native: Native) -> bytes:
        """The frame of an event; nothing for the terminal one, which is kept."""
        name, payload = native.get("event", ""), native["payload"]
        self.began = True
        self.number += 1
        take = self._TAKES.get(name)
        if take is not None:
            event = jsons.decode_object(payload)
            told = count(event.get("sequence_number"))
            self.number = self.number if told is None else told + 1
            take(self, event)
        self._piece = _PIECES.get(name)
        self.more(chunk)
        if self._model is not None and name in _LIFE:
            payload = inside(payload, {"model": self._model})
        if name in TERMINAL:
            self.last = name, payload
            return b""
        return frame(name, payload)

    def more(self, chunk: Chunk) -> None:
        """What else the last event says: its piece of a text belongs to the item of its kind that was opened last."""
        if self._piece is None:
            return
        kind, member = self._piece
        deltas: list[Json] = [dict(c.get("delta") or {}) for c in chunk.get("choices") or ()]
        piece = "".join(delta.get(member) or "" for delta in deltas)
        for item in reversed(self._teller.open.values()):
            if isinstance(item, kind):
                item.grow(piece)
                return

    def _begin(self, event: Json) -> None:
        response = event.get("response")
        if isinstance(response, dict):
            named = {} if self._model is None else {"model": self._model}
            self._teller.adopt({**self._teller.base, **response, **named, "output": []}, 0)

    def _added(self, event: Json) -> None:
        index, given = _place(event), event.get("item")
        item: Json = given if isinstance(given, dict) else {}
        kind = _KINDS.get(str(item.get("type")))
        mark = str(item.get("id") or "")
        opened: Item = Given(mark, index, item) if kind is None else kind(mark, index)
        self._teller.open[index] = opened
        self._teller.adopt(self._teller.base, index + 1)

    def _part_added(self, event: Json) -> None:
        item, part = self._teller.open.get(_place(event)), event.get("part")
        if isinstance(item, Message | Thought) and isinstance(part, dict):
            item.follow(str(part.get("type")))

    def _part_done(self, event: Json) -> None:
        item = self._teller.open.get(_place(event))
        if isinstance(item, Message | Thought):
            item.leave()

    def _done(self, event: Json) -> None:
        index, item = _place(event), event.get("item")
        self._teller.open.pop(index, None)
        if isinstance(item, dict):
            self._teller.output[index] = item
            self._teller.adopt(self._teller.base, index + 1)

    _TAKES: ClassVar[dict[str, Callable[[Any, Json], None]]] = {
        "response.created": _begin,
        "response.queued": _begin,
        "response.in_progress": _begin,
        "response.output_item.added": _added,
        "response.content_part.added": _part_added,
        "response.content_part.done": _part_done,
        "response.reasoning_summary_part.added": _part_added,
        "response.reasoning_summary_part.done": _part_done,
        "response.output_item.done": _done,
    }


def frame(name: str, payload: bytes) -> bytes:
    """One event as it goes out."""
    if not name:
        return b"data: " + payload + b"\n\n"
    return b"event: " + name.encode() + b"\ndata: " + payload + b"\n\n"


def inside(payload: bytes, edits: Json) -> bytes:
    """An event with these members of the response that it holds replaced or added; as it is where it holds none."""
    members = jsons.split(payload)
    response = bytes(members.get("response", b""))
    if not edits or not response.startswith(b"{"):
        return payload
    members["response"] = jsons.raw(
        {**jsons.split(response), **{name: jsons.raw(value) for name, value in edits.items()}}
    )
    return jsons.join(members)


def _place(event: Json) -> int:
    return count(event.get("output_index")) or 0


_KINDS: Final[dict[str, type[Message | Thought]]] = {"message": Message, "reasoning": Thought}
_PIECES: Final[dict[str, tuple[type[Message | Thought], str]]] = {
    "response.output_text.delta": (Message, "content"),
    "response.refusal.delta": (Message, "refusal"),
    "response.reasoning_summary_text.delta": (Thought, "reasoning_content"),
    "response.reasoning_text.delta": (Thought, "reasoning_content"),
}
"""Events with a piece of a text: whose it is, and where the chunk has it."""
