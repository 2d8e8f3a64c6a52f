import asyncio
import socket
from decimal import Decimal
from types import SimpleNamespace

import pytest

from proxy.app import App
from proxy.config.problems import ConfigError, Problem
from proxy.config.renewal import Reloaded
from proxy.config.schema import Alias, Auth, Config, Log, Provider, Server, StaticKey, TargetRef
from proxy.core.errors import Kind, ProxyError
from proxy.core.facts import AnswerBegan
from proxy.core.price import Price
from proxy.core.secret import Secret
from proxy.core.shape import ChatRequest, Target
from proxy.core.usage import Usage
from proxy.web.admin import TargetCard

PROVIDERS = {"p": Provider("p", "", "openai", "http://127.0.0.1:9/v1")}
CASCADE = (TargetRef("p", "m"), TargetRef("p", "*"))


async def test_aliases_are_listed_first_then_targets_then_the_simulated():
    app = App(
        Config(
            providers=PROVIDERS,
            models={"a": Alias("a", CASCADE, description="it"), "*": Alias("*", CASCADE)},
        )
    )

    cards = [(card.id, card.owned_by) for card in app.roster.models()]

    assert cards[:2] == [("a", "firstbyte"), ("p/m", "p")]
    assert ("mock/echo", "mock") in cards
    assert not [name for name, _ in cards if name.startswith("*") or name.endswith("/*")]
    await app.aclose()


@pytest.mark.parametrize(
    ("base_url", "off", "looked_up"),
    [
        ("http://127.0.0.1:9/v1", "", 0),
        ("https://a.example", "", 1),
        ("https://a.example", "no key", 0),
    ],
)
async def test_whom_the_system_trusts_is_looked_up_before_the_first_call_over_tls(
    monkeypatch, base_url, off, looked_up
):
    times = []
    app = App(Config(providers={"p": Provider("p", "", "openai", base_url, off=off)}))
    monkeypatch.setattr(app.upstream, "trust", lambda: times.append(1))
    await app.start()
    await app.aclose()

    assert len(times) == looked_up


async def test_at_a_stop_jobs_and_charges_wait_for_the_store_together(monkeypatch):
    app, settling = App(Config()), asyncio.Event()

    async def settle(_):
        settling.set()

    await app.start()
    monkeypatch.setattr(app._jobs, "close", settling.wait)
    monkeypatch.setattr(app.office.gate.settler, "close", settle)
    await app.aclose()

    assert settling.is_set()


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
    app.news.flush()

    assert [ear.heard for ear in ears] == [[fact], [fact]]
    await app.aclose()


async def test_what_has_happened_is_told_though_something_cannot_be_closed(monkeypatch):
    heard = []
    app = App(Config(), observers=[SimpleNamespace(on=heard.append)])
    fact = AnswerBegan("c", "a", "t", 1.0)
    app.tell(fact)

    async def stuck():
        raise OSError("it is stuck")

    with monkeypatch.context() as patch:
        patch.setattr(app.office, "close", stuck)
        with pytest.raises(OSError, match="stuck"):
            await app.aclose()

    assert heard == [fact]
    await app.aclose()


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


def aliased(name, **more):
    return Config(providers=PROVIDERS, models={name: Alias(name, CASCADE)}, **more)


def names(app):
    return [card.id for card in app.roster.models() if "/" not in card.id]


async def test_a_target_that_a_reload_takes_out_is_told_of_no_more():
    app = App(aliased("chat"), load=lambda: Config(models={"mine": Alias("mine", ())}))
    await app.start()
    plan = app._planner.plan(ChatRequest(model="chat", body={}))
    entry = app.health.enter(plan.steps[0].candidates[0].target, 0.0)
    app.health.ended(entry)
    before = [card.target for card in app.roster.targets()]
    await app.reload()
    after = [card.target for card in app.roster.targets()]
    await app.aclose()

    assert (before, after) == (["p/m"], [])


