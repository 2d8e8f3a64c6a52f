import json

import pytest

from proxy.codecs.anthropic.draft import maker_of
from proxy.codecs.anthropic.encode import encode
from proxy.core.errors import Kind
from proxy.core.shape import ChatRequest
from proxy.core.state import pack
from tests.support.claude import (
    HI,
    OLD,
    OPUS_4_6,
    OPUS_4_8,
    OPUS_5_5,
    SONNET_4_5,
    SONNET_5_5,
    complaint,
    dropped,
    function,
    native,
    target,
)

OPUS_4_5, OPUS_5, FABLE = "claude-opus-4-5", "claude-opus-5", "claude-fable-5"
SHOWN = {"type": "adaptive", "display": "summarized"}
ADAPTIVE = {"type": "adaptive"}
OFF = {"type": "disabled"}
BETWEEN = {"type": "between_tools"}


def budget(tokens):
    return {"type": "enabled", "budget_tokens": tokens}


def reasoning(body, model):
    written = native(body, model)
    return written.get("thinking"), written.get("output_config", {}).get("effort")


@pytest.mark.parametrize(
    ("model", "effort", "thinking", "level"),
    [
        (SONNET_4_5, None, None, None),
        (SONNET_4_5, "none", OFF, None),
        (SONNET_4_5, "minimal", budget(2_048), None),
        (SONNET_4_5, "low", budget(2_048), None),
        (SONNET_4_5, "medium", budget(8_192), None),
        (SONNET_4_5, "high", budget(16_384), None),
        (SONNET_4_5, "xhigh", budget(32_000), None),
        (SONNET_4_5, "max", budget(32_000), None),
        (OPUS_4_5, "low", budget(2_048), "low"),
        (OPUS_4_5, "max", budget(32_000), "high"),
        (OPUS_4_6, "none", OFF, None),
        (OPUS_4_6, "minimal", ADAPTIVE, "low"),
        (OPUS_4_6, "xhigh", ADAPTIVE, "high"),
        (OPUS_4_6, "max", ADAPTIVE, "max"),
        (OPUS_4_8, "none", OFF, None),
        (OPUS_4_8, "medium", SHOWN, "medium"),
        (OPUS_4_8, "xhigh", SHOWN, "xhigh"),
        (OPUS_5, "none", OFF, None),
        (OPUS_5, "max", SHOWN, "max"),
        (FABLE, "none", None, "low"),
        (FABLE, "high", SHOWN, "high"),
        (OPUS_5_5, None, None, None),
        (OPUS_5_5, "none", None, "low"),
        (OPUS_5_5, "minimal", SHOWN, "low"),
        (SONNET_5_5, "none", BETWEEN, None),
        (SONNET_5_5, "max", SHOWN, "max"),
        (OLD, "none", None, None),
        (OLD, "high", None, None),
        ("kimi-k2", "low", budget(2_048), None),
    ],
)
def test_every_effort_has_its_form_on_every_generation(model, effort, thinking, level):
    assert reasoning({"reasoning_effort": effort}, model) == (thinking, level)


