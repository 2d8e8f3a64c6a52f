import pytest

from proxy.codecs.cohere.calls import Calls
from proxy.core.build import Builder
from proxy.core.errors import Kind, ProxyError
from proxy.core.fold import MAX_CALLS, fold


def calls(room=1000):
    return Calls(Builder(1, "answer", "m"), room)


def opening(name="f", arguments=None, mark="c"):
    return {"id": mark, "function": {"name": name, "arguments": arguments}}


def piece(arguments):
    return {"function": {"arguments": arguments}}


def pieces(chunks):
    return [
        call["function"]["arguments"]
        for chunk in chunks
        for call in chunk["choices"][0]["delta"]["tool_calls"]
        if "id" not in call
    ]


def arguments(*given):
    made = calls()
    chunks = made.start(0, opening())
    for each in given:
        chunks += made.add(0, piece(each))
    return pieces(chunks + made.end(0))


def test_arguments_go_out_as_they_come():
    made = calls()

    assert pieces(made.start(0, opening(arguments='{"a"'))) == ['{"a"']
    assert pieces(made.add(0, piece(":1}"))) == [":1}"]
    assert made.end(0) == []
    made.check()


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ([], ["{}"]),
        ([""], ["{}"]),
        ([None], ["{}"]),
        (["null"], ["{}"]),
        (["n", "u", "ll "], ["{}"]),
        ([" "], ["{}"]),
        (["\n", "{}"], ["\n{}"]),
        (["nu", "x"], ["nux"]),
        (["nu"], ["nu"]),
        ([{"a": 1}], ['{"a":1}']),
    ],
)
def test_nothing_and_null_are_an_empty_object(given, told):
    assert arguments(*given) == told


def test_calls_are_counted_anew_and_keep_apart_whatever_their_index():
    made = calls()
    chunks = [
        *made.start(5, opening("get_x2d_a", "{}")),
        *made.start(5, opening("b", mark="")),
        *made.start("x", opening("c")),
    ]
    whole = fold([*chunks, *made.close()])["choices"][0]["message"]["tool_calls"]

    assert [call["function"] for call in whole] == [
        {"name": "get-a", "arguments": "{}"},
        {"name": "b", "arguments": "{}"},
        {"name": "c", "arguments": "{}"},
    ]
    assert whole[0]["id"] == "c"
    assert whole[1]["id"].startswith("call_")
    assert bool(made)
    assert not calls()


@pytest.mark.parametrize(
    ("index", "given"),
    [(0, None), (0, {}), (0, {"function": "f"}), ([], opening()), ({}, opening())],
)
def test_a_call_that_is_none_is_malformed(index, given):
    with pytest.raises(ProxyError) as caught:
        calls().start(index, given)

    assert caught.value.kind is Kind.MALFORMED


@pytest.mark.parametrize("index", [1, None, [], {}])
def test_arguments_of_no_open_call_are_malformed(index):
    made = calls()
    made.start(0, opening())
    with pytest.raises(ProxyError) as caught:
        made.add(index, piece("{}"))

    assert caught.value.kind is Kind.MALFORMED
    assert made.end(index) == []


@pytest.mark.parametrize("given", [None, {}, {"function": None}])
def test_a_piece_without_arguments_says_nothing(given):
    made = calls()
    made.start(0, opening())

    assert made.add(0, given) == []


def test_there_is_a_bound_on_calls_and_on_their_arguments():
    made = calls()
    for _ in range(MAX_CALLS):
        made.start(0, opening())
    with pytest.raises(ProxyError) as many:
        made.start(0, opening())
    with pytest.raises(ProxyError) as large:
        calls(room=3).start(0, opening(arguments="{   "))

    assert many.value.kind is Kind.MALFORMED
    assert large.value.kind is Kind.OVERSIZED


def test_blanks_are_not_held_back_for_ever():
    blanks = " " * 40

    assert arguments(blanks, blanks, "{}") == [blanks * 2, "{}"]


def test_what_cannot_be_run_is_malformed():
    made = calls()
    made.start(0, opening(arguments='{"a":'))
    with pytest.raises(ProxyError) as caught:
        made.check()

    assert caught.value.kind is Kind.MALFORMED
    assert caught.value.message == "the provider sent arguments of a call of f that are not JSON"