async def test_a_reload_takes_models_and_keys_at_once():
    old = aliased("old", auth=Auth(required=True, keys=(StaticKey(Secret("fb-old")),)))
    new = aliased("new", auth=Auth(required=True, keys=(StaticKey(Secret("fb-new")),)))
    app = App(old, load=lambda: new)
    await app.start()
    before = names(app)
    reloaded = await app.reload()

    assert (before, names(app)) == (["old"], ["new"])
    assert reloaded == Reloaded()
    await app._gate.admit([(b"x-api-key", b"fb-new")])
    with pytest.raises(ProxyError):
        await app._gate.admit([(b"x-api-key", b"fb-old")])
    await app.aclose()


async def test_a_configuration_that_cannot_be_used_changes_nothing_and_each_problem_is_logged(
    caplog,
):
    problems = [Problem("f", line, 1, "models", "wrong") for line in (1, 2)]

    def load():
        raise ConfigError(problems)

    app = App(aliased("old"), load=load)
    reloaded = await app.reload()

    assert names(app) == ["old"]
    assert reloaded.problems == ("f:1:1: models: wrong", "f:2:1: models: wrong")
    assert [record.getMessage() for record in caplog.records] == [
        "not reloaded: f:1:1: models: wrong",
        "not reloaded: f:2:1: models: wrong",
    ]
    await app.aclose()


async def test_a_configuration_that_cannot_be_used_shows_in_the_metrics_until_one_can():
    async def told(problem):
        found[:] = [problem]
        await app.reload()
        (number,) = app.scrape.metrics.reading()["firstbyte_reload_refused", ()]
        return number

    def load():
        if found[0]:
            raise ConfigError([Problem("f", 1, 1, "models", "wrong")])
        return aliased("new")

    found = [False]
    app = App(aliased("old"), load=load)
    await app.simulator.start()
    numbers = [await told(problem) for problem in (False, True, True, False)]

    assert numbers == [0.0, 1.0, 1.0, 0.0]
    await app.aclose()


async def test_a_reload_may_not_open_a_listener_that_others_reach():
    app = App(
        aliased("old", auth=Auth(stated=True), server=Server(host="0.0.0.0")),
        load=lambda: aliased("new"),
    )
    reloaded = await app.reload()

    assert names(app) == ["old"]
    assert "auth.required" in reloaded.problems[0]
    await app.aclose()


async def test_a_reload_names_what_takes_effect_at_the_next_start():
    new = aliased("new", server=Server(port=1), log=Log("json"), warnings=("mind the gap",))
    app = App(aliased("old"), load=lambda: new)
    await app.start()
    warnings = (await app.reload()).warnings

    assert warnings == (
        "mind the gap",
        "server.listen, log: what changed here takes effect at the next start",
    )
    await app.aclose()


async def test_without_a_way_to_load_a_reload_changes_nothing():
    app = App(aliased("old"))
    await app.start()
    await app.reload()

    assert names(app) == ["old"]
    await app.aclose()


async def test_targets_that_were_called_come_first_and_each_target_once():
    app = App(aliased("a"))
    target = Target("p", "other", "openai", "http://127.0.0.1:9/v1")
    app.health.failed(app.health.enter(target, 0.0), ProxyError(Kind.OVERLOADED, "no"), 0.0)

    assert app.targets() == [
        TargetCard("p/other", "closed", 1, "overloaded"),
        TargetCard("p/m", "closed", 0, None),
    ]
    await app.aclose()


def test_where_the_second_address_cannot_be_had_the_first_is_given_back():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        app = App(Config(server=Server(port=0, ops_port=taken.getsockname()[1])))
        with pytest.raises(OSError, match=r"set server\.ops_listen / --ops-listen$"):
            app.bind()

    assert app.server._socket is None


def test_operators_may_be_turned_away_altogether():
    app = App(Config(server=Server(port=0, ops_host="")))
    app.bind()
    app.server.close()

    assert (app.ops, app.ops_address) == (None, None)
