"""Named ways in which a provider lets a gateway down, as data: a model of the same name for each, and who is behind it.

A gateway under test has a model of every scenario's name, whose cascade is `Scenario.cascade`: nearly always the model
that fails and then the healthy one. Both say the same text, so that a resumed answer can be told from a doubled one.

Invariant: the same name behaves alike over every protocol of the simulator.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum, unique
from types import MappingProxyType
from typing import Final

from proxy.sim.script import (
    BEFORE_HEAD,
    BEFORE_OPENING,
    BEFORE_TERMINAL,
    Behaviour,
    Fault,
    Mode,
    Source,
)

HEALTHY: Final = "healthy"
"""The model that stands behind the others, and the scenario in which nothing goes wrong."""
TEXT: Final = (
    "A promise is kept to its last word: whoever breaks off says so, and whoever says nothing "
    "of it was heard to the end."
)
"""What every model says."""
MID: Final = 6
"""Words that are said before what goes wrong in the middle."""
HUGE: Final = 17 * 1024 * 1024
"""Bytes of the huge event: more than most gateways should be willing to hold."""


@unique
class Exam(StrEnum):
    """How a gateway is tried with a scenario."""

    ANSWER = "answer"
    """One call as a stream and one for a whole answer."""
    STREAM = "stream"
    """One call as a stream: a whole answer cannot fail in this way."""
    ACCOUNT = "account"
    """As `ANSWER`, and the answer must tell who served it."""
    RECOVERY = "recovery"
    """Calls one after the other, until the model that was unwell serves again."""
    LEAVING = "leaving"
    """One call whose caller leaves in the middle."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How slow the slow ones are, and how large the large one."""

    slow: float = 30.0
    """Seconds until the slow model's first word."""
    down: float = 12.0
    """Seconds for which the flapping model fails."""
    huge: int = HUGE
    """Bytes of the huge event."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """One way to fail."""

    name: str
    story: str
    """What the provider does, in one line."""
    behaviour: Behaviour
    """Of the model with the scenario's name."""
    cascade: tuple[str, ...] = ()
    """The models that a gateway tries in this order; empty for this scenario's own and then the healthy one."""
    exam: Exam = Exam.ANSWER
    code: str = ""
    """The caller's own fault: the `error.code` that it may be told, with a 4xx, instead of an answer."""
    own_key: bool = False
    """Its model needs a provider entry of its own: what it refuses is the key, and a gateway may let that key rest."""
    core: bool = False
    """One of the sixteen that every gateway is asked about."""

    @property
    def route(self) -> tuple[str, ...]:
        """The models that a gateway tries in this order."""
        return self.cascade or (self.name, HEALTHY)


def scenarios(pace: Pace = Pace()) -> Mapping[str, Scenario]:
    """Every scenario by its name, in the order in which a report shows them."""
    rows = (*_plain(), *_refused(pace), *_silent(pace), *_broken(), *_long(pace))
    return MappingProxyType({row.name: row for row in rows})


def behaviours(rows: Mapping[str, Scenario]) -> Mapping[str, Behaviour]:
    """What a simulator needs to play the scenarios."""
    return {name: row.behaviour for name, row in rows.items()}


_SAYS: Final = Behaviour(Source.FIXED, text=TEXT)
_TALKS: Final = replace(_SAYS, gap=0.02)
"""Slow enough that what was said has arrived when it goes wrong."""
_BEYOND: Final = 1000
"""A place after the last word."""


def _failing(fault: Fault) -> Behaviour:
    return replace(_TALKS, fault=fault)


def _plain() -> tuple[Scenario, ...]:
    """Where nothing goes wrong on the wire."""
    blip = Fault(Mode.STATUS, 500, most=1)
    return (
        Scenario(HEALTHY, "answers as it should", _SAYS, (HEALTHY,)),
        Scenario(
            "accounting",
            "is always 500, so that another one serves: the answer must say who, and what was used",
            _failing(Fault(Mode.STATUS, 500)),
            exam=Exam.ACCOUNT,
            core=True,
        ),
        Scenario("500_once", "500 to the first call, then fit", _failing(blip), core=True),
        Scenario(
            "trickle",
            "answers byte by byte, each in a packet of its own",
            replace(_SAYS, dribble=1),
        ),
    )


