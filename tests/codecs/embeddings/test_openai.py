import json

import pytest

from proxy.core.errors import Kind
from proxy.core.shape import Quirks
from tests.support.embedding import JSON_HEAD, KEY, answer, call, complaint, native, rows, target

OPENAI = target("openai", "text-embedding-3-small", "https://api.openai.com/v1")
VOYAGE = target("openai", "voyage-3.5", "https://api.voyageai.com/v1")
LOCAL = target("openai", "bge-m3", "http://local.test/v1")
RAW = b'{"input":["caf\\u00e9", "b"], "model":"asked", "firstbyte":{"report":true}, "dimensions":1e2,"models":["a"]}'


def test_a_call_is_exactly_this():
    made = call(OPENAI, "hello", dimensions=256, encoding_format="base64", user="u")

    assert (made.method, made.url) == ("POST", "https://api.openai.com/v1/embeddings")
    assert dict(made.headers) == {**JSON_HEAD, "authorization": f"Bearer {KEY}"}
    assert json.loads(made.body) == {
        "model": "text-embedding-3-small",
        "input": "hello",
        "dimensions": 256,
        "encoding_format": "base64",
        "user": "u",
    }
    assert (made.dropped, made.auth) == ((), None)


def test_the_callers_own_bytes_are_kept():
    made = call(OPENAI, "café", "b", raw=RAW)

    assert made.body == (
        b'{"input":["caf\\u00e9", "b"],"model":"text-embedding-3-small","dimensions":1e2}'
    )


@pytest.mark.parametrize(
    ("inputs", "written"),
    [
        (["a"], "a"),
        (["a", "b"], ["a", "b"]),
        ([(1, 2)], [1, 2]),
        ([(1,), (2, 3)], [[1], [2, 3]]),
    ],
)
def test_without_the_callers_bytes_the_inputs_are_written(inputs, written):
    assert native(OPENAI, *inputs)["input"] == written


@pytest.mark.parametrize(
    ("who", "body", "kept", "dropped"),
    [
        (OPENAI, {"input_type": "query"}, {}, ("input_type",)),
        (OPENAI, {"input_type": None}, {}, ()),
        (OPENAI, {"odd": 1}, {"odd": 1}, ()),
        (LOCAL, {"input_type": "query", "odd": 1}, {"input_type": "query", "odd": 1}, ()),
        (LOCAL, {"encoding_format": "float"}, {"encoding_format": "float"}, ()),
        (VOYAGE, {"dimensions": 256}, {"output_dimension": 256}, ()),
        (VOYAGE, {"user": "u", "odd": None}, {}, ("user",)),
        (VOYAGE, {"input_type": "search_query"}, {"input_type": "query"}, ()),
        (VOYAGE, {"input_type": "clustering"}, {}, ("input_type",)),
        (VOYAGE, {"input_type": None}, {"input_type": None}, ()),
        (VOYAGE, {"encoding_format": "float"}, {}, ()),
        (VOYAGE, {"encoding_format": "base64"}, {"encoding_format": "base64"}, ()),
        (
            VOYAGE,
            {"encoding_format": "base64", "output_dtype": "int8"},
            {"output_dtype": "int8"},
            (),
        ),
        (VOYAGE, {"truncation": True}, {"truncation": True}, ()),
    ],
)
def test_each_maker_gets_what_it_takes(who, body, kept, dropped):
    made = call(who, "a", **body)
    defaults = {"truncation": False} if who is VOYAGE else {}

    assert json.loads(made.body) == {"model": who.model, "input": "a", **defaults, **kept}
    assert made.dropped == dropped


def test_a_targets_parameters_and_quirks_are_obeyed():
    quirks = Quirks(drop=frozenset({"user", "dimensions"}), rename={"input_type": "task"})
    params = {"own": 1, "dimensions": 8, "model": "not this"}
    who = target("openai", "m", "http://local.test/v1", params=params, quirks=quirks)
    made = call(who, "a", dimensions=16, user=None, input_type="query")

    assert json.loads(made.body) == {"model": "m", "input": "a", "own": 1, "task": "query"}
    assert made.dropped == ("dimensions",)


def test_an_answer_is_read_in_the_order_of_its_inputs():
    read = answer(
        "openai",
        {
            "object": "list",
            "data": [
                {"index": 1, "embedding": "AAAAQA=="},
                {"index": 0, "embedding": [1, -0.5]},
            ],
            "model": "text-embedding-3-small-2",
            "usage": {"prompt_tokens": 4, "total_tokens": 5},
        },
    )

    assert rows(read.vectors) == ((1.0, -0.5), (2.0,))
    assert (read.model, read.prompt_tokens) == ("text-embedding-3-small-2", 4)


@pytest.mark.parametrize("numbers", [(0, 0), (None, 0), (2, 0), (True, 0), ("1", "0")])
def test_numbers_that_make_no_order_are_not_followed(numbers):
    items = [{"index": n, "embedding": [float(at)]} for at, n in enumerate(numbers)]
    read = answer("openai", {"data": items})

    assert rows(read.vectors) == ((0.0,), (1.0,))
    assert (read.model, read.prompt_tokens) == ("m", None)


def test_a_total_is_the_prompt_where_nothing_else_is_said():
    value = {"data": [{"embedding": [1]}], "usage": {"total_tokens": 5}}

    assert answer("openai", value).prompt_tokens == 5


def test_an_error_inside_a_200_is_one():
    error = complaint("openai", {"error": {"message": "Too fast.", "type": "rate_limit_error"}})

    assert (error.kind, error.message) == (Kind.RATE_LIMIT, "Too fast.")


def test_an_item_that_is_no_object_is_malformed():
    assert complaint("openai", {"data": [3]}).kind is Kind.MALFORMED


LISTED = {
    "object": "list",
    "data": [
        {"object": "embedding", "index": 0, "embedding": [0.5]},
        {"object": "embedding", "index": 1, "embedding": [1.5]},
    ],
    "model": "m-1",
    "usage": {"prompt_tokens": 3, "total_tokens": 3},
    "odd": True,
}


def test_an_answer_in_openais_shape_keeps_its_own_bytes():
    read = answer("openai", LISTED)
    packed = [{**item, "embedding": "AACAPw=="} for item in LISTED["data"]]

    assert (read.payload, read.form) == (json.dumps(LISTED).encode(), "float")
    assert answer("openai", {**LISTED, "data": packed}).form == "base64"


@pytest.mark.parametrize(
    "change",
    [
        {"object": "embeddings"},
        {"model": None},
        {"usage": None},
        {"usage": {"total_tokens": 3}},
        {"data": LISTED["data"][::-1]},
        {"data": [{**item, "index": None} for item in LISTED["data"]]},
        {"data": [{**LISTED["data"][0], "index": False}]},
        {"data": [{**LISTED["data"][0], "object": "vector"}]},
        {"data": [LISTED["data"][0], {**LISTED["data"][1], "embedding": "AACAPw=="}]},
    ],
)
def test_an_answer_that_a_caller_could_not_read_as_it_is_is_written_anew(change):
    read = answer("openai", {**LISTED, **change})

    assert (read.payload, read.form) == (b"", "")
