import pytest

from proxy.core.errors import Kind
from tests.support.claude import OPUS_4_6, OPUS_5_5, SONNET_4_5, call, complaint, dropped, native

OPUS_3 = "claude-3-opus-20240229"


@pytest.mark.parametrize(
    ("model", "limit"),
    [(OPUS_3, 4_096), (SONNET_4_5, 64_000), (OPUS_5_5, 128_000), ("kimi-k2", 8_192)],
)
def test_a_limit_is_always_sent(model, limit):
    assert native({}, model)["max_tokens"] == limit


def test_the_callers_limit_is_kept_under_either_name():
    assert native({"max_tokens": 7})["max_tokens"] == 7
    assert native({"max_completion_tokens": 8})["max_tokens"] == 8
    assert native({"max_tokens": 7, "max_completion_tokens": 8})["max_tokens"] == 8


@pytest.mark.parametrize(
    ("stop", "expected", "lost"),
    [
        ("END", ["END"], ()),
        (["a", "b"], ["a", "b"], ()),
        (["\n", "END"], ["END"], ("stop",)),
        ("\n\n", None, ("stop",)),
        ([], None, ()),
    ],
)
def test_stops_are_a_list_without_white_space(stop, expected, lost):
    assert native({"stop": stop}).get("stop_sequences") == expected
    assert dropped({"stop": stop}) == lost


@pytest.mark.parametrize(
    ("model", "body", "expected", "lost"),
    [
        (SONNET_4_5, {"temperature": 0.3}, {"temperature": 0.3}, ()),
        (SONNET_4_5, {"temperature": 1.7}, {"temperature": 1}, ()),
        (SONNET_4_5, {"temperature": 0}, {"temperature": 0}, ()),
        (SONNET_4_5, {"top_p": 0.5, "top_k": 3}, {"top_p": 0.5, "top_k": 3}, ()),
        (SONNET_4_5, {"temperature": 0, "top_p": 0.5}, {"temperature": 0}, ("top_p",)),
        (OPUS_3, {"temperature": 0, "top_p": 0.5}, {"temperature": 0, "top_p": 0.5}, ()),
        (
            OPUS_5_5,
            {"temperature": 1, "top_p": 1, "top_k": 3},
            {},
            ("temperature", "top_p", "top_k"),
        ),
        (
            SONNET_4_5,
            {"temperature": 0.3, "top_k": 3, "reasoning_effort": "low"},
            {},
            ("temperature", "top_k"),
        ),
        (SONNET_4_5, {"top_p": 0.5, "reasoning_effort": "low"}, {}, ("top_p",)),
        (SONNET_4_5, {"top_p": 0.97, "reasoning_effort": "low"}, {"top_p": 0.97}, ()),
        (SONNET_4_5, {"temperature": 1, "reasoning_effort": "low"}, {"temperature": 1}, ()),
        (SONNET_4_5, {"temperature": 0.3, "reasoning_effort": "none"}, {"temperature": 0.3}, ()),
        (OPUS_4_6, {"temperature": 0.3, "reasoning_effort": "low"}, {}, ("temperature",)),
    ],
)
def test_sampling_is_what_the_model_and_its_reasoning_allow(model, body, expected, lost):
    written = native(body, model)
    found = {name: written[name] for name in ("temperature", "top_p", "top_k") if name in written}

    assert found == expected
    assert dropped(body, model) == lost


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({"n": 2}, "n"),
        ({"logprobs": True}, "logprobs"),
        ({"top_logprobs": 3}, "top_logprobs"),
        ({"modalities": ["text", "audio"]}, "modalities"),
    ],
)
def test_what_would_change_the_answer_is_refused(body, path):
    error = complaint(body)

    assert (error.kind, error.param) == (Kind.UNSUPPORTED, path)


@pytest.mark.parametrize(
    "body",
    [
        {"n": 1},
        {"n": None},
        {"logprobs": False, "top_logprobs": 0},
        {"modalities": ["text"]},
        {"modalities": []},
        {"stream_options": {"include_usage": True}},
        {"parallel_tool_calls": True},
    ],
)
def test_what_asks_for_what_is_so_anyway_says_nothing(body):
    assert native(body) == native({})
    assert dropped(body) == ()


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"user": "u1"}, {"user_id": "u1"}),
        ({"user": "u1", "safety_identifier": "s1"}, {"user_id": "s1"}),
        ({"user": ""}, None),
    ],
)
def test_a_user_is_named_without_more(body, expected):
    assert native(body).get("metadata") == expected


@pytest.mark.parametrize(
    ("tier", "model", "expected", "lost"),
    [
        ("auto", SONNET_4_5, {"service_tier": "auto"}, ()),
        ("default", SONNET_4_5, {"service_tier": "standard_only"}, ()),
        ("standard_only", SONNET_4_5, {"service_tier": "standard_only"}, ()),
        ("flex", SONNET_4_5, {}, ("service_tier",)),
        ("scale", SONNET_4_5, {}, ("service_tier",)),
        ("priority", SONNET_4_5, {}, ("service_tier",)),
        ("priority", OPUS_5_5, {"speed": "fast"}, ()),
        ("fast", OPUS_4_6, {"speed": "fast"}, ()),
    ],
)
def test_a_tier_has_its_name_here(tier, model, expected, lost):
    encoded = call({"messages": [{"role": "user", "content": "Hi"}], "service_tier": tier}, model)
    written = native({"service_tier": tier}, model)
    betas = dict(encoded.headers).get("anthropic-beta")

    assert {
        name: written[name] for name in ("service_tier", "speed") if name in written
    } == expected
    assert encoded.dropped == lost
    assert betas == ("fast-mode-2026-02-01" if "speed" in expected else None)


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({"max_tokens": "7"}, "max_completion_tokens"),
        ({"max_tokens": True}, "max_completion_tokens"),
        ({"temperature": "hot"}, "temperature"),
        ({"top_p": True}, "top_p"),
        ({"stop": 7}, "stop"),
        ({"user": 7}, "user"),
    ],
)
def test_a_value_of_another_type_is_refused(body, path):
    error = complaint(body)

    assert (error.kind, error.param) == (Kind.INVALID_REQUEST, path)