@pytest.mark.parametrize(
    ("model", "given", "effort", "thinking", "level"),
    [
        (SONNET_4_5, budget(3_000), None, budget(3_000), None),
        (SONNET_4_5, budget(3_000), "high", budget(3_000), None),
        (SONNET_4_5, ADAPTIVE, None, budget(8_192), None),
        (SONNET_4_5, ADAPTIVE, "low", budget(2_048), None),
        (SONNET_4_5, ADAPTIVE, "none", budget(8_192), None),
        (SONNET_4_5, BETWEEN, None, OFF, None),
        (SONNET_4_5, {}, "low", budget(2_048), None),
        (OPUS_4_6, budget(3_000), None, budget(3_000), None),
        (OPUS_4_8, budget(3_000), None, SHOWN, "low"),
        (OPUS_4_8, budget(9_000), None, SHOWN, "medium"),
        (OPUS_4_8, budget(20_000), None, SHOWN, "high"),
        (OPUS_4_8, budget(60_000), None, SHOWN, "xhigh"),
        (OPUS_4_8, budget(3_000), "max", SHOWN, "max"),
        (OPUS_4_8, {"type": "enabled"}, None, SHOWN, None),
        (
            OPUS_4_8,
            {**budget(3_000), "display": "omitted"},
            None,
            {**ADAPTIVE, "display": "omitted"},
            "low",
        ),
        (OPUS_5, OFF, "max", OFF, "high"),
        (OPUS_5, OFF, "low", OFF, "low"),
        (OPUS_4_8, OFF, "max", OFF, "max"),
        (OPUS_5_5, OFF, None, None, "low"),
        (OPUS_5_5, {**ADAPTIVE, "display": "omitted"}, "high", {**ADAPTIVE, "display": "omitted"}, "high"),
        (SONNET_5_5, OFF, None, BETWEEN, None),
        (SONNET_5_5, BETWEEN, "xhigh", BETWEEN, "high"),
        (OPUS_5_5, {"type": "of_tomorrow", "x": 1}, None, {"type": "of_tomorrow", "x": 1}, None),
        (OPUS_5_5, {"x": 1}, None, {"x": 1}, None),
        (OPUS_5_5, {"type": ["odd"]}, "max", {"type": ["odd"]}, "max"),
        (OLD, budget(3_000), None, None, None),
        (OLD, ADAPTIVE, None, None, None),
        (OLD, OFF, None, None, None),
    ],
)  # fmt: skip
def test_a_callers_own_thinking_is_fitted_to_the_model(model, given, effort, thinking, level):
    assert reasoning({"thinking": given, "reasoning_effort": effort}, model) == (thinking, level)


def test_what_is_lost_is_named():
    assert dropped({"reasoning_effort": "high"}, OLD) == ("reasoning_effort",)
    assert dropped({"thinking": budget(3_000)}, OLD) == ("thinking",)
    assert dropped({"thinking": ADAPTIVE}, OLD) == ("thinking",)
    assert dropped({"thinking": budget(3_000), "reasoning_effort": "high"}) == ("reasoning_effort",)
    assert dropped({"thinking": budget(3_000)}, OPUS_4_8) == ()


@pytest.mark.parametrize(
    ("body", "limit", "tokens"),
    [
        ({"reasoning_effort": "low"}, 64_000, 2_048),
        ({"reasoning_effort": "low", "max_tokens": 500}, 2_548, 2_048),
        ({"reasoning_effort": "max", "max_tokens": 40_000}, 64_000, 32_000),
        ({"reasoning_effort": "max", "max_tokens": 100_000}, 100_000, 32_000),
        ({"thinking": budget(90_000)}, 64_000, 63_999),
        ({"thinking": budget(90_000), "max_tokens": 10}, 64_000, 63_999),
        ({"thinking": budget(10), "max_tokens": 10}, 1_025, 1_024),
        ({"thinking": {"type": "enabled"}, "max_tokens": 10}, 10, None),
    ],
)
def test_a_budget_stays_below_the_limit_that_is_raised_by_it(body, limit, tokens):
    written = native(body)

    assert written["max_tokens"] == limit
    assert written["thinking"].get("budget_tokens") == tokens


@pytest.mark.parametrize(
    ("body", "limit", "tokens"),
    [
        ({"reasoning_effort": "medium"}, 8_192, 4_096),
        ({"reasoning_effort": "high", "max_tokens": 1_000}, 8_192, 7_192),
        ({"reasoning_effort": "high", "max_tokens": 6_000}, 8_192, 4_096),
        ({"reasoning_effort": "low", "max_tokens": 1_000}, 3_048, 2_048),
        ({"thinking": budget(8_191), "max_tokens": 8_192}, 8_192, 8_191),
    ],
)
def test_a_budget_that_we_chose_leaves_room_for_the_answer_where_little_can_be_had(
    body, limit, tokens
):
    written = native(body, "kimi-k2")

    assert (written["max_tokens"], written["thinking"]["budget_tokens"]) == (limit, tokens)


