import pytest

from proxy.codecs.openai.tokens import usage_of

PLAIN = {"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5}


@pytest.mark.parametrize(
    "answer",
    [
        {"usage": PLAIN},
        {"usage": PLAIN, "x_groq": {"usage": {"prompt_tokens": 9}}},
        {"x_groq": {"usage": PLAIN}},
        {"usage": None, "choices": [{"usage": PLAIN}]},
        {"usage": {}, "x_groq": 1, "choices": [{"usage": PLAIN}]},
    ],
)
def test_usage_is_found_wherever_it_is(answer):
    assert usage_of(answer) is PLAIN


@pytest.mark.parametrize(
    "answer",
    [{}, {"usage": 7}, {"choices": []}, {"choices": [1]}, {"choices": 1}, {"x_groq": {"usage": 1}}],
)
def test_no_usage_is_none(answer):
    assert usage_of(answer) is None


@pytest.mark.parametrize(
    ("usage", "details"),
    [
        ({"prompt_cache_hit_tokens": 2}, {"cached_tokens": 2}),
        ({"num_cached_tokens": 2}, {"cached_tokens": 2}),
        ({"num_cached_tokens": 2, "prompt_token_details": None}, {"cached_tokens": 2}),
        ({"prompt_token_details": {"cached_tokens": 2}}, {"cached_tokens": 2}),
        (
            {
                "num_cached_tokens": 3,
                "prompt_tokens_details": None,
                "prompt_token_details": {"cached_tokens": 2, "audio_tokens": 1},
            },
            {"cached_tokens": 2, "audio_tokens": 1},
        ),
        (
            {"cache_read_input_tokens": 1, "cache_creation_input_tokens": 4},
            {"cached_tokens": 1, "cache_write_tokens": 4},
        ),
        (
            {
                "prompt_tokens_details": {"cached_tokens": 7, "audio_tokens": 1},
                "cache_read_input_tokens": 1,
                "cache_creation_input_tokens": 4,
            },
            {"cached_tokens": 7, "audio_tokens": 1, "cache_write_tokens": 4},
        ),
    ],
)
def test_cache_counts_are_found_under_other_names(usage, details):
    assert usage_of({"usage": usage}) == {**usage, "prompt_tokens_details": details}


@pytest.mark.parametrize(
    "usage",
    [
        {"prompt_tokens_details": {"cached_tokens": 7}, "prompt_cache_hit_tokens": 7},
        {"prompt_tokens_details": {"cached_tokens": 7}, "num_cached_tokens": 7},
        {"prompt_tokens_details": {"cached_tokens": 7}, "prompt_token_details": {}},
        {"prompt_tokens": 1, "prompt_token_details": None},
        {"prompt_tokens": 1, "prompt_token_details": {}},
    ],
)
def test_known_cache_counts_are_left_alone(usage):
    assert usage_of({"usage": usage}) is usage
