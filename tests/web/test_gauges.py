from proxy.web import gauges
from proxy.web.admin import RestCard, TargetCard
from proxy.web.inference import Inference


def label(name):
    return "other" if name == "p/x" else name


def running(name, calls):
    made = object.__new__(Inference)
    made.name, made._under_way, made._fast_path = name, calls, None
    return made


def test_calls_under_way_are_added_up_by_surface():
    endpoints = [running("chat", 2), object(), running("messages", 0), running("chat", 1)]

    assert gauges.in_flight(endpoints) == {("chat",): 3.0, ("messages",): 0.0}


def test_of_several_circuits_of_a_target_the_worst_is_told():
    cards = [
        TargetCard("p/m", "half_open", 0, None),
        TargetCard("p/m", "closed", 0, None),
        TargetCard("p/x", "open", 1, "overloaded"),
    ]

    assert gauges.circuits(cards, label) == {("p/m",): 1.0, ("other",): 2.0}


def test_of_several_keys_of_a_target_the_one_that_rests_longest_is_told():
    cards = [
        TargetCard("p/m", "closed", 0, None, RestCard("key", 9.0, "auth")),
        TargetCard("p/m", "closed", 0, None),
        TargetCard("p/n", "open", 0, None),
        TargetCard("p/x", "closed", 0, None, RestCard("model", 3.0, None)),
    ]

    assert gauges.rests(cards, label) == {("p/m",): 9.0, ("p/n",): 0.0, ("other",): 3.0}


def test_refusals_are_added_up_by_target_and_none_are_not_told():
    refused = [("p/m", 2), ("p/n", 0), ("p/m", 1)]

    assert gauges.refusals(refused, label) == {("p/m",): 3.0}
