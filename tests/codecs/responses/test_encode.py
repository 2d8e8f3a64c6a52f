import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.codecs.responses.encode import encode
from proxy.core.credential import AwsAuth
from proxy.core.errors import Kind, ProxyError
from proxy.core.secret import Secret
from proxy.core.shape import ChatRequest, Quirks
from tests.support.replies import HI, PLAIN, THINKER, call, dropped, function, native, target


def test_a_chat_request_is_a_responses_request():
    body = {
        "model": "asked",
        "messages": [
            {"role": "developer", "content": "Be brief."},
            {"role": "user", "content": "Tide at Cork?"},
        ],
        "max_completion_tokens": 4096,
        "tools": [function("tide", parameters={"type": "object", "properties": {}})],
        "reasoning_effort": "low",
        "metadata": {"a": "b"},
        "stream": True,
        "stream_options": {"include_usage": True},
    }
    encoded = call(body, THINKER, stream=True, forward=(("traceparent", "00-1"),))

    assert (encoded.method, encoded.url) == ("POST", "https://api.openai.com/v1/responses")
    assert encoded.headers == (
        ("traceparent", "00-1"),
        ("content-type", "application/json"),
        ("accept", "text/event-stream"),
        ("authorization", "Bearer sk-test-0123456789"),
    )
    assert encoded.dropped == ()
    assert json.loads(encoded.body) == {
        "model": "gpt-5.4",
        "input": [
            {"role": "developer", "content": "Be brief."},
            {"role": "user", "content": "Tide at Cork?"},
        ],
        "store": False,
        "max_output_tokens": 4096,
        "metadata": {"a": "b"},
        "tools": [
            {
                "type": "function",
                "name": "tide",
                "parameters": {"type": "object", "properties": {}},
                "strict": False,
            }
        ],
        "reasoning": {"effort": "low", "summary": "auto"},
        "include": ["reasoning.encrypted_content"],
        "stream": True,
    }


def test_the_targets_own_headers_and_scheme_have_the_last_word():
    auth = AwsAuth("eu-west-1", "bedrock-mantle")
    encoded = call({"messages": HI}, headers=(("authorization", "Basic x"),), auth=auth)

    assert dict(encoded.headers) == {
        "content-type": "application/json",
        "accept": "application/json",
        "authorization": "Basic x",
    }
    assert encoded.auth == auth


def test_without_a_key_no_credential_is_sent():
    assert "authorization" not in dict(call({"messages": HI}, api_key=Secret("")).headers)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("max_tool_calls", 3),
        ("metadata", {"a": "b"}),
        ("moderation", {"model": "omni-moderation-latest"}),
        ("prompt_cache_key", "k"),
        ("prompt_cache_options", {"mode": "explicit", "ttl": "30m"}),
        ("prompt_cache_retention", "24h"),
        ("safety_identifier", "s"),
        ("service_tier", "flex"),
        ("truncation", "auto"),
    ],
)
def test_what_means_the_same_passes(name, value):
    assert native({name: value})[name] == value


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("audio", {"voice": "alloy", "format": "wav"}),
        ("frequency_penalty", 1),
        ("logit_bias", {"50256": -100}),
        ("prediction", {"type": "content", "content": "x"}),
        ("presence_penalty", 1),
        ("seed", 7),
        ("stop", ["END"]),
        ("never_heard_of", True),
    ],
)
def test_what_has_no_form_is_dropped_and_named(name, value):
    assert name not in native({name: value})
    assert dropped({name: value}) == (name,)
    assert dropped({name: None}) == ()


def test_what_the_vendor_refuses_is_dropped_too():
    quirks = Quirks(drop=frozenset({"metadata", "temperature", "seed"}))
    body = {"metadata": {}, "temperature": 1}

    assert dropped(body, quirks=quirks) == ("metadata", "temperature")
    assert native(body, quirks=quirks).keys() == {"model", "input", "store"}


def test_the_targets_parameters_replace_the_callers():
    body = {"max_completion_tokens": 100, "temperature": 1, "reasoning_effort": "low"}
    params = {"max_tokens": 50, "temperature": 0, "reasoning_effort": "none"}
    written = native(body, THINKER, params=params)

    assert written["max_output_tokens"] == 50
    assert written["temperature"] == 0
    assert written["reasoning"] == {"effort": "none"}


def test_the_targets_native_fields_go_as_they_are():
    params = {"background": False, "context_management": [{"type": "compaction"}], "seed": 7}
    written = native({}, params=params)

    assert written["background"] is False
    assert written["context_management"] == [{"type": "compaction"}]
    assert dropped({}, params=params) == ("seed",)


def test_a_target_may_set_a_single_member_or_take_it_away():
    body = {"reasoning_effort": "low", "verbosity": "low"}
    params = {"reasoning": {"summary": None, "mode": "pro"}, "text": {"verbosity": "high"}}
    written = native(body, THINKER, params=params)

    assert written["reasoning"] == {"effort": "low", "mode": "pro"}
    assert written["text"] == {"verbosity": "high"}


def test_a_target_may_replace_an_object_by_nothing():
    assert native({"verbosity": "low"}, params={"text": None})["text"] is None


WORDS = "type role content text name id function custom tools tool_calls tool_call_id thinking_blocks image_url url mode"
VALUES = "user assistant tool function custom text"
FIELDS = (
    "messages tools tool_choice response_format reasoning reasoning_effort web_search_options user n include "
    "stream_options stop max_tokens"
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-2, 99) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(WORDS.split()),
            inner | st.sampled_from(VALUES.split()),
            max_size=4,
        )
    ),
    max_leaves=12,
)


def written(body, model):
    """The native body, or the kind and the path of the complaint."""
    try:
        return json.loads(encode(ChatRequest(body=body), target(model)).body)
    except ProxyError as error:
        return error.kind, error.param


@given(
    body=st.dictionaries(st.sampled_from(FIELDS.split()), JSON, max_size=4),
    model=st.sampled_from([PLAIN, THINKER]),
)
def test_any_request_is_written_or_refused_with_its_path(body, model):
    result = written(body, model)

    if isinstance(result, dict):
        assert result["model"] == model
    else:
        kind, param = result
        assert kind in {Kind.UNSUPPORTED, Kind.INVALID_REQUEST}
        assert param


@pytest.mark.parametrize(("translated", "effort"), [(True, "xhigh"), (False, "max")])
def test_an_effort_of_another_apis_caller_is_one_that_the_model_knows(translated, effort):
    request = ChatRequest({"messages": HI, "reasoning_effort": "max"}, translated=translated)
    body = json.loads(encode(request, target(THINKER)).body)

    assert body["reasoning"]["effort"] == effort
    bare = ChatRequest({"messages": HI}, translated=translated)
    assert "reasoning" not in json.loads(encode(bare, target(THINKER)).body)
