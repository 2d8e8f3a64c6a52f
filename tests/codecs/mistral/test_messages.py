import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.codecs.mistral import Mistral, codec
from proxy.codecs.mistral.messages import in_form
from proxy.core.errors import Kind, ProxyError
from proxy.core.state import pack
from tests.support.written import call_of, target, written

SMALL = "mistral-small-latest"
TEXT = {"type": "text", "text": "a"}


def sent(*messages, model="mistral-large-latest"):
    native, dropped = written({"messages": list(messages)}, model, codec=Mistral())

    assert dropped == ()
    return native["messages"]


def system(content, role="system"):
    return {"role": role, "content": content}


def user(content, **more):
    return {"role": "user", "content": content, **more}


def assistant(content, **more):
    return {"role": "assistant", "content": content, **more}


def call(mark, arguments="{}", **more):
    function = {"name": "f", "arguments": arguments}
    return {"id": mark, "type": "function", "function": function, **more}


def tool(mark, content="r", **more):
    return {"role": "tool", "tool_call_id": mark, "content": content, **more}


@pytest.mark.parametrize(
    ("messages", "native"),
    [
        ([user("a", name="n")], [user("a")]),
        ([system("a", "developer"), system("b"), user("c")], [system("a\n\nb"), user("c")]),
        ([user("a"), system("b"), user("c")], [user("a\n\nb\n\nc")]),
        ([user("a"), user([TEXT])], [user([TEXT, TEXT])]),
        ([user("a"), user(""), user(None), 3], [user("a")]),
        ([user("a"), assistant(None), user("b")], [user("a\n\nb")]),
        ([user("a"), assistant(None, refusal="no"), user("b")], [user("a"), assistant("no"), user("b")]),
        (
            [user("a"), assistant("b"), assistant("c", audio={"id": "x"}), user("d")],
            [user("a"), assistant("b\n\nc"), user("d")],
        ),
        ([{"role": "odd", "content": "a"}], [user("a")]),
    ],
)  # fmt: skip
def test_the_conversation_is_brought_into_order(messages, native):
    assert sent(*messages) == native


def test_a_turn_with_tools_has_its_content_ids_and_names():
    messages = [
        user("a"),
        assistant(None, tool_calls=[call("Abc123xyz", None, index=0), call("Def456uvw", {"b": 1})]),
        tool("Abc123xyz", [TEXT], name="f"),
        tool("Def456uvw"),
    ]

    assert sent(*messages) == [
        user("a"),
        assistant("", tool_calls=[call("Abc123xyz"), call("Def456uvw", '{"b":1}')]),
        tool("Abc123xyz", [TEXT], name="f"),
        tool("Def456uvw"),
    ]


def test_foreign_ids_become_nine_characters_alike_on_call_and_result():
    mark = pack("toolu_1", "anthropic", [{"type": "thinking"}])
    history = [user("a"), assistant("", tool_calls=[call(mark)]), tool(mark)]
    first = sent(*history)
    made = first[1]["tool_calls"][0]["id"]

    assert re.fullmatch("[a-zA-Z0-9]{9}", made)
    assert first[2]["tool_call_id"] == made
    later = sent(*history, user("b"), assistant("", tool_calls=[call("call_2")]), tool("call_2"))
    assert later[1]["tool_calls"][0]["id"] == made


def test_a_user_never_follows_a_tool():
    messages = [user("a"), assistant("", tool_calls=[call("Abc123xyz")]), tool("Abc123xyz")]

    assert sent(*messages, user("b"))[3:] == [assistant("OK"), user("b")]
    assert sent(*messages, system("b"))[3:] == [assistant("OK"), user("b")]


@pytest.mark.parametrize(
    ("after", "results"),
    [
        ([tool("b")], ["r", "No result"]),
        ([tool("b"), user("c")], ["r", "No result"]),
        ([user("c")], ["No result", "No result"]),
        ([tool("a"), tool("b"), tool("c")], ["r", "r", "r"]),
    ],
)
def test_there_are_as_many_results_as_calls(after, results):
    asked = assistant("", tool_calls=[call("a"), call("b")])
    messages = sent(user("a"), asked, *after)
    ids = [each["id"] for each in messages[1]["tool_calls"]]
    answers = [each for each in messages if each["role"] == "tool"]

    assert [each["content"] for each in answers] == results
    assert {each["tool_call_id"] for each in answers} >= set(ids)


@pytest.mark.parametrize("between", [user(""), user("c"), system("c"), assistant("")])
def test_a_result_that_comes_late_stands_with_the_others(between):
    asked = assistant("", tool_calls=[call("a"), call("b")])
    late = {**tool("a"), "content": "late"}
    messages = sent(user("a"), asked, tool("b"), between, late, user("d"))
    ids = [each["id"] for each in messages[1]["tool_calls"]]
    answers = {
        each["tool_call_id"]: each["content"] for each in messages[2:4] if each["role"] == "tool"
    }

    assert answers == {ids[0]: "late", ids[1]: "r"}
    assert not any(each["role"] == "tool" for each in messages[4:])


def test_an_id_that_is_used_again_is_answered_where_it_is_asked():
    asked = assistant("", tool_calls=[call("a")])
    messages = sent(user("a"), asked, user("b"), asked, tool("a"))

    assert [each["content"] for each in messages if each["role"] == "tool"] == ["No result", "r"]


def test_a_begun_answer_is_marked_as_prefix():
    assert sent(user("a"), assistant("b")) == [user("a"), assistant("b", prefix=True)]


