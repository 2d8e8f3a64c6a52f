import pytest

from proxy.core.errors import Kind, ProxyError
from proxy.gate.desk import fields
from proxy.gate.desk.fields import Field, read_form
from proxy.gate.tenants import Period, Status
from proxy.store.records import MOST

FORM = {
    "name": Field("name", fields.text),
    "rpm": Field("rate", fields.count(1, 10), None),
}


def refused(read, *arguments):
    with pytest.raises(ProxyError) as caught:
        read(*arguments)
    assert caught.value.kind is Kind.INVALID_REQUEST
    return caught.value


def test_values_are_read_by_attribute_and_null_takes_back():
    assert read_form({"name": " acme ", "rpm": None}, FORM) == {"name": "acme", "rate": None}


def test_what_did_not_come_is_not_there():
    assert read_form({}, FORM) == {}


@pytest.mark.parametrize("body", [{}, {"name": None}])
def test_a_required_field_must_come(body):
    error = refused(read_form, body, FORM, ("name",))

    assert (error.param, error.code) == ("name", "missing_required_parameter")


@pytest.mark.parametrize(
    ("name", "said"), [("nam", "did you mean 'name'?"), ("zzz", "known are: name, rpm.")]
)
def test_an_unknown_field_is_refused_with_the_nearest(name, said):
    error = refused(read_form, {name: 1}, FORM)

    assert (error.param, error.code) == (name, "unknown_parameter")
    assert said in error.message


@pytest.mark.parametrize(
    ("read", "value", "param", "code"),
    [
        (fields.text, 1, "f", "invalid_type"),
        (fields.text, "x" * 257, "f", "invalid_value"),
        (fields.text, "two\nlines", "f", "invalid_value"),
        (fields.identifier, "", "f", "invalid_value"),
        (fields.identifier, "a/b", "f", "invalid_value"),
        (fields.identifier, "x" * 65, "f", "invalid_value"),
        (fields.identifier, "..", "f", "invalid_value"),
        (fields.identifier, 5, "f", "invalid_type"),
        (fields.names, "chat", "f", "invalid_type"),
        (fields.names, ["a", ""], "f[1]", "invalid_value"),
        (fields.names, ["a", 1], "f[1]", "invalid_type"),
        (fields.names, ["a"] * 501, "f", "invalid_value"),
        (fields.flag, 1, "f", "invalid_type"),
        (fields.count(1, 9), 0, "f", "invalid_value"),
        (fields.count(1, 9), 10, "f", "invalid_value"),
        (fields.count(1, 9), 1.5, "f", "invalid_type"),
        (fields.count(1, 9), True, "f", "invalid_type"),
        (fields.count(1, 9), "5", "f", "invalid_type"),
        (fields.word(Period), "year", "f", "invalid_value"),
        (fields.word(Period), 1, "f", "invalid_type"),
        (fields.word(Status, Status.ACTIVE), "revoked", "f", "invalid_value"),
        (fields.dollars, -0.01, "f", "invalid_value"),
        (fields.dollars, 1e30, "f", "invalid_value"),
        (fields.dollars, "5", "f", "invalid_type"),
        (fields.moment, "soon", "f", "invalid_value"),
        (fields.moment, [], "f", "invalid_type"),
        (fields.metadata, [], "f", "invalid_type"),
        (fields.metadata, {"a": "x" * 20_000}, "f", "invalid_value"),
    ],
)
def test_a_wrong_value_is_complained_of_by_its_place(read, value, param, code):
    error = refused(read, value, "f")

    assert (error.param, error.code) == (param, code)


@pytest.mark.parametrize(
    ("read", "value", "expected"),
    [
        (fields.identifier, "acme-1.eu_2", "acme-1.eu_2"),
        (fields.names, [" chat ", "fast", "chat"], ("chat", "fast")),
        (fields.names, [], ()),
        (fields.flag, True, True),
        (fields.count(), MOST, MOST),
        (fields.word(Period), "week", Period.WEEK),
        (fields.dollars, 2.5, 2_500_000),
        (fields.dollars, 0.1, 100_000),
        (fields.dollars, 0.0000001, 1),
        (fields.dollars, 0, 0),
        (fields.moment, "1970-01-02", 86_400.0),
        (fields.metadata, {"a": [1]}, {"a": [1]}),
    ],
)
def test_a_right_value_is_read(read, value, expected):
    assert read(value, "f") == expected
