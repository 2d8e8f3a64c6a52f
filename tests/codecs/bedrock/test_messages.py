import pytest

from proxy.core.errors import Kind
from proxy.core.state import pack
from tests.support.converse import (
    LLAMA,
    NOVA,
    OPUS_5,
    SONNET_4_5,
    TITAN,
    assistant,
    complaint,
    function,
    native,
    turns,
    user,
)


def asked(text="Tide?"):
    return {"role": "user", "content": text}


def called(*calls, **more):
    return {"role": "assistant", "tool_calls": list(calls), **more}


def a_call(call_id="c1", name="tide", arguments='{"port":"Cork"}'):
    return {"id": call_id, "type": "function", "function": {"name": name, "arguments": arguments}}


def result(call_id="c1", content="14:20", **more):
    return {"role": "tool", "tool_call_id": call_id, "content": content, **more}


def used(call_id="c1", name="tide", given=None):
    return {"toolUse": {"toolUseId": call_id, "name": name, "input": given or {}}}


def answered(call_id="c1", text="14:20", **more):
    return {"toolResult": {"toolUseId": call_id, "content": [{"text": text}], **more}}


def test_a_conversation_with_tools_is_turned_into_turns():
    messages = [
        {"role": "system", "content": "Be brief."},
        asked(),
        called(a_call(), a_call("c2", arguments=""), content="Looking."),
        result(),
        result("c2", "none"),
        asked("And now?"),
    ]
    body = native({"messages": messages, "tools": [function()]})

    assert body["system"] == [{"text": "Be brief."}]
    assert body["messages"] == [
        user({"text": "Tide?"}),
        assistant({"text": "Looking."}, used(given={"port": "Cork"}), used("c2")),
        user(answered(), answered("c2", "none"), {"text": "And now?"}),
    ]


def test_turns_alternate_and_begin_with_the_user():
    messages = [{"role": "assistant", "content": "Hello"}, asked("a"), asked("b")]

    assert turns(messages) == [
        user({"text": "."}),
        assistant({"text": "Hello"}),
        user({"text": "a"}, {"text": "b"}),
    ]


def test_two_assistants_in_a_row_are_one_turn():
    messages = [asked(), *[{"role": "assistant", "content": t} for t in ("a", "b")], asked()]

    assert turns(messages)[1] == assistant({"text": "a"}, {"text": "b"})


def test_blank_text_is_left_out_and_an_empty_turn_held_by_a_placeholder():
    assert turns([asked(" ")]) == [user({"text": "."})]
    assert turns([]) == [user({"text": "."})]
    assert turns([{"role": "assistant", "content": None}]) == [user({"text": "."})]


def test_a_refusal_of_before_is_text():
    messages = [asked(), {"role": "assistant", "refusal": "No.", "content": None}, asked()]

    assert turns(messages)[1] == assistant({"text": "No."})


def test_system_text_in_the_middle_stands_where_it_stood():
    messages = [asked(), {"role": "developer", "content": "Now in French."}]
    reminder = {"text": "<system-reminder>\nNow in French.\n</system-reminder>"}

    assert turns(messages) == [user({"text": "Tide?"}, reminder)]


def test_a_cache_point_of_system_text_in_the_middle_stays():
    part = {"type": "text", "text": "x", "cache_control": {"type": "ephemeral"}}
    messages = [asked(), {"role": "system", "content": [part]}]

    assert turns(messages)[0]["content"][-1] == {"cachePoint": {"type": "default"}}


def test_a_model_without_system_reads_it_in_the_users_turn():
    messages = [{"role": "system", "content": "Be brief."}, asked()]
    body = native({"messages": messages, "response_format": {"type": "json_object"}}, TITAN)

    assert "system" not in body
    texts = [block["text"] for block in body["messages"][0]["content"]]
    assert "one JSON object" in texts[0]
    assert texts[1:] == ["<system-reminder>\nBe brief.\n</system-reminder>", "Tide?"]


@pytest.mark.parametrize(("model", "status"), [(SONNET_4_5, {"status": "error"}), (LLAMA, {})])
def test_a_failed_tool_says_so_where_the_model_can_read_it(model, status):
    messages = [asked(), called(a_call()), result(is_error=True)]

    assert turns(messages, model)[2] == user(answered(**status))


@pytest.mark.parametrize(("model", "status"), [(NOVA, {"status": "error"}), (LLAMA, {})])
def test_an_unanswered_call_gets_an_answer(model, status):
    messages = [asked(), called(a_call()), asked("Never mind")]

    assert turns(messages, model)[2] == user(
        answered(text="No result", **status), {"text": "Never mind"}
    )


