import json

import pytest

from proxy.core.errors import Kind, ProxyError
from proxy.surfaces.embeddings.parse import MAX_INPUTS, parse


def parsed(**body):
    return parse(json.dumps({"model": "m", "input": "hello", **body}).encode())


def refused(body):
    with pytest.raises(ProxyError) as caught:
        parse(json.dumps(body).encode())
    assert caught.value.kind is Kind.INVALID_REQUEST
    return caught.value


def test_a_call_keeps_what_it_says_and_the_bytes_that_said_it():
    raw = b'{"model": "m", "input": "caf\\u00e9", "dimensions": 256, "user": "u", "odd": [1e2]}'
    request = parse(raw, (("traceparent", "00-1"),))

    assert request.body == json.loads(raw)
    assert request.raw == raw
    assert (request.dialect, request.model, request.stream) == ("embeddings", "m", False)
    assert request.forward == (("traceparent", "00-1"),)


@pytest.mark.parametrize(
    "given", ["one", ["one", "two"], [1, 2, 3], [[1], [2, 3]], ["one", [1]], [0], [""]]
)
def test_every_form_of_an_input_is_taken(given):
    assert parsed(input=given).body["input"] == given


def test_a_single_array_of_tokens_may_be_longer_than_a_batch():
    assert len(parsed(input=[7] * (MAX_INPUTS + 1)).body["input"]) == MAX_INPUTS + 1


@pytest.mark.parametrize(
    ("given", "param"),
    [
        (None, "input"),
        (7, "input"),
        ({"text": "one"}, "input"),
        ([], "input"),
        ([[]], "input[0]"),
        ([1, "one"], "input[1]"),
        ([1, True], "input[1]"),
        (["one", 1], "input[1]"),
        ([[1], [2, "x"]], "input[1][1]"),
        ([{"image": "x"}], "input[0]"),
        ([1.5], "input[0]"),
        (["one"] * (MAX_INPUTS + 1), "input"),
    ],
)
def test_what_is_no_input_is_refused_with_its_place(given, param):
    assert refused({"model": "m", "input": given}).param == param


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("dimensions", "256", "invalid_type"),
        ("dimensions", 1.5, "invalid_type"),
        ("dimensions", 0, "integer_below_min_value"),
        ("encoding_format", "hex", "invalid_value"),
        ("encoding_format", 1, "invalid_type"),
        ("user", 1, "invalid_type"),
        ("input_type", 1, "invalid_type"),
        ("model", 1, "invalid_type"),
    ],
)
def test_a_field_of_another_type_is_refused(field, value, code):
    error = refused({"model": "m", "input": "x", field: value})

    assert (error.param, error.code) == (field, code)


@pytest.mark.parametrize("body", [{"input": "x"}, {"input": "x", "model": ""}])
def test_a_model_must_be_named_because_the_default_one_is_for_chat(body):
    assert refused(body).param == "model"


def test_the_callers_own_cascade_and_options_are_read_and_go_no_further():
    request = parse(b'{"input":"x","models":["a/m","b/m"],"firstbyte":{"report":true}}')

    assert request.models == ("a/m", "b/m")
    assert request.options.report
    assert request.body == {"input": "x"}


def test_null_is_absent_and_a_stream_is_never_asked_for():
    raw = b'{"model":"m","input":"x","user":null,"odd":null,"stream":true,"stream_options":{}}'
    request = parse(raw)

    assert request.body == {"model": "m", "input": "x", "odd": None}
    assert request.raw == b'{"model":"m","input":"x","user":null,"odd":null}'
    assert not request.stream


@pytest.mark.parametrize("form", ["float", "base64"])
def test_both_forms_of_vectors_are_taken(form):
    assert parsed(encoding_format=form).body["encoding_format"] == form
