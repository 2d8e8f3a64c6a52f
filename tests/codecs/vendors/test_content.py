import pytest

from proxy.codecs.vendors.content import text_of, without
from tests.support.written import written

MARK = {"cache_control": {"type": "ephemeral"}}
BREAKPOINT = {"prompt_cache_breakpoint": {"mode": "explicit"}}
TEXT = {"type": "text", "text": "a"}
IMAGE = {"type": "image_url", "image_url": {"url": "https://x.test/i.png"}}
CALL = {"id": "c", "type": "function", "function": {"name": "f", "arguments": "{}"}}


def sent(name, *messages):
    return written({"messages": list(messages)}, request=(name,))[0]["messages"]


def user(content, **more):
    return {"role": "user", "content": content, **more}


def assistant(content, **more):
    return {"role": "assistant", "content": content, **more}


@pytest.mark.parametrize(
    ("name", "message", "native"),
    [
        ("flatten_text", user([TEXT, {"type": "text", "text": "b"}]), user("a\n\nb")),
        ("flatten_text", user([TEXT, IMAGE]), user([TEXT, IMAGE])),
        ("flatten_text", user([TEXT, 3]), user([TEXT, 3])),
        ("flatten_text", user("a"), user("a")),
        ("empty_content", assistant(None, tool_calls=[CALL]), assistant("", tool_calls=[CALL])),
        ("empty_content", assistant("a"), assistant("a")),
        ("empty_content", user(None), user(None)),
        ("null_content", assistant("", tool_calls=[CALL]), assistant(None, tool_calls=[CALL])),
        ("null_content", assistant("a", tool_calls=[CALL]), assistant("a", tool_calls=[CALL])),
        ("null_content", assistant(""), assistant("")),
        ("no_names", user("a", name="n"), user("a")),
        ("no_names", 3, 3),
        ("no_cache_marks", user([{**TEXT, **MARK}, IMAGE], **MARK), user([TEXT, IMAGE])),
        ("no_cache_marks", user([TEXT]), user([TEXT])),
        ("no_cache_marks", user([{**TEXT, **BREAKPOINT}]), user([TEXT])),
        ("known_members", user("a", name="n"), user("a", name="n")),
        (
            "known_members",
            assistant("a", annotations=[], audio={"id": "c"}),
            assistant("a"),
        ),
        ("known_members", assistant("a", refusal="b"), assistant("a\n\nb")),
        (
            "known_members",
            assistant([TEXT], refusal="b"),
            assistant([TEXT, {"type": "text", "text": "b"}]),
        ),
        ("known_members", assistant(None, refusal="b"), assistant("b")),
        (
            "known_members",
            assistant([TEXT, {"type": "refusal", "refusal": "b"}]),
            assistant([TEXT, {"type": "text", "text": "b"}]),
        ),
        ("known_members", assistant([TEXT]), assistant([TEXT])),
        (
            "known_members",
            assistant(None, tool_calls=[{**CALL, "extra_content": {}}, 3]),
            assistant(None, tool_calls=[CALL, 3]),
        ),
        (
            "known_members",
            assistant(None, tool_calls=[CALL], reasoning="r"),
            assistant(None, tool_calls=[CALL], reasoning="r"),
        ),
    ],
)
def test_messages_are_brought_into_the_form_that_a_server_takes(name, message, native):
    assert sent(name, message) == [native]


@pytest.mark.parametrize(
    ("tools", "native"),
    [
        ([{"type": "function", "function": {"name": "f", **MARK}, **MARK}], [{"type": "function", "function": {"name": "f"}}]),
        ([{"type": "web", **MARK}, 3], [{"type": "web"}, 3]),
        ({"a": MARK}, {"a": MARK}),
        ([{"type": "web"}], [{"type": "web"}]),
    ],
)  # fmt: skip
def test_tools_lose_their_marks(tools, native):
    assert written({"tools": tools}, request=("no_cache_marks",))[0] == {"tools": native}


def test_what_needs_no_change_is_the_same_object():
    message = {"role": "user"}

    assert without(message, "name") is message
    assert text_of({}) is None
    assert text_of("a") == "a"
