import pytest

from proxy.codecs.responses.tokens import usage_of

COUNTED = {"prompt_tokens": 9, "completion_tokens": 4, "total_tokens": 13}


def test_counts_have_the_names_that_chat_has_for_them():
    usage = {
        "input_tokens": 9,
        "input_tokens_details": {"cached_tokens": 3, "cache_write_tokens": 0},
        "output_tokens": 4,
        "output_tokens_details": {"reasoning_tokens": 2, "odd": None},
        "total_tokens": 13,
    }

    assert usage_of({"usage": usage}) == {
        **COUNTED,
        "prompt_tokens_details": {"cached_tokens": 3, "cache_write_tokens": 0},
        "completion_tokens_details": {"reasoning_tokens": 2},
    }


def test_what_a_provider_says_beside_the_counts_stays():
    usage = {"input_tokens": 9, "output_tokens": 4, "cost": 0.02, "is_byok": False, "note": None}

    assert usage_of({"usage": usage}) == {**COUNTED, "cost": 0.02, "is_byok": False}


def test_one_count_is_enough():
    usage = usage_of({"usage": {"output_tokens": 4, "input_tokens_details": "none"}})

    assert usage == {"prompt_tokens": 0, "completion_tokens": 4, "total_tokens": 4}


@pytest.mark.parametrize("usage", [None, [], {}, {"input_tokens": "9"}])
def test_what_counts_nothing_is_no_usage(usage):
    assert usage_of({"usage": usage}) is None


def test_searches_are_counted_and_pages_that_were_opened_are_not():
    def call(kind, action="web_search_call"):
        return {"type": action, "action": {"type": kind}}

    output = [call("search"), call("open_page"), call("search", "odd"), {"type": "message"}, 5]
    usage = usage_of({"usage": {"input_tokens": 3, "output_tokens": 4}, "output": output})

    assert usage["server_tool_use"] == {"web_search_requests": 1}
