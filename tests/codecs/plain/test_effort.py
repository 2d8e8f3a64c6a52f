import pytest

from proxy.codecs.plain.effort import effort_for


@pytest.mark.parametrize(
    ("thinking", "effort"),
    [
        ({"type": "disabled"}, "none"),
        ({"type": "between_tools"}, "none"),
        ({"type": "adaptive"}, "medium"),
        ({"type": "enabled"}, "medium"),
        ({"type": "enabled", "budget_tokens": True}, "medium"),
        ({"type": "enabled", "budget_tokens": 1_024}, "low"),
        ({"type": "enabled", "budget_tokens": 4_000}, "medium"),
        ({"type": "enabled", "budget_tokens": 12_000}, "high"),
        ({"type": 3}, None),
        ({}, None),
        (None, None),
        ("enabled", None),
    ],
)
def test_a_budget_is_an_effort(thinking, effort):
    assert effort_for(thinking) == effort
