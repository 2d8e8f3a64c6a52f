import pytest

from proxy.codecs.responses.draft import draft_for
from proxy.core.shape import Quirks
from tests.support.replies import ALWAYS, PLAIN, STRANGER, THINKER, target


@pytest.mark.parametrize(
    ("model", "effort", "thinks"),
    [
        (PLAIN, None, False),
        (THINKER, None, False),
        (THINKER, "low", True),
        (THINKER, "none", False),
        (ALWAYS, None, True),
        (ALWAYS, "none", False),
        (STRANGER, None, False),
        (STRANGER, "high", True),
    ],
)
def test_a_model_thinks_by_its_family_and_by_the_effort(model, effort, thinks):
    draft = draft_for(target(model))
    draft.reasoning["effort"] = effort

    assert draft.thinks is thinks


def test_a_target_without_the_developer_role_says_so():
    assert draft_for(target()).developer
    assert not draft_for(target(quirks=Quirks(developer_role=False))).developer


def test_a_field_is_dropped_once():
    draft = draft_for(target())
    draft.drop("seed")
    draft.drop("seed")

    assert draft.dropped == ["seed"]
