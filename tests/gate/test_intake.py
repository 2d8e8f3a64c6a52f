import pytest

from proxy.core.errors import Kind, ProxyError
from proxy.gate.intake import MOST, Intake


def _fill(intake, *sizes):
    with intake.share() as share:
        for size in sizes:
            share.take(size)


def test_what_is_taken_is_held_until_the_share_ends():
    intake = Intake(10)

    with intake.share() as one, intake.share() as two:
        one.take(3)
        two.take(4)
        one.take(3)
        held = intake.held, one.held, two.held

    assert held == (10, 6, 4)
    assert intake.held == 0


def test_who_takes_more_than_there_is_is_refused_and_gives_back_what_it_had():
    intake = Intake(10)

    with intake.share() as other:
        other.take(4)
        with pytest.raises(ProxyError) as caught:
            _fill(intake, 6, 1)
        held = intake.held

    assert (caught.value.kind, caught.value.meaning.status) == (Kind.SATURATED, 503)
    assert caught.value.retry_after == 1.0
    assert (held, intake.held) == (4, 0)


def test_a_process_receives_a_quarter_of_a_gibibyte_at_once():
    intake = Intake()

    with intake.share() as share:
        share.take(MOST)
        with pytest.raises(ProxyError):
            share.take(1)

    assert MOST == 2**28
