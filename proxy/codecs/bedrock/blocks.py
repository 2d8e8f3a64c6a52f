"""Content blocks of a Converse answer, read by the readers of Anthropic's blocks, whose grammar they share.

A block of Converse is said in the words of Messages and given to the reader of that kind. What only Converse has (text
with its citations in one block, encrypted reasoning in pieces, images) has a reader here.

Source: https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ContentBlock.html and
.../API_runtime_ContentBlockDelta.html (read 2026-11-21).
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from typing import Any, ClassVar, Final

from proxy.codecs.anthropic.blocks import Block, Thinking, block_for
from proxy.codecs.anthropic.held import Held
from proxy.codecs.bedrock.models import family_of, maker_of
from proxy.codecs.bedrock.replay import REDACTED, UNNAMED
from proxy.core.build import Builder
from proxy.core.shape import Chunk, Json, Target
from proxy.core.state import pack

_SERVER: Final = "server_tool_use"
_HIDDEN: Final = "converse_tool_result"
"""What the provider's own tools gave: a kind that the readers know for hidden."""
_THINKING: Final = "thinking"
_IMAGE: Final = "image"


class Shared(Held):
    """What the blocks of one answer share; packs signed reasoning under the name of who made it here."""

    def __init__(self, build: Builder, room: int, target: Target | None) -> None:
        super().__init__(build, room)
        self._maker = UNNAMED
        if target is not None:
            self._maker = maker_of(target.model, family_of(target.model, target.options))

    def packed(self, id: str) -> str:  # noqa: A002 (the wire's own word)
        """The id of a call, with the signed blocks that came since the call before it."""
        signed, self._signed = self._signed, []
        return pack(id, self._maker, signed)


class Reasoning(Thinking):
    """`reasoningContent`: text with its signature, or what the provider encrypted."""

    def __init__(self, held: Held) -> None:
        super().__init__(held)
        self._redacted: list[str] = []

    def start(self, block: Json) -> list[Chunk]:
        """Take the block as it was opened."""
        self._encrypted(block)
        return super().start(block)

    def stop(self) -> list[Chunk]:
        """Give what goes back to its maker."""
        chunks = super().stop()
        if self._redacted:
            chunks += self.held.sign({"type": REDACTED, "data": _joined(self._redacted)})
        return chunks

    def _encrypted(self, delta: Json) -> list[Chunk]:
        data = delta.get("data")
        if isinstance(data, str) and data:
            self._redacted.append(self.held.keep(data))
        return []

    adds: ClassVar = {**Thinking.adds, "redacted_delta": _encrypted}


class Picture(Block):
    """`image`: its bytes in pieces, given as one data URL."""

    def __init__(self, held: Held) -> None:
        super().__init__(held)
        self._form = ""
        self._pieces: list[str] = []

    def start(self, block: Json) -> list[Chunk]:
        """Take the block as it was opened; a whole answer brings the bytes here."""
        self._form = str(block.get("format") or "png")
        return self.add(block)

    def add(self, delta: Json) -> list[Chunk]:
        """Take a piece of the bytes."""
        source = delta.get("source")
        data = source.get("bytes") if isinstance(source, dict) else None
        if isinstance(data, str) and data:
            self._pieces.append(self.held.keep(data))
        return []

    def stop(self) -> list[Chunk]:
        """Give the image."""
        if not self._pieces:
            return []
        self.held.spoke = True
        url = f"data:image/{self._form};base64,{_joined(self._pieces)}"
        image: Json = {"type": "image_url", "image_url": {"url": url}}
        return [self.held.build.delta({"images": [image]})]


def reader_of(held: Held, block: Json, custom: frozenset[str]) -> Block:
    """The reader of a block in the words of Messages."""
    own = _OWN.get(str(block["type"]))
    return own(held) if own else block_for(held, block, custom)[0]