def test_reasoning_goes_back_to_models_that_reason():
    thought = {"type": "thinking", "thinking": [{"type": "text", "text": "t"}], "closed": True}
    messages = [
        user("a"),
        assistant("b", reasoning_content="t"),
        user("c"),
        assistant(None, reasoning_content="t", tool_calls=[call("Abc123xyz")]),
        tool("Abc123xyz"),
        assistant([TEXT], reasoning_content="t"),
        user("d"),
    ]
    reasoned = sent(*messages, model=SMALL)
    plain = sent(*messages)

    assert reasoned[1]["content"] == [thought, {"type": "text", "text": "b"}]
    assert reasoned[3]["content"] == [thought]
    assert reasoned[5]["content"] == [thought, TEXT]
    assert [each["content"] for each in plain] == ["a", "b", "c", "", "r", [TEXT], "d"]


def test_calls_of_custom_tools_are_calls_of_functions():
    custom = {"id": "abcdefghi", "type": "custom", "custom": {"name": "c", "input": "ls"}}

    (called,) = sent(user("a"), assistant("", tool_calls=[custom]), tool("abcdefghi"))[1][
        "tool_calls"
    ]
    assert called["function"] == {"name": "c", "arguments": '{"freeform_input":"ls"}'}


def test_pictures_of_tools_are_told_by_the_user():
    picture = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AA=="}}
    messages = sent(
        user("a"), assistant("", tool_calls=[call("abcdefghi")]), tool("abcdefghi", [picture])
    )

    assert [each["role"] for each in messages] == ["user", "assistant", "tool", "assistant", "user"]
    assert messages[-1]["content"][1] == picture


def test_a_call_holds_nothing_but_itself():
    signed = {"google": {"thought_signature": "s"}}
    said = assistant("", tool_calls=[call("abcdefghi", index=0, extra_content=signed)])
    native, _ = written({"messages": [user("a"), said, tool("abcdefghi")]}, codec=Mistral())

    assert native["messages"][1]["tool_calls"] == [call("abcdefghi")]


@pytest.mark.parametrize("odd", [{"id": "c", "type": "odd"}, 3])
def test_calls_of_what_is_no_function_are_refused(odd):
    with pytest.raises(ProxyError) as caught:
        sent(user("a"), assistant("", tool_calls=[call("Abc123xyz"), odd]))

    assert caught.value.kind is Kind.UNSUPPORTED
    assert caught.value.param == "messages[1].tool_calls[1].type"


def test_calls_that_are_no_list_are_none():
    assert sent(user("a"), assistant("b", tool_calls=3), user("c"))[1] == assistant("b")


def test_no_messages_stay_no_messages():
    assert sent() == []


SYSTEM, USER, ASSISTANT = system("be brief"), user("Hello"), assistant("Hi")
ROLES = st.sampled_from(["system", "developer", "user", "assistant", "tool", "odd", None, ["user"]])
CALL = {"id": "abcdefghi", "type": "function", "function": {"name": "f", "arguments": "{}"}}
TOOL = {"type": "function", "function": {"name": "f"}, "cache_control": {"type": "ephemeral"}}
CUSTOM = {"id": "c", "type": "custom", "custom": {"name": "f", "input": "x"}}
SAID = st.sampled_from(["a", "b\u00e9", "", None, 7, [{"type": "text", "text": "c"}], ["d"]])
MORE = st.fixed_dictionaries(
    {},
    optional={
        "name": st.just("n"),
        "cache_control": st.just({"type": "ephemeral"}),
        "reasoning_content": st.just("t"),
        "tool_call_id": st.sampled_from(["abcdefghi", "call_1"]),
        "tool_calls": st.sampled_from([[], [CALL], [CUSTOM]]),
    },
)
MESSAGES = st.one_of(
    st.builds(lambda role, said: {"role": role, "content": said}, ROLES, SAID),
    st.builds(lambda role, said, more: {"role": role, "content": said, **more}, ROLES, SAID, MORE),
    st.sampled_from([{"role": "user"}, {"role": "user", "name": "n"}, "odd", {}]),
)
PLAIN = st.sampled_from([SYSTEM, USER, ASSISTANT])
NEARLY = st.lists(st.one_of(PLAIN, PLAIN, PLAIN, MESSAGES), max_size=5)
TURNS = NEARLY.map(lambda rest: [SYSTEM, USER, *rest])


def attempt(body):
    try:
        call = call_of(body, target(protocol="mistral"), codec=Mistral())
    except ProxyError as error:
        return error.kind, error.message, error.param
    return json.loads(call.body), call.dropped


@given(
    st.one_of(st.lists(MESSAGES, max_size=4), NEARLY, TURNS),
    st.sampled_from([{}, {"tools": [TOOL]}, {"tools": [CUSTOM], "tool_choice": CUSTOM}]),
)
def test_a_conversation_that_is_in_form_is_what_it_would_be_written_as(messages, tools):
    body = {"messages": messages, **tools}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(codec, "in_form", lambda _: False)
        written = attempt(body)

    assert attempt(body) == written


@pytest.mark.parametrize(
    "messages",
    [[USER], [SYSTEM, USER], [ASSISTANT, USER], [SYSTEM, USER, ASSISTANT, USER]],
)
def test_texts_by_turns_are_in_form(messages):
    assert in_form(messages)


@pytest.mark.parametrize(
    "messages",
    [
        [],
        [SYSTEM],
        [USER, ASSISTANT],
        [USER, USER],
        [SYSTEM, SYSTEM, USER],
        [USER, SYSTEM, USER],
        [USER, ASSISTANT, SYSTEM, USER],
        [{**USER, "name": "n"}],
        [{"role": "user", "content": ""}],
        [{"role": "user", "content": ["a"]}],
        [{"role": "developer", "content": "a"}, USER],
        ["a", USER],
    ],
)
def test_any_other_conversation_is_not(messages):
    assert not in_form(messages)
