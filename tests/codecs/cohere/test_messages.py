import base64

import pytest

from proxy.codecs.cohere.messages import NO_RESULT, write
from proxy.codecs.plain.draft import Draft
from proxy.core.errors import Kind, ProxyError
from proxy.core.state import pack

HI = {"role": "user", "content": "Hi"}
PACKED = pack("call_1", "anthropic/claude", [{"type": "thinking", "signature": "s"}])
THINKER, PLAIN = "command-a-plus-05-2026", "command-a-03-2025"
CALL = {
    "id": PACKED,
    "type": "function",
    "function": {"name": "get-tide", "arguments": '{"port": "Cork"}'},
}
CALL_SENT = {
    "id": "call_1",
    "type": "function",
    "function": {"name": "get_x2d_tide", "arguments": '{"port":"Cork"}'},
}


def drafted(*messages, model=PLAIN):
    draft = Draft(model)
    write(draft, list(messages))
    return draft


def sent(*messages, model=PLAIN):
    return drafted(*messages, model=model).conversation()


def user(*parts):
    return {"role": "user", "content": list(parts)}


def text(said):
    return {"type": "text", "text": said}


def picture(url, **more):
    return {"type": "image_url", "image_url": {"url": url, **more}}


def calling(**more):
    return {"role": "assistant", "content": None, "tool_calls": [CALL], **more}


def result(content):
    return {"role": "tool", "tool_call_id": PACKED, "content": content}


SYSTEM = {"role": "system", "content": "Be brief."}
SAID = {"role": "assistant", "content": "Well"}
DOT = {"role": "user", "content": "."}


@pytest.mark.parametrize(
    ("messages", "native"),
    [
        ([], [DOT]),
        ([{"role": "user", "content": ""}], [DOT]),
        ([SYSTEM], [SYSTEM, DOT]),
        ([HI, SYSTEM], [HI, SYSTEM, DOT]),
        ([HI, SAID, SYSTEM], [HI, SAID, SYSTEM, DOT]),
        ([HI, SAID, {"role": "user", "content": [text("")]}], [HI, SAID, DOT]),
        ([HI, SYSTEM, {"role": "assistant", "content": ""}], [HI, SYSTEM, DOT]),
        ([HI, {"role": "user", "content": ""}], [HI]),
    ],
)
def test_the_last_word_is_the_users_even_if_it_says_nothing(messages, native):
    assert sent(*messages) == native


def test_leading_system_texts_are_one_message():
    assert sent({"role": "system", "content": "a"}, {"role": "developer", "content": "b"}, HI) == [
        {"role": "system", "content": "a\n\nb"},
        HI,
    ]


def test_texts_and_pictures_stay_parts():
    web, data = picture("https://x/y.png", detail="low"), picture("data:image/png;base64,QQ==")

    assert sent(user(text("a"), web, text(""), data, text("b"))) == [
        user(text("a"), web, data, text("b"))
    ]
    assert sent(user(picture("https://x", detail="original"))) == [
        user(picture("https://x", detail="high"))
    ]
    assert sent(user({"type": "image_url", "image_url": "https://x"})) == [
        user(picture("https://x"))
    ]


def test_one_text_is_a_string_and_none_at_all_is_no_message():
    assert sent(user(text("a"))) == [{"role": "user", "content": "a"}]
    assert sent(HI, user(), user(text("")), {"role": "user", "content": ""}) == [HI]


def test_files_of_text_become_documents():
    data = f"data:text/plain;base64,{base64.b64encode(b'HW').decode()}"
    named = {"type": "file", "file": {"filename": "a.txt", "file_data": data}}
    draft = drafted(user(text("See"), named, {"type": "file", "file": {"file_data": data}}))

    assert draft.messages == [{"role": "user", "content": "See"}]
    assert draft.body["documents"] == [
        {"data": {"title": "a.txt", "text": "HW"}},
        {"data": {"text": "HW"}},
    ]


