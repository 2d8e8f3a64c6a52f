import pytest

from proxy.codecs.plain import answer_format
from proxy.codecs.plain.answer_format import ONLY_JSON, ask_for_json, ask_for_schema
from proxy.codecs.plain.draft import Draft, Format
from proxy.core.errors import Kind, ProxyError


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"type": "text"}, None),
        ({"type": "json_object"}, Format()),
        ({"type": "json_schema", "json_schema": {"name": "x"}}, Format()),
        ({"type": "json_schema", "json_schema": {"schema": {"a": 1}}}, Format({"a": 1})),
    ],
)
def test_the_form_of_the_answer_is_read(value, expected):
    draft = Draft("m")
    answer_format.write(draft, value)

    assert draft.format == expected


@pytest.mark.parametrize(
    ("value", "kind", "param"),
    [
        ("json", Kind.INVALID_REQUEST, "response_format"),
        ({}, Kind.INVALID_REQUEST, "response_format.type"),
        ({"type": "grammar"}, Kind.UNSUPPORTED, "response_format.type"),
        ({"type": "json_schema"}, Kind.INVALID_REQUEST, "response_format.json_schema"),
        (
            {"type": "json_schema", "json_schema": {"schema": 1}},
            Kind.INVALID_REQUEST,
            "response_format.json_schema.schema",
        ),
    ],
)
def test_a_form_that_is_none_is_refused(value, kind, param):
    with pytest.raises(ProxyError) as caught:
        answer_format.write(Draft("m"), value)

    assert (caught.value.kind, caught.value.param) == (kind, param)


@pytest.mark.parametrize(
    ("draft", "told"),
    [
        (Draft("m"), [ONLY_JSON]),
        (Draft("m", messages=[{"content": "Hi"}, {"role": "assistant"}]), [ONLY_JSON]),
        (Draft("m", messages=[{"content": [{"type": "x"}, {"text": "Hi"}]}]), [ONLY_JSON]),
        (Draft("m", system=["Answer in JSON."]), []),
        (Draft("m", messages=[{"content": "as Json please"}]), []),
        (Draft("m", messages=[{"content": [{"text": "json"}]}]), []),
    ],
)
def test_the_model_is_told_of_json_where_nobody_has(draft, told):
    ask_for_json(draft)

    assert draft.sentences == told


def test_a_schema_that_nothing_enforces_is_told_whole():
    draft = Draft("m")
    ask_for_schema(draft, {"type": "object"})

    assert draft.sentences == [
        f'{ONLY_JSON} It must be valid against this JSON Schema:\n{{"type":"object"}}'
    ]
