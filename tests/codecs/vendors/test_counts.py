import pytest

from proxy.codecs.vendors import counts


def usage(prompt, completion, total, **more):
    return {
        "prompt_tokens": prompt,
        "completion_tokens": completion,
        "total_tokens": total,
        **more,
    }


def thought(tokens):
    return {"completion_tokens_details": {"reasoning_tokens": tokens}}


def cached(tokens):
    return {"prompt_tokens_details": {"cached_tokens": tokens}}


@pytest.mark.parametrize(
    ("correct", "came", "new"),
    [
        (counts.reasoning_beside_completion, usage(10, 5, 115, **thought(100)), usage(10, 105, 115, **thought(100))),
        (counts.reasoning_beside_completion, usage(10, 105, 115, **thought(100)), None),
        (counts.reasoning_beside_completion, usage(10, 5, 15, **thought(0)), None),
        (counts.reasoning_beside_completion, usage(10, 5, None, **thought(100)), None),
        (counts.reasoning_beside_completion, {}, None),
        (counts.cached_beside_prompt, usage(10, 5, 15, **cached(40)), usage(50, 5, 55, **cached(40))),
        (counts.cached_beside_prompt, {"prompt_tokens": 1, **cached(2)}, {"prompt_tokens": 3, **cached(2)}),
        (counts.cached_beside_prompt, usage(10, 5, 15, **cached(10)), None),
        (counts.cached_beside_prompt, usage(10, 5, 15), None),
        (counts.cached_elsewhere, {"cached_tokens": 3}, {"cached_tokens": 3, **cached(3)}),
        (counts.cached_elsewhere, {"num_cached_tokens": 3}, {"num_cached_tokens": 3, **cached(3)}),
        (counts.cached_elsewhere, {"cached_tokens": 3, **cached(4)}, None),
        (counts.cached_elsewhere, {"cached_tokens": "3"}, None),
        (
            counts.cached_elsewhere,
            {"prompt_token_details": {"cached_tokens": 2}, "completion_token_details": {"reasoning_tokens": 1}},
            {
                "prompt_token_details": {"cached_tokens": 2},
                "completion_token_details": {"reasoning_tokens": 1},
                **cached(2),
                **thought(1),
            },
        ),
        (
            counts.cached_elsewhere,
            {"cached_tokens": 3, "prompt_tokens_details": {"audio_tokens": 1}},
            {"cached_tokens": 3, "prompt_tokens_details": {"audio_tokens": 1, "cached_tokens": 3}},
        ),
        (counts.reasoning_on_top, {"reasoning_tokens": 7}, {"reasoning_tokens": 7, **thought(7)}),
        (counts.reasoning_on_top, {"reasoning_tokens": 7, **thought(8)}, None),
        (counts.reasoning_on_top, {}, None),
        (
            counts.cache_writes_elsewhere,
            {"prompt_tokens_details": {"cached_tokens": 0, "cache_creation_input_tokens": 7}},
            {"prompt_tokens_details": {"cached_tokens": 0, "cache_creation_input_tokens": 7, "cache_write_tokens": 7}},
        ),
        (counts.cache_writes_elsewhere, {"prompt_tokens_details": {"cache_creation_input_tokens": 7, "cache_write_tokens": 8}}, None),
        (counts.cache_writes_elsewhere, {"cache_creation_input_tokens": 7, "prompt_tokens_details": None}, None),
    ],
)  # fmt: skip
def test_counts_are_brought_into_openais_convention(correct, came, new):
    before = dict(came)
    corrected = correct(came)

    assert came == before
    if new is None:
        assert corrected is came
    else:
        assert corrected == new
