"""How many tokens a call will use, guessed before it begins; and how many it did, where nobody said.

What is held by a guess is corrected when the call has ended, so the guess errs upwards: the prompt counts as the token
counter counts it, and the answer as long as the caller lets it be.

Invariant: pure; every count is at least 0 and at most `MOST_TOKENS`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from proxy.core.facts import CallEnded
from proxy.core.record import record
from proxy.core.shape import ChatRequest, Json
from proxy.core.usage import Usage
from proxy.surfaces.messages.count import ASCII_PER_TOKEN, count_tokens

ANSWER: Final = 1_024
"""Tokens of an answer, where the caller does not bound it."""
MOST_TOKENS: Final = 10_000_000
"""More than any model takes: what a caller writes must not overflow anybody's books."""
STREAM_BYTES: Final = 150
"""Bytes on the wire for each token of a streamed answer, framing included: the least that the surfaces here have."""
WHOLE_BYTES: Final = 4
"""Bytes for each token of a whole answer."""


@record
class Estimate:
    """Tokens that a call may use."""

    prompt: int
    completion: int

    @property
    def total(self) -> int:
        """Both together."""
        return self.prompt + self.completion

    @property
    def usage(self) -> Usage:
        """As a provider would tell it."""
        return Usage(self.prompt, self.completion)


def estimate_of(request: ChatRequest) -> Estimate:
    """Tokens that a request may use, estimated upwards."""
    body = request.body
    if "input" in body and "messages" not in body:
        # Vectors are no answer that anybody counts.
        return Estimate(_bounded(_of_input(body["input"])), 0)
    return Estimate(_bounded(count_tokens(request)), _bounded(_answer(body)))


def used(estimate: Estimate, ended: CallEnded) -> Usage:
    """What a call used that was served and whose provider did not say: the caller left, or the answer was cut.

    Args:
        estimate: From before the call.
        ended: How it ended.
    """
    told = ended.bytes_out // (STREAM_BYTES if ended.stream else WHOLE_BYTES)
    return Usage(estimate.prompt, min(estimate.completion, told))


def so_far(estimate: Estimate, told: Usage, sent: int, before: int = 0) -> Usage:
    """What a stream used that ended early, whose provider had told some of it: the input as it says, of the output no less than what went out.

    Args:
        estimate: From before the call.
        told: Until it ended.
        sent: Bytes that went out.
        before: Tokens of them that somebody else had said.
    """
    said = min(estimate.completion, sent // STREAM_BYTES - before)
    return replace(told, completion=max(told.completion, said))


def _answer(body: Json) -> int:
    bound = _count(body.get("max_completion_tokens")) or _count(body.get("max_tokens"))
    return (bound or ANSWER) * (_count(body.get("n")) or 1)


def _count(value: object) -> int:
    """A count that somebody wrote; 0 where it is none."""
    if isinstance(value, bool) or not isinstance(value, int):
        return 0
    return max(0, value)


def _of_input(value: object) -> int:
    """Tokens of what vectors are asked for: a text, tokens, or a list of either."""
    if isinstance(value, str):
        return int(len(value) / ASCII_PER_TOKEN) + 1
    if isinstance(value, list):
        return sum(map(_of_input, value))
    return 1


def _bounded(tokens: int) -> int:
    return min(tokens, MOST_TOKENS)
