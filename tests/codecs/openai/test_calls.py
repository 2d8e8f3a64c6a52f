import pytest

from proxy.codecs.openai.calls import MAX_CALLS, Calls, argument_text, opening
from proxy.core.errors import Kind, ProxyError


def piece(index, arguments=None, **more):
    function = {} if arguments is None else {"arguments": arguments}
    return {"index": index, "function": function, **more}


def opened(index, mark, name, arguments=""):
    return {
        "index": index,
        "id": mark,
        "type": "function",
        "function": {"name": name, "arguments": arguments},
    }


def test_clean_pieces_are_the_same_object():
    calls = Calls("seed")
    for came in ([opened(0, "a", "f")], [piece(0, "{")], [piece(0, "}")], [opened(1, "b", "g")]):
        assert calls.take(came) is came


def test_there_are_no_calls_before_the_first():
    calls = Calls("seed")
    assert not calls

    calls.take([opened(0, "a", "f")])
    assert calls


def test_indexes_are_dense_whatever_the_server_counts_from():
    calls = Calls("seed")
    taken = calls.take([opened(5, "a", "f"), opened(2, "b", "g")])
    more = calls.take([piece(2, "x"), piece(5, "y")])

    assert [call["index"] for call in taken] == [0, 1]
    assert more == [piece(1, "x"), piece(0, "y")]


def test_repeated_id_type_and_name_are_dropped():
    calls = Calls("seed")
    calls.take([opened(0, "a", "f")])

    assert calls.take([opened(0, "a", "f", "x")]) == [piece(0, "x")]
    assert calls.take([{"index": 0, "id": None, "type": None, "function": {"name": None}}]) == [
        piece(0)
    ]


def test_a_new_id_on_a_used_index_opens_a_call():
    calls = Calls("seed")
    calls.take([opened(0, "a", "f", "{}")])

    assert calls.take([opened(0, "b", "f", "{}")]) == [opened(1, "b", "f", "{}")]
    assert calls.take([piece(0, " ")]) == [piece(1, " ")]


def test_another_name_after_arguments_opens_a_call():
    calls = Calls("seed")
    calls.take([opened(0, "a", "f", "{}")])
    taken = calls.take([{"index": 0, "function": {"name": "g", "arguments": "{}"}}])

    assert taken[0]["index"] == 1
    assert taken[0]["function"]["name"] == "g"


def test_a_name_in_pieces_is_passed_on():
    calls = Calls("seed")
    calls.take([opened(0, "a", "get_")])
    came = {"index": 0, "function": {"name": "tide"}}

    assert calls.take([came]) == [came]
    assert calls.take([{"index": 0, "function": {"name": "get_tide"}}]) == [piece(0)]


def test_without_index_the_id_finds_the_call_and_else_the_last_one_goes_on():
    calls = Calls("seed")
    calls.take([opened(None, "a", "f"), opened(None, "b", "g")])

    assert calls.take([{"id": "a", "function": {"arguments": "x"}}]) == [piece(0, "x")]
    assert calls.take([{"function": {"arguments": "y"}}]) == [piece(1, "y")]
    assert calls.take([{"function": {"name": "h"}}])[0]["index"] == 2


def test_ids_are_made_up_from_the_seed_and_a_late_one_is_dropped():
    calls, again, other = Calls("seed"), Calls("seed"), Calls("other")
    came = [{"index": 0, "function": {"name": "f"}}]
    mark = calls.take(came)[0]["id"]

    assert mark.startswith("call_")
    assert again.take(came)[0]["id"] == mark
    assert other.take(came)[0]["id"] != mark
    assert calls.take([opened(0, "late", "f", "{}")]) == [piece(0, "{}")]


def test_arguments_that_are_objects_become_text():
    calls = Calls("seed")
    taken = calls.take([{"index": 0, "id": "a", "function": {"name": "f", "arguments": {"x": 1}}}])

    assert taken == [opened(0, "a", "f", '{"x":1}')]
    assert calls.take([piece(0, {"y": 2})]) == [piece(0, '{"y":2}')]


