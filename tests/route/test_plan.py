"""What a plan says of itself."""

from dataclasses import replace

import pytest

from proxy.config.schema import Live
from proxy.core.shape import Capabilities, ChatRequest
from proxy.route.plan import model_of
from tests.support.planning import CHAT, planner, texts
from tests.support.script import plan, target

PLAIN = planner(CHAT).plan(texts("chat"))


def test_a_plan_that_has_only_to_be_sent_is_plain():
    assert PLAIN.is_plain(stream=False)
    assert PLAIN.is_plain(stream=True)


@pytest.mark.parametrize("more", [{"is_settled": False}, {"cache": 60.0}])
def test_a_plan_of_which_something_is_chosen_or_kept_is_not(more):
    assert not replace(PLAIN, **more).is_plain(stream=False)


@pytest.mark.parametrize("more", [{"holds_streams": True}, {"live": Live(recover="restart")}])
def test_a_plan_whose_streams_are_held_back_or_mended_is_plain_for_whole_answers_alone(more):
    other = replace(PLAIN, **more)

    assert (other.is_plain(stream=False), other.is_plain(stream=True)) == (True, False)


def test_a_plan_suits_a_call_that_every_step_can_serve():
    small = target("b", capabilities=Capabilities(context=1))
    call = ChatRequest(body={"messages": [{"role": "user", "content": "x" * 50}]}, model="chat")

    assert plan("a").suits(call)
    assert not plan("a", "b", targets={"b": small}).suits(call)


@pytest.mark.parametrize(("said", "named"), [("asked", "chat"), ("served", None)])
def test_an_answer_names_what_was_asked_for_where_that_is_wanted(said, named):
    asked = planner(replace(CHAT, model_in_answer=said)).plan(texts("chat"))

    assert model_of(asked) == named
