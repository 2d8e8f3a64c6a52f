"""What happened, as frozen records; observers in `watch/` listen and are never asked.

Times are seconds unless a name says `ms`. A fact never holds a key, a prompt or a word of an answer.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum, unique
from typing import Final, Protocol, TypeAlias, runtime_checkable

from proxy.core.errors import Kind, Tried
from proxy.core.price import Usd
from proxy.core.record import record
from proxy.core.trace import Trace
from proxy.core.usage import Usage


@unique
class Outcome(StrEnum):
    """How a call ended."""

    SERVED = "served"
    FAILED = "failed"
    CUT = "cut"
    """It began and did not end well: the caller got an error event after the first byte."""
    CANCELLED = "cancelled"
    REFUSED = "refused"
    """Not served for its caller's own doing, by us or by a target; or turned away by us before any target was tried."""


SERVED: Final = Outcome.SERVED
"""How nearly every call ends. To look a member up in its class takes as long as to call a function."""


@dataclass(frozen=True, slots=True)
class AttemptFailed:
    """A try at a target came to nothing and the caller saw none of it."""

    call: str
    """The call's request id."""
    alias: str
    target: str
    kind: Kind
    status: int | None
    code: str | None
    message: str
    ms: float
    moved_on: bool
    """Whether another target is tried next."""


@record
class AnswerBegan:
    """The commit: the first output of a target is on its way to the caller."""

    call: str
    alias: str
    target: str
    ttft_ms: float
    """From the call's arrival."""
    stream: bool = True
    trace: Trace | None = None
    at: float = 0.0
    """When, seconds since 1970."""


@dataclass(frozen=True, slots=True)
class AnswerResumed:
    """After a cut another target goes on, as the caller opted for."""

    call: str
    alias: str
    target: str
    """Who goes on."""
    mode: str
    """`restart`, `prefill` or `user_turn`."""


@dataclass(frozen=True, slots=True)
class HedgeEnded:
    """A second attempt ran beside a slow first one."""

    call: str
    alias: str
    winner: str
    """Who spoke: `first`, `second` or `neither`."""


@record
class Run:
    """One target's part of an answer."""

    target: str
    usage: Usage | None
    cost: Usd | None
    is_guess: bool = False
    """Whether its part ended before its provider had told all of the usage, the rest of which is guessed."""


@record
class CallEnded:
    """The last fact of every call, told once, whatever happened."""

    call: str
    surface: str
    alias: str
    asked: str
    """The model name that the caller sent."""
    target: str | None
    """Who served, None where nobody did."""
    attempts: tuple[Tried, ...]
    outcome: Outcome
    status: int
    kind: Kind | None
    stream: bool
    ttft_ms: float | None
    duration_ms: float
    usage: Usage | None
    dropped: tuple[str, ...]
    """Request parameters that the serving target does not take."""
    cost_usd: Usd | None = None
    """What the answer cost, exact. None where no price is known, which is not 0."""
    runs: tuple[Run, ...] = ()
    """Who served which part; more than one where a cut was recovered from, none where nobody served."""
    served: str = ""
    """The model that the answer names."""
    overhead_ms: float | None = None
    """Up to the first output, what this server took of the caller's time: without the sending of the body, without
    providers. None where there was no output."""
    bytes_in: int = 0
    """Of the request's body."""
    bytes_out: int = 0
    """Of the answer's body, framing included."""
    began: float = 0.0
    """When the call arrived, on the clock of `Tried.began`, seconds."""
    trace: Trace | None = None
    team: str = ""
    key_id: str = ""
    """The virtual key's name in the store, never the key itself."""
    job: str = ""
    cache: str = ""
    """`hit`, `miss` or `bypass`; empty where nothing is kept of what the alias answers. A hit has no target."""
    at: float = 0.0
    """When it ended, seconds since 1970."""
    hushed: bool = False
    """A stream that was all out as soon as it began, so that nobody was told that it did: see `Observer`."""


Fact: TypeAlias = AttemptFailed | AnswerBegan | AnswerResumed | HedgeEnded | CallEnded


@runtime_checkable
class Closing(Protocol):
    """An observer that holds something back until it is closed."""

    def close(self) -> None:
        """Let it out. Must not raise."""
        ...


class Observer(Protocol):
    """Somebody who listens; may hear a little later than it happens. Must not raise and must not wait.

    One whose `hears_wholes_begin` is False does without the beginnings of answers that come whole, each of which its
    `CallEnded` tells of anyway: where nobody needs them they are not told.
    """

    def on(self, fact: Fact) -> None:
        """Take note."""
        ...


@runtime_checkable
class Gathering(Observer, Protocol):
    """An observer that has less to do where it hears many facts together."""

    def on_many(self, facts: Iterator[Fact]) -> None:
        """Take note of facts in their order, each drawn once. Where it raises, it is called again with those left."""
        ...
