"""Plans as calls get them: made once, remembered within bounds, and a call's own where it makes a difference."""

from dataclasses import replace

import pytest

from proxy.config.schema import Alias, Config, Live, PoolRef, Provider, TargetRef
from proxy.core.errors import Kind
from proxy.core.secret import Secret
from proxy.core.shape import Capabilities
from proxy.route.fit import BYTES_PER_TOKEN
from proxy.route.planner import MAX_KEPT_NAMES, MAX_PLANS, Planner
from tests.support.planning import (
    CHAT,
    PROVIDERS,
    alias,
    asks,
    everything,
    failure,
    first,
    planner,
    provider,
    texts,
)


def test_every_entry_is_checked_against_the_key():
    error = failure(
        lambda: planner(CHAT).plan(asks("chat", "gpt-9"), may_use=lambda name: name == "chat")
    )

    assert error.kind is Kind.FORBIDDEN
    assert "'gpt-9'" in error.message


def test_several_keys_are_used_in_turn():
    names = planner()

    plans = [names.plan(asks("many/m")) for _ in range(3)]

    assert [first(plan).target.api_key for plan in plans] == [
        Secret("m1"),
        Secret("m2"),
        Secret("m1"),
    ]


def test_names_that_callers_make_up_leave_nothing_behind():
    names = planner()

    plans = [names.plan(asks(f"many/m{number}")) for number in range(4000)]

    assert len({first(plan).target.api_key for plan in plans[:2]}) == 2
    assert len(names._plans) <= MAX_PLANS
    assert len(names._turns) == 1


def test_a_plan_under_long_names_is_not_remembered():
    names = planner()
    long = "openai/" + "x" * MAX_KEPT_NAMES

    assert first(names.plan(asks(long))).target.model == "x" * MAX_KEPT_NAMES
    assert not names._plans


def test_equals_have_their_turn():
    pool = PoolRef((TargetRef("openai", "a"), TargetRef("openai", "b")))
    both = planner(Alias("c", (pool,)))

    firsts = [first(both.plan(asks("c"))).target.name for _ in range(4)]

    assert firsts == ["openai/a", "openai/b", "openai/a", "openai/b"]


def test_an_alias_says_how_its_streams_live():
    live = Live(recover="prefill")

    assert planner(alias("c", "openai/x", live=live)).plan(asks("c")).live is live
    assert planner(live=live).plan(asks("gpt-1")).live is live


def test_attempts_are_four_or_the_number_of_steps():
    many = alias("many", *[f"openai/m{n}" for n in range(6)])

    assert planner(CHAT).plan(asks("chat")).max_attempts == 4
    assert planner(many).plan(asks("many")).max_attempts == 6
    assert planner(max_attempts=9).plan(asks("gpt-6")).max_attempts == 9


def test_an_aliass_attempts_are_taken_as_they_were_merged():
    auto = alias("auto", "openai/gpt-6")

    assert planner(auto, max_attempts=9).plan(asks("auto")).max_attempts == 4


def test_tools_with_reasoning_go_over_the_responses_api_where_chat_would_refuse_them():
    real = Provider("openai", "openai", "openai", "https://api.openai.com/v1", (Secret("k"),))
    both = Planner(Config(providers={"openai": real}))
    tools = [{"type": "function", "function": {"name": "f"}}]

    with_tools = both.plan(asks("openai/gpt-6.1-sol", tools=tools, reasoning_effort="high"))
    without = both.plan(asks("openai/gpt-6.1-sol"))

    assert first(with_tools).target.protocol == "responses"
    assert first(without).target.protocol == "openai"


def test_a_completion_goes_as_it_is_to_a_provider_that_relays_completions():
    local = Provider("local", "", "openai", "http://local.test/v1", surfaces=("completions",))
    both = Planner(Config(providers={"local": local, "other": provider("other")}))
    call = replace(asks("local/qwen"), dialect="completions")

    assert first(both.plan(call)).target.protocol == "completions"
    assert first(both.plan(asks("local/qwen"))).target.protocol == "openai"
    assert first(both.plan(replace(call, model="other/m"))).target.protocol == "openai"


def test_a_call_of_the_responses_api_goes_as_it_is_to_a_provider_that_relays_it():
    local = Provider("local", "", "openai", "http://local.test/v1", surfaces=("responses",))
    both = Planner(Config(providers={"local": local, "other": provider("other")}))
    call = replace(asks("local/qwen"), dialect="responses", raw=b"{}")

    assert first(both.plan(call)).target.protocol == "responses"
    assert first(both.plan(asks("local/qwen"))).target.protocol == "openai"
    assert first(both.plan(replace(call, model="other/m"))).target.protocol == "openai"


