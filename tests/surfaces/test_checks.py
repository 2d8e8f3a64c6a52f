import pytest

from proxy.core.errors import ProxyError
from proxy.surfaces import checks

GOOD = [
    (checks.a_string, ""),
    (checks.a_model, "chat"),
    (checks.an_object, {}),
    (checks.an_array, []),
    (checks.a_boolean, False),
    (checks.a_number, 0),
    (checks.a_number, 0.5),
    (checks.an_integer, -3),
]
BAD = [
    (checks.a_string, None, "a string", "null"),
    (checks.a_model, 3, "a string", "a number"),
    (checks.an_object, [], "an object", "an array"),
    (checks.an_array, {}, "an array", "an object"),
    (checks.a_boolean, 0, "a boolean", "a number"),
    (checks.a_number, True, "a number", "a boolean"),
    (checks.a_number, "1", "a number", "a string"),
    (checks.an_integer, True, "a number", "a boolean"),
]


@pytest.mark.parametrize(("check", "value"), GOOD)
def test_a_value_of_the_type_passes(check, value):
    check(value, "at")


@pytest.mark.parametrize(("check", "value", "expected", "came"), BAD)
def test_a_value_of_another_type_is_named_by_its_path(check, value, expected, came):
    with pytest.raises(ProxyError) as caught:
        check(value, "at[0]")

    assert caught.value.param == "at[0]"
    assert f"expected {expected}, but got {came} instead" in caught.value.message


def test_whoever_gives_a_list_of_models_is_told_where_it_goes():
    with pytest.raises(ProxyError) as caught:
        checks.a_model(["a", "b"], "model")

    assert (caught.value.param, caught.value.code) == ("model", "invalid_type")
    assert caught.value.message == (
        "Invalid type for 'model': expected a string, but got an array instead. "
        "A list, to be tried in its order, goes into 'models'."
    )


def test_a_decimal_number_is_no_integer():
    with pytest.raises(ProxyError, match="expected an integer, but got a decimal number"):
        checks.an_integer(1.0, "n")


@pytest.mark.parametrize("sent", [{}, {"n": None}, {"n": 1, "unknown": "x"}])
def test_members_that_are_missing_null_or_unknown_are_not_checked(sent):
    checks.check_fields(sent, {"n": checks.an_integer, "s": checks.a_string})


@pytest.mark.parametrize(("path", "param"), [("", "s"), ("messages[0].", "messages[0].s")])
def test_a_member_that_is_not_what_it_should_be_is_named_with_its_path(path, param):
    with pytest.raises(ProxyError) as caught:
        checks.check_fields({"n": 1, "s": 2}, {"n": checks.an_integer, "s": checks.a_string}, path)

    assert caught.value.param == param


def test_a_string_that_must_be_there_is_given_back():
    assert checks.needed_string({"name": "tide"}, "name", "tools[0]") == "tide"


@pytest.mark.parametrize(
    ("members", "said"),
    [({}, "Missing required parameter"), ({"name": None}, "Missing"), ({"name": 1}, "a string")],
)
def test_a_string_that_is_missing_or_none_is_named_by_its_path(members, said):
    with pytest.raises(ProxyError, match=said) as caught:
        checks.needed_string(members, "name", "tools[0]")

    assert caught.value.param == "tools[0].name"
