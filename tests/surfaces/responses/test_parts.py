import pytest

from proxy.core.errors import ProxyError
from proxy.surfaces.responses.parts import content_of, text_of
from proxy.surfaces.responses.wants import Wants

URL = "https://example.test/a.png"


@pytest.mark.parametrize(
    ("part", "made"),
    [
        ({"type": "input_text", "text": "a"}, {"type": "text", "text": "a"}),
        ({"type": "output_text", "text": "a", "annotations": []}, {"type": "text", "text": "a"}),
        ({"type": "refusal", "refusal": "no"}, {"type": "refusal", "refusal": "no"}),
        (
            {"type": "input_image", "image_url": URL},
            {"type": "image_url", "image_url": {"url": URL}},
        ),
        (
            {"type": "input_image", "image_url": URL, "detail": "low"},
            {"type": "image_url", "image_url": {"url": URL, "detail": "low"}},
        ),
        (
            {"type": "input_file", "filename": "a.pdf", "file_data": "AA", "file_id": None},
            {"type": "file", "file": {"filename": "a.pdf", "file_data": "AA"}},
        ),
        (
            {"type": "input_file", "file_url": f"{URL}?v=1#page=2", "detail": "low"},
            {
                "type": "file",
                "file": {
                    "filename": URL.rpartition("/")[2],
                    "file_data": f"{URL}?v=1#page=2",
                    "detail": "low",
                },
            },
        ),
        (
            {"type": "input_file", "file_url": "https://a.test/", "filename": "b.csv"},
            {"type": "file", "file": {"filename": "b.csv", "file_data": "https://a.test/"}},
        ),
        (
            {"type": "input_file", "file_url": "https://a.test/"},
            {"type": "file", "file": {"filename": "document.pdf", "file_data": "https://a.test/"}},
        ),
        (
            {"type": "input_audio", "input_audio": {"data": "AA", "format": "wav"}},
            {"type": "input_audio", "input_audio": {"data": "AA", "format": "wav"}},
        ),
        (
            {"type": "input_text", "text": "a", "cache_control": {"type": "ephemeral"}},
            {"type": "text", "text": "a", "cache_control": {"type": "ephemeral"}},
        ),
    ],
)
def test_a_part_is_what_chat_has_for_it(part, made):
    wants = Wants()

    assert content_of([part], "c", wants) == [made]
    assert not wants


def test_a_string_stays_one():
    assert content_of("hi", "c", Wants()) == "hi"


@pytest.mark.parametrize(
    ("part", "path"),
    [
        ({"type": "input_image", "file_id": "file-1"}, "c[0].file_id"),
        ({"type": "computer_screenshot"}, "c[0].type"),
    ],
)
def test_a_part_that_chat_has_no_form_for_is_noted(part, path):
    wants = Wants()

    assert content_of([part], "c", wants) == []
    assert f"'{path}'" in wants.sentence


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "Missing required parameter: 'c'."),
        (
            1,
            "Invalid type for 'c': expected a string or an array of content parts, but got a number",
        ),
        (["a"], "Invalid type for 'c[0]': expected an object, but got a string"),
        ([{}], "Missing required parameter: 'c[0].type'."),
        ([{"type": "input_text"}], "Missing required parameter: 'c[0].text'."),
        ([{"type": "input_text", "text": 1}], "Invalid type for 'c[0].text': expected a string"),
        ([{"type": "input_image"}], "Missing required parameter: 'c[0].image_url'."),
        ([{"type": "input_image", "image_url": {}}], "Invalid type for 'c[0].image_url'"),
        (
            [{"type": "input_file", "filename": "a"}],
            "Invalid 'c[0]': expected 'file_data', 'file_id'",
        ),
        ([{"type": "input_audio"}], "Missing required parameter: 'c[0].input_audio'."),
        ([{"type": "input_audio", "input_audio": "AA"}], "Invalid type for 'c[0].input_audio'"),
    ],
)
def test_a_part_of_the_wrong_shape_is_refused_by_its_path(content, said):
    with pytest.raises(ProxyError) as caught:
        content_of(content, "c", Wants())

    assert str(caught.value).startswith(said)


def test_the_parts_of_reasoning_are_one_text():
    assert text_of([{"text": "a"}, {"text": "b"}], "s") == "a\n\nb"
    assert text_of(None, "s") == ""
    with pytest.raises(ProxyError, match="Invalid type for 's': expected an array of objects"):
        text_of("a", "s")