def _refused(pace: Pace) -> tuple[Scenario, ...]:
    """Where an HTTP status says what is wrong."""
    limited = Fault(Mode.STATUS, 429, headers=(("retry-after", "1"),))
    unwell = Fault(Mode.STATUS, 503, span=pace.down, period=pace.down + 60.0)
    long = "This model's maximum context length is 8192 tokens, and the messages have more."
    filtered = "The prompt was stopped by the content management policy."
    no_prefill = "This model does not take a conversation that ends in an assistant's message."
    return (
        Scenario(
            "429_retry_after", "429 with `retry-after: 1`, always", _failing(limited), core=True
        ),
        Scenario(
            "429_no_hint",
            "429 without a hint, always",
            _failing(Fault(Mode.STATUS, 429)),
            core=True,
        ),
        Scenario("503_persistent", "503, always", _failing(Fault(Mode.STATUS, 503)), core=True),
        Scenario(
            "flapping",
            f"503 for {pace.down:g} s from the first call on, then fit for a minute, and so on",
            _failing(unwell),
            exam=Exam.RECOVERY,
            core=True,
        ),
        Scenario(
            "bad_key",
            "401: it does not know the gateway's key",
            _failing(_refusal(401)),
            own_key=True,
        ),
        Scenario("model_gone", "404: it does not know the model", _failing(_refusal(404))),
        Scenario("html_page", "502 and a page of HTML", _failing(Fault(Mode.PAGE, 502))),
        Scenario("html_in_200", "200 and a page of HTML", _failing(Fault(Mode.PAGE, 200))),
        Scenario(
            "context_length",
            "400: the prompt is too long",
            _failing(_refusal(400, long, "context_length_exceeded")),
            code="context_length_exceeded",
            core=True,
        ),
        Scenario(
            "content_filter",
            "400: the prompt was filtered",
            _failing(_refusal(400, filtered, "content_filter")),
            code="content_filter",
            core=True,
        ),
        Scenario(
            "refuses_prefill",
            "answers, but 400 where the conversation ends in an assistant's message",
            _failing(replace(_refusal(400, no_prefill), on_prefill=True)),
            ("cut_mid_stream", "refuses_prefill"),
            Exam.STREAM,
            core=True,
        ),
    )


def _refusal(status: int, message: str = "", code: str | None = None) -> Fault:
    return Fault(Mode.STATUS, status, message=message, code=code)


def _silent(pace: Pace) -> tuple[Scenario, ...]:
    """Where nothing comes, or nothing that is an answer."""
    stall = Fault(Mode.STALL, after=BEFORE_HEAD)
    return (
        Scenario(
            "reset_before_headers",
            "takes the call and resets the connection",
            _failing(Fault(Mode.RESET, after=BEFORE_HEAD)),
            core=True,
        ),
        Scenario("silence", "takes the call and says nothing", _failing(stall), core=True),
        Scenario(
            "head_then_silence",
            "200, then nothing",
            _failing(replace(stall, after=BEFORE_OPENING)),
        ),
        Scenario(
            "role_then_silence",
            "200 and the role, then nothing",
            _failing(replace(stall, after=0)),
        ),
        Scenario(
            "pings_forever",
            "200, then pings and nothing else",
            replace(_failing(replace(stall, after=BEFORE_OPENING)), ping_every=0.3),
            exam=Exam.STREAM,
        ),
        Scenario(
            "slow_first_token",
            f"says nothing for {pace.slow:g} s, then answers",
            replace(_SAYS, first_delay=pace.slow),
            core=True,
        ),
        Scenario(
            "overloaded_in_200",
            "200 and the role, then an error event",
            _failing(Fault(Mode.ERROR_EVENT, 529)),
        ),
        Scenario(
            "empty_stream",
            "200, and the end at once",
            _failing(Fault(Mode.END, after=BEFORE_OPENING)),
        ),
    )


def _broken() -> tuple[Scenario, ...]:
    """Where an answer has begun when it goes wrong."""
    stall = Fault(Mode.STALL, after=MID)
    return (
        Scenario(
            "cut_mid_stream",
            f"{MID} words, then the connection closes inside an event",
            _failing(Fault(Mode.CUT, after=MID)),
            core=True,
        ),
        Scenario(
            "reset_mid_stream",
            f"{MID} words, then a reset",
            _failing(Fault(Mode.RESET, after=MID)),
        ),
        Scenario("stall_mid_stream", f"{MID} words, then nothing", _failing(stall), core=True),
        Scenario(
            "pings_mid_stream",
            f"{MID} words, then pings and nothing else",
            replace(_failing(stall), ping_every=0.3),
            exam=Exam.STREAM,
        ),
        Scenario(
            "error_mid_stream",
            f"{MID} words, then an error event",
            _failing(Fault(Mode.ERROR_EVENT, 500, after=MID)),
            exam=Exam.STREAM,
        ),
        Scenario(
            "malformed_event",
            f"{MID} words, then an event that is no JSON, and the end",
            _failing(Fault(Mode.GARBAGE, after=MID)),
            core=True,
        ),
        Scenario(
            "no_finish",
            "every word, and the end without a finish reason",
            _failing(Fault(Mode.END, after=_BEYOND)),
            exam=Exam.STREAM,
        ),
        Scenario(
            "no_done",
            "the whole answer and its finish reason, without `[DONE]`",
            _failing(Fault(Mode.END, after=BEFORE_TERMINAL)),
            exam=Exam.STREAM,
            core=True,
        ),
    )


def _long(pace: Pace) -> tuple[Scenario, ...]:
    """Where a gateway is tempted to hold, or to do, more than it should."""
    return (
        Scenario(
            "huge_event",
            f"an event of {pace.huge / 1024 / 1024:g} MiB, then the answer",
            replace(_SAYS, padding=pace.huge),
            exam=Exam.STREAM,
        ),
        Scenario(
            "caller_leaves",
            "speaks slowly; the caller hangs up, and so must the gateway",
            replace(_SAYS, gap=0.4),
            exam=Exam.LEAVING,
        ),
    )
