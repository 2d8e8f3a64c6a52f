import pytest

from proxy.core.errors import ProxyError
from proxy.surfaces.messages.structure import output_config, output_format

CLOSED = {
    "type": "object",
    "properties": {"port": {"type": "string"}},
    "required": ["port"],
    "additionalProperties": False,
}


def formatted(schema):
    return {"type": "json_schema", "schema": schema}


def read(schema):
    chat = {}
    output_config(chat, {"format": formatted(schema)})
    return chat["response_format"]["json_schema"]


def test_effort_and_format_have_chats_names():
    chat = {}
    output_config(chat, {"effort": "low", "format": formatted(CLOSED), "other": 1})

    assert chat == {
        "reasoning_effort": "low",
        "response_format": {
            "type": "json_schema",
            "json_schema": {"name": "answer", "schema": CLOSED, "strict": True},
        },
    }


def test_an_empty_config_says_nothing():
    chat = {}
    output_config(chat, {"effort": None, "format": None})

    assert chat == {}


def test_the_older_place_gives_way_to_the_newer():
    chat = {}
    output_format(chat, formatted(CLOSED))
    older = dict(chat)
    output_config(chat, {"format": formatted({"type": "object"})})
    newer = dict(chat)
    output_format(chat, formatted(CLOSED))

    assert older["response_format"]["json_schema"]["schema"] == CLOSED
    assert chat == newer


@pytest.mark.parametrize(
    "schema",
    [
        CLOSED,
        {"type": "string"},
        {"type": "array", "items": CLOSED},
        {"anyOf": [CLOSED, {"type": "null"}]},
        {**CLOSED, "$defs": {"a": CLOSED}},
        {"type": "object", "required": [], "additionalProperties": False},
    ],
)
def test_a_schema_that_is_closed_all_through_is_held_to(schema):
    assert read(schema)["strict"] is True


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "object"},
        {**CLOSED, "required": []},
        {**CLOSED, "required": None},
        {**CLOSED, "additionalProperties": True},
        {"properties": {}},
        {"type": "array", "items": {"type": "object"}},
        {"anyOf": [CLOSED, {"type": "object"}]},
        {**CLOSED, "$defs": {"a": {"type": "object"}}},
        {**CLOSED, "properties": {"port": {"type": "object"}}},
    ],
)
def test_a_schema_that_chats_strict_mode_would_refuse_is_only_asked_for(schema):
    assert "strict" not in read(schema)


@pytest.mark.parametrize(
    ("config", "said"),
    [
        (5, "output_config: Input should be a valid dictionary"),
        ({"effort": 5}, "output_config.effort: Input should be a valid string"),
        ({"format": {}}, "output_config.format.type: Field required"),
        ({"format": {"type": "xml"}}, "output_config.format.type: Input should be 'json_schema'"),
        ({"format": {"type": "json_schema"}}, "output_config.format.schema: Field required"),
    ],
)
def test_a_config_out_of_form_is_refused(config, said):
    with pytest.raises(ProxyError) as caught:
        output_config({}, config)

    assert caught.value.message == said
