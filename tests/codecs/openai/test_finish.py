import pytest

from proxy.codecs.openai.finish import finish_of, made_up
from proxy.core.errors import Kind, ProxyError


def finish(native, *, called=False, legacy=False, spoke=True):
    return finish_of(native, called=called, legacy=legacy, spoke=spoke)


@pytest.mark.parametrize(
    ("native", "reason"),
    [
        ("stop", "stop"),
        ("length", "length"),
        ("tool_calls", "tool_calls"),
        ("content_filter", "content_filter"),
        ("eos", "stop"),
        ("end_turn", "stop"),
        ("STOP", "stop"),
        ("never heard of", "stop"),
        ("max_tokens", "length"),
        ("model_context_window_exceeded", "length"),
        ("tool_use", "tool_calls"),
        ("sensitive", "content_filter"),
        ("unknown", "stop"),
        (None, None),
        ("", None),
        (7, None),
    ],
)
def test_a_foreign_reason_becomes_one_of_the_five(native, reason):
    assert finish(native) == reason


@pytest.mark.parametrize("native", ["stop", "eos", "function_call"])
def test_a_choice_with_calls_finishes_with_tool_calls(native):
    assert finish(native, called=True) == "tool_calls"


def test_a_limit_or_a_filter_wins_over_calls():
    assert finish("length", called=True) == "length"
    assert finish("content_filter", legacy=True) == "content_filter"


def test_a_deprecated_call_finishes_with_its_own_reason():
    assert finish("stop", legacy=True) == "function_call"
    assert finish("function_call") == "function_call"


@pytest.mark.parametrize(
    ("native", "kind"),
    [
        ("abort", Kind.SERVER_ERROR),
        ("error", Kind.SERVER_ERROR),
        ("network_error", Kind.SERVER_ERROR),
        ("insufficient_system_resource", Kind.OVERLOADED),
    ],
)
def test_a_reason_that_means_failure_is_one_even_after_output(native, kind):
    with pytest.raises(ProxyError) as caught:
        finish(native)

    assert caught.value.kind is kind


def test_an_unknown_end_without_any_output_is_a_failure():
    with pytest.raises(ProxyError) as caught:
        finish("unknown", spoke=False)

    assert caught.value.kind is Kind.SERVER_ERROR


def test_a_reason_is_made_up_from_what_was_said():
    assert made_up(called=False, legacy=False) == "stop"
    assert made_up(called=True, legacy=True) == "tool_calls"
    assert made_up(called=False, legacy=True) == "function_call"
