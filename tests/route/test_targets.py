"""The targets behind what is written: their keys, their limits, and who is left out."""

from proxy.config.schema import Alias, Config, Limits, PoolRef, Provider, TargetRef
from proxy.core.credential import AwsAuth
from proxy.core.errors import Kind
from proxy.core.secret import Secret
from proxy.core.shape import CallOptions, Capabilities, ChatRequest
from proxy.route.planner import Planner
from tests.support.planning import (
    CHAT,
    PROVIDERS,
    alias,
    asks,
    failure,
    first,
    planner,
    provider,
    targets,
)


def test_a_target_that_is_off_is_skipped_and_told():
    plan = planner(alias("c", "groq/llama", "openai/gpt-6")).plan(asks("c"))

    assert targets(plan) == ["openai/gpt-6"]
    assert plan.off == (("groq/llama", "GROQ_API_KEY is not set"),)


def test_where_every_target_is_off_the_reasons_are_told():
    error = failure(lambda: planner().plan(asks("groq/llama")))

    assert error.kind is Kind.MISCONFIGURED
    assert "GROQ_API_KEY is not set" in error.message


def test_a_pass_through_provider_gets_the_callers_key():
    plan = planner().plan(asks("own/m"), credential=Secret("mine"))

    assert first(plan).target.api_key == Secret("mine")
    assert first(plan).target.passthrough


def test_a_pass_through_provider_without_a_key_is_a_401():
    assert failure(lambda: planner().plan(asks("own/m"))).kind is Kind.UNAUTHENTICATED


def test_several_keys_are_a_pool_each_with_its_own_name_and_half_the_weight():
    (step,) = planner().plan(asks("many/m")).steps

    assert len({c.target.credential for c in step.candidates}) == 2
    assert [c.weight for c in step.candidates] == [0.5, 0.5]
    assert not [c for c in step.candidates if "m1" in c.target.credential]


def test_a_pool_is_one_step_of_equals():
    pool = PoolRef((TargetRef("openai", "a"), TargetRef("anthropic", "b", weight=3.0)), "weighted")
    both = planner(Alias("c", (pool, TargetRef("openai", "z"))))

    plan = both.plan(asks("c"))

    assert [len(step.candidates) for step in plan.steps] == [2, 1]
    assert plan.steps[0].balance == "weighted"
    assert {(c.target.name, c.weight) for c in plan.steps[0].candidates} == {
        ("openai/a", 1.0),
        ("anthropic/b", 3.0),
    }


def test_a_pool_whose_members_are_all_off_is_no_step():
    pool = PoolRef((TargetRef("groq", "a"),))

    plan = planner(Alias("c", (pool, TargetRef("openai", "z")))).plan(asks("c"))

    assert targets(plan) == ["openai/z"]


def test_a_call_may_set_its_own_hedge():
    request = ChatRequest(body={}, model="chat", options=CallOptions(hedge_after=0.5))

    plan = planner(CHAT).plan(request)

    assert first(plan).limits.hedge_after == 0.5


def test_a_call_may_want_no_hedge_where_its_alias_does():
    hedged = alias("chat", "openai/x", limits={"hedge_after": 1.5})
    request = ChatRequest(body={}, model="chat", options=CallOptions(hedge_after=0.0))

    assert first(planner(hedged).plan(asks("chat"))).limits.hedge_after == 1.5
    assert first(planner(hedged).plan(request)).limits.hedge_after is None


def test_a_call_may_set_its_own_first_byte_time():
    request = ChatRequest(body={}, model="chat", options=CallOptions(first_byte_timeout=2.0))

    plan = planner(CHAT).plan(request)

    assert [
        (
            s.candidates[0].limits.first_byte_timeout,
            s.candidates[0].limits.first_byte_reasoning,
            s.candidates[0].limits.first_byte_written,
        )
        for s in plan.steps
    ] == [(2.0, 2.0, True)] * 2


def test_a_target_knows_its_credential_its_options_and_what_it_can_do():
    there = Provider(
        "b",
        "bedrock",
        "bedrock",
        "https://b.test",
        auth=AwsAuth("eu-west-1"),
        options={"region": "eu-west-1"},
        models={"m": Capabilities(tools=False)},
    )
    ref = TargetRef(
        "b", "m-1", capabilities=Capabilities(context=9), options={"family": "amazon.nova"}
    )
    config = Config(providers={"b": there}, models={"c": Alias("c", (ref,))})

    target = first(Planner(config).plan(asks("c"))).target

    assert target.auth == AwsAuth("eu-west-1")
    assert target.options == {"region": "eu-west-1", "family": "amazon.nova"}
    assert target.capabilities == Capabilities(tools=False, context=9)


def test_limits_come_from_the_alias():
    slow = alias("slow", "openai/gpt-6", limits={"total_timeout": 1200.0}, max_attempts=2)

    plan = planner(slow, limits=Limits(total_timeout=30.0)).plan(asks("slow"))

    assert (plan.total_timeout, plan.max_attempts) == (1200.0, 2)
    assert planner(limits=Limits(total_timeout=30.0)).plan(asks("gpt-6")).total_timeout == 30.0


def test_local_providers_are_there_without_being_configured():
    local = {"mock": provider("mock")}

    plan = Planner(Config(), local).plan(asks("mock/echo"))

    assert targets(plan) == ["mock/echo"]


def test_it_has_the_targets_of_its_providers_with_their_own_keys_and_whatever_is_local():
    planner = Planner(Config(providers=PROVIDERS), {"mock": provider("mock")})
    plans = [
        planner.plan(asks(name), credential=Secret("mine"))
        for name in ("many/m", "anthropic/m", "own/m", "mock/echo")
    ]
    called = [c.target for plan in plans for step in plan.steps for c in step.candidates]

    assert all(planner.has(target.name, target.credential) for target in called)
    assert not planner.has("many/m", "of another key")
    assert not planner.has("gone/m", "")


def test_a_callers_key_goes_to_one_company_only():
    two = Planner(
        Config(
            providers={
                "own": provider("own", passthrough=True),
                "other": provider("other", passthrough=True),
            }
        )
    )

    error = failure(lambda: two.plan(asks("own/m", "other/m"), credential=Secret("mine")))
    one = two.plan(asks("own/m", "own/n"), credential=Secret("mine"))

    assert (error.kind, error.param) == (Kind.INVALID_REQUEST, "models")
    assert targets(one) == ["own/m", "own/n"]
