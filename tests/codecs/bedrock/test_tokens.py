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


def test_what_is_not_counted_is_not_zero():
    assert usage_of({"inputTokens": 3}) == Usage(3, 0)
    assert usage_of({"outputTokens": 3}) == Usage(0, 3)


@pytest.mark.parametrize("usage", [None, [], {}, {"inputTokens": "3"}, {"totalTokens": 8}])
def test_no_counts_are_no_usage(usage):
    assert usage_of(usage) is None
