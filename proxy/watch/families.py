"""Every metric that there is: its name, its labels, what it says, and how its numbers are kept. Data, and no code.

`docs/metrics.md` is held to this table. A histogram's numbers are its buckets, each with what fell into it alone, then
one for what was above the last edge, then the sum of all values.

Invariant: a name and its labels are a promise to dashboards: they are added to, and never changed.
Source: bucket edges of `gen_ai.server.time_to_first_token`, `gen_ai.server.time_per_output_token` and
`gen_ai.client.operation.duration`, https://opentelemetry.io/docs/specs/semconv/gen-ai/gen-ai-metrics/ (read 2026-11-21).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

Labels: TypeAlias = tuple[str, ...]
"""Values, in the order of the family's label names."""


@dataclass(frozen=True, slots=True, eq=False)
class Family:
    """One metric."""

    name: str
    """As it is scraped; a counter's ends in `_total`."""
    kind: Literal["counter", "gauge", "histogram"]
    labels: tuple[str, ...]
    meaning: str
    edges: tuple[float, ...] = ()
    """A histogram's upper bounds, ascending."""
    together: Literal["sum", "max"] = "sum"
    """What several processes say together: a counter and a histogram always add up."""

    @property
    def width(self) -> int:
        """How many numbers one series has."""
        return len(self.edges) + 2 if self.kind == "histogram" else 1


FIRST_TOKEN: Final = (
    *(0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5),
    *(0.75, 1.0, 2.5, 5.0, 7.5, 10.0, 20.0, 60.0),
)
"""Seconds; the conventions' edges, and two more for models that think first."""
PER_TOKEN: Final = (0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.75, 1.0, 2.5)
"""Seconds; the conventions' edges."""
DURATION: Final = tuple(0.01 * 2**power for power in range(17))
"""Seconds, from 10 ms to 655 s: the conventions' edges and three more, for answers that take minutes."""
OVERHEAD: Final = (
    *(0.000025, 0.00005, 0.000075, 0.0001, 0.00015, 0.0002, 0.0003, 0.0004, 0.0005, 0.00075),
    *(0.001, 0.0015, 0.002, 0.003, 0.005, 0.0075, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0),
)
"""Seconds, fine where a proxy's own time should be."""

REQUESTS: Final = Family(
    "firstbyte_requests_total",
    "counter",
    ("surface", "alias", "target", "outcome"),
    "Calls that ended. `target` is who served, `none` where nobody did.",
)
ATTEMPTS: Final = Family(
    "firstbyte_attempts_total",
    "counter",
    ("target", "result"),
    "Tries at a target, counted when their call has ended. `result` is `served`, or the kind of failure.",
)
FAILOVERS: Final = Family(
    "firstbyte_failovers_total",
    "counter",
    ("alias", "from_target", "reason"),
    "Failed tries after which another target was tried, counted at once. `reason` is the kind of failure.",
)
TTFT: Final = Family(
    "firstbyte_time_to_first_token_seconds",
    "histogram",
    ("alias", "target"),
    "From the arrival of a streamed call to its first output, all tries included.",
    FIRST_TOKEN,
)
TPOT: Final = Family(
    "firstbyte_time_per_output_token_seconds",
    "histogram",
    ("target",),
    "Of a streamed call that one target served: the time after its first output, for each further token.",
    PER_TOKEN,
)
DURATIONS: Final = Family(
    "firstbyte_request_duration_seconds",
    "histogram",
    ("surface", "alias"),
    "From a call's arrival to its end. Calls that were refused before any try are left out.",
    DURATION,
)
OVERHEADS: Final = Family(
    "firstbyte_overhead_seconds",
    "histogram",
    ("surface",),
    "What this server itself took of a call's time before its first output: no waiting for the caller's body nor for "
    "a provider, but the wait for a place.",
    OVERHEAD,
)
IN_FLIGHT: Final = Family(
    "firstbyte_in_flight", "gauge", ("surface",), "Calls under way, waiting ones included."
)
QUEUE_DEPTH: Final = Family(
    "firstbyte_queue_depth", "gauge", (), "Calls that wait for a place of `max_in_flight`."
)
TOKENS: Final = Family(
    "firstbyte_tokens_total",
    "counter",
    ("target", "kind"),
    "Tokens as providers told them. `input` and `output` are totals; `cached`, `cache_write` and `reasoning` are parts "
    "of them.",
)
COST: Final = Family(
    "firstbyte_cost_usd_total",
    "counter",
    ("target",),
    "What answers cost, in US dollars, where a price is known.",
)
CIRCUIT: Final = Family(
    "firstbyte_circuit_state",
    "gauge",
    ("target",),
    "0 closed, 1 half open, 2 open; the worst of a target's keys and of all processes.",
    together="max",
)
RESTING: Final = Family(
    "firstbyte_resting_seconds",
    "gauge",
    ("target",),
    "Seconds for which a target is still left alone because its key or its model was refused, or it asked for that; "
    "0 where it is not. The longest of a target's keys and of all processes.",
    together="max",
)
HEDGES: Final = Family(
    "firstbyte_hedges_total",
    "counter",
    ("alias", "winner"),
    "Second attempts that were started beside a slow first one. `winner` is `first`, `second` or `neither`.",
)
RESUMES: Final = Family(
    "firstbyte_resumes_total",
    "counter",
    ("mode",),
    "Answers that went on after a cut, by what `recover` asked for: `restart`, `prefill` or `user_turn`.",
)
CACHE: Final = Family(
    "firstbyte_cache_total",
    "counter",
    ("alias", "result"),
    "Calls of aliases with a `cache`: `hit` was answered from it, `miss` was not there, `bypass` was not looked up.",
)
DEGRADED: Final = Family(
    "firstbyte_store_degraded",
    "gauge",
    ("part",),
    "1 while a part of the store is not there and its outage rule holds, else 0.",
    together="max",
)
VIOLATIONS: Final = Family(
    "firstbyte_protocol_violations_total",
    "counter",
    ("surface", "violation"),
    "Breaches of a surface's own protocol in what we said to callers: each is a bug of ours.",
)
LAG: Final = Family(
    "firstbyte_loop_lag_seconds",
    "gauge",
    (),
    "The worst delay of the event loop in the last 30 seconds.",
    together="max",
)
DISCONNECTS: Final = Family(
    "firstbyte_client_disconnects_total",
    "counter",
    ("surface", "phase"),
    "Callers who left early: `before` or `after` the first output.",
)
BUDGET: Final = Family(
    "firstbyte_retry_budget_exhausted_total",
    "counter",
    ("target",),
    "Further tries and hedges that a target's budget refused.",
)
RELOAD_REFUSED: Final = Family(
    "firstbyte_reload_refused",
    "gauge",
    (),
    "1 while the configuration that was read last cannot be used and the one before it is in force, else 0.",
    together="max",
)
BUILD: Final = Family(
    "firstbyte_build_info",
    "gauge",
    ("version", "python"),
    "Always 1; the labels say what runs.",
    together="max",
)

FAMILIES: Final[tuple[Family, ...]] = (
    *(REQUESTS, ATTEMPTS, FAILOVERS, TTFT, TPOT, DURATIONS, OVERHEADS, IN_FLIGHT, QUEUE_DEPTH),
    *(TOKENS, COST, CIRCUIT, RESTING, HEDGES, RESUMES, CACHE, DEGRADED),
    *(VIOLATIONS, LAG, DISCONNECTS, BUDGET, RELOAD_REFUSED),
    BUILD,
)
"""In the order in which they are scraped."""
BY_NAME: Final = {family.name: family for family in FAMILIES}