@pytest.mark.parametrize("name", ["chat", "openai/gpt-6", "many/m", "pro", "tooled", "own/x"])
def test_texts_alone_are_planned_like_any_call(name):
    pro = Provider("pro", "", "openai", "https://api.openai.com/v1", (Secret("k"),))
    config = Config(
        providers={**PROVIDERS, "pro": pro},
        models={
            "chat": CHAT,
            "pro": alias("pro", "pro/gpt-5-pro"),
            "tooled": Alias("tooled", (TargetRef("pro", "gpt-5.4", params={"tools": [{}]}),)),
        },
    )
    ours, theirs = Planner(config), Planner(config)
    for more in ({}, {"reasoning_effort": "high"}):
        request = texts(name, **more)
        plan = ours.plan(request, credential=Secret("c"))
        other = theirs.plan(replace(request, only_texts=False), credential=Secret("c"))

        assert plan == other


def test_only_a_plan_with_nothing_to_choose_is_settled():
    plans = planner(CHAT)

    assert plans.plan(texts("chat")).is_settled
    assert not plans.plan(texts("many/m")).is_settled


def test_the_plan_of_a_plain_call_is_the_one_that_any_call_gets_and_is_made_once():
    plans = planner(CHAT)
    plan = plans.plain(texts("chat"), everything, "")

    assert plan == planner(CHAT).plan(texts("chat"))
    assert plans.plain(texts("chat"), everything, "") is plan
    assert plans.plan(texts("chat")) is plan


def test_a_plain_call_that_names_no_model_gets_its_callers():
    plans = planner(CHAT, alias("of-all", "anthropic/claude-x"), default_model="of-all")

    assert plans.plain(texts(""), everything, "chat").asked == "chat"
    assert plans.plain(texts(""), everything, "").asked == "of-all"


def test_who_may_not_use_a_model_has_no_plan_for_it():
    plans = planner(CHAT)
    plans.plain(texts("chat"), everything, "")

    assert plans.plain(texts("chat"), lambda name: name != "chat", "") is None


@pytest.mark.parametrize(
    "name", ["unheard-of", "many/m", "own/x", "groq/m", "kept", "rated", "chat"]
)
def test_only_a_plan_of_which_nothing_is_chosen_or_kept_is_plain(name):
    kept = replace(CHAT, name="kept", cache=60.0)
    rated = Alias("rated", (TargetRef("openai", "gpt-6", limits={"rpm": 5}),))
    plans = planner(CHAT, kept, rated)

    for _ in range(2):
        assert (plans.plain(texts(name), everything, "") is not None) is (name in {"chat", "rated"})


def test_to_ask_whether_a_call_is_plain_takes_nobodys_turn():
    pool = PoolRef((TargetRef("openai", "a"), TargetRef("openai", "b")))
    plans = planner(Alias("c", (pool,)))

    served = []
    for name in ("many/m", "many/m", "c", "c"):
        assert plans.plain(texts(name), everything, "") is None
        target = first(plans.plan(texts(name))).target
        served.append((target.name, target.api_key.reveal()))

    assert served == [("many/m", "m1"), ("many/m", "m2"), ("openai/a", "k1"), ("openai/b", "k1")]


def test_a_stream_that_is_mended_or_held_back_is_not_plain():
    mended = replace(CHAT, name="mended", live=Live(recover="prefill"))
    plans = planner(CHAT, mended)

    for name in ("chat", "mended") * 2:
        stream = plans.plain(replace(texts(name), stream=True), everything, "")

        assert (stream is not None) is (name == "chat")
        assert plans.plain(texts(name), everything, "") is not None


def test_plans_of_plain_calls_are_forgotten_with_all_others():
    plans = planner(CHAT)
    for number in range(MAX_PLANS + 1):
        plans.plain(texts(f"openai/m{number}"), everything, "")

    assert [list(plain) for plain in plans._plain] == [[f"openai/m{MAX_PLANS}"]] * 2


def test_a_plan_has_the_room_of_its_smallest_target():
    small, large = Capabilities(context=10), Capabilities(context=20)
    refs = (
        TargetRef("openai", "a", capabilities=large),
        TargetRef("openai", "b", capabilities=small),
    )
    plans = planner(Alias("mixed", refs))

    assert plans.plain(texts("mixed"), everything, "").room == 10 * BYTES_PER_TOKEN
