"""One candidate of an answer while it is being read: its parts in order, and how it ends.

Some models say a finish reason with every event, so that a reason stands only until a later one: the candidate is
finished when the whole answer is.

Invariant: the role comes first and once, the finish last and once.
Source: https://ai.google.dev/api/generate-content#candidate (read 2026-11-20).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from proxy.codecs.gemini.calls import Calls
from proxy.codecs.gemini.finish import finish_of, word_of
from proxy.codecs.gemini.logprobs import logprobs_of
from proxy.codecs.gemini.replay import image_signature, text_signature
from proxy.codecs.gemini.sources import Sources
from proxy.core.build import Builder
from proxy.core.shape import Chunk, ChunkChoice, Json

_STOP: Final = "STOP"
_FILTERED: Final = "SAFETY"


class Candidate:
    """One choice of the answer.

    Args:
        build: Makes the answer's chunks.
        index: The choice's.
        maker: Who takes signatures back.
        seed: What no other answer has.
    """

    def __init__(self, build: Builder, index: int, maker: str, seed: str) -> None:
        self.word: str | None = None
        """Its finish reason so far, in Google's word."""
        self.unknown = 0
        """Parts of kinds that we do not know."""
        self._build = build
        self._index = index
        self._maker = maker
        self._calls = Calls(build, index, maker, f"{seed}/{index}")
        self._sources = Sources()
        self._texts: list[str] = []
        self._spoke = False
        self._begun = False
        self._images = 0
        self._signature = ""
        self._message = ""
        self._continuation = ""

    def take(self, candidate: Json) -> list[Chunk]:
        """Read what one event says of it."""
        chunks = self.begin()
        content = candidate.get("content")
        parts = content.get("parts") if isinstance(content, dict) else None
        for part in parts if isinstance(parts, list) else ():
            chunks += self._part(part)
        self._sources.take(candidate)
        self.word = word_of(candidate.get("finishReason")) or self.word
        self._message = _word(candidate.get("finishMessage")) or self._message
        self._continuation = _word(candidate.get("continuationToken")) or self._continuation
        if logprobs := logprobs_of(candidate.get("logprobsResult")):
            chunks += self._probable(chunks, logprobs)
        return chunks

    def _probable(self, chunks: list[Chunk], logprobs: Json) -> list[Chunk]:
        """What is known of an event's tokens goes with its text, so that it shows where they stand; else by itself."""
        for chunk in chunks:
            for choice in chunk["choices"]:
                if choice["delta"].get("content"):
                    choice["logprobs"] = logprobs
                    return []
        probable: ChunkChoice = {
            "index": self._index,
            "delta": {},
            "logprobs": logprobs,
            "finish_reason": None,
        }
        return [self._build.choice(probable)]

    def begin(self) -> list[Chunk]:
        """Its role, if it was not told yet."""
        if self._begun:
            return []
        self._begun = True
        return [self._build.role(self._index)]

    def say(self, texts: list[str]) -> list[Chunk]:
        """Pieces of its text that came together."""
        chunks = self._build.texts(texts, self._index)
        if chunks:
            self._texts += texts
            self._spoke = True
        return chunks

    def think(self, text: str) -> Chunk:
        """A piece of its thoughts, which is not empty."""
        self._spoke = True
        return self._build.reasoning(text, self._index)

    @property
    def searches(self) -> int:
        """Queries of the web so far."""
        return self._sources.asked

    def stop(self) -> None:
        """It is finished, and lacks nothing."""
        self.word = _STOP

    def block(self) -> None:
        """A filter ends the answer: whatever has no reason of its own was cut by it."""
        self.word = self.word or _FILTERED

    def end(self) -> list[Chunk]:
        """The answer is whole: the rest, and the finish.

        Raises:
            ProxyError: the candidate's finish reason means that it failed.
        """
        called, spoke = bool(self._calls), self._spoke
        reason = finish_of(self.word or _STOP, self._message, called=called, spoke=spoke)
        chunks = self.begin() + self._calls.close()
        notes = self._sources.annotations("".join(self._texts))
        if notes:
            chunks.append(self._build.delta({"annotations": notes}, self._index))
        if searches := self._sources.searches():
            chunks.append(self._build.delta({"web_searches": searches}, self._index))
        if self._signature:
            block = text_signature(self._signature, self._maker)
            chunks.append(self._build.delta({"thinking_blocks": [block]}, self._index))
        if self._continuation:
            google = {"continuation_token": self._continuation}
            chunks.append(self._build.delta({"extra_content": {"google": google}}, self._index))
        return [*chunks, self._build.finish(reason, self._index)]

    def _part(self, part: Any) -> list[Chunk]:
        if not isinstance(part, dict):
            return []
        kind = next((name for name in _PARTS if name in part), None)
        if kind is None:
            self.unknown += bool(part) and not _HIDDEN.intersection(part)
            return []
        chunks = _PARTS[kind](self, part)
        self._spoke = self._spoke or bool(chunks)
        return chunks

    def _call(self, part: Json) -> list[Chunk]:
        return self._calls.take(part)

    def _text(self, part: Json) -> list[Chunk]:
        text = part["text"]
        if part.get("thought") is True:
            return [self.think(text)] if isinstance(text, str) and text else []
        # The signature of an empty text stands for the whole answer before it.
        self._signature = _word(part.get("thoughtSignature")) or self._signature
        if not isinstance(text, str) or not text:
            return []
        return self.say([text])

    def _inline(self, part: Json) -> list[Chunk]:
        given = part["inlineData"]
        data = given.get("data") if isinstance(given, dict) else None
        if not isinstance(data, str) or not data or part.get("thought") is True:
            return []
        media = _word(given.get("mimeType"))
        if media.startswith("audio/"):
            sound = {"id": f"audio_{self._build.id}_{self._index}", "data": data}
            return [self._build.delta({"audio": sound}, self._index)]
        image: Json = {
            "index": self._images,
            "type": "image_url",
            "image_url": {"url": f"data:{media};base64,{data}"},
        }
        if signature := _word(part.get("thoughtSignature")):
            image["extra_content"] = image_signature(signature, self._maker)
        self._images += 1
        return [self._build.delta({"images": [image]}, self._index)]


_PARTS: Final[dict[str, Callable[[Candidate, Json], list[Chunk]]]] = {
    "functionCall": Candidate._call,  # noqa: SLF001 (the class's own table)
    "text": Candidate._text,  # noqa: SLF001 (the class's own table)
    "inlineData": Candidate._inline,  # noqa: SLF001 (the class's own table)
}
_HIDDEN: Final = frozenset(
    {
        "executableCode", "codeExecutionResult", "toolCall", "toolResponse", "thought", "thoughtSignature",
        "functionResponse", "fileData",
    }
)  # fmt: skip
"""What the provider ran itself, for which chat has no form, and marks that come without anything marked."""


def _word(value: Any) -> str:
    return value if isinstance(value, str) else ""
