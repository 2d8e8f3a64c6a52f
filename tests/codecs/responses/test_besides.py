import pytest

from proxy.codecs.responses.besides import besides_of

RESULT = {"type": "moderation_result", "model": "omni", "flagged": False}
ERROR = {"type": "error", "code": "timeout", "message": "Too slow."}


def test_the_tier_and_the_metadata_are_named_alike():
    members = {"service_tier": "default", "metadata": {"a": "b"}}

    assert besides_of({**members, "truncation": "disabled"}) == members


def test_a_moderation_result_is_one_of_a_list():
    assert besides_of({"moderation": {"input": RESULT, "output": ERROR}}) == {
        "moderation": {
            "input": {"type": "moderation_results", "model": "omni", "results": [RESULT]},
            "output": ERROR,
        }
    }


@pytest.mark.parametrize("moderation", [None, {}, "none"])
def test_what_is_empty_or_of_another_form_is_left_out(moderation):
    assert besides_of({"moderation": moderation, "metadata": {}, "service_tier": None}) == {}


def test_a_side_of_another_form_is_left_as_it_is():
    assert besides_of({"moderation": {"input": None}}) == {"moderation": {"input": None}}
