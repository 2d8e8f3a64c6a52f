import copy

import pytest

from proxy.codecs.completions.chat import as_chat

WHOLE = {"id": "c", "choices": [{"text": "a", "index": 0, "finish_reason": "stop", "odd": 1}]}


def test_text_is_the_content_of_a_message_or_of_a_delta():
    before = copy.deepcopy(WHOLE)

    assert as_chat(WHOLE, "message")["choices"] == [
        {"index": 0, "finish_reason": "stop", "odd": 1, "message": {"content": "a"}}
    ]
    assert as_chat(WHOLE, "delta")["choices"][0]["delta"] == {"content": "a"}
    assert before == WHOLE


@pytest.mark.parametrize("text", [{}, {"text": None}])
def test_no_text_is_no_content(text):
    assert as_chat({"choices": [text]}, "delta")["choices"] == [{"delta": {}}]


@pytest.mark.parametrize("value", [None, [], "x", {"error": {}}, {"choices": {}}])
def test_what_is_no_completion_stays_as_it_is(value):
    assert as_chat(value, "delta") is value


def test_a_choice_that_is_none_is_left_for_the_reader_to_complain_of():
    assert as_chat({"choices": ["x"]}, "delta")["choices"] == ["x"]
