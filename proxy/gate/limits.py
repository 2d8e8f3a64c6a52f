"""Requests and tokens per minute: what a call takes of them before it begins, what it gives back, and what callers read.

A request is counted when it comes; tokens are taken by an estimate and corrected when the call has ended. A target's
limits are taken for every target that the call may go to, and given back for those that it did not go to; of a target
that is no first choice only one token is taken ahead, so that nobody's way is closed by calls that never come there.

Invariant: pure. A correction is against what was taken, never against what was asked.
Source: https://platform.openai.com/docs/guides/rate-limits, its headers (read 2026-11-21).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from proxy.core.errors import Kind, ProxyError, Tried
from proxy.gate.caller import Caller
from proxy.store.records import Correction, Level, Limited, Want

REQUESTS: Final = "requests"
TOKENS: Final = "tokens"

HeaderPairs: TypeAlias = list[tuple[bytes, bytes]]

_WORDS: Final = {REQUESTS: "requests per minute", TOKENS: "tokens per minute"}


@dataclass(frozen=True, slots=True)
class Rated:
    """A target that the call may go to, and its limits; 0 is none."""

    target: str
    """`provider/model`."""
    rpm: int = 0
    tpm: int = 0
    first: bool = True
    """Whether it is of the first step."""


def counts_tokens(caller: Caller, targets: Sequence[Rated]) -> bool:
    """Whether anything is limited that an estimate is needed for."""
    return (
        caller.key_allowance.tpm is not None
        or caller.team_allowance.tpm is not None
        or any(rated.tpm for rated in targets)
    )


def wants_of(caller: Caller, tokens: int) -> tuple[Want, ...]:
    """What a call takes of its key's and its team's limits."""
    found = []
    for owner, name, allowance in (
        ("key", caller.key, caller.key_allowance),
        ("team", caller.team, caller.team_allowance),
    ):
        if allowance.rpm is not None:
            found.append(Want(f"{REQUESTS}:{owner}:{name}", allowance.rpm, 1))
        if allowance.tpm is not None:
            found.append(Want(f"{TOKENS}:{owner}:{name}", allowance.tpm, tokens))
    return tuple(found)


def spare_of(targets: Iterable[Rated], tokens: int) -> tuple[Want, ...]:
    """What a call takes of the limits of targets, once for each."""
    found: dict[str, Want] = {}
    for rated in targets:
        ahead = tokens if rated.first else min(1, tokens)
        for kind, per_minute, amount in ((REQUESTS, rated.rpm, 1), (TOKENS, rated.tpm, ahead)):
            if per_minute:
                name = f"{kind}:target:{rated.target}"
                found.setdefault(name, Want(name, per_minute, amount))
    return tuple(found.values())


def targets_of(short: Iterable[str]) -> frozenset[str]:
    """The targets of limits that had too little left."""
    return frozenset(name.split(":", 2)[2] for name in short)


def corrections_of(wants: Iterable[Want], tokens: int) -> Iterator[Correction]:
    """Second thoughts on a key's and a team's limits; `tokens` were used."""
    for want in wants:
        if _kind(want) == TOKENS:
            yield from _correction(want, tokens)


def given_back(wants: Iterable[Want]) -> Iterator[Correction]:
    """All that was taken of some limits."""
    for want in wants:
        yield from _correction(want, 0)


def spare_corrections(
    spare: Sequence[Want],
    short: Collection[str],
    attempts: Sequence[Tried],
    served: str | None,
    tokens: int,
) -> Iterator[Correction]:
    """Second thoughts on the limits of targets.

    Args:
        spare: What was asked.
        short: Names of those of which nothing was taken.
        attempts: Who was tried.
        served: Who served, and so has the tokens.
        tokens: Used.
    """
    if not spare:
        return
    asked = Counter(tried.target for tried in attempts if not tried.skipped)
    for want in spare:
        target = want.limit.split(":", 2)[2]
        if want.limit in short:
            # Nothing was taken; who was asked all the same took it.
            want = Want(want.limit, want.per_minute, 0)  # noqa: PLW2901
        if _kind(want) == REQUESTS:
            yield from _correction(want, asked[target])
        else:
            yield from _correction(want, tokens if target == served else 0)


def _correction(want: Want, actual: int) -> Iterator[Correction]:
    more = actual - min(want.amount, want.per_minute)
    if more:
        yield Correction(want.limit, want.per_minute, more)


def headers_of(levels: Iterable[Level]) -> HeaderPairs:
    """`x-ratelimit-*`: of the requests and the tokens each the limit that has least left."""
    headers: HeaderPairs = []
    levels = list(levels)
    for kind in (REQUESTS, TOKENS):
        of_kind = [level for level in levels if level.limit.startswith(kind)]
        if not of_kind:
            continue
        least = min(of_kind, key=lambda level: level.remaining)
        headers += [
            (f"x-ratelimit-limit-{kind}".encode(), str(least.per_minute).encode()),
            (f"x-ratelimit-remaining-{kind}".encode(), str(least.remaining).encode()),
            (f"x-ratelimit-reset-{kind}".encode(), duration(least.reset).encode()),
        ]
    return headers


def duration(seconds: float) -> str:
    """As OpenAI writes them: `12ms`, `7.66s`, `6m0s`, `1h2m3s`."""
    if seconds < 1.0:
        return f"{seconds * 1000:.0f}ms" if seconds < 0.9995 else "1s"
    if seconds < 60.0:
        return f"{min(seconds, 59.99):.2f}".rstrip("0").rstrip(".") + "s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}h{minutes}m{rest}s" if hours else f"{minutes}m{rest}s"


def refusal_of(limited: Limited) -> ProxyError:
    """What a caller is told who is over a limit."""
    kind, owner, _ = limited.limit.split(":", 2)
    level = next((level for level in limited.levels if level.limit == limited.limit), None)
    most = f": limit {level.per_minute}, remaining {level.remaining}" if level else ""
    message = (
        f"Rate limit reached for this {owner} on {_WORDS[kind]}{most}. "
        f"Please try again in {duration(limited.retry_after)}."
    )
    return ProxyError(Kind.RATE_LIMIT, message, retry_after=limited.retry_after)


def _kind(want: Want) -> str:
    return want.limit.partition(":")[0]
