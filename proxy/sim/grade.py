"""Grades how a gateway came through a scenario: from what its caller heard and what its providers saw. Pure.

The best is a whole, clean answer, or for the caller's own mistakes the 4xx that names them. An honest error is safe.
What nobody may do is to hang, to let half an answer pass for a whole one, or to blame the caller for a provider.

Invariant: the grade hangs on what came, and never on how a gateway is built or set.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum, unique
from itertools import groupby, pairwise, takewhile
from typing import Final

from proxy.sim.call import Call, Ending
from proxy.sim.heard import Heard
from proxy.sim.scenarios import TEXT, Exam, Scenario

STORM: Final = 8
"""Attempts at one call beyond which a gateway does more harm than good."""
HINT_SLACK: Final = 0.05
"""Seconds by which a gateway's clock may run ahead of a `Retry-After`."""
RETURN: Final = 30.0
"""Seconds after its recovery in which a model must serve again."""
LEFT: Final = 0.5
"""Seconds in which a caller's leaving must reach the provider."""
LEFT_LATE: Final = 5.0
"""Seconds after which it may be taken that it never will."""


@unique
class Grade(StrEnum):
    """From best to worst."""

    PASS = "pass"  # noqa: S105 (no password)
    """The answer, whole and clean; for the caller's own mistake the right 4xx."""
    PARTIAL = "partial"
    """The answer, late or with a flaw."""
    SAFE = "safe"
    """No answer, and the caller was told so."""
    FAIL = "fail"
    """The caller was left waiting, or was told something untrue."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A grade, and what it hangs on where it is not the best."""

    grade: Grade
    why: str = ""


def worst(marks: Sequence[Mark]) -> Mark:
    """The mark that counts where there are several."""
    order = list(Grade)
    return max(marks, key=lambda mark: order.index(mark.grade))


def judge(scenario: Scenario, heard: Heard, calls: Sequence[Call], late: float) -> Mark:
    """Grade one call.

    Args:
        scenario: What was played.
        heard: What the caller heard.
        calls: What the providers saw of it, in order, when all was over.
        late: Seconds beyond which a good answer is late.
    """
    if heard.hung:
        return Mark(Grade.FAIL, f"no end within {heard.took:.0f} s")
    if heard.garbled:
        return Mark(Grade.FAIL, "passed on what no client can read")
    if heard.error is not None or heard.status not in (0, 200):
        return _refused(scenario, heard)
    if heard.broken:
        return Mark(Grade.SAFE, "broke off without a word")
    return _answered(scenario, heard, calls, late)


def judge_return(marks: Sequence[Mark], back: float | None) -> Mark:
    """Grade the calls around a model's recovery.

    Args:
        marks: Of each call.
        back: Seconds from the recovery to the first call that the model served again; None for never.
    """
    mark = worst(marks)
    if mark.grade is not Grade.PASS:
        return mark
    if back is None or back > RETURN:
        return Mark(Grade.PARTIAL, f"not used again within {RETURN:g} s of its recovery")
    return mark


def judge_leaving(noticed: float | None) -> Mark:
    """Grade how soon the provider heard that the caller had left; None for never. Seconds."""
    if noticed is None or noticed > LEFT_LATE:
        return Mark(Grade.FAIL, "works on for nobody")
    if noticed > LEFT:
        return Mark(Grade.PARTIAL, f"hung up after {noticed:.1f} s")
    return Mark(Grade.PASS)


def _refused(scenario: Scenario, heard: Heard) -> Mark:
    """An error came."""
    if heard.done and heard.stream:
        return Mark(Grade.FAIL, "an error and [DONE]")
    if scenario.code:
        return _blamed(scenario.code, heard)
    if 400 <= heard.status < 500 and heard.status != 429:
        return Mark(Grade.FAIL, f"{heard.status}: the caller is blamed for a provider")
    return Mark(Grade.SAFE)


def _blamed(code: str, heard: Heard) -> Mark:
    """The caller made a mistake; was it told so?"""
    if heard.status == 200:
        return Mark(Grade.SAFE, "told inside a 200")
    if not 400 <= heard.status < 500:
        return Mark(Grade.FAIL, f"{heard.status} for the caller's own mistake")
    if heard.code != code:
        return Mark(Grade.PARTIAL, f"the code is {heard.code or 'missing'}, not {code}")
    return Mark(Grade.PASS)


