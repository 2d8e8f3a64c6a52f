from decimal import Decimal

from proxy.app import CODECS, App
from proxy.config.schema import Alias, Config, Provider, TargetRef
from proxy.core.facts import AnswerBegan
from proxy.core.price import Price
from proxy.core.usage import Usage

PROVIDERS = {"p": Provider("p", "", "openai", "http://127.0.0.1:9/v1")}
CASCADE = (TargetRef("p", "m"), TargetRef("p", "*"))


async def test_aliases_are_listed_first_then_targets_then_the_simulated():
    app = App(
        Config(
            providers=PROVIDERS,
            models={"a": Alias("a", CASCADE, description="it"), "*": Alias("*", CASCADE)},
        )
    )

    cards = [(card.id, card.owned_by) for card in app.models()]

    assert cards[:2] == [("a", "firstbyte"), ("p/m", "p")]
    assert ("mock/echo", "mock") in cards
    assert not [name for name, _ in cards if name.startswith("*") or name.endswith("/*")]
    await app.aclose()


async def test_every_observer_hears_every_fact():
    class Ear:
        def __init__(self):
            self.heard = []

        def on(self, fact):
            self.heard.append(fact)

    ears = [Ear(), Ear()]
    app = App(Config(), observers=ears)

    fact = AnswerBegan("c", "a", "t", 1.0)
    app.tell(fact)

    assert [ear.heard for ear in ears] == [[fact], [fact]]
    await app.aclose()


def test_every_codec_answers_to_its_name():
    assert {name: codec.name for name, codec in CODECS.items()} == {name: name for name in CODECS}


async def test_answers_are_priced_by_the_configuration_in_force():
    def at(usd):
        return Config(providers=PROVIDERS, prices={"p/m": Price(Decimal(usd), Decimal(usd))})

    app = App(at(1))
    before = app._cost("p/m", "m", Usage(500_000, 500_000), "")
    await app.start()
    app.adopt(at(3))
    after = app._cost("p/m", "m", Usage(500_000, 500_000), "")
    await app.aclose()

    assert (before, after) == (1, 3)
    assert app._cost("p/other", "other", Usage(1, 1), "") is None
