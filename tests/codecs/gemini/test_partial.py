import pytest

from proxy.codecs.gemini.partial import PartialArgs
from proxy.core.errors import Kind, ProxyError


def args(*pieces):
    partial = PartialArgs()
    for path, value in pieces:
        partial.add([{"jsonPath": path, **value}])
    return partial.value()


def said(text, *, more=False):
    return {"stringValue": text, "willContinue": more}


def test_pieces_of_a_string_are_added_up():
    pieces = [("$.city", said("Flo", more=True)), ("$.city", said("rence")), ("$.city", said(""))]

    assert args(*pieces) == {"city": "Florence"}


def test_values_of_every_kind():
    whole = args(
        ("$.a", {"numberValue": 1.5}),
        ("$.b", {"boolValue": False}),
        ("$.c", {"nullValue": "NULL_VALUE"}),
        ("$.d", {"stringValue": ""}),
        ("$.e", {"somethingNew": 1}),
    )

    assert whole == {"a": 1.5, "b": False, "c": None, "d": ""}


def test_lists_and_objects_are_made_on_the_way():
    whole = args(
        ("$.items[0].name", said("a")),
        ("$.items[0].price", {"numberValue": 1}),
        ("$.items[1].tags[0]", said("x")),
        ("$.items[1].tags[1]", said("y")),
        ("$['a.b'][\"c d\"]", said("z")),
    )

    assert whole == {
        "items": [{"name": "a", "price": 1}, {"tags": ["x", "y"]}],
        "a.b": {"c d": "z"},
    }


def test_arguments_that_come_whole_stand_beside_pieces():
    partial = PartialArgs()
    partial.take({"a": [1, {"b": 2}]})
    partial.take(None)
    partial.add("nonsense")
    partial.add(["nonsense", {"jsonPath": "$"}, {"jsonPath": "$.c", "numberValue": 3}])

    assert partial.value() == {"a": [1, {"b": 2}], "c": 3}


@pytest.mark.parametrize(
    ("pieces", "why"),
    [
        ([(None, said("x"))], "without a place"),
        ([("city", said("x"))], "without a place"),
        ([("$.a..b", said("x"))], "is no path"),
        ([("$" + ".a" * 200, said("x"))], "is no path"),
        ([("$.a[1]", said("x"))], "not there"),
        ([("$[0]", said("x"))], "not there"),
        ([("$.a[999999999].b", said("x"))], "not there"),
        ([("$.a[0]", said("x")), ("$.a.b", said("x"))], "contradict"),
        ([("$.a", said("x")), ("$.a.b", said("x"))], "contradict"),
        ([("$.a", said("x")), ("$.a[0]", said("x"))], "contradict"),
        ([("$.a.b", said("x")), ("$.a", {"numberValue": 1})], "contradict"),
    ],
)
def test_a_piece_without_a_place_is_malformed(pieces, why):
    with pytest.raises(ProxyError, match=why) as caught:
        args(*pieces)

    assert caught.value.kind is Kind.MALFORMED
