import pytest

from proxy.codecs.gemini import replay
from proxy.core.state import Packed, unpack

OURS, OTHER = "gemini/gemini-3-pro", "anthropic/claude-opus-5"


def test_a_signature_travels_in_the_id_of_its_call():
    mark = replay.packed("fc1", OURS, "CsQB+/=")
    back = unpack(mark)

    assert mark.startswith("fc1")
    assert back.id == "fc1"
    assert replay.signature_of({}, back, OURS) == "CsQB+/="
    assert replay.signature_of({}, back, OTHER) is None


def test_an_id_without_a_signature_stays_bare():
    assert replay.packed("fc1", OURS, None) == "fc1"


def test_a_signature_may_come_as_googles_own_surface_has_it():
    call = {"extra_content": {"google": {"thought_signature": "abc"}}}

    assert replay.signature_of(call, Packed("fc1"), OURS) == "abc"
    assert replay.signature_of(call, Packed("fc1", OTHER), OURS) is None


def test_the_signature_of_an_image_goes_with_it_to_its_maker_alone():
    image = {"extra_content": replay.image_signature("abc", OURS)}
    as_google_has_it = {"extra_content": {"google": {"thought_signature": "abc"}}}

    assert replay.image_signature_of(image, OURS) == "abc"
    assert replay.image_signature_of(image, OTHER) is None
    assert replay.image_signature_of(as_google_has_it, OURS) == "abc"


@pytest.mark.parametrize(
    "google", [None, 7, {}, {"thought_signature": 7}, {"thought_signature": ""}]
)
def test_an_image_may_have_no_signature(google):
    assert replay.image_signature_of({"extra_content": {"google": google}}, OURS) is None


@pytest.mark.parametrize("extra", [None, [], {"google": 7}, {"google": {"thought_signature": 7}}])
def test_anything_else_there_is_no_signature(extra):
    assert replay.signature_of({"extra_content": extra}, Packed("fc1"), OURS) is None


@pytest.mark.parametrize(
    ("given", "native"),
    [
        ("wxvlv0tv", "wxvlv0tv"),
        ("function-call-17", "function-call-17"),
        ("call_abc", None),
        ("toolu_01", None),
        ("chatcmpl-tool-1", None),
        ("", None),
    ],
)
def test_only_ids_that_google_may_have_given_go_back(given, native):
    assert replay.native_id(given) == native


def test_an_id_that_is_no_string_is_none():
    assert replay.packed_id({"id": 7}, "id") == Packed("")


def test_the_signature_of_a_text_goes_back_to_its_maker_only():
    block = replay.text_signature("sig", OURS)

    assert replay.text_signature_of({"thinking_blocks": [block]}, OURS) == "sig"
    assert replay.text_signature_of({"thinking_blocks": [block]}, OTHER) is None


def test_a_text_signature_may_stand_in_reasoning_details():
    detail = {"type": "reasoning.encrypted", "format": "google-gemini-v1", "data": "sig"}

    assert replay.text_signature_of({"reasoning_details": ["x", {}, detail]}, OURS) == "sig"


@pytest.mark.parametrize(
    "blocks",
    [
        None,
        "nonsense",
        [{"type": "thinking", "thinking": "hm", "signature": "s"}],
        [{"format": "google-gemini-v1", "data": 7}],
    ],
)
def test_what_is_no_text_signature_of_google_is_left_out(blocks):
    assert replay.text_signature_of({"thinking_blocks": blocks}, OURS) is None
