import pytest

from proxy.codecs.plain.arguments import (
    FREEFORM,
    INPUTS,
    called_of,
    freeform_description,
    freeform_text,
)
from proxy.core import jsons
from proxy.core.errors import Kind, ProxyError


@pytest.mark.parametrize(
    ("called", "expected"),
    [
        ({"arguments": '{"port": "Cork"}'}, {"port": "Cork"}),
        ({"arguments": {"port": "Cork"}}, {"port": "Cork"}),
        ({"arguments": ""}, {}),
        ({"arguments": " \n"}, {}),
        ({"arguments": None}, {}),
        ({}, {}),
    ],
)
def test_a_function_is_called_with_an_object(called, expected):
    assert INPUTS["function"](called, "f") == expected


@pytest.mark.parametrize("given", ["{", "[1]", "null", '"x"', "NaN", '{"a": "\ud800'])
def test_a_text_that_is_no_object_is_refused_with_its_path(given):
    with pytest.raises(ProxyError, match="expected a JSON object in a string") as caught:
        INPUTS["function"]({"arguments": given}, "f")

    assert (caught.value.kind, caught.value.param) == (Kind.INVALID_REQUEST, "f.arguments")


@pytest.mark.parametrize("given", [7, False, ["{}"]])
def test_arguments_of_another_type_are_refused_with_their_path(given):
    with pytest.raises(ProxyError, match="expected a string, but got") as caught:
        INPUTS["function"]({"arguments": given}, "f")

    assert (caught.value.kind, caught.value.param) == (Kind.INVALID_REQUEST, "f.arguments")


@pytest.mark.parametrize(
    ("called", "text"), [({"input": "select 1"}, "select 1"), ({"input": None}, ""), ({}, "")]
)
def test_a_custom_tool_is_called_with_its_text_under_one_name(called, text):
    assert INPUTS["custom"](called, "f") == {FREEFORM: text}


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ('{"freeform_input": "say \\"a\\"\\n"}', 'say "a"\n'),
        ('{"freeform_input":""}', ""),
        ('{"freeform_input":"x","more":1}', "x"),
        ('{"freeform_input":3}', '{"freeform_input":3}'),
        ('{"patch":"*** Begin"}', '{"patch":"*** Begin"}'),
        ("[1]", "[1]"),
        ("*** Begin", "*** Begin"),
        ("{ echo hi; }", "{ echo hi; }"),
        ("{{ name }}", "{{ name }}"),
        ("\n{a", "\n{a"),
        ('{"freeform_input":"a\n\tb\\n\\"c\\"\x00"}', 'a\n\tb\n"c"\x00'),
        ('{\n\t"freeform_input":\n"a\r\nb"}', "a\r\nb"),
        ('{"freeform_input":"a \\\\\n  b"}', "a \\\n  b"),
        ("", ""),
        ("{}", ""),
        ('{"freeform_input":"\ud83d\ude00 \ud83d"}', "\U0001f600 \ufffd"),
    ],
)
def test_a_custom_tools_text_is_the_one_argument_or_what_the_model_made_of_it(arguments, text):
    assert freeform_text(arguments) == text


@pytest.mark.parametrize(
    "arguments",
    ['{"freeform_input":"*** Be', '{"freeform_input":"*** Be\n', ' {"patch":"x"', "{", " { \n"],
)
def test_a_text_that_was_cut_is_none(arguments):
    with pytest.raises(jsons.JsonError):
        freeform_text(arguments)


def test_a_call_says_of_which_kind_its_tool_is():
    custom = {"type": "custom", "custom": {"name": "note"}}

    assert called_of(custom, "c") == ("custom", {"name": "note"})
    assert called_of({"function": {"name": "tide"}}, "c") == ("function", {"name": "tide"})


@pytest.mark.parametrize(("call", "param"), [("x", "c"), ({"type": "custom"}, "c.custom")])
def test_a_call_that_says_nothing_of_its_tool_is_refused_with_its_path(call, param):
    with pytest.raises(ProxyError) as caught:
        called_of(call, "c")

    assert (caught.value.kind, caught.value.param) == (Kind.INVALID_REQUEST, param)


@pytest.mark.parametrize(
    ("custom", "expected"),
    [
        ({}, None),
        ({"description": "Notes.", "format": {"type": "text"}}, "Notes."),
        (
            {
                "description": "Notes.",
                "format": {"grammar": {"syntax": "regex", "definition": "a+"}},
            },
            "Notes.\n\nThe input must follow this regex grammar:\na+",
        ),
    ],
)
def test_a_grammar_is_asked_for_in_words(custom, expected):
    assert freeform_description(custom) == expected
