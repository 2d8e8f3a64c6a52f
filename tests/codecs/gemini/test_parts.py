import base64

import pytest

from proxy.codecs.gemini.parts import ASSISTANT, SYSTEM, USER, parts_of
from proxy.core.errors import Kind, ProxyError

PNG = "data:image/png;base64,AAAA"
INLINE_PNG = {"inlineData": {"mimeType": "image/png", "data": "AAAA"}}


def parts(content, kinds=USER, **given):
    return parts_of(content, "c", kinds, **given)


@pytest.mark.parametrize(
    ("content", "written"),
    [
        (None, []),
        ("", []),
        ("hello", [{"text": "hello"}]),
        ([{"type": "text", "text": ""}, {"type": "text", "text": " "}], [{"text": " "}]),
        ([{"type": "image_url", "image_url": {"url": PNG, "detail": "low"}}], [INLINE_PNG]),
        ([{"type": "image_url", "image_url": PNG}], [INLINE_PNG]),
        (
            [{"type": "video_url", "video_url": {"url": "https://youtu.be/1"}}],
            [{"fileData": {"mimeType": "video/mp4", "fileUri": "https://youtu.be/1"}}],
        ),
        (
            [{"type": "input_audio", "input_audio": {"data": "AAAA", "format": "MP3"}}],
            [{"inlineData": {"mimeType": "audio/mp3", "data": "AAAA"}}],
        ),
        (
            [{"type": "input_audio", "input_audio": {"data": "AAAA"}}],
            [{"inlineData": {"mimeType": "audio/wav", "data": "AAAA"}}],
        ),
        (
            [{"type": "file", "file": {"file_data": "AAAA", "filename": "a.pdf"}}],
            [{"inlineData": {"mimeType": "application/pdf", "data": "AAAA"}}],
        ),
        (
            [{"type": "file", "file": {"file_data": "aGk=", "filename": "a.py"}}],
            [{"text": "hi"}],
        ),
        ([{"type": "file", "file": {"file_data": "", "filename": "a.py"}}], []),
        (
            [{"type": "file", "file": {"file_data": "https://x.test/a"}}],
            [{"fileData": {"mimeType": "application/pdf", "fileUri": "https://x.test/a"}}],
        ),
        (
            [{"type": "file", "file": {"file_id": "gs://b/a.mp3"}}],
            [{"fileData": {"mimeType": "audio/mp3", "fileUri": "gs://b/a.mp3"}}],
        ),
        ([INLINE_PNG], [INLINE_PNG]),
    ],
)
def test_each_kind_of_part_has_its_form(content, written):
    assert parts(content) == written


def test_an_assistants_refusal_is_text():
    said = [{"type": "refusal", "refusal": "No."}, {"type": "refusal", "refusal": ""}]

    assert parts(said, ASSISTANT) == [{"text": "No."}]


@pytest.mark.parametrize(
    ("content", "kinds", "param", "kind"),
    [
        (7, USER, "c", Kind.INVALID_REQUEST),
        ([7], USER, "c[0]", Kind.INVALID_REQUEST),
        ([{"type": "smell"}], USER, "c[0]", Kind.UNSUPPORTED),
        ([{"text": "x"}], USER, "c[0]", Kind.UNSUPPORTED),
        ([INLINE_PNG], SYSTEM, "c[0]", Kind.UNSUPPORTED),
        ([{"type": "image_url", "image_url": {"url": PNG}}], SYSTEM, "c[0]", Kind.UNSUPPORTED),
        ([{"type": "text"}], USER, "c[0].text", Kind.INVALID_REQUEST),
        ([{"type": "refusal"}], ASSISTANT, "c[0].refusal", Kind.INVALID_REQUEST),
        ([{"type": "image_url"}], USER, "c[0].image_url", Kind.INVALID_REQUEST),
        (
            [{"type": "image_url", "image_url": {}}],
            USER,
            "c[0].image_url.url",
            Kind.INVALID_REQUEST,
        ),
        ([{"type": "file"}], USER, "c[0].file", Kind.INVALID_REQUEST),
        ([{"type": "file", "file": {}}], USER, "c[0].file.file_data", Kind.INVALID_REQUEST),
        (
            [{"type": "file", "file": {"file_id": "file-1"}}],
            USER,
            "c[0].file.file_id",
            Kind.UNSUPPORTED,
        ),
        (
            [{"type": "file", "file": {"file_data": "/w==", "filename": "a.txt"}}],
            USER,
            "c[0].file.file_data",
            Kind.INVALID_REQUEST,
        ),
    ],
)
def test_what_has_no_form_is_refused_with_its_place(content, kinds, param, kind):
    with pytest.raises(ProxyError) as caught:
        parts(content, kinds)

    assert caught.value.param == param
    assert caught.value.kind is kind


def test_a_model_for_text_and_images_takes_nothing_else():
    sound = {"type": "input_audio", "input_audio": {"data": base64.b64encode(b"x").decode()}}

    assert parts([{"type": "image_url", "image_url": PNG}], media=False) == [INLINE_PNG]
    with pytest.raises(ProxyError, match="text and images only"):
        parts(["x", sound][1:], media=False)
