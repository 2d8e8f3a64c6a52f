import pytest

from proxy.core.errors import Kind
from tests.support.converse import (
    LLAMA,
    MISTRAL,
    NOVA,
    OPUS_5,
    OPUS_5_5,
    SONNET_4_5,
    complaint,
    dropped,
    native,
)


def inference(body, model=NOVA):
    return native(body, model).get("inferenceConfig")


def test_limits_and_samplers_have_other_names():
    body = {"max_completion_tokens": 9, "temperature": 0.5, "top_p": 0.9, "stop": ["a", "b"]}

    assert inference(body) == {
        "maxTokens": 9,
        "temperature": 0.5,
        "topP": 0.9,
        "stopSequences": ["a", "b"],
    }


def test_the_newer_limit_wins():
    assert inference({"max_tokens": 5, "max_completion_tokens": 9}) == {"maxTokens": 9}


def test_values_are_kept_on_the_scale():
    assert inference({"temperature": 1.7, "top_p": 2}) == {"temperature": 1, "topP": 1}
    assert inference({"temperature": -1, "top_p": -1}) == {"temperature": 0, "topP": 0}


def test_stop_sequences_that_say_nothing_are_left_out():
    assert inference({"stop": "."}) == {"stopSequences": ["."]}
    assert inference({"stop": ["\n", ""]}) == {"stopSequences": ["\n"]}
    assert inference({"stop": ["\n"]}, SONNET_4_5) is None
    assert dropped({"stop": ["\n"]}, SONNET_4_5) == ("stop",)


@pytest.mark.parametrize(
    ("model", "fields"),
    [
        (SONNET_4_5, {"top_k": 5}),
        (MISTRAL, {"top_k": 5}),
        (NOVA, {"inferenceConfig": {"topK": 5}}),
        (LLAMA, None),
        (OPUS_5_5, None),
    ],
)
def test_top_k_is_said_as_the_family_says_it(model, fields):
    assert native({"top_k": 5}, model).get("additionalModelRequestFields") == fields
    assert dropped({"top_k": 5}, model) == (() if fields else ("top_k",))


def test_a_claude_that_does_not_sample_gets_no_sampler():
    assert inference({"temperature": 0, "top_p": 1}, OPUS_5) is None
    assert dropped({"temperature": 0, "top_p": 1}, OPUS_5) == ("temperature", "top_p")


def test_a_claude_that_takes_one_sampler_gets_the_temperature():
    assert inference({"temperature": 0, "top_p": 1}, SONNET_4_5) == {"temperature": 0}
    assert dropped({"temperature": 0, "top_p": 1}, SONNET_4_5) == ("top_p",)


def test_reasoning_leaves_the_samplers_alone():
    thinking = {"type": "enabled", "budget_tokens": 2048}
    body = {"thinking": thinking, "temperature": 0, "top_p": 0.5, "top_k": 5}

    assert dropped(body, SONNET_4_5) == ("temperature", "top_p", "top_k")
    assert inference({"thinking": thinking, "top_p": 0.97}, SONNET_4_5)["topP"] == 0.97


@pytest.mark.parametrize(
    ("asked", "tier"),
    [("default", "default"), ("fast", "priority"), ("priority", "priority"), ("flex", "flex")],
)
def test_a_tier_has_the_providers_name(asked, tier):
    assert native({"service_tier": asked})["serviceTier"] == {"type": tier}


def test_the_usual_tier_is_not_asked_for_and_an_unknown_one_dropped():
    assert "serviceTier" not in native({"service_tier": "auto"})
    assert dropped({"service_tier": "scale"}) == ("service_tier",)
    assert dropped({"service_tier": 7}) == ("service_tier",)


def test_metadata_goes_into_the_invocation_log():
    assert native({"metadata": {"job": "7"}})["requestMetadata"] == {"job": "7"}
    assert dropped({"metadata": {"job": "7", "odd": "é", "n": 7}}) == ("metadata",)
    assert "requestMetadata" not in native({"metadata": {"odd": "é"}})
    many = {f"k{at}": "v" for at in range(20)}
    assert len(native({"metadata": many})["requestMetadata"]) == 16
    assert dropped({"metadata": many}) == ("metadata",)


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ({"n": 2}, "n"),
        ({"logprobs": True}, "logprobs"),
        ({"top_logprobs": 3}, "top_logprobs"),
        ({"modalities": ["text", "audio"]}, "modalities"),
    ],
)
def test_what_no_model_here_does_is_refused(body, param):
    error = complaint(body)

    assert error.kind is Kind.UNSUPPORTED
    assert error.param == param


def test_what_asks_for_the_usual_is_not_refused():
    body = {"n": 1, "logprobs": False, "top_logprobs": 0, "modalities": ["text"]}

    assert not dropped(body)


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ({"max_tokens": "9"}, "max_completion_tokens"),
        ({"temperature": True}, "temperature"),
        ({"top_p": "1"}, "top_p"),
        ({"top_k": []}, "top_k"),
        ({"stop": 7}, "stop"),
        ({"metadata": []}, "metadata"),
    ],
)
def test_a_value_of_another_type_is_refused(body, param):
    error = complaint(body)

    assert error.kind is Kind.INVALID_REQUEST
    assert error.param == param
