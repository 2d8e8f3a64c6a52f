import re
from itertools import pairwise

import pytest

from proxy.watch.families import BY_NAME, FAMILIES

OURS = {
    "firstbyte_requests_total": ("surface", "alias", "target", "outcome"),
    "firstbyte_attempts_total": ("target", "result"),
    "firstbyte_failovers_total": ("alias", "from_target", "reason"),
    "firstbyte_time_to_first_token_seconds": ("alias", "target"),
    "firstbyte_time_per_output_token_seconds": ("target",),
    "firstbyte_request_duration_seconds": ("surface", "alias"),
    "firstbyte_overhead_seconds": ("surface",),
    "firstbyte_in_flight": ("surface",),
    "firstbyte_queue_depth": (),
    "firstbyte_tokens_total": ("target", "kind"),
    "firstbyte_cost_usd_total": ("target",),
    "firstbyte_circuit_state": ("target",),
    "firstbyte_resting_seconds": ("target",),
    "firstbyte_hedges_total": ("alias", "winner"),
    "firstbyte_resumes_total": ("mode",),
    "firstbyte_store_degraded": ("part",),
    "firstbyte_protocol_violations_total": ("surface", "violation"),
    "firstbyte_reload_refused": (),
}
"""What dashboards and alerts rely on."""


@pytest.mark.parametrize("name", OURS)
def test_a_promised_metric_is_there_with_its_labels(name):
    assert BY_NAME[name].labels == OURS[name]


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.name)
def test_a_family_is_well_formed(family):
    assert re.fullmatch(r"firstbyte_[a-z_]+", family.name)
    assert family.name.endswith("_total") == (family.kind == "counter")
    assert bool(family.edges) == (family.kind == "histogram")
    assert all(low < high for low, high in pairwise(family.edges))
    assert family.together == "sum" or family.kind == "gauge"
    assert family.meaning.endswith(".")


def test_no_name_is_given_twice():
    assert len(BY_NAME) == len(FAMILIES)


def test_a_histogram_has_a_number_for_each_bucket_one_above_and_a_sum():
    assert BY_NAME["firstbyte_time_per_output_token_seconds"].width == 13 + 2
    assert BY_NAME["firstbyte_queue_depth"].width == 1


def test_the_first_token_s_edges_have_the_objective_among_them():
    assert 2.5 in BY_NAME["firstbyte_time_to_first_token_seconds"].edges


def test_the_overhead_is_told_in_fractions_of_a_tenth_of_a_millisecond():
    edges = BY_NAME["firstbyte_overhead_seconds"].edges

    assert sum(edge <= 0.0001 for edge in edges) == 4
    assert 0.01 in edges
