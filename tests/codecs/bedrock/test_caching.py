from tests.support.converse import (
    HI,
    LLAMA,
    NOVA,
    SONNET_4_5,
    dropped,
    function,
    native,
    turns,
    user,
)

MARK = {"type": "ephemeral"}
POINT = {"cachePoint": {"type": "default"}}


def marked(text, mark=MARK):
    return {"type": "text", "text": text, "cache_control": mark}


def test_a_point_stands_behind_the_part_that_asks_for_it():
    parts = [marked("a"), {"type": "text", "text": "b"}]

    assert turns([user(*parts)]) == [user({"text": "a"}, POINT, {"text": "b"})]


def test_a_message_may_ask_for_one_too_and_never_for_two():
    message = {**user(marked("a")), "cache_control": MARK}

    assert turns([message]) == [user({"text": "a"}, POINT)]
    assert turns([{**HI[0], "cache_control": MARK}]) == [user({"text": "Hi"}, POINT)]


def test_openais_own_mark_is_one():
    part = {"type": "text", "text": "a", "prompt_cache_breakpoint": {}}

    assert turns([user(part)]) == [user({"text": "a"}, POINT)]


def test_an_hour_is_asked_for_where_it_is_known_to_be_had():
    message = user(marked("a", {**MARK, "ttl": "1h"}))
    point = {"cachePoint": {"type": "default", "ttl": "1h"}}

    assert turns([message]) == [user({"text": "a"}, point)]
    assert turns([message], NOVA) == [user({"text": "a"}, POINT)]


def test_a_mark_that_cannot_be_is_dropped_and_named():
    file = {"type": "file", "file": {"file_data": "JVBERi0xLjQ="}, "cache_control": MARK}
    message = {"messages": [user(file)]}

    assert dropped(message) == ("cache_control",)
    assert dropped({"messages": [user(marked("a"))]}, LLAMA) == ("cache_control",)
    assert not dropped({"messages": [{"role": "user", "content": "", "cache_control": MARK}]})


def test_only_the_last_four_points_stay():
    system = {"role": "system", "content": [marked("s"), marked("t")]}
    messages = [system, user(marked("a"), marked("b"), marked("c"))]
    tools = [{**function(), "cache_control": MARK}]
    body = native({"messages": messages, "tools": tools}, SONNET_4_5)

    assert POINT not in body["toolConfig"]["tools"]
    assert body["system"] == [{"text": "s"}, {"text": "t"}, POINT]
    assert body["messages"][0]["content"].count(POINT) == 3


def test_no_point_lives_longer_than_one_before_it():
    hour = {**MARK, "ttl": "1h"}
    lasting = {"cachePoint": {"type": "default", "ttl": "1h"}}
    system = {"role": "system", "content": [marked("s", hour)]}
    body = native({"messages": [system, user(marked("a"), marked("b", hour))]}, SONNET_4_5)

    assert body["system"] == [{"text": "s"}, lasting]
    assert body["messages"][0]["content"] == [{"text": "a"}, POINT, {"text": "b"}, POINT]
