"""Content blocks of an answer: one small class per kind, each with what starts it, adds to it and ends it.

What the provider ran itself (code, other servers' tools) is hidden: chat has no form for it. A search of the web is told
with what it found.

Source: https://platform.claude.com/docs/en/build-with-claude/streaming (read 2026-11-20).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar, Final

from proxy.codecs.anthropic.held import Held
from proxy.codecs.anthropic.piece import FIELDS
from proxy.codecs.anthropic.structure import JSON_TOOL
from proxy.codecs.plain.arguments import FREEFORM, freeform_text
from proxy.core import jsons
from proxy.core.fold import NO_ARGUMENTS
from proxy.core.shape import Chunk, Json


class Block:
    """One content block. As it stands it takes everything and says nothing."""

    calls = False
    """Whether it is a tool call of the caller's."""
    is_hidden = False
    """Whether it is the work of a tool that the provider runs, which a reader of chat does not see."""
    pieces: ClassVar[dict[str, Callable[[Any, str], list[Chunk]]]] = {}
    """What takes a delta that only adds a piece of text, by its kind."""

    def __init__(self, held: Held) -> None:
        self.held = held

    def start(self, _block: Json) -> list[Chunk]:
        """Take the block as it was opened; a whole answer brings all of it here."""
        return []

    def add(self, _delta: Json) -> list[Chunk] | None:
        """Take a delta; None where its kind is not known."""
        return []

    def stop(self) -> list[Chunk]:
        """Give what can only be said at the end."""
        return []


class Hidden(Block):
    """What the provider runs itself, and whatever we do not know."""

    is_hidden = True


class _Spoken(Block):
    """A block that says something: its deltas go through two tables."""

    adds: ClassVar[dict[str, Callable[[Any, Json], list[Chunk]]]] = {}
    """What takes any other delta, by its kind."""

    def add(self, delta: Json) -> list[Chunk] | None:
        kind = str(delta.get("type"))
        if say := self.pieces.get(kind):
            return say(self, _string(delta.get(FIELDS[kind])))
        add = self.adds.get(kind)
        return add(self, delta) if add else None


class Text(_Spoken):
    """`text`, with the citations that belong to it."""

    def __init__(self, held: Held) -> None:
        super().__init__(held)
        self._from = held.written
        self._cited: list[Json] = []

    def start(self, block: Json) -> list[Chunk]:
        """The text and the citations that it opens with."""
        for citation in _list(block.get("citations")):
            self._cite(citation)
        return self.held.text(_string(block.get("text")))

    def stop(self) -> list[Chunk]:
        """The citations, when it is known where the text that they stand for ends."""
        if not self._cited:
            return []
        span = {"start_index": self._from, "end_index": self.held.written}
        notes: list[Json] = [
            {"type": "url_citation", "url_citation": {**span, **cited}} for cited in self._cited
        ]
        return [self.held.build.delta({"annotations": notes})]

    def _text(self, text: str) -> list[Chunk]:
        return self.held.text(text)

    def _citation(self, delta: Json) -> list[Chunk]:
        self._cite(delta.get("citation"))
        return []

    def _cite(self, citation: Any) -> None:
        """Keep a citation that has an address; those into the caller's own documents have no form in chat."""
        given = citation if isinstance(citation, dict) else {}
        url = _string(given.get("url") or given.get("source"))
        if url.startswith(("https://", "http://")):
            title = self.held.keep(_string(given.get("title")))
            self._cited.append({"url": self.held.keep(url), "title": title})

    pieces: ClassVar = {"text_delta": _text}
    adds: ClassVar = {"citations_delta": _citation}


class Thinking(_Spoken):
    """`thinking`: its text as it comes, and the whole of it with its signature at the end."""

    def __init__(self, held: Held) -> None:
        super().__init__(held)
        self._pieces: list[str] = []
        self._signature = ""

    def start(self, block: Json) -> list[Chunk]:
        """The text and the signature that it opens with."""
        self._signature = _string(block.get("signature"))
        return self._thinking(_string(block.get("thinking")))

    def stop(self) -> list[Chunk]:
        """The whole block, if it is signed: without a signature nobody takes it back."""
        if not self._signature:
            return []
        text = "".join(self._pieces)
        return self.held.sign(
            {"type": "thinking", "thinking": text, "signature": self.held.keep(self._signature)}
        )

    def _thinking(self, text: str) -> list[Chunk]:
        self._pieces.append(self.held.keep(text))
        return self.held.reasoning(text)

    def _sign(self, delta: Json) -> list[Chunk]:
        self._signature = _string(delta.get("signature"))
        return []

    pieces: ClassVar = {"thinking_delta": _thinking}
    adds: ClassVar = {"signature_delta": _sign}


class Redacted(Block):
    """`redacted_thinking`: nothing to read, all to give back."""

    def start(self, block: Json) -> list[Chunk]:
        """All of it comes at once."""
        data = self.held.keep(_string(block.get("data")))
        return self.held.sign({"type": "redacted_thinking", "data": data}) if data else []


