import pytest

from proxy.core.errors import ProxyError
from proxy.surfaces.responses.fields import FIELDS, chat_fields, check_fields

SCHEMA = {"type": "object"}


@pytest.mark.parametrize(
    ("body", "chat"),
    [
        ({"max_output_tokens": 50}, {"max_completion_tokens": 50}),
        ({"reasoning": {"effort": "low", "summary": "auto"}}, {"reasoning_effort": "low"}),
        ({"reasoning": {"summary": "auto", "effort": None}}, {"include_reasoning": True}),
        ({"reasoning": {"generate_summary": "concise"}}, {"include_reasoning": True}),
        ({"reasoning": {"summary": "none"}}, {}),
        ({"reasoning": {}}, {}),
        ({"text": {"format": {"type": "text"}}}, {"response_format": {"type": "text"}}),
        (
            {"text": {"format": {"type": "json_object"}, "verbosity": "low"}},
            {"response_format": {"type": "json_object"}, "verbosity": "low"},
        ),
        (
            {
                "text": {
                    "format": {
                        "type": "json_schema",
                        "name": "n",
                        "schema": SCHEMA,
                        "strict": True,
                        "description": None,
                    }
                }
            },
            {
                "response_format": {
                    "type": "json_schema",
                    "json_schema": {"name": "n", "schema": SCHEMA, "strict": True},
                }
            },
        ),
        ({"text": {}}, {}),
        ({"include": ["message.output_text.logprobs"]}, {"logprobs": True}),
        ({"include": ["reasoning.encrypted_content"]}, {}),
        ({"top_logprobs": 3}, {"logprobs": True, "top_logprobs": 3}),
        ({"top_logprobs": 0}, {}),
        (
            {"temperature": 0, "user": "u", "metadata": {}},
            {"temperature": 0, "user": "u", "metadata": {}},
        ),
        ({"top_k": 3, "stop": "x"}, {"top_k": 3, "stop": "x"}),
        ({"store": False, "truncation": "auto", "background": False, "temperature": None}, {}),
    ],
)
def test_a_field_becomes_what_chat_has_for_it(body, chat):
    check_fields(body)

    assert chat_fields(body) == chat


@pytest.mark.parametrize(
    ("body", "said", "param"),
    [
        ({"temperature": "0"}, "expected a number, but got a string", "temperature"),
        (
            {"max_output_tokens": 1.5},
            "expected an integer, but got a decimal number",
            "max_output_tokens",
        ),
        ({"max_output_tokens": 0}, "expected a value >= 1, but got 0", "max_output_tokens"),
        ({"include": "all"}, "expected an array", "include"),
        ({"include": [1]}, "expected a string", "include[0]"),
        ({"text": "plain"}, "expected an object", "text"),
        ({"text": {"verbosity": 1}}, "expected a string", "text.verbosity"),
        (
            {"text": {"format": {"type": "xml"}}},
            "got 'xml'. Supported values are",
            "text.format.type",
        ),
        ({"text": {"format": {"type": "json_schema"}}}, "expected a string", "text.format.name"),
        (
            {"text": {"format": {"type": "json_schema", "name": "n"}}},
            "expected an object",
            "text.format.schema",
        ),
        ({"reasoning": {"effort": 1}}, "expected a string", "reasoning.effort"),
        ({"tool_choice": 1}, "expected an object", "tool_choice"),
        ({"tool_choice": {}}, "expected a string", "tool_choice.type"),
        ({"background": True}, "Background responses are not served here", "background"),
        ({"conversation": "conv_1"}, "Conversations are not kept here", "conversation"),
    ],
)
def test_a_field_of_the_wrong_kind_is_refused_by_its_path(body, said, param):
    with pytest.raises(ProxyError) as caught:
        check_fields(body)

    assert said in str(caught.value)
    assert caught.value.param == param


@pytest.mark.parametrize("name", FIELDS)
def test_null_is_no_value_of_a_field(name):
    check_fields({name: None})

    assert chat_fields({name: None}) == {}


@pytest.mark.parametrize("choice", ["auto", {"type": "function", "name": "f"}])
def test_a_choice_is_a_word_or_an_object(choice):
    check_fields({"tool_choice": choice, "new": object()})

    assert chat_fields({"tool_choice": choice}) == {}
