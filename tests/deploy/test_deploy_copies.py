import pytest
import yaml

from tests.support.deploy_copies import RULES, copies


@pytest.mark.parametrize("path", copies(), ids=lambda path: path.name)
def test_a_copy_is_what_its_original_says(path):
    assert path.read_text() == copies()[path], "run: python -m tests.support.deploy_copies"


def test_the_operators_rules_are_prometheus_rules():
    rules = next(path for path in copies() if path.name == "prometheus-rule.yaml")

    assert yaml.safe_load(rules.read_text())["spec"] == yaml.safe_load(RULES.read_text())
