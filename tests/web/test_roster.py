import pytest

from proxy.config.schema import Alias, Config, Provider, TargetRef
from proxy.core.errors import Kind, ProxyError
from proxy.core.price import Price
from proxy.core.shape import Target
from proxy.route.health import REFUSED, Health
from proxy.web.admin import RestCard, TargetCard
from proxy.web.models import ModelCard
from proxy.web.roster import Roster
from tests.support.moods import Time

PROVIDERS = {"p": Provider("p", "", "openai", "http://127.0.0.1:9/v1")}
CASCADE = (TargetRef("p", "m"), TargetRef("p", "*"))


class House:
    def __init__(self):
        self.health = Health(lambda: 0.5)
        self.config = Config(
            providers=PROVIDERS,
            models={"a": Alias("a", CASCADE, description="it"), "*": Alias("*", CASCADE)},
            prices={"p/priced": Price()},
        )
        self.roster = Roster(lambda: self.config, ("mock/echo",), self.health, Time())


@pytest.fixture
def house():
    return House()


def test_aliases_are_listed_first_then_targets_then_the_simulated_and_each_once(house):
    assert house.roster.models() == [
        ModelCard("a", "firstbyte", "it"),
        ModelCard("p/m", "p"),
        ModelCard("mock/echo", "mock"),
    ]


def test_another_configuration_shows_at_the_next_question(house):
    house.config = Config(providers=PROVIDERS, models={"b": Alias("b", (TargetRef("p", "n"),))})

    assert [card.id for card in house.roster.models()] == ["b", "p/n", "mock/echo"]


def test_targets_that_were_called_come_first_and_each_target_once(house):
    target = Target("p", "other", "openai", "http://127.0.0.1:9/v1")
    house.health.failed(house.health.enter(target, 0.0), ProxyError(Kind.OVERLOADED, "no"), 0.0)

    assert house.roster.targets() == [
        TargetCard("p/other", "closed", 1, "overloaded"),
        TargetCard("p/m", "closed", 0, None),
    ]


def test_a_key_that_rests_shows_at_each_target_that_was_asked_for(house):
    one, other = (Target("p", model, "openai", "http://127.0.0.1:9/v1") for model in "mn")
    house.health.well(other, 100.0)
    house.health.failed(house.health.enter(one, 100.0), ProxyError(Kind.AUTH, "no"), 60.0)

    resting = RestCard("key", REFUSED - 40.0, "auth")
    assert house.roster.targets() == [
        TargetCard("p/n", "closed", 0, None, resting),
        TargetCard("p/m", "closed", 1, "auth", resting),
    ]


def test_a_cascade_a_price_and_the_simulator_name_targets(house):
    assert set(house.roster.named()) == {"p/m", "p/priced", "mock/echo"}
