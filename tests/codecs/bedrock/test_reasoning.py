import json

import pytest

from proxy.codecs.bedrock.encode import encode
from proxy.core.errors import Kind, ProxyError
from proxy.core.shape import ChatRequest
from proxy.core.state import pack
from tests.support.converse import (
    GPT_OSS,
    HAIKU_3_5,
    HI,
    LLAMA,
    NOVA,
    NOVA_2,
    OPUS_4_5,
    OPUS_4_6,
    OPUS_5,
    OPUS_5_5,
    SONNET_4_5,
    complaint,
    dropped,
    function,
    native,
    target,
)


def additional(body, model=SONNET_4_5):
    return native(body, model).get("additionalModelRequestFields")


def budget(tokens):
    return {"type": "enabled", "budget_tokens": tokens}


SUMMARY = {"type": "adaptive", "display": "summarized"}


@pytest.mark.parametrize(
    ("model", "effort", "fields"),
    [
        (SONNET_4_5, "low", {"thinking": budget(2048)}),
        (SONNET_4_5, "none", {"thinking": {"type": "disabled"}}),
        (OPUS_4_5, "minimal", {
            "thinking": budget(2048),
            "output_config": {"effort": "low"},
            "anthropic_beta": ["effort-2025-11-24"],
        }),
        (OPUS_4_6, "xhigh", {"thinking": {"type": "adaptive"}, "output_config": {"effort": "high"}}),
        (OPUS_5, "max", {"thinking": SUMMARY, "output_config": {"effort": "max"}}),
        (OPUS_5, "none", {"thinking": {"type": "disabled"}}),
        (OPUS_5_5, "none", {"output_config": {"effort": "low"}}),
        (HAIKU_3_5, "high", None),
        (NOVA_2, "low", {"reasoningConfig": {"type": "enabled", "maxReasoningEffort": "low"}}),
        (NOVA_2, "none", {"reasoningConfig": {"type": "disabled"}}),
        (NOVA_2, "max", {"reasoningConfig": {"type": "enabled", "maxReasoningEffort": "high"}}),
        (GPT_OSS, "medium", {"reasoning_effort": "medium"}),
        (GPT_OSS, "none", {"reasoning_effort": "low"}),
        (LLAMA, "high", None),
    ],
)  # fmt: skip
def test_an_effort_is_said_as_the_family_says_it(model, effort, fields):
    assert additional({"reasoning_effort": effort}, model) == fields


@pytest.mark.parametrize(
    ("model", "thinking", "fields"),
    [
        (SONNET_4_5, budget(5000), {"thinking": budget(5000)}),
        (SONNET_4_5, {"type": "adaptive"}, {"thinking": budget(8192)}),
        (SONNET_4_5, {"type": "disabled"}, {"thinking": {"type": "disabled"}}),
        (SONNET_4_5, {"type": "odd"}, None),
        (OPUS_5, budget(3000), {"thinking": SUMMARY, "output_config": {"effort": "low"}}),
        (OPUS_5, budget(23999), {"thinking": SUMMARY, "output_config": {"effort": "high"}}),
        (OPUS_5, budget(24000), {"thinking": SUMMARY, "output_config": {"effort": "xhigh"}}),
        (
            OPUS_5,
            {**budget(3000), "display": "omitted"},
            {
                "thinking": {"type": "adaptive", "display": "omitted"},
                "output_config": {"effort": "low"},
            },
        ),
        (GPT_OSS, budget(30000), {"reasoning_effort": "high"}),
        (
            NOVA_2,
            budget(30000),
            {"reasoningConfig": {"type": "enabled", "maxReasoningEffort": "high"}},
        ),
        (OPUS_5, {"type": "between_tools"}, {"thinking": {"type": "disabled"}}),
        (HAIKU_3_5, {"type": "disabled"}, None),
        (
            NOVA_2,
            budget(20000),
            {"reasoningConfig": {"type": "enabled", "maxReasoningEffort": "high"}},
        ),
        (
            NOVA_2,
            {"type": "adaptive"},
            {"reasoningConfig": {"type": "enabled", "maxReasoningEffort": "medium"}},
        ),
        (NOVA_2, {"type": "disabled"}, {"reasoningConfig": {"type": "disabled"}}),
        (NOVA, budget(2000), None),
    ],
)
def test_thinking_is_kept_or_the_nearest_thing_to_it(model, thinking, fields):
    assert additional({"thinking": thinking}, model) == fields


def test_thinking_and_effort_go_together():
    both = {"thinking": {"type": "disabled"}, "reasoning_effort": "max"}

    assert additional(both, OPUS_5)["output_config"] == {"effort": "high"}
    both = {"thinking": {"type": "adaptive"}, "reasoning_effort": "low"}
    assert additional(both, SONNET_4_5) == {"thinking": budget(2048)}
    assert dropped(both, SONNET_4_5) == ("reasoning_effort",)


