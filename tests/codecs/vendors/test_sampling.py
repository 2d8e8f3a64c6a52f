import pytest

from tests.support.written import ASKED, written

SCHEMA = {"type": "object", "properties": {"a": {"type": "string"}}}
FORMAT = {"type": "json_schema", "json_schema": {"name": "n", "strict": True, "schema": SCHEMA}}
TOLD = (
    "Answer with one JSON object and nothing else. It must be valid against this JSON schema:\n"
    '{"type":"object","properties":{"a":{"type":"string"}}}'
)


@pytest.mark.parametrize(
    ("name", "body", "native", "dropped"),
    [
        ("streamed", {}, {"stream": True, "stream_options": {"include_usage": True}}, ()),
        ("nonzero_temperature", {"temperature": 0}, {"temperature": 0.01}, ()),
        ("nonzero_temperature", {"temperature": 0.5}, {"temperature": 0.5}, ()),
        ("nonzero_temperature", {"temperature": False}, {"temperature": False}, ()),
        ("first_stop", {"stop": ["a", "b"]}, {"stop": ["a"]}, ("stop",)),
        ("first_stop", {"stop": ["a"]}, {"stop": ["a"]}, ()),
        ("first_stop", {"stop": "a"}, {"stop": "a"}, ()),
        ("logprobs_number", {"logprobs": True, "top_logprobs": 4}, {"logprobs": 4}, ()),
        ("logprobs_number", {"logprobs": True}, {"logprobs": 1}, ()),
        ("logprobs_number", {"logprobs": False, "top_logprobs": 4}, {}, ()),
        ("logprobs_number", {"logprobs": 3}, {"logprobs": 3}, ()),
        (
            "bare_schema",
            {"response_format": FORMAT},
            {"response_format": {"type": "json_schema", "json_schema": {"schema": SCHEMA}}},
            (),
        ),
        ("bare_schema", {"response_format": {"type": "text"}}, {"response_format": {"type": "text"}}, ()),
        ("schema_as_object", {"response_format": {"type": "json_object"}}, {"response_format": {"type": "json_object"}}, ()),
        ("openrouter_require", {"temperature": 1}, {"temperature": 1}, ()),
        ("openrouter_require", {"stop": "a"}, {"stop": "a", "provider": {"require_parameters": True}}, ()),
        (
            "openrouter_require",
            {"stop": "a", "provider": {"require_parameters": False, "sort": "price"}},
            {"stop": "a", "provider": {"require_parameters": False, "sort": "price"}},
            (),
        ),
    ],
)  # fmt: skip
def test_values_are_brought_into_the_vendors_form(name, body, native, dropped):
    assert written(body, request=(name,)) == (native, dropped)


@pytest.mark.parametrize(
    ("temperature", "native"),
    [(1.5, 1), (-1, 0), (0.7, 0.7), (1, 1), ("hot", "hot"), (True, True), (None, None)],
)
def test_numbers_are_clamped(temperature, native):
    sent, dropped = written({"temperature": temperature}, clamp={"temperature": (0, 1)})

    assert (sent["temperature"], dropped) == (native, ())


@pytest.mark.parametrize(
    ("messages", "native"),
    [
        (ASKED, [{"role": "system", "content": TOLD}, *ASKED]),
        (
            [{"role": "system", "content": "Be brief."}, *ASKED],
            [{"role": "system", "content": f"Be brief.\n\n{TOLD}"}, *ASKED],
        ),
        ([], [{"role": "system", "content": TOLD}]),
    ],
)
def test_a_schema_is_told_in_words_where_there_is_only_json_mode(messages, native):
    sent, _ = written(
        {"messages": messages, "response_format": FORMAT}, request=("schema_as_object",)
    )

    assert sent == {"messages": native, "response_format": {"type": "json_object"}}


def test_usage_of_a_stream_that_nobody_wanted_is_asked_for_where_that_is_taken():
    native, dropped = written({}, request=("streamed",), stream_options=False)

    assert (native, dropped) == ({"stream": True}, ())
