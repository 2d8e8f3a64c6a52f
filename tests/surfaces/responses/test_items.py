import pytest

from proxy.core.errors import ProxyError
from proxy.core.state import seal
from proxy.surfaces.responses.items import conversation
from proxy.surfaces.responses.wants import Wants
from tests.support.replies import custom, message, reasoning, tool

BLOCK = {"type": "thinking", "thinking": "Hm.", "signature": "s", "maker": "anthropic/claude"}
CHAT_CALL = {"id": "call_1", "type": "function", "function": {"name": "tide", "arguments": "{}"}}
USER = {"role": "user", "content": "hi"}


def read(items, instructions=None):
    wants = Wants()
    return conversation(items, instructions, wants), wants.sentence


def messages(*items):
    read_, sentence = read(list(items))

    assert sentence == ""

    return read_


def output(call, said, kind="function_call_output"):
    return {"type": kind, "call_id": call, "output": said}


def test_a_string_is_one_message_after_the_instructions():
    assert read("hi", "Be brief.") == ([{"role": "developer", "content": "Be brief."}, USER], "")
    assert read("hi", "") == ([USER], "")


@pytest.mark.parametrize("role", ["user", "system", "developer"])
def test_a_message_keeps_its_role_with_and_without_a_type(role):
    parts = [{"type": "input_text", "text": "hi"}]
    made = {"role": role, "content": [{"type": "text", "text": "hi"}]}

    assert messages(
        {"role": role, "content": parts}, {"type": "message", "role": role, "content": parts}
    ) == [
        made,
        made,
    ]


def test_what_the_assistant_did_in_one_go_is_one_message():
    said = messages(
        USER,
        reasoning("Hm.", cipher=seal([BLOCK])),
        message("Let me see."),
        tool(),
        custom(),
        output("call_1", "14:20"),
        output("call_c", [{"type": "input_text", "text": "ok"}], "custom_tool_call_output"),
        message("At 14:20."),
        {"role": "user", "content": "Thanks."},
    )

    assert said == [
        USER,
        {
            "role": "assistant",
            "content": "Let me see.",
            "reasoning_content": "Hm.",
            "thinking_blocks": [BLOCK],
            "tool_calls": [
                CHAT_CALL,
                {
                    "id": "call_c",
                    "type": "custom",
                    "custom": {"name": "note", "input": "free text"},
                },
            ],
        },
        {"role": "tool", "tool_call_id": "call_1", "content": "14:20"},
        {"role": "tool", "tool_call_id": "call_c", "content": [{"type": "text", "text": "ok"}]},
        {"role": "assistant", "content": "At 14:20."},
        {"role": "user", "content": "Thanks."},
    ]


NOTE = {"role": "developer", "content": "note"}


def call(mark):
    return tool(call_id=mark)


def shape(*items):
    """The messages as words: who speaks, and the calls that it makes or answers."""
    return [
        " ".join(
            [
                said["role"],
                *(call["id"] for call in said.get("tool_calls", ())),
                *([said["tool_call_id"]] if said["role"] == "tool" else ()),
            ]
        )
        for said in messages(USER, *items)
    ][1:]


@pytest.mark.parametrize(
    ("items", "expected"),
    [
        ([call("a"), NOTE, output("a", "")], ["assistant a", "tool a", "developer"]),
        (
            [call("a"), NOTE, call("b"), output("b", ""), output("a", "")],
            ["assistant a", "tool a", "developer", "assistant b", "tool b"],
        ),
        (
            [call("a"), call("b"), output("a", ""), call("c"), output("b", ""), output("c", "")],
            ["assistant a b", "tool a", "tool b", "assistant c", "tool c"],
        ),
        (
            [call("a"), call("b"), output("a", ""), message("x"), output("b", ""), message("y")],
            ["assistant a b", "tool a", "tool b", "assistant"],
        ),
        (
            [call("a"), output("a", ""), call("a"), call("b"), output("a", ""), output("b", "")],
            ["assistant a", "tool a", "assistant a b", "tool a", "tool b"],
        ),
    ],
)
def test_an_output_stands_behind_its_call_whatever_came_between(items, expected):
    assert shape(*items) == expected