def test_a_result_that_says_nothing_still_is_one():
    assert turns([asked(), called(a_call()), result(content="")])[2] == user(
        answered(text="No result")
    )


def test_an_id_that_is_used_twice_is_answered_in_order():
    messages = [asked(), called(a_call()), result(), called(a_call()), result(content="15:00")]
    native_turns = turns(messages)
    second = native_turns[3]["content"][0]["toolUse"]["toolUseId"]

    assert second != "c1"
    assert native_turns[4] == user(answered(second, "15:00"))


def test_ids_and_names_of_others_are_cleaned():
    messages = [asked(), called(a_call("call|" + "x" * 80, "a.b")), result("call|" + "x" * 80)]
    use = turns(messages)[1]["content"][0]["toolUse"]

    assert len(use["toolUseId"]) <= 64
    assert use["name"].startswith("a_b_")


def test_a_custom_call_is_an_object_with_its_input():
    call = {"id": "c1", "type": "custom", "custom": {"name": "note", "input": "hm"}}

    assert turns([asked(), called(call), result()])[1] == assistant(
        used(name="note", given={"freeform_input": "hm"})
    )


def test_arguments_may_be_an_object_already():
    call = a_call(arguments={"port": "Cork"})

    assert turns([asked(), called(call), result()])[1] == assistant(used(given={"port": "Cork"}))


def test_a_document_has_a_text_beside_it_and_a_name_of_its_own():
    file = {"type": "file", "file": {"filename": "a.pdf", "file_data": "JVBERi0xLjQ="}}
    content = turns([user(file, file)])[0]["content"]

    assert [block["document"]["name"] for block in content[:2]] == ["a", "a 2"]
    assert content[2] == {"text": "."}


def test_a_cache_mark_of_a_tool_message_stands_behind_its_result():
    messages = [asked(), called(a_call()), result(cache_control={"type": "ephemeral"})]

    assert turns(messages)[2]["content"][1] == {"cachePoint": {"type": "default"}}


def test_signed_reasoning_goes_back_in_its_place():
    blocks = [{"type": "thinking", "thinking": "Hm.", "signature": "c2ln"}]
    packed = pack("c1", "anthropic/claude-sonnet-4-5", blocks)
    content = turns([asked(), called(a_call(packed), content="So."), result(packed)])[1]["content"]
    text = {"text": "Hm.", "signature": "c2ln"}

    assert content == [
        {"reasoningContent": {"reasoningText": text}},
        {"text": "So."},
        used(given={"port": "Cork"}),
    ]


def test_reasoning_alone_is_no_turn():
    blocks = [{"type": "thinking", "thinking": "Hm.", "signature": "c2ln"}]
    messages = [asked(), {"role": "assistant", "thinking_blocks": blocks}, asked()]

    assert turns(messages) == [user({"text": "Tide?"}, {"text": "Tide?"})]


def test_a_prefill_is_kept_where_the_model_goes_on_with_it():
    messages = [asked(), {"role": "assistant", "content": "High at "}]

    assert turns(messages)[1] == assistant({"text": "High at"})
    assert turns(messages, NOVA)[1] == assistant({"text": "High at"})
    error = complaint({"messages": messages}, OPUS_5)
    assert error.kind is Kind.UNSUPPORTED
    assert error.param == "messages[1]"


def test_a_prefill_that_ends_with_no_text_is_left_alone():
    part = {"type": "text", "text": "x", "cache_control": {"type": "ephemeral"}}

    assert turns([asked(), assistant(part)])[1]["content"][1] == {"cachePoint": {"type": "default"}}


@pytest.mark.parametrize(
    ("messages", "param"),
    [
        ("x", "messages"),
        (["x"], "messages[0]"),
        ([{"role": "narrator"}], "messages[0].role"),
        ([{"role": "assistant", "tool_calls": {"a": 1}}], "messages[0].tool_calls"),
        ([called("x")], "messages[0].tool_calls[0]"),
        ([called({"id": "a"})], "messages[0].tool_calls[0].function"),
        ([called(a_call(arguments="[1]"))], "messages[0].tool_calls[0].function.arguments"),
        ([called(a_call(arguments=7))], "messages[0].tool_calls[0].function.arguments"),
        ([result()], "messages[0].tool_call_id"),
    ],
)
def test_what_is_no_conversation_is_refused_with_its_place(messages, param):
    error = complaint({"messages": messages})

    assert error.kind is Kind.INVALID_REQUEST
    assert error.param == param


def test_a_call_without_a_name_still_has_one():
    call = {"id": "c1", "type": "function", "function": {}}

    assert turns([asked(), called(call), result()])[1]["content"][0]["toolUse"]["name"]
