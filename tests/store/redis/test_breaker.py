import pytest

from proxy.store.redis.breaker import Breaker


@pytest.fixture
def time():
    return [100.0]


@pytest.fixture
def breaker(time):
    return Breaker(lambda: time[0])


def test_three_failures_in_a_row_open_it(breaker):
    states = []
    for _ in range(3):
        breaker.failed()
        states.append(breaker.is_open)

    assert states == [False, False, True]


def test_an_answer_between_them_begins_the_count_anew(breaker):
    for answer in (
        breaker.failed,
        breaker.failed,
        breaker.succeeded,
        breaker.failed,
        breaker.failed,
    ):
        answer()

    assert not breaker.is_open


def test_it_rests_for_a_second_between_two_looks(breaker, time):
    for _ in range(3):
        breaker.failed()
    looks = []
    for time[0] in (100.9, 101.0):
        looks.append(breaker.may_look)
    breaker.failed()
    for time[0] in (101.9, 102.0):
        looks.append(breaker.may_look)

    assert looks == [False, True, False, True]
    assert breaker.is_open


def test_an_answer_closes_it(breaker):
    for _ in range(3):
        breaker.failed()
    breaker.succeeded()

    assert not breaker.is_open
