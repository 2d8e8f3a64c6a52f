from proxy.core.usage import Usage
from proxy.surfaces.responses.usage import usage_of


def test_counts_have_this_apis_names():
    usage = Usage(prompt=10, completion=5, cached=4, cache_write=3, reasoning=2)

    assert usage_of(usage.wire()) == {
        "input_tokens": 10,
        "input_tokens_details": {"cached_tokens": 4, "cache_write_tokens": 3},
        "output_tokens": 5,
        "output_tokens_details": {"reasoning_tokens": 2},
        "total_tokens": 15,
    }


def test_what_an_sdk_takes_for_granted_is_there():
    assert usage_of({}) == {
        "input_tokens": 0,
        "input_tokens_details": {"cached_tokens": 0, "cache_write_tokens": 0},
        "output_tokens": 0,
        "output_tokens_details": {"reasoning_tokens": 0},
        "total_tokens": 0,
    }


def test_what_else_is_said_stays():
    usage = {
        "prompt_tokens": 1,
        "completion_tokens": 2,
        "total_tokens": 4,
        "prompt_tokens_details": {"audio_tokens": 1, "cached_tokens": None},
        "completion_tokens_details": None,
        "cost": 0.5,
        "queue_time": None,
    }
    told = usage_of(usage)

    assert told["total_tokens"] == 4
    assert told["cost"] == 0.5
    assert "queue_time" not in told
    assert told["input_tokens_details"] == {
        "cached_tokens": 0,
        "cache_write_tokens": 0,
        "audio_tokens": 1,
    }
