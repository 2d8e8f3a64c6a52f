"""What a simulated model does with a call, as data, and the table of the models that are always there.

Places in an answer are counted in outputs (words, pieces of reasoning, parts of a tool call): place 3 is the moment
before the fourth output. Two places lie before the first: `BEFORE_HEAD` and `BEFORE_OPENING`. `BEFORE_TERMINAL` lies
before the very last event of a stream.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum, unique
from types import MappingProxyType
from typing import Final

from proxy.core.shape import Headers

BEFORE_TERMINAL: Final = -3
"""The place before a stream's terminal event (`[DONE]`, `message_stop`), after the finish; a whole answer has none."""
BEFORE_HEAD: Final = -2
"""The place before the HTTP response head."""
BEFORE_OPENING: Final = -1
"""The place after the head and before the first event (a role, a `message_start`)."""


@unique
class Source(StrEnum):
    """Where the words of an answer come from."""

    ECHO = "echo"
    """The last user message or tool result."""
    LOREM = "lorem"
    """Filler of `Behaviour.words` words."""
    FIXED = "fixed"
    """`Behaviour.text`, or the rest of it where the conversation shows that it broke off."""


@unique
class Mode(StrEnum):
    """How a call goes wrong. The first two take the place of the answer, whatever `Fault.after` says."""

    STATUS = "status"
    """The protocol's own error with an HTTP status."""
    PAGE = "page"
    """An HTML page, as a gateway in front of a provider sends it."""
    ERROR_EVENT = "error_event"
    """The protocol's own error event inside a 200; in a whole answer, where no head has gone yet, as `STATUS`."""
    END = "end"
    """HTTP ends as it should, and the protocol's terminal event never came."""
    CUT = "cut"
    """The connection is closed in the middle of an event."""
    RESET = "reset"
    """The connection is reset."""
    STALL = "stall"
    """Silence, but for pings, until the peer leaves."""
    GARBAGE = "garbage"
    """Half an event that claims to be whole, then as `END`."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One way to fail, and when."""

    mode: Mode
    status: int = 500
    """HTTP status of `STATUS` and `PAGE`; of `ERROR_EVENT` the status that its class would have had."""
    after: int = 0
    """The place. Beyond the last output: before the closing events."""
    every: int = 1
    """Calls 1, 1 + every, 1 + 2 * every… of a model fail, counted from 1; the others are answered."""
    most: int = 0
    """So many calls fail and no more; 0 for no such bound."""
    span: float = 0.0
    """Calls fail within so many seconds of the model's first call, and are answered from then on; 0 for no end."""
    period: float = 0.0
    """After so many seconds from the model's first call `span` begins anew; 0 for never."""
    on_prefill: bool = False
    """Only calls fail that end in a message of the assistant's."""
    headers: Headers = ()
    """Added to a `STATUS` or `PAGE` (`retry-after`)."""
    message: str = ""
    """In place of the protocol's usual sentence for the status."""
    code: str | None = None
    """In place of the usual `error.code` (OpenAI) or `error.type` (Anthropic)."""

    def strikes(self, number: int, age: float = 0.0, *, prefilled: bool = False) -> bool:
        """Whether a call fails.

        Args:
            number: The call's number at its model, from 1.
            age: Seconds since the model's first call.
            prefilled: Whether the call ends in a message of the assistant's.
        """
        rank, rest = divmod(number - 1, self.every)
        if rest or (self.most and rank >= self.most) or (self.on_prefill and not prefilled):
            return False
        return not self.span or (age % self.period if self.period else age) < self.span


@dataclass(frozen=True, slots=True)
class Behaviour:
    """One simulated model. Durations are seconds."""

    source: Source = Source.ECHO
    text: str = ""
    """What `Source.FIXED` says; said before a tool call too, unlike the other sources."""
    words: int = 60
    """How many words of `Source.LOREM`."""
    head_delay: float = 0.0
    """Before the response head."""
    first_delay: float = 0.0
    """Between the opening events and the first output; a whole answer waits for it too."""
    gap: float = 0.0
    """Between outputs: the inverse of tokens per second."""
    ping_every: float = 0.0
    """A ping for every so many seconds of silence; 0 for none."""
    dribble: int = 0
    """Bytes that go out at once; 0 for whole events."""
    padding: int = 0
    """So many bytes more in the first event, or in the whole answer, in a field that nobody knows."""
    reasons: bool = True
    """Thinks aloud where the request asks for it."""
    tool_calls: int = 1
    """Calls this many of the request's tools, from the first, when it is the user's turn that is answered."""
    refuses: bool = False
    cached_tokens: int = 0
    """So many of the prompt's tokens are told as read from a cache."""
    fault: Fault | None = None


_BUSY: Final = Fault(Mode.STATUS, 429, headers=(("retry-after", "2"),))

BEHAVIOURS: Final[Mapping[str, Behaviour]] = MappingProxyType(
    {
        "echo": Behaviour(),
        "lorem": Behaviour(Source.LOREM, gap=0.02),
        "slow": Behaviour(Source.LOREM, words=24, first_delay=2.0, gap=0.25),
        "flaky": Behaviour(fault=Fault(Mode.STATUS, 500, every=2)),
        "fail-500": Behaviour(fault=Fault(Mode.STATUS, 500)),
        "fail-429": Behaviour(fault=_BUSY),
        "overloaded": Behaviour(fault=Fault(Mode.ERROR_EVENT, 529)),
        "cut": Behaviour(Source.LOREM, gap=0.02, fault=Fault(Mode.CUT, after=8)),
        "bad-key": Behaviour(fault=Fault(Mode.STATUS, 401)),
        "embed": Behaviour(),
    }
)
"""Model name to behaviour; the same names over every protocol."""
