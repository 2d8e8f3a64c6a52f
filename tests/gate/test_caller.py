from proxy.config.schema import StaticKey
from proxy.core.secret import Secret
from proxy.gate.caller import Caller, Tariff, caller_of, caller_with
from proxy.gate.tenants import Allowance, Key, Mode, Team


def caller(key=None, **team):
    return caller_with(key or Key("k", "t", "m"), Team("t", **team))


def test_a_key_may_use_what_it_and_its_team_may_both():
    def allowed(key, team):
        return caller(Key("k", "t", "m", allowed_models=key), allowed_models=team).allowed_models

    assert allowed((), ()) is None
    assert allowed(("a", "b"), ()) == {"a", "b"}
    assert allowed((), ("b", "c")) == {"b", "c"}
    assert allowed(("a", "b"), ("b", "c")) == {"b"}


def test_lists_with_nothing_in_common_allow_nothing():
    nothing = caller(Key("k", "t", "m", allowed_models=("a",)), allowed_models=("b",))

    assert nothing.allowed_models == frozenset()
    assert not nothing.may_use("a")
    assert not nothing.may_use("b")


def test_a_caller_has_what_its_team_says():
    made = caller(
        organization="o",
        mode=Mode.CONSUMPTION_TOKENS,
        credits_per_dollar=3,
        tokens_per_credit=7,
        jobs_only=True,
        default_model="chat",
        keeps_bodies=True,
    )

    assert made == Caller(
        team="t",
        key="k",
        organization="o",
        tariff=Tariff(Mode.CONSUMPTION_TOKENS, 3, 7),
        jobs_only=True,
        default_model="chat",
        keeps_bodies=True,
    )


def test_who_has_no_limit_no_budget_and_no_price_need_not_be_looked_up():
    limited = Allowance(rpm=5)

    assert Caller().is_unbound
    assert caller().is_unbound
    assert not caller(allowance=limited).is_unbound
    assert not caller(Key("k", "t", "m", allowance=Allowance(budget_micros=0))).is_unbound
    assert not caller(mode=Mode.CONSUMPTION_USD).is_unbound


def test_calls_cost_credits_in_the_consumption_modes():
    assert not Caller().pays
    assert not caller(mode=Mode.JOB_BASED).pays
    assert caller(mode=Mode.CONSUMPTION_USD).pays
    assert caller(mode=Mode.CONSUMPTION_TOKENS).pays


def test_a_static_key_has_a_team_and_a_list():
    assert caller_of(StaticKey(Secret("x"), "acme")) == Caller("acme")
    alone = caller_of(StaticKey(Secret("x"), "", ("chat",)))
    assert (alone.team, alone.allowed_models) == ("", frozenset({"chat"}))


def test_what_a_call_leaves_behind_is_its_teams_else_its_keys_else_its_credentials():
    own = Secret("sk-own")
    static = [caller_of(StaticKey(Secret(key))) for key in ("x", "y")]

    assert caller().tenant == Caller("t", credential=own).tenant == "team:t"
    assert Caller(key="k", credential=own).tenant == "key:k"
    assert static[0].tenant != static[1].tenant
    assert all(each.tenant.startswith("key:") for each in static)
    assert Caller(credential=own).tenant.startswith("credential:")
    assert "sk-own" not in Caller(credential=own).tenant
    assert Caller().tenant == ""


def test_a_caller_is_plain_where_nothing_is_asked_or_kept_of_its_calls():
    bound = Allowance(rpm=1)
    plain = [
        Caller(),
        caller(),
        caller(mode=Mode.CONSUMPTION_TOKENS),
        caller(allowance=bound),
        caller(Key("k", "t", "m", allowance=bound)),
    ]

    assert [each.is_plain for each in plain] == [True] * 5
    assert [each.is_plain for each in (caller(jobs_only=True), caller(keeps_bodies=True))] == [
        False
    ] * 2
