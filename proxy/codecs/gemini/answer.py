"""One answer while it is being read: its identity, its candidates, its usage, and whether it is over.

Streams and whole answers are read through the same candidates, so that both say the same.

Invariant: nothing comes after the finish but usage; usage is what was told last, never added up.
Source: https://ai.google.dev/api/generate-content#generatecontentresponse (read 2026-11-20).
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from operator import attrgetter
from typing import Any, Final

from proxy.codecs.gemini import faults
from proxy.codecs.gemini.candidate import Candidate
from proxy.codecs.gemini.draft import maker_of
from proxy.codecs.gemini.finish import word_of
from proxy.codecs.gemini.models import capability
from proxy.codecs.gemini.piece import Part, Piece
from proxy.codecs.gemini.tokens import Tokens, Told
from proxy.core import jsons
from proxy.core.build import Builder
from proxy.core.errors import Kind, ProxyError
from proxy.core.fold import MAX_CHOICES
from proxy.core.shape import Chunk, Json
from proxy.core.usage import Usage

_BLOCKED: Final = "content_filter"
_NOTHING: Final = "BLOCK_REASON_UNSPECIFIED"
_WORD: Final = attrgetter("word")
_OURS: Final = frozenset(
    {"candidates", "promptFeedback", "usageMetadata", "modelVersion", "responseId"}
)


class Answer:
    """Makes the chunks of one answer out of its events.

    Args:
        created: Seconds since 1970.
        model: The name to give where the provider says none.
        protocol: Which of Google's two services it comes from.
        asked: Candidates that were asked for.
    """

    def __init__(self, created: int, model: str, protocol: str, asked: int = 1) -> None:
        self._build = Builder(created, model=model)
        self._protocol = protocol
        self._asked = max(asked, 1)
        self._seed = ""
        self._candidates: dict[int, Candidate] = {}
        self._tokens = Tokens()
        self._blocked = False
        self.flows = False
        """Whether the first candidate has begun, so that a piece of its text changes nothing else."""

    @property
    def ended(self) -> bool:
        """Whether every candidate has a finish reason, or the prompt was refused."""
        candidates = self._candidates.values()
        return self._blocked or (len(candidates) >= self._asked and all(map(_WORD, candidates)))

    @property
    def begun(self) -> bool:
        """Whether there is anything to make an answer of."""
        return self._blocked or bool(self._candidates)

    @property
    def told(self) -> Usage | None:
        """Its usage so far, which each event tells."""
        return self._tokens.usage()

    @property
    def unknown(self) -> int:
        """Parts of kinds that we do not know, which were left out."""
        return sum(each.unknown for each in self._candidates.values())

    def take(self, response: Any) -> list[Chunk]:
        """Read one event.

        Raises:
            ProxyError: an error in place of an event, MALFORMED.
        """
        if not isinstance(response, dict) or "error" in response:
            failure = faults.event_fault(response)
            raise failure or _malformed(f"{jsons.name_of(response)} in place of an answer")
        if not self._seed:
            given, model = response.get("responseId"), response.get("modelVersion")
            self._settle(given, model, b"" if given else jsons.encode(response))
        self._tokens.take(response.get("usageMetadata"))
        self._blocked = self._blocked or _is_blocked(response.get("promptFeedback"))
        candidates = response.get("candidates")
        if candidates is not None and not isinstance(candidates, list):
            raise _malformed(f"candidates that are {jsons.name_of(candidates)}")
        return [chunk for each in candidates or () for chunk in self._candidate(each)]

    def open(self, piece: Piece) -> list[Chunk]:
        """The first candidate begins with a piece of text or thought, in an event that has an id."""
        if not self._seed:
            self._settle(piece.response_id, piece.model_version, b"")
        return self._made(0).begin()

    def part_of(self, piece: Piece) -> Part:
        """What an event says that is nothing but a piece of text, when the answer flows; its counts are read."""
        if piece.usage_metadata is not None:
            self._tokens.add(piece.usage_metadata)
        return piece.part

    def count(self, counts: Sequence[Told]) -> None:
        """Take what further such events tell of tokens, in their order."""
        for told in counts:
            self._tokens.add(told)

    def say(self, texts: list[str]) -> list[Chunk]:
        """Pieces of the text of an answer that flows, which came together."""
        return self._candidates[0].say(texts)

    def think(self, text: str) -> list[Chunk]:
        """A piece of the thoughts of an answer that flows."""
        return [self._candidates[0].think(text)] if text else []

    def stop(self) -> None:
        """The candidate of an answer that flows is finished, and lacks nothing."""
        self._candidates[0].stop()

    def end(self) -> list[Chunk]:
        """The answer is over: what is left of each candidate, its finish, and usage.

        Raises:
            ProxyError: a finish reason that means failure; EMPTY where there is nothing at all.
        """
        if not self.begun:
            raise ProxyError(Kind.EMPTY, "the provider sent an answer without candidates")
        if self._blocked:
            for each in self._candidates.values():
                each.block()
        chunks = [chunk for _, each in sorted(self._candidates.items()) for chunk in each.end()]
        if not chunks:
            chunks = [self._build.role(), self._build.finish(_BLOCKED)]
        usage = self._tokens.usage()
        if usage is None:
            return chunks
        if searches := self._searches():
            usage += Usage(searches=searches)
        counted = self._build.usage(usage)
        if tier := self._tokens.tier:
            counted["service_tier"] = tier
        return [*chunks, counted]

    def _searches(self) -> int:
        """What is asked for: each query by the newer models, each answer that rests on any by the older ones."""
        made = [each.searches for each in self._candidates.values()]
        return sum(made) if capability(self._build.model).mixes else int(any(made))

    def _settle(self, given: Any, model: Any, whole: bytes) -> None:
        """Take the answer's identity from its first event.

        Args:
            given: Its id, if it is one.
            model: Who answers, if it is a name.
            whole: Stands for an id.
        """
        named = isinstance(given, str) and given
        text = str(given).encode("utf-8", "replace") if named else whole
        self._seed = sha256(b"%d/%b" % (self._build.created, text)).hexdigest()[:24]
        self._build.id = str(given) if named else f"chatcmpl-{self._seed}"
        if isinstance(model, str) and model:
            self._build.model = model

    def _candidate(self, given: Any) -> list[Chunk]:
        if not isinstance(given, dict):
            raise _malformed(f"a candidate that is {jsons.name_of(given)}")
        index = given.get("index", 0)
        if isinstance(index, bool) or not isinstance(index, int) or not 0 <= index < MAX_CHOICES:
            raise _malformed(f"a candidate without an index from 0 to {MAX_CHOICES - 1}")
        made = self._candidates.get(index) or self._made(index)
        return made.take(given)

    def _made(self, index: int) -> Candidate:
        """A candidate that is new."""
        maker = maker_of(self._build.model, self._protocol)
        made = self._candidates[index] = Candidate(self._build, index, maker, self._seed)
        self.flows = 0 in self._candidates
        return made


def is_answer(value: Json) -> bool:
    """Whether an object has any member that an answer has."""
    return not _OURS.isdisjoint(value)


def _is_blocked(feedback: Any) -> bool:
    reason = feedback.get("blockReason") if isinstance(feedback, dict) else None
    return word_of(reason) not in (None, _NOTHING)


def _malformed(what: str) -> ProxyError:
    return ProxyError(Kind.MALFORMED, f"the provider sent {what}")
