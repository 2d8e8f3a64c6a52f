"""What a name stands for, and what is said of one that stands for nothing."""

import pytest

from proxy.core.errors import Kind
from proxy.route.model_names import MAX_NAME
from tests.support.planning import (
    CHAT,
    alias,
    asks,
    failure,
    planner,
    targets,
)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("chat", ["openai/gpt-6", "anthropic/claude-x"]),
        ("openai/gpt-5.4-mini", ["openai/gpt-5.4-mini"]),
        ("openai:gpt-5.4-mini", ["openai/gpt-5.4-mini"]),
        ("openai/org/model:free", ["openai/org/model:free"]),
        ("gpt-9", ["openai/gpt-9"]),
        ("claude-sonnet-5-5", ["anthropic/claude-sonnet-5-5"]),
    ],
)
def test_a_name_is_resolved(name, expected):
    assert targets(planner(CHAT).plan(asks(name))) == expected


def test_an_alias_wins_over_a_bare_name():
    plan = planner(alias("gpt-9", "anthropic/claude-x")).plan(asks("gpt-9"))

    assert targets(plan) == ["anthropic/claude-x"]


def test_an_unknown_name_gets_the_three_nearest():
    error = failure(lambda: planner(CHAT, alias("chart", "openai/x")).plan(asks("chatt")))

    assert error.kind is Kind.UNKNOWN_MODEL
    assert "'chat' or 'chart'" in error.message
    assert error.param == "model"


@pytest.mark.parametrize("may_use", [True, False])
def test_a_long_name_is_not_repeated_whole(may_use):
    error = failure(
        lambda: planner(CHAT).plan(asks("z" * 100_000), may_use=lambda _: may_use),
    )

    assert f"'{'z' * 200}…'" in error.message
    assert len(error.message) < 400


def test_a_name_of_200_characters_is_repeated_whole():
    error = failure(lambda: planner(CHAT).plan(asks("z" * 200)))

    assert f"'{'z' * 200}'" in error.message


def test_a_name_like_no_other_gets_no_guess():
    assert "Did you mean" not in failure(lambda: planner(CHAT).plan(asks("zzzzzzzzz"))).message


def test_a_provider_that_is_misspelt_is_named_with_the_model_that_was_asked_for():
    hinted = failure(lambda: planner(CHAT).plan(asks("opnai/gpt-9"))).message
    other = failure(lambda: planner(CHAT).plan(asks("qqq/gpt-9"))).message

    assert "Did you mean 'openai/gpt-9'" in hinted
    assert "/'" not in other


@pytest.mark.parametrize("name", ["google/gpt-9", "google:gpt-9", "models/gpt-9", "OpenAI/gpt-9"])
def test_a_model_under_another_gateways_name_of_its_provider_is_found(name):
    hinted = failure(lambda: planner(CHAT).plan(asks(name))).message

    assert "Did you mean 'openai/gpt-9'" in hinted


def test_the_catch_all_takes_what_nothing_else_does():
    plan = planner(CHAT, alias("*", "openai/gpt-6")).plan(asks("whatever"))

    assert (plan.alias, plan.asked, targets(plan)) == ("*", "whatever", ["openai/gpt-6"])


def test_a_catch_all_step_may_pass_the_name_on():
    plan = planner(alias("*", "openai/*")).plan(asks("whatever"))

    assert targets(plan) == ["openai/whatever"]


def test_the_catch_all_does_not_hide_what_is_known():
    plan = planner(alias("*", "anthropic/claude-x")).plan(asks("openai/gpt-6"))

    assert targets(plan) == ["openai/gpt-6"]


def test_a_request_may_bring_its_own_cascade():
    plan = planner(CHAT).plan(asks("gpt-1", "chat", "gpt-1", "claude-y"))

    assert targets(plan) == [
        "openai/gpt-1",
        "openai/gpt-6",
        "anthropic/claude-x",
        "anthropic/claude-y",
    ]
    assert plan.asked == "gpt-1"


def test_a_list_without_a_model_is_a_cascade_too():
    assert targets(planner(CHAT).plan(asks("", "gpt-1", "gpt-2"))) == [
        "openai/gpt-1",
        "openai/gpt-2",
    ]


def test_a_call_that_names_none_gets_the_default():
    plan = planner(CHAT, default_model="chat").plan(asks())

    assert plan.asked == "chat"


def test_without_a_default_a_model_must_be_named():
    error = failure(lambda: planner(CHAT).plan(asks()))

    assert (error.kind, error.code) == (Kind.INVALID_REQUEST, "missing_required_parameter")


def test_a_name_beyond_all_names_is_nobodys():
    caught = failure(lambda: planner().plan(asks("openai/" + "x" * MAX_NAME)))

    assert caught.kind is Kind.UNKNOWN_MODEL
    assert len(caught.message) < 500
