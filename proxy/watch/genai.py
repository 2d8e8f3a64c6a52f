"""Calls and their tries as OpenTelemetry's GenAI conventions name them: the one place that knows those names.

The conventions are still in development and rename things; a change of theirs is a change of this file alone. What they
have no name for begins with `firstbyte.`. Nothing here knows the library that sends spans.

Invariant: no prompt, no answer and no key is in an attribute; a name that a caller made up is in no span's name.
Source: https://github.com/open-telemetry/semantic-conventions-genai, docs/gen-ai/client-inference.md (read 2026-11-21).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, TypeAlias
from urllib.parse import urlsplit

from proxy.config.schema import Config, Provider
from proxy.core.errors import Tried
from proxy.core.facts import CallEnded, Run
from proxy.core.price import number
from proxy.core.usage import Usage

Value: TypeAlias = str | bool | int | float

MAX_VALUE: Final = 1024
"""Characters of an attribute; names come from callers."""
FIRST_OUTPUT: Final = "firstbyte.first_output"
"""The event at a call's first output."""

OPERATIONS: Final[Mapping[str, str]] = {
    "completions": "text_completion",
    "embeddings": "embeddings",
}
"""Surfaces whose operation is not `chat`."""

PROVIDERS: Final[Mapping[str, str]] = {
    "azure": "azure.ai.openai",
    "bedrock": "aws.bedrock",
    "gemini": "gcp.gemini",
    "mistral": "mistral_ai",
    "moonshot": "moonshot_ai",
    "vertex": "gcp.vertex_ai",
    "watsonx": "ibm.watsonx.ai",
    "xai": "x_ai",
}
"""Vendors and protocols that the conventions call by another name."""

_USED: Final = (
    ("gen_ai.usage.input_tokens", "prompt"),
    ("gen_ai.usage.output_tokens", "completion"),
    ("gen_ai.usage.cache_read.input_tokens", "cached"),
    ("gen_ai.usage.cache_write.input_tokens", "cache_write"),
    ("gen_ai.usage.reasoning.output_tokens", "reasoning"),
    ("gen_ai.usage.audio.input_tokens", "audio_input"),
    ("gen_ai.usage.audio.output_tokens", "audio_output"),
    ("gen_ai.usage.image.output_tokens", "image_output"),
)


@dataclass(frozen=True, slots=True)
class Picture:
    """A span. Times are seconds from the call's arrival."""

    name: str
    begins: float
    ends: float
    attributes: dict[str, Value]
    error: str = ""
    """`error.type`; empty where it went well."""
    events: dict[str, float] = field(default_factory=dict)
    """Names, and when."""


