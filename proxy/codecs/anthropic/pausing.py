"""An answer that may pause: the provider's own tools have worked for so long that it asks to be called again.

Whoever calls again sends what was said so far as it came, with the work of those tools, which chat has no form for. So
all of it is kept here beside what is told; only where such a tool is at hand, because an answer is long.

Invariant: what is kept is what the provider sent, block by block, without empty texts, which it would refuse; an answer
that paused has no finish.
Source: https://platform.claude.com/docs/en/build-with-claude/handling-stop-reasons (read 2026-11-20).
"""

from __future__ import annotations

from typing import Any, Final

from proxy.codecs.anthropic.answer import Answer
from proxy.codecs.anthropic.finish import PAUSE
from proxy.codecs.anthropic.piece import FIELDS
from proxy.core import jsons
from proxy.core.shape import ChatRequest, Chunk, Json, Target

_DIALECT: Final = "messages"
_THEIRS: Final = ("web_search_options", "mcp_servers")
"""What brings tools that the provider runs."""
_INPUT: Final = "partial_json"


def may_pause(request: ChatRequest, target: Target) -> bool:
    """Whether an answer may pause that we have to go on with; a caller of the Messages API goes on by itself."""
    if request.dialect == _DIALECT and request.raw:
        return False
    given = (request.body, target.params)
    return any(each.get(name) is not None for each in given for name in _THEIRS)


def to_go_on(content: list[Json]) -> list[Json]:
    """The blocks of an answer that paused which the provider takes back: no texts that are empty."""
    return [block for block in content if block.get("type") != "text" or block.get("text")]


class PausingAnswer(Answer):
    """One answer while it is being read, all of which is kept."""

    def __init__(
        self, created: int, model: str, max_answer: int, custom: frozenset[str] = frozenset()
    ) -> None:
        super().__init__(created, model, max_answer, custom)
        self._kept: dict[int, Json] = {}
        self._pieces: dict[int, dict[str, list[str]]] = {}
        """Texts that were added to a block, by its member."""

    def open(self, index: int, block: Any) -> list[Chunk]:
        """`content_block_start`."""
        chunks = super().open(index, block)
        self._kept[index] = dict(block)
        return chunks

    def add(self, index: int, delta: Any) -> list[Chunk]:
        """`content_block_delta`."""
        chunks = super().add(index, delta)
        kind = str(delta.get("type"))
        if kind in FIELDS:
            self._add(index, FIELDS[kind], delta.get(FIELDS[kind]))
        elif kind == "signature_delta":
            self._kept[index]["signature"] = delta.get("signature")
        elif kind == "citations_delta":
            before = self._kept[index].get("citations") or []
            self._kept[index]["citations"] = [*before, delta.get("citation")]
        return chunks

    def say(self, index: int, kind: str, text: str) -> list[Chunk] | None:
        """Add a piece of text to a block."""
        chunks = super().say(index, kind, text)
        if chunks is not None:
            self._add(index, FIELDS[kind], text)
        return chunks

    def write(self, index: int, texts: list[str]) -> list[Chunk] | None:
        """Add pieces of text that came together."""
        chunks = super().write(index, texts)
        if chunks is not None:
            self._add(index, "text", "".join(texts))
        return chunks

    def end(self) -> list[Chunk]:
        """`message_stop`: of an answer that paused, all that was kept, and the usage so far.

        Raises:
            ProxyError: as for any other answer.
        """
        said = to_go_on([self._whole(index) for index in sorted(self._kept)])
        if self._stop_reason != PAUSE or self._held.slots or not said:
            return super().end()
        chunks = self._role()
        for index in tuple(self._open):
            chunks += self.close(index)
        usage = self._tokens.usage()
        last = self._build.usage(usage) if usage else self._build.silent()
        last["paused"] = said
        return [*chunks, last]

    def _add(self, index: int, member: str, text: Any) -> None:
        if isinstance(text, str):
            self._pieces.setdefault(index, {}).setdefault(member, []).append(text)

    def _whole(self, index: int) -> Json:
        block = dict(self._kept[index])
        for member, pieces in self._pieces.get(index, {}).items():
            text = "".join(pieces)
            if member != _INPUT:
                block[member] = str(block.get(member) or "") + text
            elif text:
                block["input"] = _value(text, block.get("input"))
        return block


def _value(text: str, other: Any) -> Any:
    try:
        return jsons.decode(text.encode("utf-8", "replace"))
    except jsons.JsonError:
        return other
