from proxy.codecs.anthropic.draft import draft_for, maker_of


def test_a_draft_knows_its_model():
    draft = draft_for("claude-sonnet-4-5-20250929")

    assert draft.able.schemas
    assert draft.maker == "anthropic/claude-sonnet-4-5"


def test_a_maker_is_the_same_for_every_name_of_a_model():
    assert maker_of("eu.anthropic.claude-opus-4-8") == maker_of("claude-opus-4-8@20260301")


def test_what_is_dropped_is_named_once():
    draft = draft_for("claude-sonnet-5")
    draft.drop("seed")
    draft.drop("seed")

    assert draft.dropped == ["seed"]


def test_reasoning_on_a_budget_rules_out_a_forced_choice():
    draft = draft_for("claude-sonnet-4-5")

    assert draft.may_force
    draft.body["thinking"] = {"type": "adaptive"}
    assert draft.may_force
    draft.body["thinking"] = {"type": "enabled", "budget_tokens": 2_048}
    assert draft.manual_thinking
    assert not draft.may_force
    assert not draft_for("claude-opus-5-5").may_force
