"""One answer while it is being read: what its content blocks share, and its end.

Streams and whole answers are read through the same blocks, so that both say the same.

Invariant: the role comes first and once; nothing comes after the finish but usage; arguments are JSON wherever the
finish says that the calls are to be run; what is held back never exceeds `max_answer` characters.
Source: https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html (read 2026-11-21).
"""

from __future__ import annotations

from typing import Any, Final

from proxy.codecs.anthropic.finish import refusal_of
from proxy.codecs.anthropic.opened import Opened
from proxy.codecs.bedrock.blocks import Shared, block_of, delta_of, opened_by, reader_of
from proxy.codecs.bedrock.draft import PROTOCOL
from proxy.codecs.bedrock.tokens import usage_of
from proxy.core.build import Builder
from proxy.core.errors import Kind, ProxyError
from proxy.core.shape import Chunk, Json, Target

_REASONS: Final = {
    "max_tokens": "length",
    "model_context_window_exceeded": "length",
    "guardrail_intervened": "content_filter",
    "content_filtered": "content_filter",
    "refusal": "content_filter",
}
"""All others (`end_turn`, `stop_sequence`, `tool_use`, new ones) say only that the answer is whole."""
_FAILED: Final = frozenset({"malformed_model_output", "malformed_tool_use"})


class Answer(Opened):
    """Makes the chunks of one answer out of its parts.

    Args:
        build: Makes the chunks; the provider says neither id nor model.
        max_answer: Characters that may be held back until a block or the answer ends.
        target: Who answers, where that is known.
        custom: Names of the caller's custom tools.
    """

    def __init__(
        self,
        build: Builder,
        max_answer: int,
        target: Target | None,
        custom: frozenset[str] = frozenset(),
    ) -> None:
        super().__init__()
        self.unknown = 0
        """Things that we did not know and left out."""
        self._build = build
        self._held = Shared(build, max_answer, target)
        self._custom = custom
        self._begun = False

    def begin(self) -> list[Chunk]:
        """`messageStart`, or whatever comes in its place."""
        if self._begun:
            return []
        self._begun = True
        return [self._build.role()]

    def open(self, index: int, native: Any) -> list[Chunk]:
        """`contentBlockStart`, or a whole block."""
        if not isinstance(native, dict):
            raise _malformed("a content block that is no object")
        block = block_of(native)
        if block:
            return self._open_block(index, block)
        # A start that says nothing leaves it to the first delta what the block is.
        self.unknown += bool(native)
        return self.begin() + self.close(index)

    def add(self, index: int, native: Any) -> list[Chunk]:
        """`contentBlockDelta`; blocks of text and reasoning begin with one."""
        if not isinstance(native, dict):
            raise _malformed("a delta that is no object")
        chunks: list[Chunk] = []
        if index not in self._open:
            block = opened_by(native)
            if not block:
                self.unknown += 1
                return chunks
            chunks += self._open_block(index, block)
        said = self._open[index].add(delta_of(native))
        if said is None:
            self.unknown += 1
            return chunks
        return chunks + said

    def end(self, stop_reason: Any, fields: Any = None) -> list[Chunk]:
        """`messageStop`: the rest of what is open, and the finish.

        Args:
            stop_reason: The provider's word.
            fields: `additionalModelResponseFields`, which the caller asked for by their paths.

        Raises:
            ProxyError: EMPTY where the answer says neither anything nor how it ended; MALFORMED where the provider says
                that its model's output was, and where a call that the caller is told to run has arguments that are not
                JSON.
        """
        reason = stop_reason if isinstance(stop_reason, str) and stop_reason else None
        if reason in _FAILED:
            raise ProxyError(
                Kind.MALFORMED, f"the model's output could not be read ({reason})", code=reason
            )
        chunks = self.begin()
        for index in tuple(self._open):
            chunks += self.close(index)
        if refusal := refusal_of(reason, None):
            chunks.append(self._build.refusal(refusal))
        elif reason is None and not self._held.spoke:
            raise ProxyError(Kind.EMPTY, "the provider ended an answer that says nothing")
        finish = _REASONS.get(reason or "", "tool_calls" if self._held.slots else "stop")
        if finish == "tool_calls" and self._held.broken:
            raise _malformed(f"arguments of a call of {self._held.broken} that are not JSON")
        if beyond := _beyond("additionalModelResponseFields", fields):
            chunks.append(self._build.delta({"extra_content": beyond}))
        return [*chunks, self._build.finish(finish)]

    def usage(self, metadata: Json) -> list[Chunk]:
        """What comes beside the message: usage, the tier that served, and what a guardrail did, where that was asked."""
        usage = usage_of(metadata.get("usage"))
        if usage is None:
            return []
        chunk = self._build.usage(usage)
        tier = metadata.get("serviceTier")
        if isinstance(tier, dict) and isinstance(tier.get("type"), str):
            chunk["service_tier"] = tier["type"]
        if beyond := _beyond("trace", metadata.get("trace")):
            chunk["extra_content"] = beyond
        return [chunk]

    def _open_block(self, index: int, block: Json) -> list[Chunk]:
        chunks = self.begin() + self.close(index)
        made = reader_of(self._held, block, self._custom)
        chunks += self._hold(index, made)
        return chunks + made.start(block)


def _beyond(name: str, value: Any) -> Json | None:
    """What chat has no form for, under the provider's name; None where there is nothing."""
    return {PROTOCOL: {name: value}} if isinstance(value, dict) and value else None


def _malformed(what: str) -> ProxyError:
    return ProxyError(Kind.MALFORMED, f"the provider sent {what}")
