"""Spans through the real library, into memory instead of a collector."""

import logging
import threading
from time import perf_counter

import pytest
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode

from proxy.config.schema import Alias, Config, Provider, TargetRef
from proxy.core.errors import Kind
from proxy.core.facts import Outcome
from proxy.core.trace import Trace
from proxy.watch import otel
from proxy.watch.genai import FIRST_OUTPUT
from proxy.watch.otel import QUIET, Sender
from tests.support.told import TRACE, Stopped, began, ended, failed

CONFIG = Config(
    providers={name: Provider(name, "openai", "openai", "http://127.0.0.1:1") for name in "ab"},
    models={"chat": Alias("chat", (TargetRef("a", "m"), TargetRef("b", "m")))},
)
NANO = 1_000_000_000


@pytest.fixture
def memory():
    return InMemorySpanExporter()


@pytest.fixture
def sender(memory):
    found = Sender(CONFIG, Stopped(), memory)
    yield found
    found.close()


def sent(sender, memory):
    sender._provider.force_flush()
    spans = memory.get_finished_spans()
    return [span for span in spans if span.kind is SpanKind.SERVER], [
        span for span in spans if span.kind is SpanKind.CLIENT
    ]


def test_a_call_and_its_tries_are_one_tree_in_the_caller_s_trace(sender, memory):
    sender.on(began())
    sender.on(failed())
    sender.on(ended())
    (call,), tries = sent(sender, memory)

    assert call.context.trace_id == int(TRACE.id, 16)
    assert call.context.span_id == int(TRACE.span, 16), "providers were told this id"
    assert call.parent.span_id == int(TRACE.parent, 16)
    assert call.parent.is_remote
    assert [each.parent.span_id for each in tries] == [call.context.span_id] * 2
    assert {each.context.trace_id for each in tries} == {call.context.trace_id}
    assert len({each.context.span_id for each in (call, *tries)}) == 3


def test_spans_have_the_names_and_times_of_what_happened(sender, memory):
    sender.on(ended())
    (call,), (first, second) = sent(sender, memory)
    arrived = 1_790_000_000.5 - 0.09996

    assert (call.name, first.name, second.name) == ("chat chat", "chat m", "chat m")
    assert call.start_time / NANO == pytest.approx(arrived, abs=1e-6)
    assert call.end_time / NANO == pytest.approx(1_790_000_000.5, abs=1e-6)
    assert first.start_time / NANO == pytest.approx(arrived + 0.001, abs=1e-6)
    assert (first.end_time - first.start_time) / NANO == pytest.approx(0.0032, abs=1e-6)
    (event,) = call.events
    assert event.name == FIRST_OUTPUT
    assert event.timestamp / NANO == pytest.approx(arrived + 0.04321, abs=1e-6)
    assert call.attributes["gen_ai.usage.output_tokens"] == 5


def test_a_failure_is_an_error_with_its_kind(sender, memory):
    sender.on(ended(outcome=Outcome.CUT, kind=Kind.TRUNCATED))
    (call,), (first, second) = sent(sender, memory)

    assert (call.status.status_code, call.attributes["error.type"]) == (
        StatusCode.ERROR,
        "truncated",
    )
    assert (first.status.status_code, first.attributes["error.type"]) == (
        StatusCode.ERROR,
        "overloaded",
    )
    assert second.status.status_code is StatusCode.UNSET


def test_a_trace_that_began_here_has_no_parent(sender, memory):
    sender.on(ended(trace=Trace(TRACE.id, TRACE.span, "", 1)))
    (call,), _ = sent(sender, memory)

    assert call.parent is None
    assert (call.context.trace_id, call.context.span_id) == (
        int(TRACE.id, 16),
        int(TRACE.span, 16),
    )


def test_the_state_of_others_is_kept(sender, memory):
    sender.on(ended(trace=Trace(TRACE.id, TRACE.span, TRACE.parent, 1, "v=1")))
    (call,), _ = sent(sender, memory)

    assert call.context.trace_state.to_header() == "v=1"


@pytest.mark.parametrize("trace", [None, Trace(TRACE.id, TRACE.span, TRACE.parent, 0)])
def test_what_is_not_kept_is_not_sent(sender, memory, trace):
    sender.on(ended(trace=trace))

    assert sent(sender, memory) == ([], [])


def test_a_reload_changes_the_names(sender, memory):
    sender.adopt(Config())
    sender.on(ended())
    (call,), _ = sent(sender, memory)

    assert call.name == "chat"


def test_who_sends_is_firstbyte_unless_the_operator_says_otherwise(monkeypatch, memory):
    for environ, name in (({}, "firstbyte"), ({"OTEL_SERVICE_NAME": "edge"}, "edge")):
        for variable, value in environ.items():
            monkeypatch.setenv(variable, value)
        sender = Sender(CONFIG, Stopped(), memory)
        sender.on(ended())
        (call,), _ = sent(sender, memory)
        sender.close()
        memory.clear()
        memory._stopped = False

        assert call.resource.attributes["service.name"] == name


@pytest.mark.parametrize(("sampler", "kept"), [("always_on", True), ("always_off", False)])
def test_the_operator_s_sampler_decides_what_begins_here(monkeypatch, memory, sampler, kept):
    monkeypatch.setenv("OTEL_TRACES_SAMPLER", f"parentbased_{sampler}")
    sender = Sender(CONFIG, Stopped(), memory)
    samples = sender.samples(int(TRACE.id, 16))
    sender.close()

    assert samples is kept


class Later(Stopped):
    def __init__(self):
        self.time = 0.0

    def now(self):
        return self.time


def test_a_collector_that_is_down_is_told_of_once_a_minute(memory, caplog):
    clock = Later()
    sender = Sender(CONFIG, clock, memory)
    theirs = logging.getLogger("opentelemetry.exporter.otlp")
    for seconds in (0.0, 1.0, QUIET - 1.0, QUIET, QUIET + 1.0):
        clock.time = seconds
        theirs.warning("nobody listens at %s", "there")
    sender.close()

    assert caplog.messages == ["traces are not sent: nobody listens at there"] * 2


class Stuck(SpanExporter):
    def __init__(self):
        self.released = threading.Event()

    def export(self, spans):
        self.released.wait(600)
        return SpanExportResult.FAILURE

    def shutdown(self):
        pass


def test_a_collector_that_is_stuck_holds_up_neither_calls_nor_the_end(monkeypatch, caplog):
    monkeypatch.setattr(otel, "PATIENCE", 0.1)
    stuck = Stuck()
    sender = Sender(CONFIG, Stopped(), stuck)
    began_at = perf_counter()
    for _ in range(3000):
        sender.on(ended())
    sender.close()
    took = perf_counter() - began_at
    stuck.released.set()

    assert took < 60


def test_the_environment_says_where_spans_go(monkeypatch):
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://collector.example:4318")
    found = otel.sender(CONFIG, Stopped())
    endpoint = found._provider._active_span_processor._span_processors[0].span_exporter._endpoint
    found.close()

    assert endpoint == "http://collector.example:4318/v1/traces"
