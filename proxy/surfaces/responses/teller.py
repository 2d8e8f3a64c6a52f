"""One answer told as events: chat's deltas into items that open, fill and close, and the response around them.

A message or a reasoning item is closed by what comes after it; calls stay open until the end, because their pieces may
come in turns. Whole answers are told in the same way, so that both say the same.

Invariant: an item is in the output as its closing event has it; places in the output have no gaps.
Source: https://developers.openai.com/api/reference/resources/responses/streaming-events (read 2026-11-21).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Any, ClassVar, Final, TypeVar

from proxy.core.output import is_output
from proxy.core.shape import ChatRequest, Chunk, ChunkChoice, Json
from proxy.core.texts import objects_of
from proxy.surfaces.media import Sound
from proxy.surfaces.responses.annotations import native_note
from proxy.surfaces.responses.ids import Ids, digest_of
from proxy.surfaces.responses.output import (
    Call,
    CustomCall,
    Item,
    Message,
    Reasoning,
    Search,
    picture,
)
from proxy.surfaces.responses.response import COMPLETED, INCOMPLETE, begun, ended
from proxy.surfaces.responses.spaces import Spaces
from proxy.surfaces.responses.usage import usage_of

_Spoken = TypeVar("_Spoken", Message, Reasoning)

_LEGACY: Final = -1
"""The slot of a deprecated function call, which has none."""


class Teller:
    """Makes the events of one answer.

    Args:
        request: The call that is answered.
        model: In place of the provider's name of the model.
    """

    def __init__(self, request: ChatRequest, model: str | None = None) -> None:
        self._request = request
        self._model = model
        self._asked = digest_of(request)
        self._ids = Ids(self._asked, "")
        self.base: Json = {}
        """The response as it began; empty until then."""
        self.output: dict[int, Json] = {}
        """The items that are closed, by their place."""
        self.open: dict[int, Item] = {}
        """Those that are not."""
        self._places = 0
        self._calls: dict[int, Call] = {}
        self._before = 0
        """Characters of text before the message that is open."""
        self._logprobs: list[Any] = []
        self._sound = Sound()
        self._usage: Json | None = None
        self._finish: str | None = None
        self._tier: str | None = None

    @property
    def finished(self) -> bool:
        """Whether the provider's finish was seen."""
        return self._finish is not None

    def feed(self, chunk: Chunk) -> list[Json]:
        """The events that a chunk is.

        Before the answer has begun, a chunk that neither names it nor says anything is left out.
        """
        events: list[Json] = []
        if not self.base:
            if not chunk.get("id") and not is_output(chunk):
                return []
            events += self.begin(chunk)
        if chunk.get("usage"):
            self._usage = chunk["usage"]
        self._tier = chunk.get("service_tier") or self._tier
        for choice in chunk.get("choices") or ():
            if not choice.get("index"):
                events += self._choice(choice)
        return events

    def begin(self, chunk: Chunk) -> list[Json]:
        """The events that open the response."""
        created = chunk.get("created") or 0
        self._ids = Ids(self._asked, f"{chunk.get('id') or ''}/{created}")
        model = chunk.get("model") or self._request.model
        if self._model is not None:
            model = self._model
        self.base = begun(self._ids.response, created, model, self._request.echo)
        return [
            {"type": "response.created", "response": self.base},
            {"type": "response.in_progress", "response": self.base},
        ]

    def adopt(self, response: Json, places: int) -> None:
        """Go on from a response that somebody else began.

        Args:
            response: As it began.
            places: How many places of its output are taken.
        """
        self.base = response
        self._places = max(self._places, places)

    def restart(self) -> list[Json]:
        """What was said so far is void: close what is open, and begin the output anew."""
        events = self.close(INCOMPLETE)
        self.output.clear()
        self._before = 0
        return events

    def take_over(self) -> list[Json]:
        """Another target goes on with the text: close what is open but the message that it goes on in."""
        left = [item for item in self.open.values() if not isinstance(item, Message)]
        return [event for item in left for event in self._end(item, INCOMPLETE)]

    def close(self, status: str) -> list[Json]:
        """The events that close all that is open."""
        events = [
            event for _, item in sorted(self.open.items()) for event in self._end(item, status)
        ]
        self._calls.clear()
        return events

    def end(self) -> list[Json]:
        """The provider ended properly: close what is open. `response` then tells the whole."""
        opening = [] if self.base else self.begin({})
        if unheard := self._sound.rest():
            opening += self._text(unheard)
        return [*opening, *self.close(self._ended["status"])]

    @property
    def response(self) -> Json:
        """The response at its end."""
        return {
            **self.base,
            **self._ended,
            **({"service_tier": self._tier} if self._tier else {}),
            "output": [item for _, item in sorted(self.output.items())],
            "usage": usage_of(self._usage) if self._usage else None,
        }

    def broken(self, error: Json) -> Json:
        """The response where it broke off: what is open is not whole."""
        unfinished = {index: item.whole(INCOMPLETE) for index, item in self.open.items()}
        output = [item for _, item in sorted({**self.output, **unfinished}.items())]
        return {**self.base, "status": "failed", "error": error, "output": output}

    @property
    def _ended(self) -> Json:
        return ended(self._finish)

    def _choice(self, choice: ChunkChoice) -> list[Json]:
        if self.finished:
            return []
        logprobs: Any = choice.get("logprobs")
        content = logprobs.get("content") if isinstance(logprobs, dict) else None
        self._logprobs = content if isinstance(content, list) else []
        delta: Json = dict(choice.get("delta") or {})
        events = [
            event
            for name, tell in self._TELL.items()
            if (value := delta.get(name))
            for event in tell(self, value)
        ]
        if self._logprobs and not any(map(delta.get, self._TELL)):
            self._late_logprobs()
        self._finish = choice.get("finish_reason") or None
        return events

    def _late_logprobs(self) -> None:
        """Tokens of the text before, which some servers tell of by themselves: of the last at least, which has no text."""
        for item in self.open.values():
            if isinstance(item, Message) and item.parts:
                item.parts[-1].logprobs += self._logprobs

    def _reasoning(self, piece: str) -> list[Json]:
        item, opening = self._have(Reasoning)
        return [*opening, *item.think(piece)]

    def _signed(self, blocks: list[Json]) -> list[Json]:
        item, opening = self._have(Reasoning)
        item.blocks += blocks
        return opening

    def _text(self, piece: str) -> list[Json]:
        item, opening = self._have(Message)
        return [*opening, *item.text(piece, self._logprobs)]

    def _refusal(self, piece: str) -> list[Json]:
        item, opening = self._have(Message)
        return [*opening, *item.refusal(piece)]

    def _annotations(self, notes: Any) -> list[Json]:
        item, events = self._have(Message)
        events += item.part("output_text")
        # Chat counts from the beginning of the whole text, this API from that of the part.
        before = self._before + sum(_size(part.pieces) for part in item.parts[:-1])
        for note in objects_of(notes):
            if native := native_note(note, before):
                events += item.annotate(native)
        return events

    def _images(self, images: Any) -> list[Json]:
        return [event for image in objects_of(images) for event in self._image(image)]

    def _image(self, image: Json) -> list[Json]:
        given = image.get("image_url")
        url = str((given.get("url") if isinstance(given, dict) else given) or "")
        item = picture(self._ids.item("ig", self._places), self._places, url)
        if item is None:
            return self._text(f"![image]({url})") if url else []
        events = self._leave()
        self._places += 1
        return [*events, *item.begin(), *self._end(item, COMPLETED)]

    def _searches(self, searches: Any) -> list[Json]:
        return [event for each in objects_of(searches) for event in self._search(each)]

    def _search(self, search: Json) -> list[Json]:
        events = self._leave()
        mark, sources = self._ids.search(Search.prefix, self._places), self._wants_sources
        item = Search(mark, self._places, search, sources=sources)
        return [*events, *self._begin(item), *self._end(item, COMPLETED)]

    def _audio(self, sound: Any) -> list[Json]:
        words = self._sound.words(sound)
        return self._text(words) if words else []

    def _tools(self, calls: list[Json]) -> list[Json]:
        return [event for call in calls for event in self._tool(call, call.get("index", 0))]

    def _function(self, function: Json) -> list[Json]:
        """A deprecated call; some servers send an empty one beside others."""
        named = function.get("name") or function.get("arguments")
        return self._tool({"function": function}, _LEGACY) if named else []

    def _tool(self, delta: Json, slot: int) -> list[Json]:
        call, events = self._calls.get(slot), list[Json]()
        kind = type(call) if call is not None else CustomCall if _is_custom(delta) else Call
        told: Json = delta.get(kind.within) or {}
        name = told.get("name") or ""
        if call is None:
            events = self._leave()
            mark = self._ids.item(kind.prefix, self._places)
            call = self._calls[slot] = kind(
                mark, self._places, delta.get("id") or f"call_{mark}", name, self._spaces
            )
            events += self._begin(call)
        else:
            # Some providers send a name in pieces.
            call.name += name
        piece = told.get(call.member)
        return events + (call.put(piece) if piece else [])

    @cached_property
    def _wants_sources(self) -> bool:
        return bool((self._request.body.get("web_search_options") or {}).get("sources"))

    @cached_property
    def _spaces(self) -> Spaces:
        return Spaces(self._request.echo.get("tools"))

    def _have(self, kind: type[_Spoken]) -> tuple[_Spoken, list[Json]]:
        """The message, or the reasoning, that is open; a new one, and the events that open it, where none is."""
        for item in self.open.values():
            if isinstance(item, kind):
                return item, []
        events: list[Json] = self._leave()
        new: _Spoken = kind(self._ids.item(kind.prefix, self._places), self._places)
        return new, [*events, *self._begin(new)]

    def _leave(self) -> list[Json]:
        """Close the message or the reasoning that is open."""
        spoken = [item for item in self.open.values() if not isinstance(item, Call)]
        return [event for item in spoken for event in self._end(item, COMPLETED)]

    def _begin(self, item: Item) -> list[Json]:
        self.open[item.index] = item
        self._places += 1
        return item.begin()

    def _end(self, item: Item, status: str) -> list[Json]:
        events = item.end(status)
        self.open.pop(item.index, None)
        self.output[item.index] = item.whole(status)
        if isinstance(item, Message):
            self._before += sum(_size(part.pieces) for part in item.parts)
        return events

    _TELL: ClassVar[dict[str, Callable[[Any, Any], list[Json]]]] = {
        "reasoning_content": _reasoning,
        "thinking_blocks": _signed,
        "web_searches": _searches,
        "content": _text,
        "refusal": _refusal,
        "annotations": _annotations,
        "images": _images,
        "audio": _audio,
        "tool_calls": _tools,
        "function_call": _function,
    }
    """What a delta may say, in the order in which it is told."""


def _size(pieces: list[str]) -> int:
    return sum(map(len, pieces))


def _is_custom(delta: Json) -> bool:
    return delta.get("type") == "custom" or ("custom" in delta and "function" not in delta)
