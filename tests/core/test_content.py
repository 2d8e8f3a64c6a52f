"""What was said in a call is a record of its own, and no fact."""

from typing import get_args

from proxy.core.content import Content
from proxy.core.facts import Fact


def test_no_observer_of_facts_hears_what_was_said():
    assert Content not in get_args(Fact)
