import pytest

from proxy.codecs.cohere.finish import finish_reason


@pytest.mark.parametrize(
    ("native", "silent", "called"),
    [
        ("COMPLETE", "stop", "tool_calls"),
        ("STOP_SEQUENCE", "stop", "tool_calls"),
        ("TOOL_CALL", "stop", "tool_calls"),
        ("MAX_TOKENS", "length", "length"),
        ("ERROR_LIMIT", "length", "length"),
        ("ERROR_TOXIC", "content_filter", "content_filter"),
        ("NEW_WORD", "stop", "tool_calls"),
        (None, "stop", "tool_calls"),
        ([], "stop", "tool_calls"),
    ],
)
def test_a_reason_agrees_with_whether_tools_were_called(native, silent, called):
    assert finish_reason(native, called=False) == silent
    assert finish_reason(native, called=True) == called
