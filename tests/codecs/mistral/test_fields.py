from proxy.codecs.mistral import Mistral
from proxy.codecs.mistral.fields import KNOWN
from tests.support.written import written

OWN = {
    "safe_prompt": True,
    "guardrails": [],
    "min_tokens": 1,
    "repetition_penalty": 1.1,
    "top_k": 5,
    "prompt_logprobs": 1,
}
SHARED = {
    "top_p": 1,
    "stop": ["a"],
    "n": 2,
    "presence_penalty": 0.1,
    "frequency_penalty": 0.1,
    "parallel_tool_calls": True,
    "tools": [{"type": "function", "function": {"name": "f", "parameters": {}}}],
    "prediction": {"type": "content", "content": "a"},
    "prompt_cache_key": "k",
    "metadata": {"a": "b"},
    "logprobs": True,
    "top_logprobs": 2,
    "response_format": {"type": "json_schema", "json_schema": {"name": "n", "schema": {}}},
}
REFUSED = {
    "user": "u",
    "safety_identifier": "s",
    "store": True,
    "logit_bias": {"1": 1},
    "verbosity": "low",
    "audio": {},
    "web_search_options": {},
    "odd": 1,
}


def test_known_fields_pass_and_the_rest_is_dropped_by_name():
    native, dropped = written({**OWN, **SHARED, **REFUSED}, codec=Mistral())

    assert native == {**OWN, **SHARED}
    assert dropped == tuple(sorted(REFUSED))
    assert native.keys() <= KNOWN


def test_stream_options_go_without_a_word():
    body = {"stream_options": {"include_usage": True}}

    assert written(body, stream=True, codec=Mistral()) == ({}, ())


def test_what_the_targets_parameters_set_stays():
    assert written({}, params={"new_field": 1}, codec=Mistral()) == ({"new_field": 1}, ())
