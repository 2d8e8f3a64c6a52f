"""Fields are taken in in the order of the table, and what no table has is dropped by name."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.codecs.plain.fields import Fields

ELSEWHERE = frozenset({"model"})


class Draft:
    def __init__(self):
        self.said = []

    def drop(self, name):
        self.said.append(f"drop {name}")


def noting(name):
    return lambda draft, value: draft.said.append((name, value))


TABLE = {name: noting(name) for name in ("messages", "tools", "tool_choice", "stop")}
FIELDS = Fields(TABLE, ELSEWHERE)


def taken(chat):
    draft = Draft()
    FIELDS.take(chat, draft)
    return draft.said


def test_the_order_of_the_table_holds_whatever_the_order_of_the_request():
    chat = {
        "tool_choice": "auto",
        "odd": 1,
        "model": "m",
        "tools": [],
        "messages": [],
        "stop": None,
    }

    assert taken(chat) == [("messages", []), ("tools", []), ("tool_choice", "auto"), "drop odd"]


@given(
    st.permutations(["messages", "tools", "tool_choice", "stop", "model", "odd", "even"]).flatmap(
        lambda names: st.tuples(
            *(st.tuples(st.just(n), st.sampled_from([None, 0, 1])) for n in names)
        )
    )
)
def test_a_walk_through_the_table_takes_the_same(pairs):
    chat = dict(pairs)
    walked = [(name, chat[name]) for name in TABLE if chat[name] is not None]
    unknown = [name for name in chat if name not in TABLE and name not in ELSEWHERE]
    dropped = [f"drop {name}" for name in unknown if chat[name] is not None]

    assert taken(chat) == walked + dropped


def test_what_is_wrong_first_in_the_table_is_told():
    def refuse(_draft, value):
        raise ValueError(value)

    fields = Fields({"a": refuse, "b": refuse}, frozenset())
    with pytest.raises(ValueError, match="one"):
        fields.take({"b": "two", "a": "one"}, Draft())


def test_a_targets_parameters_stand_in_the_place_of_the_callers():
    fields = Fields(TABLE, ELSEWHERE, frozenset({"store"}))
    chat = {"stop": "a", "tools": []}
    overlaid = fields.overlaid(chat, {"stop": "b", "model": "m", "store": True, "own": 1})

    assert overlaid == ({"stop": "b", "tools": [], "model": "m", "store": True}, {"own": 1})
    assert chat == {"stop": "a", "tools": []}


@pytest.mark.parametrize("name", ["max_tokens", "max_completion_tokens"])
def test_a_targets_limit_stands_in_the_place_of_the_callers_whatever_its_name(name):
    chat = {"max_tokens": 9, "max_completion_tokens": 9, "stop": "a"}

    assert FIELDS.overlaid(chat, {name: 5}) == ({"stop": "a"}, {name: 5})


def test_without_parameters_a_request_is_what_it_was():
    chat = {"stop": "a"}
    overlaid, native = FIELDS.overlaid(chat, {})

    assert overlaid is chat
    assert native == {}
