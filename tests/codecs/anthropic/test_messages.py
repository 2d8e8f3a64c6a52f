import pytest

from proxy.codecs.anthropic.messages import NO_RESULT, PLACEHOLDER
from proxy.codecs.plain.arguments import FREEFORM
from proxy.core.errors import Kind
from tests.support.claude import (
    HI,
    OPUS_4_6,
    OPUS_4_8,
    assistant,
    complaint,
    function,
    native,
    said,
    turns,
    user,
)

DOT = user(said(PLACEHOLDER))


def asks(*ids, content=None, **more):
    calls = [{"id": each, **function("tide", arguments='{"port":"Cork"}')} for each in ids]
    return {"role": "assistant", "content": content, "tool_calls": calls, **more}


def told(call, content="14:20", **more):
    return {"role": "tool", "tool_call_id": call, "content": content, **more}


def use(call, name="tide", **given):
    return {"type": "tool_use", "id": call, "name": name, "input": given or {"port": "Cork"}}


def result(call, content="14:20", **more):
    return {"type": "tool_result", "tool_use_id": call, "content": content, **more}


def missing(call):
    return {"type": "tool_result", "tool_use_id": call, "is_error": True, "content": NO_RESULT}


def system(text):
    return {"role": "system", "content": text}


def say(text):
    return {"role": "user", "content": text}


def answer(text):
    return {"role": "assistant", "content": text}


def reminder(text):
    return said(f"<system-reminder>\n{text}\n</system-reminder>")


def test_leading_system_messages_are_the_system_text_block_by_block():
    messages = [
        system("Be brief."),
        {"role": "developer", "content": [said("Be kind."), said(" ")]},
        system(""),
        say("Hi"),
    ]
    body = native({"messages": messages})

    assert body["system"] == [said("Be brief."), said("Be kind.")]
    assert body["messages"] == [user(said("Hi"))]


def test_no_system_text_is_no_field():
    assert "system" not in native({"messages": HI})


@pytest.mark.parametrize(
    ("messages", "expected"),
    [
        ([say("a"), say("b")], [user(said("a"), said("b"))]),
        ([answer("a"), say("b")], [DOT, assistant(said("a")), user(said("b"))]),
        ([system("only")], [DOT]),
        ([say("")], [DOT]),
        ([say("a"), answer(""), say("b")], [user(said("a"), said("b"))]),
        ([say("a"), answer("b"), say("")], [user(said("a")), assistant(said("b")), DOT]),
        (
            [say("a"), answer("b"), answer("c"), say("d")],
            [user(said("a")), assistant(said("b"), said("c")), user(said("d"))],
        ),
        (
            [say("a"), {"role": "assistant", "content": None, "refusal": "No."}, say("b")],
            [user(said("a")), assistant(said("No.")), user(said("b"))],
        ),
        (
            [
                say("a"),
                {
                    "role": "assistant",
                    "content": [said("x"), {"type": "refusal", "refusal": "No."}],
                },
                say("b"),
            ],
            [user(said("a")), assistant(said("x"), said("No.")), user(said("b"))],
        ),
        (
            [{**say("a"), "name": "Ann"}, {**answer("b"), "audio": {"id": "x"}}, say("c")],
            [user(said("a")), assistant(said("b")), user(said("c"))],
        ),
    ],
)
def test_turns_alternate_and_begin_with_the_user(messages, expected):
    assert turns(messages) == expected


