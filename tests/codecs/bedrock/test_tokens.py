import pytest

from proxy.codecs.bedrock.tokens import usage_of
from proxy.core.usage import Usage


def test_cached_input_is_input_too():
    usage = {
        "inputTokens": 3,
        "outputTokens": 5,
        "cacheReadInputTokens": 100,
        "cacheWriteInputTokens": 20,
    }

    assert usage_of(usage) == Usage(123, 5, cached=100, cache_write=20)


@pytest.mark.parametrize(
    ("details", "long"),
    [
        ([{"ttl": "5m", "inputTokens": 8}, {"ttl": "1h", "inputTokens": 12}], 12),
        ([{"ttl": "1h", "inputTokens": 7}, {"ttl": "1h", "inputTokens": 5}], 12),
        ([{"ttl": "1h", "inputTokens": 0}, {"ttl": "5m", "inputTokens": 20}], None),
        ([{"ttl": "1h", "inputTokens": "12"}, {"ttl": "1h"}, 7, {}], None),
        ({"ttl": "1h", "inputTokens": 12}, None),
        (None, None),
    ],
)
def test_what_is_cached_for_an_hour_is_told_by_itself(details, long):
    usage = {"inputTokens": 3, "cacheWriteInputTokens": 20, "cacheDetails": details}

    assert usage_of(usage) == Usage(23, 0, cache_write=20, cache_write_1h=long)


def test_what_is_not_counted_is_not_zero():
    assert usage_of({"inputTokens": 3}) == Usage(3, 0)
    assert usage_of({"outputTokens": 3}) == Usage(0, 3)


@pytest.mark.parametrize("usage", [None, [], {}, {"inputTokens": "3"}, {"totalTokens": 8}])
def test_no_counts_are_no_usage(usage):
    assert usage_of(usage) is None