def test_an_assistants_turn_may_be_the_last():
    assert messages(USER, {"role": "assistant", "content": "Once"})[-1] == {
        "role": "assistant",
        "content": "Once",
    }


def test_somebody_elses_encrypted_reasoning_leaves_nothing_behind():
    assert messages(USER, reasoning()) == [USER]


def test_reasoning_says_its_summary_or_its_very_text():
    text = [{"type": "reasoning_text", "text": "raw"}]

    assert messages(reasoning(content=text, cipher=None))[0]["reasoning_content"] == "raw"
    assert messages(reasoning("short", content=text))[0]["reasoning_content"] == "short"


def test_what_a_provider_ran_itself_is_left_out():
    assert messages(USER, {"type": "web_search_call", "id": "ws_1"}) == [USER]


def test_a_picture_that_was_drawn_stays_in_its_turn():
    drawn = {"type": "image_generation_call", "id": "ig_1", "result": "AAAA"}
    said = messages(USER, drawn, {**drawn, "output_format": "webp"}, USER)
    urls = [image["image_url"]["url"] for image in said[1]["images"]]

    assert said[::2] == [USER, USER]
    assert said[1]["role"] == "assistant"
    assert urls == ["data:image/png;base64,AAAA", "data:image/webp;base64,AAAA"]


def test_a_picture_that_only_its_id_names_is_left_out():
    assert messages(USER, {"type": "image_generation_call", "id": "ig_1"}) == [USER]


@pytest.mark.parametrize("kind", ["item_reference", "computer_call_output", "compaction"])
def test_what_only_openai_can_go_on_from_is_noted(kind):
    _, sentence = read([USER, {"type": kind, "id": "x"}, output("call_there", "ok")])

    assert f"'input[1].type' (an item of type '{kind}')" in sentence


@pytest.mark.parametrize(
    ("items", "said"),
    [
        (None, "Missing required parameter: 'input'."),
        (1, "Invalid type for 'input': expected a string or an array of items, but got a number"),
        ([], "Invalid 'input': expected at least one item, but got an empty array."),
        (["hi"], "Invalid type for 'input[0]': expected an object, but got a string"),
        ([{}], "Missing required parameter: 'input[0].type'."),
        ([{"type": 1}], "Invalid type for 'input[0].type': expected a string"),
        ([{"type": "message"}], "Missing required parameter: 'input[0].role'."),
        ([{"role": 1}], "Invalid type for 'input[0].role': expected a string"),
        ([{"role": "critic"}], "Invalid 'input[0].role': got 'critic'. Supported values are"),
        ([{"role": "user"}], "Missing required parameter: 'input[0].content'."),
        (
            [{"type": "reasoning", "encrypted_content": 1}],
            "Invalid type for 'input[0].encrypted_content': expected a string",
        ),
        (
            [{"type": "function_call", "call_id": "c", "name": "f"}],
            "Missing required parameter: 'input[0].arguments'.",
        ),
        (
            [USER, output("call_9", "ok")],
            "No tool call found for the tool output with call_id call_9.",
        ),
        ([tool(), output("call_1", None)], "Missing required parameter: 'input[1].output'."),
    ],
)
def test_an_item_of_the_wrong_shape_is_refused_by_its_path(items, said):
    with pytest.raises(ProxyError) as caught:
        read(items)

    assert str(caught.value).startswith(said)


def test_a_call_in_a_namespace_has_the_name_that_its_tool_has_in_chat():
    calls = messages(
        tool("look", namespace="mcp__maps"), {**custom("note"), "namespace": "mcp__maps"}
    )[0]["tool_calls"]

    assert calls[0]["function"]["name"] == "mcp__maps__look"
    assert calls[1]["custom"]["name"] == "mcp__maps__note"
