import pytest

from proxy.surfaces.media import SOUND, Sound, picture_text

DATA = "data:image/png;base64,AAAA"


@pytest.mark.parametrize(
    ("image", "text"),
    [
        ({"image_url": {"url": "https://a.test/1.png"}}, "![image](https://a.test/1.png)"),
        ({"image_url": "https://a.test/1.png"}, "![image](https://a.test/1.png)"),
        ({"image_url": {"url": ""}}, ""),
        ({"image_url": {"url": 5}}, ""),
        ({}, ""),
        ("odd", ""),
    ],
)
def test_a_picture_is_told_by_its_address(image, text):
    assert picture_text(image) == text


def test_of_a_picture_that_is_only_data_it_is_said_that_it_was_there():
    said = picture_text({"image_url": {"url": DATA}})

    assert "a picture (image/png)" in said
    assert "AAAA" not in said


def test_a_sound_is_told_by_its_words():
    sound = Sound()
    words = [sound.words(piece) for piece in ({"data": "AA"}, {"transcript": "be"}, {"id": "a"})]

    assert words == ["", "be", ""]
    assert sound.rest() == ""


def test_of_a_sound_without_words_it_is_said_once_that_it_was_there():
    sound = Sound()
    sound.words({"data": "AA", "transcript": ""})

    assert [sound.rest(), sound.rest()] == [SOUND, ""]


@pytest.mark.parametrize("piece", ["odd", {}, {"transcript": 5}])
def test_what_is_no_sound_says_nothing(piece):
    sound = Sound()

    assert (sound.words(piece), sound.rest()) == ("", "")
