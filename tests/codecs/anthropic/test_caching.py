import pytest

from tests.support.claude import SONNET_4_5, call, dropped, function, native, said

MARK = {"type": "ephemeral"}
HOUR = {"type": "ephemeral", "ttl": "1h"}


def marks(body):
    """All marks in the order of the prompt, as the text or name that they stand on."""
    blocks = [*body.get("tools", []), *body.get("system", [])]
    for turn in body["messages"]:
        for block in turn["content"]:
            inner = block.get("content")
            blocks += [*(inner if isinstance(inner, list) else []), block]
    return [
        (block.get("name") or block.get("text") or block["type"], block["cache_control"])
        for block in blocks
        if "cache_control" in block
    ]


@pytest.mark.parametrize(
    ("mark", "expected"),
    [
        ({"cache_control": {"type": "ephemeral"}}, MARK),
        ({"cache_control": {"type": "ephemeral", "ttl": "5m"}}, {"type": "ephemeral", "ttl": "5m"}),
        ({"cache_control": {"type": "ephemeral", "ttl": "1h"}}, HOUR),
        ({"prompt_cache_breakpoint": {"mode": "explicit"}}, MARK),
        ({"prompt_cache_breakpoint": {"mode": "explicit", "ttl": "30m"}}, HOUR),
        ({"prompt_cache_breakpoint": {"mode": "explicit", "ttl": "12h"}}, HOUR),
        ({"cache_control": {"type": "ephemeral", "ttl": 7}}, MARK),
    ],
)
def test_both_ways_to_write_a_mark_are_read(mark, expected):
    body = native({"messages": [{"role": "user", "content": [{**said("Hi"), **mark}]}]})

    assert body["messages"][0]["content"] == [{**said("Hi"), "cache_control": expected}]


@pytest.mark.parametrize("mark", [None, "ephemeral", {}])
def test_what_is_no_mark_is_left_out(mark):
    part = {**said("Hi"), "cache_control": mark}
    expected = [("Hi", MARK)] if mark == {} else []

    assert marks(native({"messages": [{"role": "user", "content": [part]}]})) == expected


def test_marks_stand_on_tools_system_text_results_and_messages():
    body = native(
        {
            "tools": [{**function("a"), "cache_control": MARK}],
            "messages": [
                {"role": "system", "content": "Be brief.", "cache_control": MARK},
                {"role": "user", "content": [said("One"), said("Two")], "cache_control": MARK},
                {
                    "role": "assistant",
                    "content": None,
                    "tool_calls": [{"id": "c", **function("a", arguments="")}],
                },
                {"role": "tool", "tool_call_id": "c", "content": "x", "cache_control": MARK},
            ],
        }
    )

    assert marks(body) == [("a", MARK), ("Be brief.", MARK), ("Two", MARK), ("tool_result", MARK)]


def test_a_mark_of_a_function_itself_counts_too():
    assert marks(native({"tools": [function("a", cache_control=HOUR)]})) == [("a", HOUR)]


def test_a_mark_inside_a_result_stays_there():
    messages = [
        {"role": "assistant", "tool_calls": [{"id": "c", **function("a", arguments="{}")}]},
        {"role": "tool", "tool_call_id": "c", "content": [{**said("x"), "cache_control": MARK}]},
    ]

    assert marks(native({"messages": messages})) == [("x", MARK)]


def test_an_assistants_mark_never_stands_on_reasoning():
    blocks = [{"type": "thinking", "thinking": "hm", "signature": "c2ln"}]
    only = {"role": "assistant", "thinking_blocks": blocks, "cache_control": MARK}
    both = {**only, "content": "Yes"}
    after = {"role": "user", "content": "Go on"}
    messages = [{"role": "user", "content": "Hi"}, both, after, only, after]

    assert marks(native({"messages": messages})) == [("Yes", MARK)]


def test_of_more_than_four_marks_the_last_stay():
    parts = [{**said(str(at)), "cache_control": MARK} for at in range(6)]
    body = native({"messages": [{"role": "user", "content": parts}]})
    automatic = native(
        {"messages": [{"role": "user", "content": parts}], "cache_control": {"type": "ephemeral"}}
    )

    assert [name for name, _ in marks(body)] == ["2", "3", "4", "5"]
    assert [name for name, _ in marks(automatic)] == ["3", "4", "5"]
    assert automatic["cache_control"] == MARK


def test_no_mark_outlives_one_before_it():
    ttls = ["1h", None, "1h"]
    parts = [
        {**said(str(at)), "cache_control": {"type": "ephemeral", **({"ttl": ttl} if ttl else {})}}
        for at, ttl in enumerate(ttls)
    ]
    body = native({"messages": [{"role": "user", "content": parts}]})

    assert marks(body) == [("0", HOUR), ("1", MARK), ("2", MARK)]


def test_the_implicit_mode_is_the_providers_automatic_mark():
    assert native({"prompt_cache_options": {"mode": "implicit"}})["cache_control"] == MARK
    assert (
        native({"prompt_cache_options": {"mode": "implicit", "ttl": "30m"}})["cache_control"]
        == HOUR
    )
    assert "cache_control" not in native({"prompt_cache_options": {"mode": "explicit"}})
    assert dropped({"prompt_cache_options": {"mode": "explicit"}}) == ()
    assert dropped({"prompt_cache_options": {"mode": "psychic"}}) == ("prompt_cache_options",)
    assert dropped({"prompt_cache_options": "odd"}) == ("prompt_cache_options",)


def test_what_the_caller_wrote_is_not_marked_down():
    tool = {"type": "web_search_20250305", "name": "web_search", "cache_control": HOUR}
    part = {"type": "document", "source": {"type": "text"}, "cache_control": MARK}
    body = {"tools": [tool] * 3, "messages": [{"role": "user", "content": [part] * 3}]}
    encoded = call(body, SONNET_4_5)

    assert encoded.body.count(b"cache_control") == 4
    assert body["tools"][0] == tool
