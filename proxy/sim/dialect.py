"""What a native protocol is to the simulator: how it reads a call, and how it spells an answer or a complaint.

These are the other side of the wire: nothing here or in the dialects may be shared with `codecs/`, so that a mistake
made once is not made twice in the same way.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum, unique
from typing import Protocol

from proxy.core.shape import Headers, Json


@dataclass(frozen=True, slots=True)
class Tool:
    """A tool that a request offers."""

    name: str
    schema: Json
    """JSON Schema of its arguments."""


@dataclass(frozen=True, slots=True)
class Ask:
    """A request, as far as a simulated model minds it."""

    model: str
    stream: bool
    said: str
    """Text of the last user message or tool result; parts that are no text by their type in brackets."""
    prompt_tokens: int
    prefill: str = ""
    """Text of an assistant message at the very end, which the answer continues."""
    broken_off: str = ""
    """Text of the assistant's message right before a last message that is the user's."""
    tools: tuple[Tool, ...] = ()
    """The tools that the answer may call: empty where the caller forbids it."""
    must_call: bool = False
    """A tool call is demanded; else a tool is called only in answer to a user."""
    answers_tool: bool = False
    """The last message is a tool's result."""
    one_call: bool = False
    """Parallel calls are forbidden."""
    reasons: bool = False
    hidden: bool = False
    """Reasoning happens and its text is not shown."""
    limit: int | None = None
    """The most output tokens."""
    stops: tuple[str, ...] = ()
    schema: Json | None = None
    """JSON Schema that the text must fit; `{}` for any object."""
    choices: int = 1
    usage: bool = False
    """The stream shall end in a count of tokens, where the protocol leaves that to the caller."""


@unique
class Finish(Enum):
    """Why an answer ends."""

    STOP = "stop"
    STOP_SEQUENCE = "stop_sequence"
    LENGTH = "length"
    TOOLS = "tools"
    REFUSAL = "refusal"


@dataclass(frozen=True, slots=True)
class Call:
    """A tool call of an answer."""

    name: str
    arguments: Json


@dataclass(frozen=True, slots=True)
class Answer:
    """What a simulated model says, free of any protocol. Joined pieces give the text."""

    ask: Ask
    serial: int
    """Number of the call at this simulator, from 1; ids are made of it."""
    created: int
    """Seconds since 1970."""
    finish: Finish
    reasoning: tuple[str, ...] = ()
    text: tuple[str, ...] = ()
    refusal: tuple[str, ...] = ()
    calls: tuple[Call, ...] = ()
    stop_sequence: str | None = None
    cached_tokens: int = 0
    output_tokens: int = 0
    """Reasoning included."""

    @property
    def reasoning_tokens(self) -> int:
        """Tokens of reasoning, shown or not."""
        return len(self.reasoning)


@dataclass(frozen=True, slots=True)
class Complaint:
    """An error, free of any protocol; the dialect's row for the status fills what is empty."""

    status: int
    message: str = ""
    code: str | None = None
    param: str | None = None
    headers: Headers = ()


class RefusedError(Exception):
    """A request that the provider would not take."""

    def __init__(self, complaint: Complaint) -> None:
        super().__init__(complaint.message)
        self.complaint = complaint


@unique
class Beat(Enum):
    """What a frame is to a reader of the answer."""

    SILENT = "silent"
    """Structure: a role, the start or end of a block, a signature."""
    SPOKEN = "spoken"
    """Output."""
    CLOSING = "closing"
    """The finish and what follows it."""


@dataclass(frozen=True, slots=True)
class Frame:
    """One event of a stream, ready for the wire."""

    beat: Beat
    data: bytes


class Dialect(Protocol):
    """One native protocol."""

    @property
    def ping(self) -> bytes:
        """An event that says nothing."""
        ...

    def head(self, serial: int) -> Headers:
        """The headers of every response, without the content type."""
        ...

    def read(self, body: Json, headers: Mapping[str, str]) -> Ask:
        """Read a call.

        Raises:
            RefusedError: as the provider would refuse it.
        """
        ...

    def frames(self, answer: Answer) -> Iterator[Frame]:
        """The events of a streamed answer."""
        ...

    def whole(self, answer: Answer) -> Json:
        """A whole answer."""
        ...

    def error(self, complaint: Complaint, serial: int) -> Json:
        """The body of an error with an HTTP status."""
        ...

    def error_event(self, complaint: Complaint, serial: int) -> bytes:
        """An error inside a stream."""
        ...

    def model(self, name: str) -> Json:
        """One entry of the list of models."""
        ...

    def models(self, names: list[str]) -> Json:
        """The list of models."""
        ...
