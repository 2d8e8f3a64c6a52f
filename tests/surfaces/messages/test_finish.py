import pytest

from proxy.surfaces.messages.finish import Ending


@pytest.mark.parametrize(
    ("ending", "reason"),
    [
        (Ending(), "end_turn"),
        (Ending("stop"), "end_turn"),
        (Ending("length", called=True), "max_tokens"),
        (Ending("tool_calls"), "tool_use"),
        (Ending("function_call"), "tool_use"),
        (Ending("stop", called=True), "tool_use"),
        (Ending("content_filter"), "refusal"),
        (Ending("stop", refused="I cannot."), "refusal"),
        (Ending("stop", stopped_by="END"), "stop_sequence"),
        (Ending("some_new_reason"), "end_turn"),
    ],
)
def test_an_end_has_anthropics_word(ending, reason):
    assert ending.wire()["stop_reason"] == reason


def test_a_refusal_explains_itself():
    refused, filtered = Ending("stop", refused="I cannot."), Ending("content_filter")

    assert refused.wire()["stop_details"] == {
        "type": "refusal",
        "category": None,
        "explanation": "I cannot.",
    }
    assert filtered.wire()["stop_details"]["explanation"] is None
    assert Ending("stop").wire()["stop_details"] is None


@pytest.mark.parametrize(
    ("told", "met"), [("END", "END"), ("other", None), (7, None), (None, None)]
)
def test_only_a_sequence_that_the_caller_gave_is_one(told, met):
    ending = Ending("stop")
    ending.note_stop(told, ["END"])

    assert ending.wire()["stop_sequence"] == met


def test_a_sequence_is_told_only_where_it_ended_the_answer():
    assert Ending("length", stopped_by="END").wire()["stop_sequence"] is None