def asked(call):
    return {"role": "assistant", "content": "Hm.", "tool_calls": [{"id": call, **function("f")}]}


def told(call):
    return {"role": "tool", "tool_call_id": call, "content": "x"}


SIGNED = {"type": "thinking", "thinking": "", "signature": "c2ln"}
PACKED = pack("toolu_1", maker_of(SONNET_4_5), [SIGNED])


def test_a_tool_loop_that_lost_its_reasoning_goes_on_without():
    messages = [*HI, asked("toolu_1"), told("toolu_1")]
    body = {"messages": messages, "reasoning_effort": "low", "max_tokens": 500, "temperature": 0.2}
    written = native(body)

    assert "thinking" not in written
    assert (written["max_tokens"], written["temperature"]) == (500, 0.2)
    assert dropped(body) == ("reasoning_effort",)
    assert dropped({"messages": messages, "thinking": budget(2_000)}) == ("thinking",)


@pytest.mark.parametrize(
    "messages",
    [
        [*HI, asked(PACKED), told(PACKED)],
        [*HI, {**asked("toolu_1"), "thinking_blocks": [SIGNED]}, told("toolu_1")],
        [*HI, asked(PACKED), told(PACKED), {"role": "system", "content": "Now rhyme."}],
        [*HI, asked("toolu_1"), told("toolu_1"), {"role": "assistant", "content": "So."}, *HI],
    ],
)
def test_reasoning_goes_on_where_nothing_was_lost(messages):
    written = native({"messages": messages, "reasoning_effort": "low"})

    assert written["thinking"] == budget(2_048)


def test_adaptive_reasoning_does_not_mind_a_loss():
    messages = [*HI, asked("toolu_1"), told("toolu_1"), {"role": "system", "content": "Rhyme."}]

    assert reasoning({"messages": messages, "reasoning_effort": "low"}, OPUS_4_8) == (SHOWN, "low")


@pytest.mark.parametrize("model", [OPUS_5, FABLE, SONNET_5_5])
def test_what_a_model_thinks_unasked_is_shown_to_who_would_see_it(model):
    body = {"messages": HI, "include_reasoning": True}

    assert reasoning(body, model) == (SHOWN, None)
    assert dropped(body, model) == ()
    assert reasoning({**body, "reasoning_effort": "none"}, OPUS_5) == (OFF, None)


@pytest.mark.parametrize(("model", "wish"), [(SONNET_4_5, True), (OPUS_4_8, True), (OPUS_5, False)])
def test_nobody_is_made_to_think_by_who_would_see_it_or_would_not(model, wish):
    body = {"messages": HI, "include_reasoning": wish}

    assert reasoning(body, model) == (None, None)
    assert dropped(body, model) == ("include_reasoning",)


def test_a_prefill_is_gone_on_with_and_not_thought_about():
    messages = [*HI, {"role": "assistant", "content": "The tide"}]
    body = {"messages": messages, "reasoning_effort": "low"}

    assert "thinking" not in native(body)
    assert dropped(body) == ("reasoning_effort",)


@pytest.mark.parametrize("effort", ["extreme", 7, []])
def test_an_unknown_effort_is_refused(effort):
    error = complaint({"reasoning_effort": effort})

    assert (error.kind, error.param) == (Kind.UNSUPPORTED, "reasoning_effort")


def test_thinking_must_be_an_object():
    assert complaint({"thinking": "hard"}).param == "thinking"


@pytest.mark.parametrize(
    ("dialect", "thinking", "limit"),
    [
        ("chat", budget(2_000), 6_000),
        ("messages", budget(2_000), 4_000),
        # A budget that we chose is none that the caller made room for.
        ("messages", ADAPTIVE, 4_000 + 8_192),
    ],
)
def test_a_limit_of_the_messages_api_has_room_for_its_budget(dialect, thinking, limit):
    body = {"messages": HI, "max_tokens": 4_000, "thinking": thinking}
    call = encode(ChatRequest(body=body, dialect=dialect), target())

    assert json.loads(call.body)["max_tokens"] == limit