@pytest.mark.parametrize(
    ("messages", "expected"),
    [
        (
            [say("a"), asks("c1", content="Looking."), told("c1")],
            [user(said("a")), assistant(said("Looking."), use("c1")), user(result("c1"))],
        ),
        (
            [say("a"), asks("c1", "c2"), told("c2", "2"), told("c1", "1"), say("and?")],
            [
                user(said("a")),
                assistant(use("c1"), use("c2")),
                user(result("c2", "2"), result("c1", "1"), said("and?")),
            ],
        ),
        (
            [say("a"), asks("c1", "c2"), say("wait"), told("c2", "2")],
            [
                user(said("a")),
                assistant(use("c1"), use("c2")),
                user(result("c2", "2"), missing("c1"), said("wait")),
            ],
        ),
        (
            [say("a"), asks("c1"), answer("never mind"), say("b")],
            [
                user(said("a")),
                assistant(use("c1")),
                user(missing("c1")),
                assistant(said("never mind")),
                user(said("b")),
            ],
        ),
        ([say("a"), asks("c1")], [user(said("a")), assistant(use("c1")), user(missing("c1"))]),
        (
            [say("a"), asks("c1"), told("c1", [said("x"), said("y")])],
            [
                user(said("a")),
                assistant(use("c1")),
                user(result("c1", [said("x"), said("y")])),
            ],
        ),
        (
            [say("a"), asks("c1"), told("c1", "", is_error=True)],
            [
                user(said("a")),
                assistant(use("c1")),
                user({"type": "tool_result", "tool_use_id": "c1", "is_error": True}),
            ],
        ),
        (
            [say("a"), asks("c.1:x", "c.1:x"), told("c.1:x", "1"), told("c.1:x", "2")],
            [
                user(said("a")),
                assistant(use("c_1_x_817f150c"), use("c_1_x_817f150c-2")),
                user(result("c_1_x_817f150c", "1"), result("c_1_x_817f150c-2", "2")),
            ],
        ),
        (
            [say("a"), asks("call_0"), told("call_0"), asks("call_0"), told("call_0", "2")],
            [
                user(said("a")),
                assistant(use("call_0")),
                user(result("call_0")),
                assistant(use("call_0-2")),
                user(result("call_0-2", "2")),
            ],
        ),
    ],
)
def test_every_call_is_answered_in_the_next_turn(messages, expected):
    assert turns(messages) == expected


def test_a_picture_may_be_a_result():
    part = {"type": "image_url", "image_url": {"url": "https://x.test/a.png"}}
    [*_, last] = turns([say("a"), asks("c1"), told("c1", [part])])

    assert last["content"][0]["content"] == [
        {"type": "image", "source": {"type": "url", "url": "https://x.test/a.png"}}
    ]


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        (function("f", arguments=""), use("c", "f") | {"input": {}}),
        (function("f", arguments="  "), use("c", "f") | {"input": {}}),
        (function("f"), use("c", "f") | {"input": {}}),
        (function("f", arguments={"a": 1}), use("c", "f", a=1)),
        (function("f", arguments='{"a": [1.5, null]}'), use("c", "f", a=[1.5, None])),
        (function("mcp.f/x", arguments="{}"), use("c", "mcp_f_x_f207cbc1") | {"input": {}}),
        (
            {"type": "function", "function": {"name": None}},
            use("c", "_e3b0c442") | {"input": {}},
        ),
        (
            {"type": "custom", "custom": {"name": "sql", "input": "select 1"}},
            use("c", "sql", **{FREEFORM: "select 1"}),
        ),
        (
            {"type": "custom", "custom": {"name": "sql"}},
            use("c", "sql") | {"input": {FREEFORM: ""}},
        ),
    ],
)
def test_arguments_are_the_object_that_they_must_be(call, expected):
    [_, asked, _] = turns(
        [*HI, {"role": "assistant", "tool_calls": [{"id": "c", **call}]}, told("c")]
    )

    assert asked == assistant(expected)


@pytest.mark.parametrize("arguments", ["{", "[1]", "null", '"x"', "NaN", '{"a": \ud800}', 7])
def test_arguments_that_are_no_object_are_refused_with_their_path(arguments):
    calls = [{"id": "c", **function("f", arguments="{}")}, {"id": "d", **function("f")}]
    calls[1]["function"]["arguments"] = arguments
    error = complaint({"messages": [*HI, {"role": "assistant", "tool_calls": calls}]})

    assert error.kind is Kind.INVALID_REQUEST
    assert error.param == "messages[1].tool_calls[1].function.arguments"


@pytest.mark.parametrize(
    ("message", "path"),
    [
        ("odd", "messages[1]"),
        ({"role": "robot"}, "messages[1].role"),
        ({"content": "x"}, "messages[1].role"),
        ({"role": "assistant", "tool_calls": "odd"}, "messages[1].tool_calls"),
        ({"role": "assistant", "tool_calls": ["odd"]}, "messages[1].tool_calls[0]"),
        ({"role": "assistant", "tool_calls": [{"id": "c"}]}, "messages[1].tool_calls[0].function"),
        (
            {"role": "assistant", "tool_calls": [{"id": "c", "type": "custom"}]},
            "messages[1].tool_calls[0].custom",
        ),
        (told("never-asked"), "messages[1].tool_call_id"),
        ({"role": "tool", "content": "x"}, "messages[1].tool_call_id"),
    ],
)
def test_a_message_out_of_form_is_refused_with_its_path(message, path):
    error = complaint({"messages": [*HI, message]})

    assert (error.kind, error.param) == (Kind.INVALID_REQUEST, path)


