from dataclasses import fields

from proxy.store.records import MOST, Balance, Brief, CallRow, Document


def test_what_remains_is_neither_held_nor_spent():
    assert Balance("credits:acme", granted=10, held=3, spent=4).remaining == 3


def test_the_largest_amount_is_the_last_that_a_double_tells_from_its_neighbours():
    assert float(MOST) == MOST
    assert float(MOST + 2) == float(MOST + 1)


def test_what_may_hold_a_prompt_is_not_printed():
    row = CallRow("c", 0.0, "chat", "a", "a", "t", "served", 200, False, detail={"body": "psst"})

    assert "psst" not in repr(row)
    assert "psst" not in repr(Document("d", {"body": "psst"}))


def test_a_brief_is_a_part_of_a_row():
    whole = {each.name: (each.type, each.default) for each in fields(CallRow)}

    assert all(whole[each.name] == (each.type, each.default) for each in fields(Brief))
