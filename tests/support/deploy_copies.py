"""Writes what stands twice in deploy/, because its tools cannot share a file: rules and dashboard for Kubernetes and Helm.

    python -m tests.support.deploy_copies

`tests/deploy/test_copies.py` compares. The originals are `deploy/prometheus/rules.yaml` and `deploy/grafana/firstbyte.json`.
"""

from pathlib import Path

REPO = Path(__file__).parents[2]
DEPLOY = REPO / "deploy"
RULES = DEPLOY / "prometheus/rules.yaml"
DASHBOARD = DEPLOY / "grafana/firstbyte.json"
CHART = DEPLOY / "helm/firstbyte"

HEAD = """\
# Written by `python -m tests.support.deploy_copies` from deploy/prometheus/rules.yaml.
apiVersion: monitoring.coreos.com/v1
kind: PrometheusRule
metadata:
  name: firstbyte
spec:
"""


def copies():
    """Each copy's path and its text."""
    rules = RULES.read_text()
    groups = rules[rules.index("groups:") :]
    indented = "".join(f"  {line}" if line.strip() else line for line in groups.splitlines(True))
    return {
        DEPLOY / "kustomize/components/monitoring/prometheus-rule.yaml": HEAD + indented,
        CHART / "files/rules.yaml": rules,
        CHART / "files/firstbyte.json": DASHBOARD.read_text(),
    }


if __name__ == "__main__":
    for path, content in copies().items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