def block_of(native: Json) -> Json:
    """A block of a whole answer, or the `start` of one of a stream, in the words of Messages.

    Returns:
        An empty one where Converse has a kind that we do not know, or says none.
    """
    return _said(native, _BLOCKS)


def delta_of(native: Json) -> Json:
    """A `delta` in the words of Messages."""
    return _said(native, _DELTAS)


def opened_by(native: Json) -> Json:
    """The block that a delta opens which comes without a start, as those of text and reasoning do; else an empty one."""
    return next((dict(_OPENED[name]) for name in native if name in _OPENED), {})


def _said(native: Json, table: dict[str, Callable[[Any], Json]]) -> Json:
    for name, value in native.items():
        if name in table:
            return table[name](value)
    return {}


def _call(use: Any) -> Json:
    use = _object(use)
    if use.get("type") == _SERVER:
        return {"type": _SERVER}
    called = {"id": use.get("toolUseId"), "name": use.get("name"), "input": use.get("input")}
    return {"type": "tool_use", **called}


def _reasoning(content: Any) -> Json:
    content = _object(content)
    text = _object(content.get("reasoningText"))
    return {
        "type": _THINKING,
        "thinking": text.get("text"),
        "signature": text.get("signature"),
        "data": content.get("redactedContent"),
    }


def _cited(content: Any) -> Json:
    content = _object(content)
    pieces = content.get("content")
    texts = [_object(piece).get("text") for piece in (pieces if isinstance(pieces, list) else ())]
    citations = content.get("citations")
    return {
        "type": "text",
        "text": "".join(text for text in texts if isinstance(text, str)),
        "citations": [
            _citation(each) for each in (citations if isinstance(citations, list) else ())
        ],
    }


def _citation(citation: Any) -> Json:
    """A citation with its address, which stands in one of two places."""
    citation = _object(citation)
    web = _object(_object(citation.get("location")).get("web"))
    return {"url": web.get("url") or citation.get("source"), "title": citation.get("title")}


def _reasoning_delta(content: Any) -> Json:
    content = _object(content)
    if "signature" in content:
        return {"type": "signature_delta", "signature": content["signature"]}
    if "redactedContent" in content:
        return {"type": "redacted_delta", "data": content["redactedContent"]}
    return {"type": "thinking_delta", "thinking": content.get("text")}


def _joined(pieces: list[str]) -> str:
    """Base64 of all the bytes that the pieces are base64 of."""
    if len(pieces) == 1:
        return pieces[0]
    try:
        data = b"".join(base64.b64decode(piece, validate=True) for piece in pieces)
    except binascii.Error:
        return "".join(pieces)
    return base64.b64encode(data).decode("ascii")


def _object(value: Any) -> Json:
    return value if isinstance(value, dict) else {}


_OWN: Final[dict[str, type[Block]]] = {_THINKING: Reasoning, _IMAGE: Picture}
_BLOCKS: Final[dict[str, Callable[[Any], Json]]] = {
    "text": lambda text: {"type": "text", "text": text},
    "toolUse": _call,
    "toolResult": lambda _result: {"type": _HIDDEN},
    "reasoningContent": _reasoning,
    "citationsContent": _cited,
    "image": lambda image: {**_object(image), "type": _IMAGE},
}
_DELTAS: Final[dict[str, Callable[[Any], Json]]] = {
    "text": lambda text: {"type": "text_delta", "text": text},
    "toolUse": lambda use: {"type": "input_json_delta", "partial_json": _object(use).get("input")},
    "toolResult": lambda _result: {"type": _HIDDEN},
    "reasoningContent": _reasoning_delta,
    "citation": lambda citation: {"type": "citations_delta", "citation": _citation(citation)},
    "image": lambda image: {**_object(image), "type": _IMAGE},
}
_OPENED: Final[dict[str, Json]] = {
    "text": {"type": "text"},
    "citation": {"type": "text"},
    "reasoningContent": {"type": _THINKING},
    "image": {"type": _IMAGE},
}
