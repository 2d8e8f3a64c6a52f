from proxy.codecs.bedrock.draft import draft_for
from tests.support.converse import LLAMA, SONNET_4_5, target


def test_a_field_is_named_once_however_often_it_is_dropped():
    draft = draft_for(target())
    draft.drop("seed")
    draft.drop("seed")

    assert draft.dropped == ["seed"]


def test_reasoning_on_a_budget_and_poor_families_are_not_forced():
    draft = draft_for(target(SONNET_4_5))
    assert draft.may_force

    draft.additional["thinking"] = {"type": "enabled"}
    assert draft.thinks_on_budget
    assert not draft.may_force
    assert not draft_for(target(LLAMA)).may_force


def test_the_option_of_a_target_decides_the_family():
    named = target(
        "arn:aws:bedrock:eu-west-1:1:application-inference-profile/x", options={"family": "meta."}
    )

    assert draft_for(named).family.name == "llama"
