import pytest

from proxy.core.mark import mark_of

MARK = {"fallback_attempts": ["a/m"], "resumed_from_partial": True}


def test_the_first_chunk_of_a_further_run_has_a_mark():
    assert mark_of({"choices": [], "firstbyte": MARK}) == MARK


@pytest.mark.parametrize("said", [None, 5, "x", [MARK], {}, {"target": "a/m", "attempts": []}])
def test_what_a_provider_says_under_the_same_name_is_none(said):
    assert mark_of({"choices": [], "firstbyte": said}) is None


def test_most_chunks_have_none():
    assert mark_of({"choices": []}) is None
