"""What is known of a call, and what happens to it on its way."""

from unittest.mock import Mock

import pytest

from proxy.core.shape import ChatRequest
from proxy.gate.answers import HIT, Entry
from proxy.gate.cache import Kept
from proxy.web.call import Call


def call(**known):
    return Call("req_1", 100.0, "chat", **known)


def test_the_last_names_that_an_answer_says_decide():
    one = call()
    one.note({"model": "m-1"})
    one.note({"model": "m-2", "service_tier": "flex"})
    one.note({"model": "", "service_tier": None})

    assert (one.served, one.tier) == ("m-2", "flex")


@pytest.mark.parametrize("said", [{}, {"model": None}, {"model": 7, "service_tier": 7}])
def test_what_is_no_name_is_not_noted(said):
    one = call()
    one.note(said)

    assert (one.served, one.tier) == ("", "")


def test_our_part_of_the_time_to_the_first_output_is_neither_the_caller_s_nor_a_provider_s():
    one = call(body_ms=20.0, upstream_ms=25.0)
    ttft = one.committed("c/m", 100.05)

    assert (ttft, one.ttft_ms) == (pytest.approx(50.0), ttft)
    assert one.overhead_ms == pytest.approx(5.0)
    assert one.target == "c/m"


def test_our_part_is_never_below_nothing():
    one = call(upstream_ms=80.0)
    one.committed("c/m", 100.05)

    assert one.overhead_ms == 0.0


def test_a_call_without_a_charge_forgets_at_once():
    request = ChatRequest({"messages": [1]}, b"raw")
    call().forget(request)

    assert request == ChatRequest({})


@pytest.mark.parametrize("who", ["errand", "entry"])
def test_what_somebody_else_needs_is_not_forgotten(who):
    request, one = ChatRequest({"messages": [1]}, b"raw"), call()
    setattr(one, who, Mock())
    one.forget(request)

    assert request == ChatRequest({"messages": [1]}, b"raw")


@pytest.mark.parametrize("is_estimated", [True, False])
def test_what_must_still_be_estimated_is_not_forgotten(is_estimated):
    request, one = ChatRequest({"messages": [1]}, b"raw"), call()
    one.charge = Mock(let_go=lambda: is_estimated)
    one.forget(request)

    assert (request == ChatRequest({})) is is_estimated


def test_who_gave_an_answer_before_is_its_author():
    hit = call(target="c/m", entry=Entry(HIT, Kept("b/m")))

    assert (hit.author, hit.cache) == ("b/m", "hit")
    assert (call(target="c/m").author, call().author, call().cache) == ("c/m", "", "")
