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