def _answered(scenario: Scenario, heard: Heard, calls: Sequence[Call], late: float) -> Mark:
    """Something came that looks whole, or nothing at all."""
    if heard.status == 0:
        return Mark(Grade.FAIL, "no answer")
    if heard.text != TEXT:
        if _complete(heard.text):
            return Mark(Grade.PARTIAL, "all of the text, but not as it was said")
        half = "half an answer" if heard.text else "no answer"
        return Mark(Grade.FAIL, f"{half} that looks whole")
    flaws = [*_late(heard, late), *_unclean(heard), *_costly(scenario, calls)]
    if scenario.exam is Exam.ACCOUNT:
        flaws += _unaccounted(heard, calls)
    return Mark(Grade.PARTIAL, ", ".join(flaws)) if flaws else Mark(Grade.PASS)


def _complete(text: str) -> bool:
    """Whether all of the text is there, although perhaps a part of it twice, or a blank more or less at a joint."""
    heard, expected = "".join(text.split()), "".join(TEXT.split())
    shared = _shared(heard, expected) + _shared(heard[::-1], expected[::-1])
    return len(heard) >= len(expected) and shared >= len(expected)


def _shared(one: str, other: str) -> int:
    """How many characters two texts have in common from their start."""
    pairs = zip(one, other, strict=False)
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))


def _late(heard: Heard, late: float) -> Iterator[str]:
    if heard.took > late:
        yield f"late: {heard.took:.1f} s"


def _unclean(heard: Heard) -> Iterator[str]:
    if not heard.done:
        yield "no [DONE]"
    if heard.finish != "stop":
        yield f"finish reason {heard.finish or 'missing'}"
    if heard.usage is None:
        yield "no usage"


def _costly(scenario: Scenario, calls: Sequence[Call]) -> Iterator[str]:
    """What the providers had to bear for it."""
    if len(calls) > STORM:
        yield f"{len(calls)} attempts"
    running = [call.model for call in calls if call.ending is None]
    if running:
        yield f"{running[0]} still works for nobody"
    hint = _hint(scenario)
    own = [call.began for call in calls if call.model == scenario.name]
    if hint and any(after - before < hint - HINT_SLACK for before, after in pairwise(own)):
        yield "asked again before Retry-After"


def _hint(scenario: Scenario) -> float:
    fault = scenario.behaviour.fault
    return float(dict(fault.headers).get("retry-after", 0.0)) if fault else 0.0


def _unaccounted(heard: Heard, calls: Sequence[Call]) -> Iterator[str]:
    """Whether the answer names who served it, and counts what was used."""
    served = next((call for call in calls if call.ending is Ending.ANSWERED), None)
    if served is None:
        return
    if not any(served.model in place for place in (heard.model, *heard.headers.values())):
        yield "does not tell who served it"
    if (heard.usage or {}).get("completion_tokens") != served.said:
        yield "wrong usage"


def told(heard: Heard) -> str:
    """What the caller saw, in words."""
    if heard.hung:
        return (
            f"{heard.status or 'nothing'}, {_words(heard)}, still waiting after {heard.took:.0f} s"
        )
    parts = [str(heard.status)] if heard.status else []
    if heard.status in (0, 200):
        parts.append(_words(heard))
    if heard.error is not None:
        parts.append(f"error {heard.code or heard.error.get('type') or 'without a code'}")
    if heard.garbled:
        parts.append("garbage")
    if heard.broken:
        parts.append(heard.broken)
    if heard.done and heard.stream:
        parts.append("[DONE]")
    return ", ".join([*parts, _ms(heard.took)])


def seen(calls: Sequence[Call]) -> str:
    """What the providers saw, in words: each attempt and how it ended, repeats counted."""
    attempts = [f"{call.model} {_ENDINGS[call.ending]}" for call in calls]
    runs = [(what, len(list(run))) for what, run in groupby(attempts)]
    return ", ".join(f"{what} ×{times}" if times > 1 else what for what, times in runs) or "nothing"  # noqa: RUF001 (times)


def _words(heard: Heard) -> str:
    if heard.text == TEXT:
        return "whole"
    count = len(heard.text.split())
    return "1 word" if count == 1 else f"{count or 'no'} words"


def _ms(seconds: float) -> str:
    return f"{seconds:.1f} s" if seconds >= 1 else f"{seconds * 1000:.0f} ms"


_ENDINGS: Final = {
    Ending.ANSWERED: "answered",
    Ending.FAILED: "failed",
    Ending.LEFT: "cancelled",
    Ending.STOPPED: "stopped",
    None: "still running",
}
