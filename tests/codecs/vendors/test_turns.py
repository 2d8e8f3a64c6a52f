import pytest

from proxy.codecs.vendors.turns import begun, joined
from proxy.core.errors import Kind, ProxyError
from tests.support.written import written

TEXT = {"type": "text", "text": "a"}


def system(content):
    return {"role": "system", "content": content}


def user(content):
    return {"role": "user", "content": content}


def assistant(content, **more):
    return {"role": "assistant", "content": content, **more}


def sent(name, *messages):
    native, _ = written({"messages": list(messages)}, request=(name,))
    return native


@pytest.mark.parametrize(
    ("messages", "native"),
    [
        ([user("a")], [user("a")]),
        ([system("a"), system("b"), user("c")], [system("a\n\nb"), user("c")]),
        ([user("a"), user("b")], [user("a\n\nb")]),
        ([user("a"), system("b")], [user("a\n\nb")]),
        ([user("a"), user([TEXT])], [user([TEXT, TEXT])]),
        (
            [user("a"), assistant("b"), assistant("c"), user("d"), 7],
            [user("a"), assistant("b\n\nc"), user("d")],
        ),
        (
            [user("a"), assistant("", tool_calls=[1]), {"role": "tool", "content": "b"}, {"role": "tool", "content": "c"}, user("d")],
            [user("a"), assistant("", tool_calls=[1]), {"role": "tool", "content": "b"}, {"role": "tool", "content": "c"}, user("d")],
        ),
    ],
)  # fmt: skip
def test_turns_alternate(messages, native):
    assert sent("alternate", *messages) == {"messages": native}


def test_a_begun_answer_is_refused_where_the_last_word_must_be_the_users():
    with pytest.raises(ProxyError) as caught:
        sent("alternate", user("a"), assistant("b"))

    assert (caught.value.kind, caught.value.param) == (Kind.UNSUPPORTED, "messages[1]")


@pytest.mark.parametrize("mark", ["partial", "prefix"])
def test_a_begun_answer_is_marked(mark):
    name = f"prefill_{mark}"

    assert sent(name, user("a"), assistant("b"))["messages"][1] == assistant("b", **{mark: True})
    assert sent(name, assistant("b"), user("a")) == {"messages": [assistant("b"), user("a")]}
    called = assistant("b", tool_calls=[1])
    assert sent(name, called) == {"messages": [called]}


def test_a_begun_answer_is_gone_on_with():
    messages = [user("a"), assistant("b")]

    assert sent("prefill_continue", *messages) == {
        "messages": messages,
        "add_generation_prompt": False,
        "continue_final_message": True,
    }
    assert sent("prefill_continue", user("a")) == {"messages": [user("a")]}
    given = {"messages": messages, "continue_final_message": False}
    assert written(given, request=("prefill_continue",))[0] == given


def test_contents_are_joined_whatever_their_form():
    assert joined("a", "") == "a"
    assert joined(None, "a") == [TEXT]
    assert joined([TEXT], "a") == [TEXT, TEXT]
    assert not begun([])
    assert not begun([3])