def test_what_cannot_be_asked_for_is_dropped_and_named():
    assert dropped({"reasoning_effort": "high"}, LLAMA) == ("reasoning_effort",)
    assert dropped({"reasoning_effort": "high"}, HAIKU_3_5) == ("reasoning_effort",)
    assert dropped({"thinking": budget(2000)}, NOVA) == ("thinking",)
    assert dropped({"thinking": {"type": "adaptive"}}, HAIKU_3_5) == ("thinking",)
    assert not dropped({"reasoning_effort": "none"}, LLAMA)


@pytest.mark.parametrize("model", [SONNET_4_5, OPUS_5, NOVA_2, LLAMA])
@pytest.mark.parametrize(("kind", "came"), [([], "an array"), ({}, "an object"), (1, "a number")])
def test_a_kind_of_thinking_that_is_no_word_is_refused(model, kind, came):
    with pytest.raises(ProxyError, match=f"'thinking.type': expected a string, but got {came}"):
        native({"thinking": {"type": kind}}, model)


def test_a_budget_makes_room_for_the_answer():
    body = native({"thinking": budget(5000), "max_tokens": 1000})
    assert body["inferenceConfig"] == {"maxTokens": 6000}

    body = native({"thinking": budget(500_000), "max_tokens": 1000})
    assert body["inferenceConfig"]["maxTokens"] == 64_000
    assert body["additionalModelRequestFields"]["thinking"] == budget(63_999)

    body = native({"thinking": {"type": "enabled"}})
    assert "inferenceConfig" not in body
    assert native({"thinking": budget(2048)})["inferenceConfig"] == {"maxTokens": 64_000}


def test_a_budget_that_we_chose_takes_no_more_than_half_of_what_can_be_had():
    body = native({"reasoning_effort": "max"}, "anthropic.claude-opus-4-20250514-v1:0")

    assert body["inferenceConfig"] == {"maxTokens": 32_000}
    assert body["additionalModelRequestFields"]["thinking"] == budget(16_000)


def test_novas_highest_effort_takes_no_limit_and_no_sampler():
    body = {"reasoning_effort": "high", "max_tokens": 9, "temperature": 1, "top_p": 1, "top_k": 5}
    written = native(body, NOVA_2)

    assert "inferenceConfig" not in written
    assert written["additionalModelRequestFields"].keys() == {"reasoningConfig"}
    assert dropped(body, NOVA_2) == ("max_tokens", "temperature", "top_p", "top_k")
    assert native({**body, "reasoning_effort": "low"}, NOVA_2)["inferenceConfig"]["maxTokens"] == 9


def loop(call_id):
    call = {"id": call_id, "type": "function", "function": {"name": "tide", "arguments": "{}"}}
    return [
        *HI,
        {"role": "assistant", "tool_calls": [call]},
        {"role": "tool", "tool_call_id": call_id, "content": "14:20"},
    ]


def test_a_budget_does_not_reason_on_from_a_loop_whose_blocks_are_lost():
    signed = pack("c1", "anthropic/claude-sonnet-4-5", [
        {"type": "thinking", "thinking": "Hm.", "signature": "c2ln"}
    ])  # fmt: skip
    body = {"tools": [function()], "thinking": budget(2048)}

    assert additional({**body, "messages": loop(signed)}) == {"thinking": budget(2048)}
    assert additional({**body, "messages": loop("c1")}) is None
    assert dropped({**body, "messages": loop("c1")}) == ("thinking",)
    effort = {"tools": [function()], "reasoning_effort": "low", "messages": loop("c1")}
    assert dropped(effort) == ("reasoning_effort",)


def test_a_budget_does_not_reason_behind_a_prefill():
    messages = [*HI, {"role": "assistant", "content": "So"}]

    assert additional({"messages": messages, "thinking": budget(2048)}) is None


def test_what_claude_thinks_unasked_is_shown_to_who_would_see_it():
    body = {"messages": HI, "include_reasoning": True}

    assert additional(body, OPUS_5) == {"thinking": SUMMARY}
    assert dropped(body, OPUS_5) == ()


@pytest.mark.parametrize(("model", "wish"), [(SONNET_4_5, True), (NOVA_2, True), (OPUS_5, False)])
def test_nobody_is_made_to_think_by_who_would_see_it_or_would_not(model, wish):
    body = {"messages": HI, "include_reasoning": wish}

    assert additional(body, model) is None
    assert dropped(body, model) == ("include_reasoning",)


def test_an_effort_that_is_none_is_refused():
    for value in ("heroic", 7):
        error = complaint({"reasoning_effort": value})
        assert error.kind is Kind.UNSUPPORTED
        assert error.param == "reasoning_effort"
    assert complaint({"thinking": "on"}).param == "thinking"


@pytest.mark.parametrize(
    ("dialect", "thinking", "limit"),
    [
        ("chat", budget(2_000), 6_000),
        ("messages", budget(2_000), 4_000),
        ("messages", {"type": "adaptive"}, 4_000 + 8_192),
    ],
)
def test_a_limit_of_the_messages_api_has_room_for_its_budget(dialect, thinking, limit):
    body = {"messages": HI, "max_tokens": 4_000, "thinking": thinking}
    call = encode(ChatRequest(body=body, dialect=dialect), target())

    assert json.loads(call.body)["inferenceConfig"]["maxTokens"] == limit
