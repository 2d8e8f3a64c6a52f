import dataclasses

import pytest

from proxy.sim.script import BEHAVIOURS, Behaviour, Fault, Mode


def test_the_promised_models_are_there():
    promised = {"echo", "lorem", "slow", "flaky", "fail-500", "fail-429", "overloaded", "cut"}

    assert promised < set(BEHAVIOURS)


def test_the_table_cannot_be_changed():
    with pytest.raises(TypeError):
        BEHAVIOURS["echo"] = Behaviour()  # type: ignore[index]


def test_a_behaviour_cannot_be_changed():
    with pytest.raises(dataclasses.FrozenInstanceError):
        BEHAVIOURS["echo"].words = 3


@pytest.mark.parametrize(
    ("every", "expected"),
    [
        (1, [True, True, True, True]),
        (2, [True, False, True, False]),
        (3, [True, False, False, True]),
    ],
)
def test_a_fault_strikes_the_first_call_and_every_so_many_after(every, expected):
    fault = Fault(Mode.STATUS, every=every)

    assert [fault.strikes(number) for number in range(1, 5)] == expected


def test_the_slow_model_takes_about_two_seconds_to_speak():
    assert BEHAVIOURS["slow"].first_delay == 2.0


def test_only_so_many_calls_fail():
    fault = Fault(Mode.STATUS, every=2, most=2)

    assert [fault.strikes(number) for number in range(1, 7)] == [
        True,
        False,
        True,
        False,
        False,
        False,
    ]


def test_a_fault_has_its_time():
    once = Fault(Mode.STATUS, span=3.0)
    again = Fault(Mode.STATUS, span=3.0, period=10.0)
    ages = (0.0, 2.9, 3.0, 9.9, 10.0, 12.9, 13.0)

    assert [once.strikes(1, age) for age in ages] == [True, True, *[False] * 5]
    assert [again.strikes(1, age) for age in ages] == [True, True, False, False, True, True, False]


def test_a_fault_may_mind_only_prefills():
    fault = Fault(Mode.STATUS, on_prefill=True)

    assert fault.strikes(1, prefilled=True)
    assert not fault.strikes(1)
