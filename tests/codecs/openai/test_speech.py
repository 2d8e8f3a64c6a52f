import pytest

from proxy.codecs.openai.speech import plain


@pytest.mark.parametrize(
    "clean",
    [
        {},
        {"content": None, "reasoning": None},
        {"content": "a", "reasoning_content": "b", "refusal": None},
        {"content": "a", "reasoning": ""},
        {"reasoning": {"effort": "low"}},
        {"function_call": None},
        {"function_call": {"name": "f"}, "odd": 1},
    ],
)
def test_what_is_plain_is_the_same_object(clean):
    assert plain(clean) is clean


@pytest.mark.parametrize(
    ("said", "brought"),
    [
        ({"reasoning": "a", "odd": 1}, {"odd": 1, "reasoning_content": "a"}),
        ({"reasoning": "a", "reasoning_content": "b"}, {"reasoning_content": "b"}),
        ({"content": [{"type": "text", "text": "a"}, "b"]}, {"content": "ab"}),
        ({"content": []}, {"content": ""}),
        (
            {"content": [{"type": "thinking", "thinking": [{"type": "text", "text": "a"}]}]},
            {"content": "", "reasoning_content": "a"},
        ),
        (
            {
                "content": [
                    {"type": "reasoning", "summary": [{"type": "summary_text", "text": "a"}]},
                    {"type": "text", "text": "b"},
                ],
                "reasoning_content": "c",
            },
            {"content": "b", "reasoning_content": "ca"},
        ),
        ({"content": [{"type": "reference", "reference_ids": [1]}]}, {"content": ""}),
        ({"content": [{"odd": 1}]}, {"content": '{"odd":1}'}),
        ({"content": {"name": "a"}}, {"content": '{"name":"a"}'}),
        ({"content": 7}, {"content": "7"}),
        ({"reasoning_content": ["a", "b"]}, {"reasoning_content": "ab"}),
        ({"refusal": 1}, {"refusal": "1"}),
        ({"function_call": "f", "content": "a"}, {"content": "a"}),
    ],
)
def test_what_is_not_plain_is_made_so_and_left_untouched(said, brought):
    before = dict(said)

    assert plain(said) == brought
    assert said == before
