import pytest

from proxy.surfaces.completions.choice import choice_of, text_of


@pytest.mark.parametrize(
    ("said", "text"),
    [
        ({"content": "a"}, "a"),
        ({"content": None}, ""),
        ({}, ""),
        ({"content": "a", "refusal": "b"}, "ab"),
    ],
)
def test_a_refusal_is_what_was_said(said, text):
    assert text_of(said) == text


@pytest.mark.parametrize(
    ("reason", "legacy"),
    [("stop", "stop"), ("length", "length"), ("tool_calls", "stop"), (None, None)],
)
def test_a_choice_has_the_legacy_members_in_their_order(reason, legacy):
    choice = choice_of({"index": 1, "finish_reason": reason}, {}, "a", None)

    assert list(choice.items()) == [
        ("text", "a"),
        ("index", 1),
        ("logprobs", None),
        ("finish_reason", legacy),
    ]


def test_reasoning_and_members_that_we_do_not_know_pass():
    said = {"content": "a", "reasoning_content": "hm"}
    choice = choice_of({"message": said, "odd": 1}, said, "a", None)

    assert (choice["reasoning_content"], choice["odd"]) == ("hm", 1)
    assert "message" not in choice
