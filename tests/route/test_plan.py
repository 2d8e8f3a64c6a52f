from dataclasses import replace

import pytest

from proxy.config.schema import Alias, Config, Limits, Live, PoolRef, Provider, TargetRef
from proxy.core.credential import AwsAuth
from proxy.core.errors import Kind, ProxyError
from proxy.core.secret import Secret
from proxy.core.shape import CallOptions, Capabilities, ChatRequest
from proxy.route.fit import BYTES_PER_TOKEN
from proxy.route.plan import MAX_KEPT_NAMES, MAX_NAME, MAX_PLANS, Planner, model_of


def provider(name, **details):
    return Provider(name, "", "openai", f"https://{name}.test/v1", **details)


PROVIDERS = {
    "openai": provider("openai", api_keys=(Secret("k1"),), families=("gpt-", "o3")),
    "anthropic": Provider(
        "anthropic", "", "anthropic", "https://a.test", (Secret("k2"),), families=("claude-",)
    ),
    "groq": provider("groq", off="GROQ_API_KEY is not set"),
    "own": provider("own", passthrough=True),
    "many": provider("many", api_keys=(Secret("m1"), Secret("m2"))),
}


def alias(name, *refs, **details):
    cascade = tuple(TargetRef(*ref.split("/", 1)) for ref in refs)
    return Alias(name, cascade, **details)


def planner(*aliases, **config):
    models = {a.name: a for a in aliases}
    return Planner(Config(providers=PROVIDERS, models=models, **config))


CHAT = alias("chat", "openai/gpt-6", "anthropic/claude-x")


def asks(model="", *models, **body):
    return ChatRequest(body=body, model=model, models=tuple(models))


def targets(plan):
    return [c.target.name for step in plan.steps for c in step.candidates]


def first(plan):
    return plan.steps[0].candidates[0]


def failure(call):
    with pytest.raises(ProxyError) as caught:
        call()
    return caught.value


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("chat", ["openai/gpt-6", "anthropic/claude-x"]),
        ("openai/gpt-5.4-mini", ["openai/gpt-5.4-mini"]),
        ("openai:gpt-5.4-mini", ["openai/gpt-5.4-mini"]),
        ("openai/org/model:free", ["openai/org/model:free"]),
        ("gpt-9", ["openai/gpt-9"]),
        ("claude-sonnet-5-5", ["anthropic/claude-sonnet-5-5"]),
    ],
)
def test_a_name_is_resolved(name, expected):
    assert targets(planner(CHAT).plan(asks(name))) == expected


def test_an_alias_wins_over_a_bare_name():
    plan = planner(alias("gpt-9", "anthropic/claude-x")).plan(asks("gpt-9"))

    assert targets(plan) == ["anthropic/claude-x"]


def test_an_unknown_name_gets_the_three_nearest():
    error = failure(lambda: planner(CHAT, alias("chart", "openai/x")).plan(asks("chatt")))

    assert error.kind is Kind.UNKNOWN_MODEL
    assert "'chat' or 'chart'" in error.message
    assert error.param == "model"


@pytest.mark.parametrize("may_use", [True, False])
def test_a_long_name_is_not_repeated_whole(may_use):
    error = failure(
        lambda: planner(CHAT).plan(asks("z" * 100_000), may_use=lambda _: may_use),
    )

    assert f"'{'z' * 200}…'" in error.message
    assert len(error.message) < 400


def test_a_name_of_200_characters_is_repeated_whole():
    error = failure(lambda: planner(CHAT).plan(asks("z" * 200)))

    assert f"'{'z' * 200}'" in error.message


def test_a_name_like_no_other_gets_no_guess():
    assert "Did you mean" not in failure(lambda: planner(CHAT).plan(asks("zzzzzzzzz"))).message


def test_a_provider_that_is_misspelt_is_named_with_the_model_that_was_asked_for():
    hinted = failure(lambda: planner(CHAT).plan(asks("opnai/gpt-9"))).message
    other = failure(lambda: planner(CHAT).plan(asks("qqq/gpt-9"))).message

    assert "Did you mean 'openai/gpt-9'" in hinted
    assert "/'" not in other


@pytest.mark.parametrize("name", ["google/gpt-9", "google:gpt-9", "models/gpt-9", "OpenAI/gpt-9"])
def test_a_model_under_another_gateways_name_of_its_provider_is_found(name):
    hinted = failure(lambda: planner(CHAT).plan(asks(name))).message

    assert "Did you mean 'openai/gpt-9'" in hinted


def test_the_catch_all_takes_what_nothing_else_does():
    plan = planner(CHAT, alias("*", "openai/gpt-6")).plan(asks("whatever"))

    assert (plan.alias, plan.asked, targets(plan)) == ("*", "whatever", ["openai/gpt-6"])


