from proxy.core.errors import Kind
from proxy.surfaces import complaint


def test_complaints_carry_openais_codes():
    made = [
        complaint.invalid("m", "p", "c"),
        complaint.missing("p"),
        complaint.wrong_type("p", "a string", 5),
        complaint.wrong_value("p", "got 5."),
        complaint.not_one_of("p", "x", ["a", "b"]),
    ]

    assert {error.kind for error in made} == {Kind.INVALID_REQUEST}
    assert {error.param for error in made} == {"p"}
    assert [error.code for error in made] == [
        "c",
        "missing_required_parameter",
        "invalid_type",
        "invalid_value",
        "invalid_value",
    ]


def test_a_long_wrong_value_is_not_echoed_whole():
    error = complaint.not_one_of("p", "x" * 10_000, ["a"])

    assert len(error.message) < 200
