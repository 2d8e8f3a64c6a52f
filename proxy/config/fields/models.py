"""The keys of an alias: its cascade, each step and pool of it, and what it says otherwise than `defaults`."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from proxy.config import capabilities
from proxy.config.fields.limits import ATTEMPT, CASCADING, OVERRIDES, RATES
from proxy.config.fields.names import ONE_LINE, TARGET
from proxy.config.kinds import Choice, Duration, Text, Weight
from proxy.config.sections import Either, Field, ListOf, Open, Record, Shorthand

_STEP: Final = Record(
    "step",
    {
        "target": Field(
            TARGET,
            "One model at one provider; the first slash divides.",
            example="openai/gpt-5.4-mini",
            required=True,
        ),
        "params": Field(
            Open("a map of request fields", closed=("model", "messages", "stream")),
            "Request fields that replace the caller's.",
            example="{max_tokens: 4096}",
        ),
        "capabilities": Field(
            capabilities.RECORD,
            "What it can do, over what the catalogue knows; a request that it cannot serve goes past it.",
            example="{images: false, context: 32768}",
        ),
        "base_model": Field(
            ONE_LINE,
            "For azure and bedrock: the model behind a deployment's or an ARN's name, where the name does not tell.",
            example="gpt-5.4",
        ),
        **RATES,
        **OVERRIDES,
        **ATTEMPT,
    },
    "a map with `target`",
    {
        "weight": "is for a target of a `pool`; a step of one has nothing to share",
        "balance": "stands beside a `pool`; a step of one has nothing to choose",
        "pool": "a step is either a `target` or a `pool`",
    },
)

_EQUAL: Final = Record(
    "pool-target",
    {
        **_STEP.fields,
        "weight": Field(Weight(), "Its share of the calls, beside the others'.", "1"),
    },
    "a map with `target`",
    {"pool": "a pool cannot stand within a pool", "balance": "stands beside the `pool`"},
)

_POOL: Final = Record(
    "pool",
    {
        "pool": Field(
            ListOf(Shorthand(_EQUAL, "target"), "a list of targets", least=1),
            "In place of `target`: equals, of which each call goes to one that is fit, and on to another if that fails; each may say all that a target may.",
            example="[local/qwen3, {target: openai/gpt-5.4-mini, weight: 3}]",
            required=True,
        ),
        "balance": Field(
            Choice(("least_busy", "weighted", "fastest")),
            "Who gets a call: of two drawn the one with fewer calls under way, chance by weight, or of two drawn the one that speaks soonest.",
            "least_busy",
        ),
    },
    "a map with `pool`",
    dict.fromkeys(_EQUAL.fields, "is for a target of the pool, not for the pool itself"),
)

_CACHE: Final = Record(
    "cache",
    {
        "ttl": Field(
            Duration(),
            "How long an answer is given again to whoever asks exactly the same.",
            example="10m",
            required=True,
        ),
    },
    "a map with `ttl`",
)

ALIAS: Final = Record(
    "alias",
    {
        "cascade": Field(
            ListOf(Either(Shorthand(_STEP, "target"), _POOL, "pool"), "a list of targets", least=1),
            "Targets in order, or pools of them, each tried until one speaks.",
            example="[groq/llama-3.3-70b-versatile, openai/gpt-5.4-mini]",
            required=True,
        ),
        "description": Field(Text(), "What `/v1/models` says of it."),
        "cache": Field(
            _CACHE,
            "Whole answers are kept in the store, each for its own team or key, and the same request gets the same answer again without a call to a provider.",
            example="{ttl: 10m}",
        ),
        **{name: replace(known, default="") for name, known in CASCADING.items()},
        **OVERRIDES,
    },
    "a map with `cascade`",
)
