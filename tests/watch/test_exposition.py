from collections import Counter

import pytest
from prometheus_client.openmetrics import parser as openmetrics
from prometheus_client.parser import text_string_to_metric_families

from proxy.core.errors import Kind, Tried
from proxy.core.facts import Outcome
from proxy.watch import families
from proxy.watch.exposition import Exposition
from proxy.watch.families import FAMILIES
from proxy.watch.metrics import Metrics
from tests.support.told import TRACE, began, ended, failed

OPEN = "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5"


@pytest.fixture
def metrics():
    found = Metrics()
    found.adopt(["chat"], ["a/m", "b/m"])
    found.watch(families.QUEUE_DEPTH, lambda: {(): 0.0})
    for fact in (began(), failed(), ended()):
        found.on(fact)
    return found


def scraped(metrics, accept=""):
    exposition = Exposition(accept)
    body = b"".join(exposition.parts(metrics.reading(), metrics.exemplars)).decode()
    parse = openmetrics if "openmetrics" in exposition.content_type else None
    read = parse.text_string_to_metric_families if parse else text_string_to_metric_families
    return {metric.name: metric for metric in read(body)}


def value(metric, sample, **labels):
    (found,) = [s.value for s in metric.samples if s.name == sample and s.labels == labels]
    return found


def test_a_scraper_that_asks_for_nothing_gets_prometheus_s_text(metrics):
    assert Exposition("").content_type.startswith("text/plain")
    assert Exposition("*/*").content_type.startswith("text/plain")
    assert Exposition(OPEN).content_type.startswith("application/openmetrics-text; version=1.0.0")


@pytest.mark.parametrize("accept", ["", OPEN])
def test_a_scraper_reads_what_was_counted(metrics, accept):
    found = scraped(metrics, accept)
    requests = found["firstbyte_requests"]
    ttft = found["firstbyte_time_to_first_token_seconds"]
    where = {"alias": "chat", "target": "b/m"}
    name = "firstbyte_time_to_first_token_seconds"

    assert (
        value(
            requests,
            "firstbyte_requests_total",
            surface="chat",
            outcome="served",
            **where,
        )
        == 1
    )
    assert value(found["firstbyte_queue_depth"], "firstbyte_queue_depth") == 0
    assert value(ttft, f"{name}_bucket", le="0.04", **where) == 0
    assert value(ttft, f"{name}_bucket", le="0.06", **where) == 1
    assert value(ttft, f"{name}_bucket", le="+Inf", **where) == 1
    assert value(ttft, f"{name}_count", **where) == 1
    assert value(ttft, f"{name}_sum", **where) == 0.04321


def test_a_call_can_be_found_by_the_trace_id_at_its_bucket(metrics):
    ttft = scraped(metrics, OPEN)["firstbyte_time_to_first_token_seconds"]
    (exemplar,) = [sample.exemplar for sample in ttft.samples if sample.exemplar]

    assert exemplar.labels == {"trace_id": TRACE.id}
    assert (exemplar.value, float(exemplar.timestamp)) == (0.04321, 1_790_000_000.5)


def test_only_openmetrics_knows_exemplars(metrics):
    exposition = Exposition("")

    assert TRACE.id not in b"".join(exposition.parts(metrics.reading(), metrics.exemplars)).decode()


def test_the_process_is_told_of_too(metrics):
    assert {"process_resident_memory_bytes", "process_open_fds"} <= set(scraped(metrics))


def busy():
    """Twenty aliases over five providers each, where everything that usually happens has happened."""
    found = Metrics()
    pairs = [(f"alias-{n}", f"provider-{p}/model-{n}") for n in range(20) for p in range(5)]
    found.adopt({alias for alias, _ in pairs}, [target for _, target in pairs])
    found.watch(families.CIRCUIT, lambda: {(target,): 0.0 for _, target in pairs})
    for alias, target in pairs:
        where = {"alias": alias, "target": target}
        found.on(began(**where))
        found.on(failed(**where))
        found.on(ended(**where, attempts=(Tried(target, None, None, None, 1.0),)))
        tried = (Tried(target, Kind.RESET, None, None, 1.0),)
        found.on(ended(**where, attempts=tried, outcome=Outcome.FAILED))
    return found


@pytest.mark.parametrize("accept", ["", OPEN])
def test_the_loop_is_free_between_small_pieces(accept):
    metrics = busy()
    parts = list(Exposition(accept).parts(metrics.reading(), metrics.exemplars))
    lines = [sum(line[:1] != b"#" for line in part.splitlines()) for part in parts]

    assert sum(lines) > 2000
    assert max(lines) <= 250


@pytest.mark.parametrize("accept", ["", OPEN])
def test_a_family_in_pieces_says_once_what_it_is(accept):
    metrics = busy()
    body = b"".join(Exposition(accept).parts(metrics.reading(), metrics.exemplars)).decode()
    said = Counter(line.split()[2] for line in body.splitlines() if line.startswith("# TYPE"))

    assert set(said.values()) == {1}
    assert len(scraped(metrics, accept)) == len(said)


def test_a_configuration_of_twenty_models_at_five_providers_has_few_series():
    reading = busy().reading()

    assert len(reading) <= 2000
    assert {name for name, _ in reading} <= {family.name for family in FAMILIES}
