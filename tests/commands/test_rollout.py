import logging

import pytest

from proxy.commands.channel import Messages, Word, unpacked
from proxy.commands.rollout import LATE, PATIENCE, Rollout
from proxy.config.problems import ConfigError, Problem
from proxy.config.renewal import Reloaded, Renewal
from proxy.config.schema import Config

OLD, NEW = Config("old.yaml"), Config("new.yaml")


class Child:
    def __init__(self, pid, *, is_ready=True):
        self.pid = pid
        self.is_ready = is_ready
        self.heard = []

    def say(self, message):
        ((word, data),) = Messages().feed(message)
        self.heard.append((word, unpacked(data)))


class Stopped:
    def __init__(self):
        self.time = 100.0

    def now(self):
        return self.time


class House:
    def __init__(self, *children, load=lambda: NEW):
        self.clock = Stopped()
        self.children = list(children)
        self.rollout = Rollout(OLD, Renewal(OLD, load), self.clock, lambda: self.children)


def test_each_takes_it_and_then_whoever_asked_is_told(caplog):
    one, two = Child(1), Child(2)
    house = House(one, two)
    house.rollout.ask(one)
    house.rollout.taken(one, 1)
    before = list(one.heard), caplog.messages[:]
    house.rollout.taken(two, 1)

    assert before == ([(Word.CONFIG, (1, NEW))], [])
    assert one.heard[1:] == [(Word.RELOADED, Reloaded("new.yaml"))]
    assert two.heard == [(Word.CONFIG, (1, NEW))]
    assert caplog.messages == ["reloaded new.yaml"]
    assert (house.rollout.config, house.rollout.by) == (NEW, None)


def test_one_that_cannot_be_used_is_sent_to_nobody_and_each_knows_of_it(caplog):
    def load():
        raise ConfigError([Problem("f", 1, 1, "models", "wrong")])

    one, two = Child(1), Child(2)
    house = House(one, two, load=load)
    house.rollout.ask(one)

    assert one.heard[1:] == [(Word.RELOADED, Reloaded(problems=("f:1:1: models: wrong",)))]
    assert one.heard[:1] == two.heard == [(Word.REFUSED, None)]
    assert house.rollout.is_behind
    assert caplog.record_tuples == [
        ("firstbyte", logging.ERROR, "not reloaded: f:1:1: models: wrong")
    ]
    assert house.rollout.config == OLD


def test_who_asks_meanwhile_has_the_next_one():
    one = Child(1)
    house = House(one)
    house.rollout.ask(None)
    house.rollout.ask(one)
    house.rollout.ask(one)
    house.rollout.taken(one, 1)
    house.rollout.taken(one, 2)

    words = [word for word, _ in one.heard]
    assert words == [Word.CONFIG, Word.CONFIG, Word.RELOADED, Word.RELOADED]


def test_who_has_only_begun_gets_it_and_is_not_waited_for(caplog):
    young = Child(1, is_ready=False)
    house = House(young)
    house.rollout.ask(None)

    assert young.heard == [(Word.CONFIG, (1, NEW))]
    assert caplog.messages == ["reloaded new.yaml"]


def test_who_is_gone_is_not_waited_for(caplog):
    one, two = Child(1), Child(2)
    house = House(one, two)
    house.rollout.ask(two)
    house.rollout.taken(one, 1)
    house.children.remove(two)
    house.rollout.lost(two)

    assert caplog.messages == ["reloaded new.yaml"]
    assert [word for word, _ in two.heard] == [Word.CONFIG]


def test_who_takes_too_long_is_told_of(caplog):
    one, two = Child(1), Child(2)
    house = House(one, two)
    house.rollout.ask(one)
    house.rollout.taken(one, 1)
    by = house.rollout.by
    house.rollout.tick()
    early = caplog.messages[:]
    house.clock.time += PATIENCE
    house.rollout.tick()
    house.rollout.taken(two, 1)

    assert (by, early) == (100.0 + PATIENCE, [])
    assert one.heard[1:] == [(Word.RELOADED, Reloaded("new.yaml", warnings=(LATE,)))]
    assert caplog.messages == ["reloaded new.yaml", LATE]


@pytest.mark.parametrize("number", [1, 3])
def test_an_answer_to_another_one_counts_for_nothing(number):
    one = Child(1)
    house = House(one)
    house.rollout.ask(None)
    house.rollout.taken(one, 1)
    house.rollout.ask(None)
    house.rollout.taken(one, number)

    assert house.rollout.by is not None
