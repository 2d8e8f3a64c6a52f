import pytest

from proxy.core.errors import ProxyError
from proxy.surfaces.responses.listing import listed

ITEMS = [
    {"role": "user", "content": "Tide?"},
    {"type": "function_call", "call_id": "c1", "name": "tide", "arguments": "{}"},
    {"type": "function_call_output", "call_id": "c1", "output": "14:20"},
    {"role": "assistant", "content": "At 14:20."},
    {"type": "message", "id": "msg_own", "role": "user", "content": [{"type": "input_text"}]},
    {"type": "something_new", "x": 1},
]


def page(**query):
    return listed("resp_1", ITEMS, query)


def test_every_item_has_an_id_and_messages_their_content_in_parts():
    data = page(order="asc")["data"]

    assert data[0] == {
        "id": "msg_1_in_0",
        "type": "message",
        "status": "completed",
        "role": "user",
        "content": [{"type": "input_text", "text": "Tide?"}],
    }
    assert data[1] == {**ITEMS[1], "id": "fc_1_in_1"}
    assert data[3]["content"] == [{"type": "output_text", "text": "At 14:20."}]
    assert data[4] == {**ITEMS[4], "status": "completed"}
    assert data[5]["id"] == "item_1_in_5"


def test_the_last_come_first_unless_asked_otherwise():
    usual = [item["id"] for item in page()["data"]]
    oldest = [item["id"] for item in page(order="asc")["data"]]

    assert usual == oldest[::-1]


def test_it_is_read_in_pages():
    first = page(limit="4")
    second = page(limit="4", after=first["last_id"])

    assert (first["has_more"], second["has_more"]) == (True, False)
    assert len(first["data"]) + len(second["data"]) == len(ITEMS)
    assert first["first_id"] == first["data"][0]["id"]
    assert page(after=second["last_id"]) == {
        "object": "list",
        "data": [],
        "first_id": None,
        "last_id": None,
        "has_more": False,
    }


def test_what_was_asked_with_is_not_touched():
    before = [dict(item) for item in ITEMS]
    page()

    assert before == ITEMS


@pytest.mark.parametrize(
    ("query", "param"),
    [({"order": "up"}, "order"), ({"limit": "101"}, "limit"), ({"after": "nothing"}, "after")],
)
def test_a_page_that_there_cannot_be_is_refused(query, param):
    with pytest.raises(ProxyError) as caught:
        page(**query)

    assert caught.value.param == param