def test_who_only_hands_over_files_has_had_a_turn():
    file = {"file_data": "data:text/plain;base64,SFc="}
    named, bare = (
        {"type": "file", "file": {**file, **more}} for more in ({"filename": "a.txt"}, {})
    )
    asked = [HI, {"role": "assistant", "content": "Which?"}]

    assert sent(*asked, user(named, bare))[-1] == {"role": "user", "content": "a.txt"}
    assert sent(user(bare)) == [{"role": "user", "content": "."}]


@pytest.mark.parametrize(
    ("model", "said", "reasoning", "before"),
    [
        (PLAIN, None, None, {}),
        (PLAIN, "I will look.", None, {"tool_plan": "I will look."}),
        (PLAIN, None, "I will look.", {"tool_plan": "I will look."}),
        (PLAIN, "I will look.", "thoughts", {"tool_plan": "I will look."}),
        (THINKER, None, "thoughts", {"content": [{"type": "thinking", "thinking": "thoughts"}]}),
        (
            THINKER,
            "I will look.",
            "thoughts",
            {
                "content": [{"type": "thinking", "thinking": "thoughts"}],
                "tool_plan": "I will look.",
            },
        ),
        (THINKER, "I will look.", None, {"tool_plan": "I will look."}),
    ],
)
def test_what_is_said_before_calls_is_a_plan_or_a_thought(model, said, reasoning, before):
    turn = calling(content=said, reasoning_content=reasoning)

    assert sent(HI, turn, result("14:20"), model=model)[1:] == [
        {"role": "assistant", **before, "tool_calls": [CALL_SENT]},
        {"role": "tool", "tool_call_id": "call_1", "content": "14:20"},
    ]


@pytest.mark.parametrize(
    ("content", "native"),
    [
        ("14:20", "14:20"),
        ([text("a"), text("b")], "a\nb"),
        ("", NO_RESULT),
        ("[1]", "[1]"),
        ("{oops", "{oops"),
        ('{"high": "14:20"}', [{"type": "document", "document": {"data": {"high": "14:20"}}}]),
    ],
)
def test_a_result_that_is_an_object_is_a_document(content, native):
    assert sent(HI, calling(), result(content))[-1]["content"] == native


@pytest.mark.parametrize(
    ("message", "native"),
    [
        ({"content": "a", "reasoning_content": "b"}, [{"role": "assistant", "content": "a"}]),
        ({"content": None, "refusal": "No."}, [{"role": "assistant", "content": "No."}]),
        ({"content": [text("a"), text("b")]}, [{"role": "assistant", "content": "a\nb"}]),
        ({"content": ""}, []),
        ({"content": None, "refusal": 5}, []),
    ],
)
def test_a_turn_without_calls_is_its_text_and_an_empty_one_is_left_out(message, native):
    assert sent(HI, {"role": "assistant", **message}, HI) == [HI, *native, HI]


@pytest.mark.parametrize(
    ("messages", "kind", "param"),
    [
        ([HI, {"role": "assistant", "content": "a"}], Kind.UNSUPPORTED, "messages[1]"),
        ([result("x")], Kind.INVALID_REQUEST, "messages[0].tool_call_id"),
        ([calling(), result([picture("https://x")])], Kind.UNSUPPORTED, "messages[1].content[0]"),
        (
            [user(picture("ftp://x"))],
            Kind.INVALID_REQUEST,
            "messages[0].content[0].image_url.url",
        ),
        ([user({"type": "input_audio"})], Kind.UNSUPPORTED, "messages[0].content[0]"),
        (
            [user({"type": "file", "file": {"file_data": "data:application/pdf;base64,QQ=="}})],
            Kind.UNSUPPORTED,
            "messages[0].content[0].file.file_data",
        ),
        (
            [calling(tool_calls=[{"id": "c", "function": {"name": "f", "arguments": "{"}}])],
            Kind.INVALID_REQUEST,
            "messages[0].tool_calls[0].function.arguments",
        ),
    ],
)
def test_what_cannot_be_said_is_refused_with_its_path(messages, kind, param):
    with pytest.raises(ProxyError) as caught:
        sent(*messages)

    assert (caught.value.kind, caught.value.param) == (kind, param)
