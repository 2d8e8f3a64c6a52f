import pytest

from proxy.codecs.plain.arguments import FREEFORM, INPUTS
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
