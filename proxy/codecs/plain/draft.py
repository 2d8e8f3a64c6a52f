"""A native request while it is being written out of a chat request, and what reads the fields of the latter.

Fields are taken in one by one, by a table of the protocol's; what hangs together (tools and the choice of one, the
form of the answer and what the model must be told of it) is settled on the draft as a whole.

Invariant: a draft shares no container with the chat request that any later step changes; every chat field that is not
in the table is dropped and named.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

from proxy.codecs.plain.complaint import a_string, an_array, unsupported
from proxy.codecs.plain.fields import Fields
from proxy.core.shape import Json

_ELSEWHERE: Final = frozenset({"model", "stream", "stream_options"})
"""The target and the call itself say these."""
_CHAT_ONLY: Final = frozenset(
    {
        "audio", "include_reasoning", "logit_bias", "metadata", "moderation", "prediction", "prompt_cache_key",
        "prompt_cache_options", "prompt_cache_retention", "safety_identifier", "service_tier", "store", "user",
        "verbosity", "web_search_options",
    }
)  # fmt: skip
"""Chat fields that no protocol close to chat has a form for: dropped also where a target's own parameters have them."""


@dataclass(frozen=True, slots=True)
class Choice:
    """What `tool_choice` says."""

    mode: str = "auto"
    """`auto`, `none` or `required`."""
    names: frozenset[str] | None = None
    """The only tools that may be called; None for all."""


@dataclass(frozen=True, slots=True)
class Format:
    """What `response_format` says, where it asks for JSON."""

    schema: Json | None = None
    """None for any JSON object."""


@dataclass(slots=True)
class Draft:
    """One request on its way from chat to the native protocol."""

    model: str
    """As the provider names it."""
    body: Json = field(default_factory=dict)
    """Fields that are already in their final form."""
    system: list[str] = field(default_factory=list)
    """System texts that stand before everything else."""
    sentences: list[str] = field(default_factory=list)
    """What we have to tell the model ourselves, for the end of the system text."""
    messages: list[Json] = field(default_factory=list)
    tools: list[Json] = field(default_factory=list)
    strict: bool = False
    """Whether any tool is strict."""
    choice: Choice = field(default_factory=Choice)
    format: Format | None = None
    dropped: list[str] = field(default_factory=list)

    def drop(self, name: str) -> None:
        """Note a chat field that this target does not take."""
        if name not in self.dropped:
            self.dropped.append(name)

    def conversation(self) -> list[Json]:
        """All messages: one system text first, where there is any."""
        texts = [*self.system, *self.sentences]
        if not texts:
            return self.messages
        return [{"role": "system", "content": "\n\n".join(texts)}, *self.messages]


Write: TypeAlias = Callable[[Draft, Any], None]
"""Takes the value of one chat field into the draft."""


def reader(writes: Mapping[str, Write]) -> Fields[Draft]:
    """Reads a chat request by the table of a protocol."""
    return Fields(writes, _ELSEWHERE, _CHAT_ONLY)


def passed(name: str, native: str = "") -> Write:
    """A field that goes as it is, under its native name where that is another."""

    def write(draft: Draft, value: Any) -> None:
        draft.body[native or name] = value

    return write


def stops_of(draft: Draft, value: Any) -> list[str]:
    """The sequences of `stop`. One that is empty is in every text: who heeds it stops before the first word.

    Raises:
        ProxyError: INVALID_REQUEST.
    """
    given = [value] if isinstance(value, str) else an_array(value, "stop")
    texts = [a_string(text, f"stop[{at}]") for at, text in enumerate(given)]
    kept = [text for text in texts if text]
    if len(kept) < len(texts):
        draft.drop("stop")
    return kept


def one_answer(_draft: Draft, value: Any) -> None:
    """`n`: one answer at a time.

    Raises:
        ProxyError: UNSUPPORTED.
    """
    if value != 1:
        raise unsupported("This model gives one answer at a time: 'n' must be 1.", "n")


def only_text(_draft: Draft, value: Any) -> None:
    """`modalities`: text.

    Raises:
        ProxyError: UNSUPPORTED.
    """
    if value != ["text"] and value:
        raise unsupported("This model answers in text only.", "modalities")
