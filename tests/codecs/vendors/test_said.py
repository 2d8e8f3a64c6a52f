import pytest

from proxy.codecs.vendors.said import over_choices


@pytest.mark.parametrize(
    ("choices", "seen"),
    [
        ([{"index": 2, "delta": {"a": 1}, "message": {"b": 1}}], [(2, {"a": 1})]),
        ([{"message": {"b": 1}}, {"message": {"c": 1}}], [(0, {"b": 1}), (1, {"c": 1})]),
        ([3, {"index": 0}, {"delta": 4}, {"message": None}], []),
        (5, []),
    ],
)
def test_every_choice_is_seen_with_its_index(choices, seen):
    found = []
    frame = {"choices": choices}

    assert over_choices(frame, lambda index, said: found.append((index, said)) or said) is frame
    assert found == seen


def test_what_changes_is_a_new_frame():
    frame = {"id": "a", "choices": [{"index": 0, "delta": {"a": 1}}, {"index": 1}]}
    new = over_choices(frame, lambda _, said: {**said, "b": 2})

    assert new == {"id": "a", "choices": [{"index": 0, "delta": {"a": 1, "b": 2}}, {"index": 1}]}
    assert frame["choices"][0]["delta"] == {"a": 1}