def test_a_catch_all_step_may_pass_the_name_on():
    plan = planner(alias("*", "openai/*")).plan(asks("whatever"))

    assert targets(plan) == ["openai/whatever"]


def test_the_catch_all_does_not_hide_what_is_known():
    plan = planner(alias("*", "anthropic/claude-x")).plan(asks("openai/gpt-6"))

    assert targets(plan) == ["openai/gpt-6"]


def test_a_request_may_bring_its_own_cascade():
    plan = planner(CHAT).plan(asks("gpt-1", "chat", "gpt-1", "claude-y"))

    assert targets(plan) == [
        "openai/gpt-1",
        "openai/gpt-6",
        "anthropic/claude-x",
        "anthropic/claude-y",
    ]
    assert plan.asked == "gpt-1"


def test_a_list_without_a_model_is_a_cascade_too():
    assert targets(planner(CHAT).plan(asks("", "gpt-1", "gpt-2"))) == [
        "openai/gpt-1",
        "openai/gpt-2",
    ]


def test_a_call_that_names_none_gets_the_default():
    plan = planner(CHAT, default_model="chat").plan(asks())

    assert plan.asked == "chat"


def test_without_a_default_a_model_must_be_named():
    error = failure(lambda: planner(CHAT).plan(asks()))

    assert (error.kind, error.code) == (Kind.INVALID_REQUEST, "missing_required_parameter")


def test_every_entry_is_checked_against_the_key():
    error = failure(
        lambda: planner(CHAT).plan(asks("chat", "gpt-9"), may_use=lambda name: name == "chat")
    )

    assert error.kind is Kind.FORBIDDEN
    assert "'gpt-9'" in error.message


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


def test_a_name_beyond_all_names_is_nobodys():
    caught = failure(lambda: planner().plan(asks("openai/" + "x" * MAX_NAME)))

    assert caught.kind is Kind.UNKNOWN_MODEL
    assert len(caught.message) < 500


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


def test_equals_have_their_turn():
    pool = PoolRef((TargetRef("openai", "a"), TargetRef("openai", "b")))
    both = planner(Alias("c", (pool,)))

    firsts = [first(both.plan(asks("c"))).target.name for _ in range(4)]

    assert firsts == ["openai/a", "openai/b", "openai/a", "openai/b"]


def test_a_pool_whose_members_are_all_off_is_no_step():
    pool = PoolRef((TargetRef("groq", "a"),))

    plan = planner(Alias("c", (pool, TargetRef("openai", "z")))).plan(asks("c"))

    assert targets(plan) == ["openai/z"]


def test_a_call_may_set_its_own_hedge():
    request = ChatRequest(body={}, model="chat", options=CallOptions(hedge_after=0.5))

    plan = planner(CHAT).plan(request)

    assert first(plan).limits.hedge_after == 0.5


def test_an_alias_says_how_its_streams_live():
    live = Live(recover="prefill")

    assert planner(alias("c", "openai/x", live=live)).plan(asks("c")).live is live
    assert planner(live=live).plan(asks("gpt-1")).live is live


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


def test_attempts_are_four_or_the_number_of_steps():
    many = alias("many", *[f"openai/m{n}" for n in range(6)])

    assert planner(CHAT).plan(asks("chat")).max_attempts == 4
    assert planner(many).plan(asks("many")).max_attempts == 6
    assert planner(max_attempts=9).plan(asks("gpt-6")).max_attempts == 9


def test_an_aliass_attempts_are_taken_as_they_were_merged():
    auto = alias("auto", "openai/gpt-6")

    assert planner(auto, max_attempts=9).plan(asks("auto")).max_attempts == 4


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


def test_a_call_of_the_responses_api_goes_as_it_is_to_a_provider_that_relays_it():
    local = Provider("local", "", "openai", "http://local.test/v1", surfaces=("responses",))
    both = Planner(Config(providers={"local": local, "other": provider("other")}))
    call = replace(asks("local/qwen"), dialect="responses", raw=b"{}")

    assert first(both.plan(call)).target.protocol == "responses"
    assert first(both.plan(asks("local/qwen"))).target.protocol == "openai"
    assert first(both.plan(replace(call, model="other/m"))).target.protocol == "openai"


def texts(model, **more):
    body = {"model": model, "messages": [{"role": "user", "content": "a"}], **more}
    return ChatRequest(body=body, raw=b"{}", model=model, only_texts=True)


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


def everything(_):
    return True


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


@pytest.mark.parametrize(("said", "named"), [("asked", "chat"), ("served", None)])
def test_an_answer_names_what_was_asked_for_where_that_is_wanted(said, named):
    plan = planner(replace(CHAT, model_in_answer=said)).plan(asks("chat"))

    assert model_of(plan) == named
