"""Sends spans with OpenTelemetry's SDK, in batches from its own thread. Only `watch/trace.py` loads this file.

A call's span has the very id that providers were told, so that what they send hangs beneath it. All spans of a call are
made when it has ended.

Invariant: a collector that is down costs calls nothing, is told of once a minute, and never holds up the end.
"""

from __future__ import annotations

import logging
import random
import threading
from typing import Final

from opentelemetry import trace as api
from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import SERVICE_NAME, SERVICE_VERSION, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter
from opentelemetry.sdk.trace.id_generator import IdGenerator
from opentelemetry.sdk.trace.sampling import Decision
from opentelemetry.trace import (
    NonRecordingSpan,
    Span,
    SpanContext,
    SpanKind,
    Status,
    StatusCode,
    TraceFlags,
    TraceState,
)

from proxy import __version__
from proxy.config.schema import Config
from proxy.core.clock import Clock
from proxy.core.facts import CallEnded, Fact
from proxy.core.trace import Trace
from proxy.watch.genai import GenAi, Picture

PATIENCE: Final = 2.0
"""Seconds that the last spans get at the end."""
QUIET: Final = 60.0
"""Seconds between two complaints."""
_NANO: Final = 1_000_000_000
_THEIRS: Final = "opentelemetry"
_log: Final = logging.getLogger("firstbyte.traces")


class Sender:
    """An observer.

    Args:
        config: What is in force.
        clock: Time.
        exporter: Where spans go in the end.
    """

    hears_wholes_begin = False

    def __init__(self, config: Config, clock: Clock, exporter: SpanExporter) -> None:
        self._ids = _Ids()
        self._provider = TracerProvider(
            resource=_resource(), id_generator=self._ids, shutdown_on_exit=False
        )
        self._provider.add_span_processor(BatchSpanProcessor(exporter))
        self._tracer = self._provider.get_tracer("firstbyte", __version__)
        self._names = GenAi(config)
        self._complaints = _Complaints(clock)

    def adopt(self, config: Config) -> None:
        """Name things by this configuration from now on."""
        self._names = GenAi(config)

    def samples(self, trace: int) -> bool:
        """Whether a trace that begins here, with this id, is kept."""
        # The sampler is asked with what is known at the beginning, which is the id.
        asked = self._provider.sampler.should_sample(None, trace, "")
        return asked.decision is Decision.RECORD_AND_SAMPLE

    def on(self, fact: Fact) -> None:
        """Make a call's spans when it has ended."""
        if isinstance(fact, CallEnded) and fact.trace is not None and fact.trace.sampled:
            self._send(fact, fact.trace)

    def close(self) -> None:
        """Send what is left, for a moment at the most."""
        last = threading.Thread(target=self._provider.shutdown, daemon=True)
        last.start()
        last.join(PATIENCE)
        self._complaints.end()

    def _send(self, fact: CallEnded, trace: Trace) -> None:
        arrived = fact.at - fact.duration_ms / 1000
        self._ids.trace, self._ids.span = int(trace.id, 16), int(trace.span, 16)
        above = _caller(trace) if trace.parent else Context()
        picture = self._names.call(fact)
        call = self._begun(picture, arrived, above, SpanKind.SERVER)
        beneath = api.set_span_in_context(call, Context())
        for each in self._names.tries(fact):
            _end(self._begun(each, arrived, beneath, SpanKind.CLIENT), each, arrived)
        _end(call, picture, arrived)

    def _begun(self, picture: Picture, arrived: float, context: Context, kind: SpanKind) -> Span:
        return self._tracer.start_span(
            picture.name,
            context,
            kind,
            picture.attributes,
            start_time=_nanoseconds(arrived + picture.begins),
        )


def sender(config: Config, clock: Clock) -> Sender:
    """One that sends where the environment says."""
    return Sender(config, clock, OTLPSpanExporter())


class _Ids(IdGenerator):
    """Gives the ids that were told to others, once each; else random ones."""

    def __init__(self) -> None:
        self.trace = 0
        self.span = 0
        self._draw = random.Random().getrandbits  # noqa: S311 (no secret hangs on it)

    def generate_trace_id(self) -> int:
        trace, self.trace = self.trace, 0
        return trace or self._draw(128) or 1

    def generate_span_id(self) -> int:
        span, self.span = self.span, 0
        return span or self._draw(64) or 1

    def is_trace_id_random(self) -> bool:
        return True


class _Complaints(logging.Handler):
    """What the library has to say, once a minute, in a sentence of ours and without its tracebacks."""

    def __init__(self, clock: Clock) -> None:
        super().__init__(logging.WARNING)
        self._clock = clock
        self._next = float("-inf")
        self._logger = logging.getLogger(_THEIRS)
        self._logger.addHandler(self)
        self._logger.propagate = False

    def emit(self, record: logging.LogRecord) -> None:
        now = self._clock.now()
        if now >= self._next:
            self._next = now + QUIET
            _log.warning("traces are not sent: %s", record.getMessage())

    def end(self) -> None:
        self._logger.removeHandler(self)
        self._logger.propagate = True


def _resource() -> Resource:
    """Who sends: what OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES say, else Firstbyte."""
    found = Resource.create({SERVICE_VERSION: __version__})
    if str(found.attributes[SERVICE_NAME]).startswith("unknown_service"):
        return found.merge(Resource({SERVICE_NAME: "firstbyte"}))
    return found


def _caller(trace: Trace) -> Context:
    above = SpanContext(
        int(trace.id, 16),
        int(trace.parent, 16),
        is_remote=True,
        trace_flags=TraceFlags(trace.flags),
        trace_state=TraceState.from_header([trace.state] if trace.state else []),
    )
    return api.set_span_in_context(NonRecordingSpan(above), Context())


def _end(span: Span, picture: Picture, arrived: float) -> None:
    for name, at in picture.events.items():
        span.add_event(name, timestamp=_nanoseconds(arrived + at))
    if picture.error:
        span.set_attribute("error.type", picture.error)
        span.set_status(Status(StatusCode.ERROR))
    span.end(_nanoseconds(arrived + picture.ends))


def _nanoseconds(seconds: float) -> int:
    return int(seconds * _NANO)