def test_custom_calls_go_on_with_their_input():
    calls = Calls("seed")
    first = {"index": 1, "id": "a", "custom": {"name": "sql", "input": ""}}

    assert calls.take([first]) == [{**first, "index": 0, "type": "custom"}]
    assert calls.take([{"index": 1, "id": "a", "custom": {"input": "x"}}]) == [
        {"index": 0, "custom": {"input": "x"}}
    ]
    assert calls.fill([]) == []


def test_a_piece_without_a_function_is_kept_for_what_else_it_says():
    calls = Calls("seed")
    calls.take([opened(0, "a", "f")])

    assert calls.take([{"index": 0, "extra_content": 1}]) == [
        {"index": 0, "function": {}, "extra_content": 1}
    ]


def test_calls_without_arguments_get_an_empty_object_at_the_end():
    calls = Calls("seed")
    calls.take([opened(0, "a", "f"), opened(1, "b", "g", "{}"), opened(2, "c", "h")])
    filled = calls.fill([{"index": 2, "id": "c"}, {"index": 1}])

    assert filled == [
        {"index": 2, "id": "c", "function": {"arguments": "{}"}},
        {"index": 1},
        {"index": 0, "function": {"arguments": "{}"}},
    ]


@pytest.mark.parametrize(
    "hostile",
    [
        {"index": 0},
        ["call"],
        [opened(-1, "a", "f")],
        [opened(MAX_CALLS, "a", "f")],
        [opened(None, f"id{n}", "f") for n in range(MAX_CALLS + 1)],
    ],
)
def test_what_is_no_list_of_some_calls_is_malformed(hostile):
    with pytest.raises(ProxyError) as caught:
        Calls("seed").take(hostile)

    assert caught.value.kind is Kind.MALFORMED


def test_an_opening_is_completed():
    assert opening({"id": "a"}, "s") == {
        "id": "a",
        "type": "function",
        "function": {"name": "", "arguments": ""},
    }
    assert opening({"id": "a", "type": "function", "function": {"name": None}}, "s") == {
        "id": "a",
        "type": "function",
        "function": {},
    }


def test_arguments_are_text():
    assert argument_text(None) == ""
    assert argument_text("{}") == "{}"
    assert argument_text([1]) == "[1]"


def test_arguments_that_come_before_the_name_wait_for_it():
    calls = Calls("s")
    taken = [
        *calls.take([{"index": 0, "id": "a", "function": {"arguments": "{"}}]),
        *calls.take([{"index": 0, "function": {"arguments": '"x"'}}]),
        *calls.take([{"index": 0, "function": {"name": "f", "arguments": ":1"}}]),
        *calls.take([{"index": 0, "function": {"arguments": "}"}}]),
    ]

    assert [call["function"].get("name") for call in taken] == [None, None, "f", None]
    assert [call["function"]["arguments"] for call in taken] == ["", "", '{"x":1', "}"]
    assert calls.fill([]) == []


def test_arguments_of_a_call_that_never_gets_a_name_are_told_at_the_end():
    calls = Calls("s")
    calls.take([{"index": 0, "id": "a", "function": {"arguments": "{}"}}])

    assert calls.fill([]) == [{"index": 0, "function": {"arguments": "{}"}}]
    assert calls.fill([]) == []


def test_arguments_that_wait_are_put_together_once():
    class Piece(str):
        __slots__ = ()

        def __radd__(self, before):
            raise AssertionError(f"{len(before)} characters were copied for one piece")

    calls = Calls("seed")
    calls.take([opened(0, "a", "", "{")])
    for text in ('"a"', ":", "1", "}"):
        assert calls.take([piece(0, Piece(text))]) == [piece(0, "")]

    assert calls.take([opened(0, "a", "f")]) == [
        {"index": 0, "function": {"name": "f", "arguments": '{"a":1}'}}
    ]
