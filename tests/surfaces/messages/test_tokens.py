import pytest

from proxy.core.usage import Usage
from proxy.surfaces.messages.tokens import usage_of, whole_usage_of


@pytest.mark.parametrize(
    ("usage", "counts"),
    [
        (Usage(10, 5), {"input_tokens": 10, "output_tokens": 5}),
        (
            Usage(640, 57, cached=600, cache_write=0),
            {
                "input_tokens": 40,
                "output_tokens": 57,
                "cache_read_input_tokens": 600,
                "cache_creation_input_tokens": 0,
            },
        ),
        (
            Usage(100, 5, cache_write=60, cache_write_1h=20, reasoning=3),
            {
                "input_tokens": 40,
                "output_tokens": 5,
                "cache_creation_input_tokens": 60,
                "cache_creation": {
                    "ephemeral_5m_input_tokens": 40,
                    "ephemeral_1h_input_tokens": 20,
                },
                "output_tokens_details": {"thinking_tokens": 3},
            },
        ),
        (
            Usage(1, 1, cached=9),
            {"input_tokens": 0, "output_tokens": 1, "cache_read_input_tokens": 9},
        ),
        (
            Usage(1, 1, cache_write_1h=9),
            {
                "input_tokens": 1,
                "output_tokens": 1,
                "cache_creation": {
                    "ephemeral_5m_input_tokens": 0,
                    "ephemeral_1h_input_tokens": 0,
                },
            },
        ),
    ],
)
def test_fresh_input_is_counted_apart_from_the_cache(usage, counts):
    assert usage_of(usage.wire()) == counts


@pytest.mark.parametrize("usage", [None, 5, {}])
def test_what_must_be_there_is_there(usage):
    assert usage_of(usage) == {"input_tokens": 0, "output_tokens": 0}


def test_a_whole_message_says_what_it_does_not_know():
    assert whole_usage_of(Usage(10, 5, cached=2).wire()) == {
        "input_tokens": 8,
        "output_tokens": 5,
        "cache_read_input_tokens": 2,
        "cache_creation_input_tokens": None,
    }


def test_searches_are_counted_apart():
    assert usage_of({}, 2)["server_tool_use"] == {
        "web_search_requests": 2,
        "web_fetch_requests": 0,
    }
    assert "server_tool_use" not in usage_of({})
