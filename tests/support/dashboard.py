"""The dashboard's queries as a file of rules, so that promtool can say whether each can be asked.

python -m tests.support.dashboard
"""

import json
import re
import sys
from pathlib import Path

DASHBOARD = Path(__file__).parents[2] / "deploy/grafana/firstbyte.json"
VARIABLES = {"$__rate_interval": "5m"}


def dashboard():
    return json.loads(DASHBOARD.read_text())


def queries():
    """Each panel's title and one of its queries, with Grafana's variables filled in."""
    for panel in dashboard()["panels"]:
        for target in panel.get("targets", ()):
            expr = target["expr"]
            for name, value in VARIABLES.items():
                expr = expr.replace(name, value)
            yield panel["title"], re.sub(r"\$\w+", ".*", expr)


def rules():
    recorded = [
        {"record": f"dashboard:query:{number}", "expr": expr}
        for number, (_, expr) in enumerate(queries())
    ]
    # JSON is YAML.
    return json.dumps({"groups": [{"name": "dashboard", "rules": recorded}]}, indent=1)


if __name__ == "__main__":
    sys.stdout.write(rules() + "\n")
