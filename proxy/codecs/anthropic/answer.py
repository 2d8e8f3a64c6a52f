"""One answer while it is being read: what its content blocks share, and its end.

Streams and whole answers are read through the same blocks, so that both say the same.

Invariant: the role comes first and once; nothing comes after the finish but usage; arguments are JSON wherever the
finish says that the calls are to be run; what is held back never exceeds `max_answer` characters.
"""

from __future__ import annotations

from typing import Any

from proxy.codecs.anthropic.blocks import block_for
from proxy.codecs.anthropic.finish import finish_reason, refusal_of
from proxy.codecs.anthropic.held import Held
from proxy.codecs.anthropic.opened import Opened
from proxy.codecs.anthropic.tokens import Tokens
from proxy.core.build import Builder
from proxy.core.errors import Kind, ProxyError
from proxy.core.shape import Chunk, Json
from proxy.core.usage import Usage


class Answer(Opened):
    """Makes the chunks of one answer out of its parts.

    Args:
        created: Seconds since 1970.
        model: The name to give where the provider says none.
        max_answer: Characters that may be held back until a block or the answer ends.
        custom: Names of the caller's custom tools.
    """

    def __init__(
        self, created: int, model: str, max_answer: int, custom: frozenset[str] = frozenset()
    ) -> None:
        super().__init__()
        self.unknown = 0
        """Things that we did not know and left out."""
        self._build = Builder(created, model=model)
        self._held = Held(self._build, max_answer)
        self._custom = custom
        self._tokens = Tokens()
        self._begun = False
        self._stop_reason: str | None = None
        self._stop_details: Any = None

    @property
    def told(self) -> Usage | None:
        """Its usage so far: of the input all is told with the beginning."""
        return self._tokens.usage()

    def begin(self, message: Json) -> list[Chunk]:
        """`message_start`. A second one adds nothing but its usage; some servers put the whole content in here."""
        if self._begun:
            self._tokens.take(message.get("usage"))
            return []
        self._build.id = _word(message.get("id")) or self._build.id
        self._build.model = _word(message.get("model")) or self._build.model
        chunks = self._role()
        content = message.get("content")
        for index, block in enumerate(content if isinstance(content, list) else ()):
            chunks += self.open(index, block)
            chunks += self.close(index)
        self.update(message, message.get("usage"))
        return chunks

    def open(self, index: int, block: Any) -> list[Chunk]:
        """`content_block_start`."""
        if not isinstance(block, dict):
            raise _malformed("a content block that is no object")
        chunks = self._role() + self.close(index)
        made, known = block_for(self._held, block, self._custom)
        self.unknown += not known
        chunks += self._hold(index, made)
        return chunks + made.start(block)

    def add(self, index: int, delta: Any) -> list[Chunk]:
        """`content_block_delta`."""
        block = self._open.get(index)
        if block is None:
            raise _malformed(f"a delta for content block {index}, which is not open")
        if not isinstance(delta, dict):
            raise _malformed("a delta that is no object")
        chunks = block.add(delta)
        if chunks is None:
            self.unknown += 1
            return []
        return chunks

    def update(self, delta: Any, usage: Any) -> None:
        """`message_delta`: how the answer ends, and its usage so far."""
        self._tokens.take(usage)
        if not isinstance(delta, dict):
            return
        self._stop_reason = _word(delta.get("stop_reason")) or self._stop_reason
        self._stop_details = delta.get("stop_details") or self._stop_details

    def hides(self, index: int) -> bool:
        """Whether what a block says has no form in chat: the work of a tool that the provider runs."""
        block = self._open.get(index)
        return block is not None and block.is_hidden

    def silent(self) -> Chunk:
        """A chunk of this answer that says nothing in chat."""
        return self._build.silent()

    def end(self) -> list[Chunk]:
        """`message_stop`: the rest of what is open, the finish, and usage.

        Raises:
            ProxyError: EMPTY where the answer says neither anything nor how it ended; MALFORMED where a call that
                the caller is told to run has arguments that are not JSON.
        """
        chunks = self._role()
        for index in tuple(self._open):
            chunks += self.close(index)
        if refusal := refusal_of(self._stop_reason, self._stop_details):
            chunks.append(self._build.refusal(refusal))
        elif self._stop_reason is None and not self._held.spoke:
            raise ProxyError(Kind.EMPTY, "the provider ended an answer that says nothing")
        reason = finish_reason(self._stop_reason, called=self._held.slots > 0)
        if reason == "tool_calls" and self._held.broken:
            raise _malformed(f"arguments of a call of {self._held.broken} that are not JSON")
        chunks.append(self._build.finish(reason))
        usage = self._tokens.usage()
        if usage is None:
            return chunks
        last = self._build.usage(usage)
        if self._tokens.tier:
            last["service_tier"] = self._tokens.tier
        return [*chunks, last]

    def _role(self) -> list[Chunk]:
        if self._begun:
            return []
        self._begun = True
        return [self._build.role()]


def _word(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None


def _malformed(what: str) -> ProxyError:
    return ProxyError(Kind.MALFORMED, f"the provider sent {what}")
