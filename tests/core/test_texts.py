import pytest

from proxy.core.texts import objects_of, texts_of

BODY = {
    "messages": [
        {"role": "system", "content": "a"},
        {"role": "user", "content": [{"type": "text", "text": "b"}, {"type": "image_url"}, 5]},
        {
            "role": "assistant",
            "content": None,
            "tool_calls": [
                {"function": {"name": "f", "arguments": "c"}},
                {"function": {"arguments": 5}},
                {"function": None},
            ],
        },
        {"role": "tool", "content": "d"},
    ],
    "tools": [{"type": "function", "function": {"name": "not a text"}}],
}


def test_every_text_comes_in_order():
    assert [text for text in texts_of(BODY) if text] == ["a", "b", "c", "d"]


@pytest.mark.parametrize(
    "body", [{}, {"messages": 5}, {"messages": [5]}, {"messages": [{"tool_calls": 5}]}]
)
def test_a_body_of_any_shape_is_walked(body):
    assert list(texts_of(body)) == []


def test_only_the_objects_of_a_list_are_objects():
    assert list(objects_of([1, {"a": 1}, []])) == [{"a": 1}]
    assert list(objects_of({"a": 1})) == []