class _Call(_Spoken):
    """`tool_use`, whatever it stands for: a JSON text in pieces."""

    def __init__(self, held: Held) -> None:
        super().__init__(held)
        self._input: Any = None
        self._pieces: list[str] = []

    def start(self, block: Json) -> list[Chunk]:
        """Note the input, which a stream sends in pieces afterwards."""
        self._input = block.get("input")
        return []

    def stop(self) -> list[Chunk]:
        """Some servers give the input with the opening and no piece of it, and none at all means an empty object."""
        if self._pieces:
            return []
        return self._piece(jsons.encode(self._input).decode() if self._input else NO_ARGUMENTS)

    def _json(self, text: str) -> list[Chunk]:
        return self._piece(text) if text else []

    def _piece(self, text: str) -> list[Chunk]:
        self._pieces.append(self.held.keep(text))
        return []

    def _value(self) -> Any:
        """The input as a value.

        Raises:
            JsonError: it is not JSON, or not all of it.
        """
        return jsons.decode("".join(self._pieces).encode("utf-8", "replace"))

    pieces: ClassVar = {"input_json_delta": _json}


class JsonAnswer(_Call):
    """A call of the tool that stands for the answer: its arguments are the answer's text."""

    def _piece(self, text: str) -> list[Chunk]:
        super()._piece(text)
        return self.held.text(text)


class FunctionCall(_Call):
    """A call of a function; its arguments go out as they come."""

    calls = True

    def start(self, block: Json) -> list[Chunk]:
        """Open the call."""
        super().start(block)
        self._name = _string(block.get("name"))
        self._slot = self.held.slot()
        packed = self.held.packed(_string(block.get("id")))
        return [self.held.build.tool_open(self._slot, packed, self._name)]

    def stop(self) -> list[Chunk]:
        """The rest of the arguments; whether all of them are JSON matters only if the calls are to be run."""
        chunks = super().stop()
        try:
            self._value()
        except jsons.JsonError:
            self.held.broken = self._name
        return chunks

    def _piece(self, text: str) -> list[Chunk]:
        super()._piece(text)
        return [self.held.build.tool_arguments(self._slot, text)]


class CustomCall(_Call):
    """A call of a custom tool; its one argument is free text, which goes out when it is whole."""

    calls = True

    def start(self, block: Json) -> list[Chunk]:
        """Open the call."""
        super().start(block)
        self._name = _string(block.get("name"))
        self._slot = self.held.slot()
        packed = self.held.packed(_string(block.get("id")))
        return [self.held.build.custom_open(self._slot, packed, self._name)]

    def stop(self) -> list[Chunk]:
        """The free text, out of the one argument."""
        super().stop()
        try:
            text = freeform_text("".join(self._pieces))
        except jsons.JsonError:
            self.held.broken = self._name
            return []
        return [self.held.build.custom_input(self._slot, text)] if text else []


class SearchCall(_Call):
    """`server_tool_use` of a search of the web: what is asked for, which is told with what is found."""

    is_hidden = True

    def start(self, block: Json) -> list[Chunk]:
        """Note whose result will come."""
        self._id = _string(block.get("id"))
        return super().start(block)

    def stop(self) -> list[Chunk]:
        """Keep the query for the result."""
        super().stop()
        try:
            value = self._value()
        except jsons.JsonError:
            return []
        query = value.get("query") if isinstance(value, dict) else None
        if isinstance(query, str) and query:
            self.held.queries[self._id] = query
        return []

    def _part(self, delta: Json) -> list[Chunk]:
        return self._json(_string(delta.get("partial_json")))

    # Its events are looked at whole: they are noticed by who gets them as they came.
    pieces: ClassVar = {}
    adds: ClassVar = {"input_json_delta": _part}


class SearchResult(Hidden):
    """`web_search_tool_result`: the pages that were found, or why none were; all of it comes at once."""

    def start(self, block: Json) -> list[Chunk]:
        """The search as a whole."""
        query = self.held.queries.pop(_string(block.get("tool_use_id")), "")
        search: Json = {"queries": [query] if query else []}
        found = block.get("content")
        if isinstance(found, dict):
            search["error"] = _string(found.get("error_code"))
        pages = [_page(each) for each in _list(found)]
        search["results"] = [page for page in pages if page]
        return [self.held.build.delta({"web_searches": [search]})]


def _page(result: Any) -> Json | None:
    given = result if isinstance(result, dict) else {}
    url = _string(given.get("url"))
    return {"url": url, "title": _string(given.get("title"))} if url else None


KINDS: Final[dict[str, type[Block]]] = {
    "text": Text,
    "thinking": Thinking,
    "redacted_thinking": Redacted,
    "tool_use": FunctionCall,
    "web_search_tool_result": SearchResult,
}
_SEARCH: Final = "web_search"
_RUN_THERE: Final = frozenset(
    {"server_tool_use", "mcp_tool_use", "container_upload", "compaction", "fallback"}
)


def block_for(held: Held, block: Json, custom: frozenset[str]) -> tuple[Block, bool]:
    """The reader of a block, and whether its kind is known.

    Args:
        held: What the blocks of the answer share.
        block: The block as it was opened.
        custom: Names of the caller's custom tools.
    """
    kind = str(block.get("type"))
    if kind == "tool_use":
        return _reader_of_call(block, custom)(held), True
    if kind == "server_tool_use" and block.get("name") == _SEARCH:
        return SearchCall(held), True
    made = KINDS.get(kind)
    return (made or Hidden)(held), bool(made) or kind in _RUN_THERE or kind.endswith("_tool_result")


def _reader_of_call(block: Json, custom: frozenset[str]) -> type[Block]:
    name, given = block.get("name"), block.get("input")
    if name == JSON_TOOL:
        return JsonAnswer
    freeform = name in custom or (isinstance(given, dict) and given.keys() == {FREEFORM})
    return CustomCall if freeform else FunctionCall


def _string(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
