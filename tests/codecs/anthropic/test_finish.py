import pytest

from proxy.codecs.anthropic.finish import DECLINED, finish_reason, refusal_of


@pytest.mark.parametrize(
    ("native", "called", "reason"),
    [
        ("end_turn", False, "stop"),
        ("stop_sequence", False, "stop"),
        ("pause_turn", False, "stop"),
        ("compaction", False, "stop"),
        ("tool_use", True, "tool_calls"),
        ("tool_use", False, "stop"),
        ("end_turn", True, "tool_calls"),
        ("max_tokens", False, "length"),
        ("max_tokens", True, "length"),
        ("model_context_window_exceeded", False, "length"),
        ("refusal", True, "content_filter"),
        ("of_tomorrow", False, "stop"),
        (None, False, "stop"),
        (None, True, "tool_calls"),
    ],
)
def test_every_stop_reason_has_its_finish(native, called, reason):
    assert finish_reason(native, called=called) == reason


@pytest.mark.parametrize(
    ("native", "details", "text"),
    [
        ("end_turn", {"explanation": "x"}, None),
        (None, None, None),
        ("refusal", {"explanation": "Not that."}, "Not that."),
        ("refusal", {"explanation": ""}, DECLINED),
        ("refusal", {"explanation": None}, DECLINED),
        ("refusal", None, DECLINED),
    ],
)
def test_a_refusal_is_explained(native, details, text):
    assert refusal_of(native, details) == text
