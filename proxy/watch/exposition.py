"""A reading in the words of a scraper: Prometheus's text, or OpenMetrics with exemplars where that is asked for.

The library writes; it is given a few series at a time, so that the loop is free in between.

Source: https://prometheus.io/docs/instrumenting/exposition_formats/, https://prometheus.io/docs/specs/om/open_metrics_spec/
(read 2026-11-21).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import accumulate
from typing import Final, TypeAlias

from prometheus_client import Metric
from prometheus_client import exposition as prometheus
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
)
from prometheus_client.process_collector import ProcessCollector
from prometheus_client.registry import Collector
from prometheus_client.samples import Exemplar as ShownExemplar
from prometheus_client.utils import floatToGoString

from proxy.watch.cells import Key, Reading
from proxy.watch.families import FAMILIES, Family, Labels
from proxy.watch.tally import Exemplar

Exemplars: TypeAlias = Mapping[Key, Sequence[Exemplar | None]]
_Series: TypeAlias = list[tuple[Labels, list[float]]]

MOST_NUMBERS: Final = 200
"""Numbers that are written at once."""
_END: Final = b"# EOF\n"


class Exposition:
    """What one scraper gets.

    Args:
        accept: Its `Accept` header.
    """

    def __init__(self, accept: str) -> None:
        self._encode, self.content_type = prometheus.choose_encoder(accept)
        self._is_open = self.content_type.startswith("application/openmetrics-text")

    def parts(self, reading: Reading, exemplars: Exemplars) -> Iterator[bytes]:
        """The answer in pieces, each of a millisecond or two.

        Args:
            reading: What is told.
            exemplars: By series; shown where the format knows them.
        """
        by_family: dict[str, _Series] = defaultdict(list)
        for (name, labels), numbers in reading.items():
            by_family[name].append((labels, numbers))
        shown = exemplars if self._is_open else {}
        for family in FAMILIES:
            yield from self._family(family, by_family[family.name], shown)
        yield self._encode(_process).removesuffix(_END)
        if self._is_open:
            yield _END

    def _family(self, family: Family, series: _Series, exemplars: Exemplars) -> Iterator[bytes]:
        size = max(1, MOST_NUMBERS // family.width)
        for start in range(0, len(series), size):
            metric = _MAKE[family.kind](family, series[start : start + size], exemplars)
            text = self._encode(_One(metric)).removesuffix(_END)
            # What it is and what it means stands on the first two lines, and may be said only once.
            yield text if start == 0 else text.split(b"\n", 2)[2]


class _One(Collector):
    """A registry of one metric."""

    def __init__(self, metric: Metric) -> None:
        self._metric = metric

    def collect(self) -> Iterable[Metric]:
        return (self._metric,)


_process: Final = ProcessCollector(registry=None)
"""Memory, CPU time and descriptors of the process that is asked."""


def _counter(family: Family, series: _Series, _: Exemplars) -> Metric:
    name = family.name.removesuffix("_total")
    metric = CounterMetricFamily(name, family.meaning, labels=family.labels)
    for labels, (number,) in series:
        metric.add_metric(labels, number)
    return metric


def _gauge(family: Family, series: _Series, _: Exemplars) -> Metric:
    metric = GaugeMetricFamily(family.name, family.meaning, labels=family.labels)
    for labels, (number,) in series:
        metric.add_metric(labels, number)
    return metric


def _histogram(family: Family, series: _Series, exemplars: Exemplars) -> Metric:
    metric = HistogramMetricFamily(family.name, family.meaning, labels=family.labels)
    edges = [*map(floatToGoString, family.edges), "+Inf"]
    for labels, numbers in series:
        counts = accumulate(numbers[:-1])
        kept = exemplars.get((family.name, labels)) or (None,) * len(edges)
        buckets = [
            (edge, count) if one is None else (edge, count, _shown(one))
            for edge, count, one in zip(edges, counts, kept, strict=True)
        ]
        metric.add_metric(labels, buckets, numbers[-1])
    return metric


def _shown(exemplar: Exemplar) -> ShownExemplar:
    trace, value, at = exemplar
    return ShownExemplar({"trace_id": trace}, value, at)


_MAKE: Final = {"counter": _counter, "gauge": _gauge, "histogram": _histogram}
