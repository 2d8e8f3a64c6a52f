"""Alerts and the dashboard speak of metrics that there are, and each alert is tried and explained."""

import json
import re
from pathlib import Path

import pytest
import yaml

from proxy.core.errors import Kind
from proxy.core.facts import Outcome
from proxy.watch.families import BY_NAME, FAMILIES
from tests.support.dashboard import dashboard, queries

REPO = Path(__file__).parents[2]
PROMETHEUS = REPO / "deploy/prometheus"
GROUPS = yaml.safe_load((PROMETHEUS / "rules.yaml").read_text())["groups"]
RULES = [rule for group in GROUPS for rule in group["rules"]]
ALERTS = {rule["alert"]: rule for rule in RULES if "alert" in rule}
RECORDED = {rule["record"] for rule in RULES if "record" in rule}
TRIED = [
    case
    for file in sorted(PROMETHEUS.glob("*.test.yaml"))
    for case in yaml.safe_load(file.read_text())["tests"]
]
OF_THE_SCRAPER = {"job", "instance"}
OTHERS = {"up"}
"""Metrics that Prometheus makes by itself."""

_NAME = re.compile(r"(?<![\w\"$])(firstbyte[:_][\w:]+|up)(?![\w\"(])")


def family(metric):
    """The family that a name in a query belongs to."""
    for suffix in ("_bucket", "_count", "_sum"):
        bare = metric.removesuffix(suffix)
        if bare != metric and bare in BY_NAME and BY_NAME[bare].kind == "histogram":
            return BY_NAME[bare]
    return BY_NAME.get(metric)


ASKED = [
    *((rule.get("alert") or rule["record"], rule["expr"]) for rule in RULES),
    *queries(),
]
"""Every query with a word of where it stands."""


@pytest.mark.parametrize(("where", "query"), ASKED)
def test_every_metric_in_a_query_is_one_that_we_have(where, query):
    names = set(_NAME.findall(query))
    strange = {name for name in names - OTHERS - RECORDED if family(name) is None}

    assert names, where
    assert strange == set()


@pytest.mark.parametrize(("where", "query"), ASKED)
def test_every_label_in_a_query_is_one_that_its_metrics_have(where, query):
    known = {label for name in _NAME.findall(query) if (f := family(name)) for label in f.labels}
    grouped = re.findall(r"by \(([^)]*)\)", query)
    used = {label.strip() for each in grouped for label in each.split(",")}
    used |= {label for each in re.findall(r"\{([^}]*)\}", query) for label in _labels(each)}
    histogram = {"le"} if "_bucket" in query else set()

    assert used - known - OF_THE_SCRAPER - histogram == set(), where


def _labels(selector):
    return re.findall(r"(\w+)\s*(?:=~|!~|!=|=)", selector)


@pytest.mark.parametrize(("where", "query"), ASKED)
def test_a_bucket_that_is_asked_for_is_an_edge(where, query):
    for name, edge in re.findall(r'(firstbyte_\w+)_bucket\{le="([\d.]+)"\}', query):
        assert float(edge) in BY_NAME[name].edges, where


def test_a_query_of_values_knows_our_vocabulary():
    # Kinds and outcomes as the rules write them.
    words = {
        word
        for _, query in ASKED
        for label, said in re.findall(r'(result|outcome|reason)=~?"([^"]+)"', query)
        for word in said.split("|")
    }

    assert words <= {kind.value for kind in Kind} | {outcome.value for outcome in Outcome}


def test_everything_that_is_counted_is_on_the_dashboard():
    shown = {
        family(name).name for _, query in queries() for name in _NAME.findall(query) if family(name)
    }
    # The ratio is recorded from calls and tries.
    assert {each.name for each in FAMILIES} - shown == set()


def test_the_dashboard_can_be_imported_anywhere():
    board = dashboard()
    sources = {
        json.dumps(each["datasource"], sort_keys=True)
        for panel in board["panels"]
        for each in [panel, *panel.get("targets", ())]
        if "datasource" in each
    }
    identities = [panel["id"] for panel in board["panels"]]

    assert board["uid"] == "firstbyte"
    assert sources == {'{"type": "prometheus", "uid": "${datasource}"}'}
    assert len(set(identities)) == len(identities)
    assert "id" not in board


def test_no_panel_covers_another():
    places = {}
    for panel in dashboard()["panels"]:
        at = panel["gridPos"]
        for x in range(at["x"], at["x"] + at["w"]):
            for y in range(at["y"], at["y"] + at["h"]):
                assert x < 24, panel["title"]
                assert places.setdefault((x, y), panel["title"]) == panel["title"]


@pytest.mark.parametrize("name", ALERTS)
def test_an_alert_says_how_loud_it_is_and_what_it_means(name):
    rule = ALERTS[name]

    assert rule["labels"]["severity"] in {"page", "ticket"}
    assert set(rule["annotations"]) == {"summary", "description", "runbook_url"}


@pytest.mark.parametrize("name", ALERTS)
def test_an_alert_has_its_page_in_the_runbook(name):
    page, _, anchor = ALERTS[name]["annotations"]["runbook_url"].partition("#")
    headings = re.findall(r"^#+ (.+)$", (REPO / page).read_text(), re.MULTILINE)

    assert anchor == name.lower()
    assert anchor in {re.sub(r"[^\w -]", "", each).lower().replace(" ", "-") for each in headings}


@pytest.mark.parametrize("name", ALERTS)
def test_an_alert_is_shown_to_fire_and_not_to_fire(name):
    fires = [
        bool(each["exp_samples"])
        for case in TRIED
        for each in case["promql_expr_test"]
        if f'alertname="{name}"' in each["expr"]
    ]
    told = {
        sample["labels"]
        for case in TRIED
        for each in case["promql_expr_test"]
        for sample in each["exp_samples"]
        if f'alertname="{name}"' in sample["labels"]
    }

    assert set(fires) == {True, False}
    assert told == {f'{{alertname="{name}", severity="{ALERTS[name]["labels"]["severity"]}"}}'}


def test_the_autoscalers_metric_is_one_that_we_have():
    adapter = yaml.safe_load((PROMETHEUS / "adapter.yaml").read_text())["rules"]

    assert [rule["name"]["as"] for rule in adapter] == ["firstbyte_in_flight"]
    assert "firstbyte_in_flight" in BY_NAME
