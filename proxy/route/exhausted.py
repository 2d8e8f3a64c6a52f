"""All targets failed: the one error that tells the caller most.

The class is chosen from what the attempts had in common; every attempt is listed, none of their keys.
"""

from collections.abc import Sequence
from typing import Final

from proxy.core.errors import MEANINGS, Kind, ProxyError
from proxy.route.verdict import is_skip

OVER: Final = "target_limit"
"""The code of a target that was not asked because of a limit set here."""
_TIMEOUTS: Final = frozenset(
    {
        Kind.CONNECT_TIMEOUT,
        Kind.FIRST_BYTE_TIMEOUT,
        Kind.IDLE_TIMEOUT,
        Kind.TOTAL_TIMEOUT,
        Kind.UPSTREAM_TIMEOUT,
    }
)
_BUSY: Final = frozenset({Kind.OVERLOADED, Kind.CIRCUIT_OPEN})


def exhausted(failures: Sequence[tuple[str, ProxyError]]) -> ProxyError:
    """Merge the failures of a call into one.

    Args:
        failures: Target names with what happened there, in order; at least one.

    Returns:
        The only failure itself where there was one; else a new error of the most telling kind, with the least
        `retry_after` of all that gave one.
    """
    if len(failures) == 1:
        target, error = failures[0]
        return _copy(error, error.kind, f"{target}: {error.message}")
    kind = _kind([error for _, error in failures])
    told = "; ".join(f"{target}: {error.message}" for target, error in failures)
    last = failures[-1][1]
    asked = sum(not _was_skipped(error) for _, error in failures)
    merged = _copy(last, kind, f"{_summary(asked)} {told}")
    hints = [
        error.retry_after
        for _, error in failures
        if error.retry_after is not None and _may_pass(_cause(error))
    ]
    merged.retry_after = min(hints, default=None)
    return merged


def _summary(asked: int) -> str:
    if asked == 1:
        return "The only attempt failed."
    return f"All {asked} attempts failed." if asked else "No target could be asked."


def _kind(errors: Sequence[ProxyError]) -> Kind:
    # A target that was skipped because it cannot serve the request explains nothing unless all were.
    asked = [error for error in errors if not is_skip(error)]
    kinds = {_cause(error) for error in asked or errors}
    if len(kinds) == 1:
        return kinds.pop()
    if kinds <= _BUSY:
        return Kind.OVERLOADED
    if kinds <= _TIMEOUTS:
        return Kind.FIRST_BYTE_TIMEOUT
    if any(map(_may_pass, kinds)):
        return Kind.SERVER_ERROR
    return Kind.MISCONFIGURED


def _cause(error: ProxyError) -> Kind:
    """What happened there: who rests from a refusal was refused, and is as good as asked and refused again."""
    return error.cause or error.kind


def _may_pass(kind: Kind) -> bool:
    """Whether it may be over by itself. What is not is not waited for: its rest ends, and the next call finds it as it was."""
    return MEANINGS[kind].should_retry


def _was_skipped(error: ProxyError) -> bool:
    """Whether nobody was asked: the target could not serve the request, rests, or has no more."""
    if error.kind is Kind.RATE_LIMIT:
        return error.code == OVER and error.status is None
    return error.kind is Kind.CIRCUIT_OPEN or is_skip(error)


def _copy(error: ProxyError, kind: Kind, message: str) -> ProxyError:
    same = error.kind is kind
    return ProxyError(
        kind,
        message,
        status=error.status if same else None,
        type=error.type if same else None,
        code=error.code if same else None,
        param=error.param if same else None,
        retry_after=error.retry_after,
    )
