"""The keys of limits, rates and cascades, which stand in several places: what is said once for all may be said otherwise.

Invariant: a key has its default where it is said for all, and none where it is said otherwise.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from proxy.config.kinds import Choice, Count, Duration, Size, Text
from proxy.config.schema import Live
from proxy.config.sections import Field, ListOf
from proxy.core.errors import Kind

FALLBACK: Final = (Kind.CONTEXT_LENGTH, Kind.CONTENT_FILTER, Kind.UNSUPPORTED)
"""The caller's own errors that another target may still answer."""

LIMITS: Final = {
    "connect_timeout": Field(Duration(), "Time for TCP and TLS to a provider.", "3s"),
    "first_byte_timeout": Field(
        Duration(),
        "From the request sent to the first output; where it is written nowhere, 300s for a request that asks for reasoning.",
        "60s",
    ),
    "first_byte_per_100k_tokens": Field(
        Duration(positive=False),
        "Added to the first-byte timeout for each 100,000 tokens of the prompt, in proportion.",
        "0s",
    ),
    "idle_timeout": Field(Duration(), "After the commit, between two events of a provider.", "60s"),
    "output_idle_timeout": Field(Duration(), "After the commit, between two outputs.", "120s"),
    "total_timeout": Field(
        Duration(least=1.1),  # No attempt starts with less than a second left.
        "The whole call: a whole answer; of a stream, only the time until the commit.",
        "600s",
    ),
    "retries": Field(Count(0, 100), "Further tries at the same target before the next one.", "0"),
    "retry_after_max": Field(
        Duration(positive=False),
        "A provider's Retry-After is waited for up to this long, else the next target is tried.",
        "10s",
    ),
    "hedge_after": Field(
        Duration(words=("off", "p95")),
        "Without output for so long, the next fit target is tried beside this one, and the first to speak wins; p95 is what 95 of 100 recent answers of this target took.",
        "off",
        "1500ms",
    ),
    "commit": Field(
        Choice(("first_byte", "complete")),
        "When an answer goes out: with its first output, or held back until the provider has finished it, so that one that is cut fails over too.",
        "first_byte",
    ),
    "max_event": Field(Size(), "The largest event of a stream.", "16MiB"),
    "max_answer": Field(Size(), "The largest whole answer.", "64MiB"),
}
"""What `defaults` says and every provider, alias and target may say otherwise."""

RATES: Final = {
    "rpm": Field(
        Count(1, 1_000_000_000),
        "Requests a minute that a target takes, all callers together; one that has no more is passed over.",
        example="600",
    ),
    "tpm": Field(
        Count(1, 1_000_000_000),
        "Tokens a minute that a target takes, likewise: prompt and answer, by estimate until the answer is there.",
        example="200000",
    ),
}
"""What a provider says of each of its targets, and a target of itself."""

OVERRIDES: Final = {name: replace(known, default="") for name, known in LIMITS.items()}

ATTEMPT: Final = {
    "total_timeout": Field(
        Duration(),
        "One attempt here, within what the call has left: a whole answer; of a stream, only the time until the commit.",
    )
}
"""What a limit bounds where it is written of a provider or a target: one attempt, not the call."""

CASCADING: Final = {
    "max_attempts": Field(
        Count(1, 100, word="auto"),
        "Attempts per call, all targets together; auto is 4 or the number of steps, the larger.",
        "auto",
    ),
    "fallback_on": Field(
        ListOf(
            Choice(
                tuple(kind.value for kind in FALLBACK),
                "; whatever is a provider's own failure moves on by itself",
            ),
            "a list of error classes",
        ),
        "Errors of the request itself that may also move on to the next target.",
        "[]",
        "[context_length]",
    ),
    "model_in_answer": Field(
        Choice(("served", "asked")),
        "The model that an answer names: served as the provider does, or asked as the caller did.",
        "served",
    ),
    "warm_after": Field(
        Duration(positive=False),
        "Without output for so long, a stream's head and heartbeats go out; the cascade still goes on.",
        "30s",
    ),
    "heartbeat": Field(
        Duration(), "A comment goes out whenever a stream was still for so long.", "15s"
    ),
    "recover": Field(
        Choice(("off", "restart", "prefill", "user_turn")),
        "When a stream is cut after its first output: off ends it with an error; restart asks the next target anew; prefill and user_turn have it go on from what was said.",
        "off",
    ),
    "resume_prompt": Field(
        Text("text that is not blank", r"[\s\S]*\S[\s\S]*"),
        "What user_turn says to the next target, as the user.",
        Live().resume_prompt,
    ),
}
"""What `defaults` says and every alias may say otherwise."""