def test_a_call_is_answered_once():
    error = complaint({"messages": [*HI, asks("c1"), told("c1"), told("c1")]})

    assert (error.kind, error.param) == (Kind.INVALID_REQUEST, "messages[3].tool_call_id")


def test_messages_must_be_an_array():
    assert complaint({"messages": "Hi"}).param == "messages"


@pytest.mark.parametrize(
    ("messages", "expected"),
    [
        (
            [say("a"), system("Now rhyme.")],
            [user(said("a")), {"role": "system", "content": [said("Now rhyme.")]}],
        ),
        (
            [say("a"), system("Now rhyme."), system("And sing."), answer("b"), say("c")],
            [
                user(said("a")),
                {"role": "system", "content": [said("Now rhyme."), said("And sing.")]},
                assistant(said("b")),
                user(said("c")),
            ],
        ),
        (
            [say("a"), asks("c1"), told("c1"), system("Now rhyme.")],
            [
                user(said("a")),
                assistant(use("c1")),
                user(result("c1")),
                {"role": "system", "content": [said("Now rhyme.")]},
            ],
        ),
        (
            [say("a"), system("Now rhyme."), say("b")],
            [user(said("a"), reminder("Now rhyme."), said("b"))],
        ),
        (
            [say("a"), answer("b"), system("Now rhyme."), answer("c"), say("d")],
            [
                user(said("a")),
                assistant(said("b")),
                user(reminder("Now rhyme.")),
                assistant(said("c")),
                user(said("d")),
            ],
        ),
        (
            [say("a"), asks("c1"), system("Now rhyme."), told("c1")],
            [user(said("a")), assistant(use("c1")), user(result("c1"), reminder("Now rhyme."))],
        ),
    ],
)
def test_later_system_text_stands_where_it_stood(messages, expected):
    assert turns(messages, OPUS_4_8) == expected


def test_a_model_without_system_turns_is_reminded_in_the_users():
    messages = [system("Be brief."), say("a"), answer("b"), say("c"), system("Now rhyme.")]

    assert turns(messages, OPUS_4_6) == [
        user(said("a")),
        assistant(said("b")),
        user(said("c"), reminder("Now rhyme.")),
    ]


def test_a_prefill_is_gone_on_with_where_the_model_does_that():
    assert turns([*HI, answer("The tide is \n")]) == [
        user(said("Hi")),
        assistant(said("The tide is")),
    ]
    assert turns([answer("Well,")]) == [DOT, assistant(said("Well,"))]


def test_a_prefill_is_refused_where_the_model_refuses_it():
    error = complaint({"messages": [*HI, answer("The tide is")]}, OPUS_4_6)

    assert (error.kind, error.param) == (Kind.UNSUPPORTED, "messages[1]")


THOUGHT = {"type": "thinking", "thinking": "hm ", "signature": "c2ln"}
CUT = {"role": "assistant", "content": "", "thinking_blocks": [THOUGHT]}


def test_reasoning_that_came_to_nothing_is_left_out_because_no_turn_may_end_with_it():
    redacted = {"type": "redacted_thinking", "data": "x"}
    both = {**CUT, "thinking_blocks": [THOUGHT, redacted]}

    assert turns([*HI, CUT]) == [user(said("Hi"))]
    assert turns([CUT]) == [DOT]
    assert turns([*HI, both, *HI]) == [user(said("Hi"), said("Hi"))]
    assert turns([*HI, answer("Well"), CUT, *HI]) == [
        user(said("Hi")),
        assistant(said("Well")),
        user(said("Hi")),
    ]


@pytest.mark.parametrize("cut", [[CUT], [CUT, system("c"), CUT]])
def test_a_system_turn_that_only_reasoning_followed_is_told_in_the_users(cut):
    first = [*HI, asks("a"), told("a"), system("b")]
    reminders = [reminder("b"), *(reminder("c") for each in cut if each["role"] == "system")]

    assert turns([*first, CUT], OPUS_4_8)[-1]["role"] == "system"
    assert turns([*first, *cut, *HI], OPUS_4_8)[2:] == [user(result("a"), *reminders, said("Hi"))]


def test_reasoning_whose_words_are_in_the_next_message_stays():
    assert turns([*HI, CUT, answer("Well"), *HI])[1] == assistant(THOUGHT, said("Well"))
