import json

from proxy.codecs.vendors.draft import Draft
from proxy.core import jsons
from proxy.core.shape import ChatRequest
from tests.support.written import target


def draft(body, raw=b"", dialect="chat"):
    return Draft(ChatRequest(body=body, raw=raw, dialect=dialect), target("Model-A"))


def body_of(made):
    return json.loads(jsons.join(made.members))


def test_members_are_the_callers_own_bytes_where_they_are_chat():
    assert bytes(draft({"a": 1}, b'{"a": 1.0}').members["a"]) == b"1.0"
    assert bytes(draft({"a": 1}, b'{"a": 1.0}', "messages").members["a"]) == b"1"
    assert bytes(draft({"a": 1}).members["a"]) == b"1"


def test_values_are_read_set_and_taken():
    made = draft({"a": {"b": 1}, "c": [1], "d": None})

    assert (made.value("a"), made.value("z")) == ({"b": 1}, None)
    assert (made.object("a"), made.object("c"), made.object("z")) == ({"b": 1}, {}, {})
    assert made.take("c") == [1]
    made.put("e", 2)
    made.default("e", 3)
    made.default("d", 4)
    assert body_of(made) == {"a": {"b": 1}, "d": 4, "e": 2}
    assert made.model == "model-a"


def test_what_says_something_is_reported_when_it_is_dropped():
    made = draft({"a": 1, "b": None})
    made.drop("a", "b", "c")

    assert (body_of(made), made.dropped) == ({}, ["a"])


def test_a_rename_keeps_the_place_and_wins_over_the_new_name():
    made = draft({"a": 1, "b": 2, "c": 3})
    made.rename("b", "c")
    made.rename("x", "y")
    made.rename("a", "a")

    assert list(body_of(made).items()) == [("a", 1), ("c", 2)]


def test_messages_are_written_only_where_they_changed():
    made = draft({"messages": [1]}, b'{"messages": [ 1 ]}')
    made.messages = made.messages

    assert bytes(made.members["messages"]) == b"[ 1 ]"
    made.messages = [2]
    assert body_of(made) == {"messages": [2]}
    assert draft({"messages": 3}).messages == []
