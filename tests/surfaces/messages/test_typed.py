import pytest

from proxy.core.errors import ProxyError
from proxy.surfaces.messages import typed

GOOD = [
    (typed.string, ""),
    (typed.mapping, {}),
    (typed.array, []),
    (typed.boolean, False),
    (typed.number, 0.5),
    (typed.number, 1),
    (typed.integer, 0),
]
BAD = [
    (typed.string, 1, "a valid string"),
    (typed.mapping, [], "a valid dictionary"),
    (typed.array, {}, "a valid list"),
    (typed.boolean, 0, "a valid boolean"),
    (typed.number, True, "a valid number"),
    (typed.number, "1", "a valid number"),
    (typed.integer, False, "a valid integer"),
    (typed.integer, 1.0, "a valid integer"),
]


@pytest.mark.parametrize(("read", "value"), GOOD)
def test_a_value_of_the_type_comes_back(read, value):
    assert read(value, "at") is value


@pytest.mark.parametrize(("read", "value", "expected"), BAD)
def test_a_value_of_another_type_is_refused_with_its_place(read, value, expected):
    with pytest.raises(ProxyError) as caught:
        read(value, "a.0.b")

    assert caught.value.message == f"a.0.b: Input should be {expected}"


def test_a_member_that_must_be_there_is_read():
    assert typed.member({"a": 0}, "a", "x") == 0
    assert typed.text({"a": "b"}, "a", "x") == "b"


@pytest.mark.parametrize("holder", [{}, {"a": None}])
def test_a_member_that_is_missing_is_told(holder):
    with pytest.raises(ProxyError, match=r"^x\.a: Field required$"):
        typed.text(holder, "a", "x")