class GenAi:
    """Draws spans.

    Args:
        config: Knows which names are ours, and where providers are.
    """

    def __init__(self, config: Config) -> None:
        self._aliases = frozenset(config.models)
        refs = (ref for alias in config.models.values() for ref in alias.refs)
        self._targets = frozenset(f"{ref.provider}/{ref.model}" for ref in refs)
        self._places = {name: _place(each) for name, each in config.providers.items()}

    def call(self, fact: CallEnded) -> Picture:
        """The call as its caller saw it: this server's span."""
        operation = OPERATIONS.get(fact.surface, "chat")
        attributes: dict[str, Value] = {
            "gen_ai.operation.name": operation,
            "gen_ai.request.model": fact.asked[:MAX_VALUE],
            "http.response.status_code": fact.status,
            "firstbyte.request_id": fact.call,
            "firstbyte.surface": fact.surface,
            "firstbyte.alias": fact.alias[:MAX_VALUE],
            "firstbyte.outcome": fact.outcome.value,
            "firstbyte.attempts": sum(not tried.skipped for tried in fact.attempts),
        }
        if fact.target is not None:
            attributes["firstbyte.target"] = fact.target[:MAX_VALUE]
            attributes["gen_ai.provider.name"] = self._provider(fact.target)
        if fact.served:
            attributes["gen_ai.response.model"] = fact.served[:MAX_VALUE]
        if fact.stream:
            attributes["gen_ai.request.stream"] = True
        cost = number(fact.cost_usd)
        if cost is not None:
            attributes["firstbyte.cost_usd"] = cost
        events = {}
        if fact.ttft_ms is not None:
            events[FIRST_OUTPUT] = fact.ttft_ms / 1000
            if fact.stream:
                attributes["gen_ai.response.time_to_first_chunk"] = fact.ttft_ms / 1000
        attributes |= _used(fact.usage)
        name = f"{operation} {fact.alias}" if fact.alias in self._aliases else operation
        error = fact.kind.value if fact.kind is not None else ""
        return Picture(name, 0.0, fact.duration_ms / 1000, attributes, error, events)

    def tries(self, fact: CallEnded) -> Iterator[Picture]:
        """Its tries in order: spans of a client, beneath the call's."""
        asked = [tried for tried in fact.attempts if not tried.skipped]
        ends = [*(tried.began - fact.began for tried in asked[1:]), fact.duration_ms / 1000]
        for tried, run, until in zip(asked, _runs_of(asked, fact.runs), ends, strict=False):
            yield self._try(fact, tried, run, until)

    def _try(self, fact: CallEnded, tried: Tried, run: Run | None, until: float) -> Picture:
        """One try. One with a run spoke, and went on until the next began or the call ended."""
        operation = OPERATIONS.get(fact.surface, "chat")
        provider, _, model = tried.target.partition("/")
        attributes: dict[str, Value] = {
            "gen_ai.operation.name": operation,
            "gen_ai.provider.name": self._provider(tried.target),
            "gen_ai.request.model": model[:MAX_VALUE],
            "firstbyte.target": tried.target[:MAX_VALUE],
        }
        place = self._places.get(provider)
        if place is not None and place.host:
            attributes |= {"server.address": place.host, "server.port": place.port}
        if fact.stream:
            attributes["gen_ai.request.stream"] = True
        if tried.status is not None:
            attributes["http.response.status_code"] = tried.status
        begins, took = max(0.0, tried.began - fact.began), tried.ms / 1000
        ends, events = begins + took, {}
        if run is not None:
            events[FIRST_OUTPUT] = ends
            if fact.stream:
                attributes["gen_ai.response.time_to_first_chunk"] = took
            attributes |= _used(run.usage)
            ends = max(ends, until)
        error = "" if tried.kind is None else tried.kind.value
        name = f"{operation} {model}" if tried.target in self._targets else operation
        return Picture(name, begins, ends, attributes, error, events)

    def _provider(self, target: str) -> str:
        name = target.partition("/")[0]
        place = self._places.get(name)
        return place.name if place is not None else name[:MAX_VALUE]


@dataclass(frozen=True, slots=True)
class _Place:
    """A provider as the conventions name it, and where it is."""

    name: str
    host: str
    port: int


def _place(provider: Provider) -> _Place:
    known = provider.vendor or provider.protocol
    try:
        url = urlsplit(provider.base_url)
        host, port = url.hostname or "", url.port or (443 if url.scheme == "https" else 80)
    except ValueError:
        host, port = "", 0
    return _Place(PROVIDERS.get(known, known), host, port)


def _runs_of(asked: list[Tried], runs: tuple[Run, ...]) -> list[Run | None]:
    """For each try, the part of the answer that it served: a try that spoke is the last at its target so far."""
    left = list(runs)
    found: list[Run | None] = []
    for tried in reversed(asked):
        spoke = left and left[-1].target == tried.target
        found.append(left.pop() if spoke else None)
    return found[::-1]


def _used(usage: Usage | None) -> Iterator[tuple[str, Value]]:
    if usage is not None:
        for name, told in _USED:
            count = getattr(usage, told)
            if count is not None:
                yield name, count
