from dataclasses import FrozenInstanceError, fields

import pytest

from proxy.core.errors import Kind
from proxy.core.facts import AnswerBegan, AttemptFailed, CallEnded, HedgeEnded, Outcome


def test_a_fact_cannot_be_changed():
    fact = AttemptFailed("req", "chat", "a/m", Kind.RESET, None, None, "reset", 3.0, moved_on=True)

    with pytest.raises(FrozenInstanceError):
        fact.target = "other"


def test_a_failed_attempt_says_whether_the_call_goes_on():
    fact = AttemptFailed("req", "chat", "a/m", Kind.RESET, None, None, "reset", 3.0, moved_on=True)

    assert fact.moved_on


@pytest.mark.parametrize("kind", [AttemptFailed, AnswerBegan, HedgeEnded, CallEnded])
def test_no_fact_has_room_for_a_key_or_a_prompt(kind):
    names = {field.name for field in fields(kind)}

    assert names.isdisjoint({"key", "api_key", "body", "messages", "content", "headers"})


def test_outcomes_are_words():
    assert sorted(Outcome) == ["cancelled", "cut", "failed", "refused", "served"]
