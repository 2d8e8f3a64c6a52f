import pytest

from proxy.codecs.gemini.finish import finish_of, word_of
from proxy.core.errors import Kind, ProxyError


@pytest.mark.parametrize(
    ("native", "word"),
    [
        ("STOP", "STOP"),
        ("", None),
        (None, None),
        (0, None),
        (True, None),
        (1, "STOP"),
        (2, "MAX_TOKENS"),
        (3, "SAFETY"),
        (10, "MALFORMED_FUNCTION_CALL"),
        (99, "OTHER"),
        (-1, "OTHER"),
        ({}, None),
    ],
)
def test_a_reason_may_be_a_word_or_its_number(native, word):
    assert word_of(native) == word


@pytest.mark.parametrize(
    ("word", "reason"),
    [
        ("STOP", "stop"),
        ("MAX_TOKENS", "length"),
        ("CONTINUATION", "length"),
        ("SAFETY", "content_filter"),
        ("RECITATION", "content_filter"),
        ("BLOCKLIST", "content_filter"),
        ("PROHIBITED_CONTENT", "content_filter"),
        ("SPII", "content_filter"),
        ("LANGUAGE", "content_filter"),
        ("IMAGE_SAFETY", "content_filter"),
        ("IMAGE_PROHIBITED_CONTENT", "content_filter"),
        ("IMAGE_RECITATION", "content_filter"),
        ("MODEL_ARMOR", "content_filter"),
        ("ESCALATION", "content_filter"),
        ("PUP_LIMITED_DISABLED", "content_filter"),
        ("OTHER", "stop"),
        ("A_NEW_ONE", "stop"),
    ],
)
def test_every_word_has_its_reason(word, reason):
    assert finish_of(word, "", called=False, spoke=True) == reason


@pytest.mark.parametrize("word", ["STOP", "OTHER"])
def test_a_call_ends_in_tool_calls(word):
    assert finish_of(word, "", called=True, spoke=True) == "tool_calls"


@pytest.mark.parametrize("word", ["MAX_TOKENS", "SAFETY"])
def test_a_call_that_was_cut_does_not(word):
    assert finish_of(word, "", called=True, spoke=True) != "tool_calls"


@pytest.mark.parametrize(
    "word",
    [
        "MALFORMED_FUNCTION_CALL",
        "UNEXPECTED_TOOL_CALL",
        "MALFORMED_RESPONSE",
        "TOO_MANY_TOOL_CALLS",
        "MISSING_THOUGHT_SIGNATURE",
    ],
)
def test_a_turn_that_came_to_nothing_is_a_failure(word):
    with pytest.raises(ProxyError, match=f"{word}: print\\(") as caught:
        finish_of(word, "print(", called=False, spoke=True)

    assert caught.value.kind is Kind.MALFORMED
    assert caught.value.code == word


def test_a_word_that_explains_nothing_after_nothing_is_a_failure():
    with pytest.raises(ProxyError, match="said nothing and ended with OTHER") as caught:
        finish_of("OTHER", "", called=False, spoke=False)

    assert caught.value.kind is Kind.SERVER_ERROR


def test_a_proper_stop_may_say_nothing():
    assert finish_of("STOP", "", called=False, spoke=False) == "stop"
