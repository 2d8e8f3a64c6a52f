"""What every embedding codec promises, over all of them."""

import copy
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.codecs.embeddings import EMBEDDINGS
from proxy.config.protocols import PROTOCOLS
from proxy.core.embedding import Embeddings
from proxy.core.errors import Kind, ProxyError
from proxy.core.steps import done
from tests.support.embedding import ask, call, complaint, refusal, target

MODELS = {"bedrock": "amazon.titan-embed-text-v2:0"}
OPTIONS = {"project": "p", "region": "eu-west-1"}
WORDS = [
    "data", "embedding", "embeddings", "embeddingsByType", "index", "values", "predictions", "statistics",
    "token_count", "usage", "prompt_tokens", "total_tokens", "usageMetadata", "promptTokenCount", "meta", "tokens",
    "billed_units", "input_tokens", "inputTextTokenCount", "prompt_eval_count", "float", "int8", "base64", "model",
    "error", "message", "code", "status", "details", "__type", "Output",
]  # fmt: skip
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-2, 2000)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text()
    | st.sampled_from(["AACAPw==", "AACA/w=="]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(WORDS), inner, max_size=4)
    ),
    max_leaves=24,
)
over_all = pytest.mark.parametrize("protocol", sorted(EMBEDDINGS))


def one(protocol):
    return target(protocol, MODELS.get(protocol, "m"), options=OPTIONS)


def decoded(protocol, body, headers):
    try:
        return done(EMBEDDINGS[protocol].decode(200, headers, body, target=None))
    except ProxyError as error:
        return error


@over_all
def test_its_name_is_its_protocols(protocol):
    assert EMBEDDINGS[protocol].name == protocol
    assert protocol in PROTOCOLS


@over_all
def test_a_request_is_encoded_the_same_twice_and_not_touched(protocol):
    request = ask(
        "one",
        dimensions=256,
        input_type="query",
        user="u",
        options={"a": [1]},
        encoding_format="float",
    )
    before = copy.deepcopy(request)
    codec = EMBEDDINGS[protocol]

    assert codec.encode(request, one(protocol)) == codec.encode(request, one(protocol))
    assert request == before


@over_all
def test_a_call_without_inputs_is_refused(protocol):
    request = ask()
    object.__setattr__(request, "inputs", ())
    with pytest.raises(ProxyError) as caught:
        EMBEDDINGS[protocol].encode(request, one(protocol))

    assert (caught.value.kind, caught.value.param) == (Kind.INVALID_REQUEST, "input")


@pytest.mark.parametrize(
    ("who", "most"),
    [
        (target("openai"), None),
        (target("openai", base="https://api.openai.com/v1"), 2048),
        (target("openai", base="https://api.voyageai.com/v1"), 1000),
        (target("azure", base="https://r.openai.azure.com"), 2048),
        (target("azure", base="https://r.services.ai.azure.com/models"), None),
        (target("mistral"), None),
        (target("ollama"), None),
        (target("cohere"), 96),
        (target("gemini"), 100),
        (target("vertex", "text-embedding-005", options=OPTIONS), 250),
        (target("vertex", "google/gemini-embedding-001", options=OPTIONS), 100),
        (target("vertex", "intfloat/multilingual-e5-small-maas", options=OPTIONS), 1),
        (target("bedrock", "cohere.embed-v4:0", options=OPTIONS), 96),
        (target("bedrock", "amazon.titan-embed-text-v2:0", options=OPTIONS), 1),
    ],
)
def test_as_many_inputs_as_the_provider_takes_and_no_more(who, most):
    assert EMBEDDINGS[who.protocol].most(who) == most
    assert call(who, *["text"] * (most or 3000))
    if most:
        error = refusal(who, *["text"] * (most + 1))

        assert (error.kind, error.param) == (Kind.UNSUPPORTED, "input")
        assert f" {most} input" in error.message.replace("one input", "1 input")
        assert f"this call has {most + 1}." in error.message


@pytest.mark.parametrize("protocol", sorted(EMBEDDINGS.keys() - {"openai", "azure"}))
def test_tokens_are_refused_where_only_text_is_taken(protocol):
    tokens = (1, 2)
    many = protocol != "bedrock"
    error = refusal(one(protocol), *(["text", tokens] if many else [tokens]))

    assert (error.kind, error.param) == (Kind.UNSUPPORTED, "input[1]" if many else "input[0]")


@pytest.mark.parametrize("protocol", sorted(EMBEDDINGS.keys() - {"openai", "azure", "mistral"}))
def test_a_form_of_vectors_that_there_is_not_is_refused(protocol):
    error = refusal(one(protocol), encoding_format="hex")

    assert (error.kind, error.param) == (Kind.INVALID_REQUEST, "encoding_format")


@over_all
def test_the_callers_headers_pass_but_no_credential_of_theirs(protocol):
    forward = (("traceparent", "00-1"), ("authorization", "Bearer theirs"), ("x-goog-api-key", "x"))
    made = call(one(protocol), forward=forward)

    assert dict(made.headers)["traceparent"] == "00-1"
    assert "theirs" not in str(made.headers)
    assert dict(made.headers).get("x-goog-api-key") != "x"


@over_all
@pytest.mark.parametrize("body", [b"", b" \n"])
def test_an_empty_body_is_empty(protocol, body):
    assert complaint(protocol, body).kind is Kind.EMPTY


@over_all
@pytest.mark.parametrize("body", [b"[", b"[]", b"{}", b"<html><title>Bad gateway</title></html>"])
def test_a_body_without_vectors_is_malformed(protocol, body):
    error = complaint(protocol, body)

    assert error.kind in {Kind.MALFORMED, Kind.SERVER_ERROR}
    assert error.message


@over_all
def test_a_failure_is_named_as_the_chat_codec_names_it(protocol):
    error = EMBEDDINGS[protocol].fault(429, {"retry-after": "7"}, b'{"message": "Slow down."}')

    assert error.kind is Kind.RATE_LIMIT
    assert error.retry_after == 7.0
    assert "Slow down." in error.message


@over_all
@given(value=JSON)
def test_any_json_at_all_raises_nothing_but_proxy_errors(protocol, value):
    body = json.dumps(value).encode()
    counts = {"x-amzn-bedrock-input-token-count": str(value)[:20]}
    read = decoded(protocol, body, counts)

    assert isinstance(read, Embeddings | ProxyError)
    if isinstance(read, Embeddings):
        assert read.vectors
        assert all(read.vectors)
        assert read.prompt_tokens is None or read.prompt_tokens >= 0
    assert EMBEDDINGS[protocol].fault(400, counts, body).message


@over_all
@given(body=st.binary(max_size=200))
def test_any_bytes_at_all_raise_nothing_but_proxy_errors(protocol, body):
    assert isinstance(decoded(protocol, body, {}), ProxyError)
    assert EMBEDDINGS[protocol].fault(502, {}, body).message
