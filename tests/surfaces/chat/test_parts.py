import pytest

from proxy.core.errors import ProxyError
from proxy.surfaces.chat.parts import check_content


@pytest.mark.parametrize(
    "part",
    [
        {"type": "text", "text": "a", "cache_control": {"type": "ephemeral"}},
        {"type": "image_url", "image_url": {"url": "https://a.example/b.png", "detail": "low"}},
        {"type": "input_audio", "input_audio": {"data": "AA==", "format": "wav"}},
        {
            "type": "file",
            "file": {"filename": "a.pdf", "file_data": "data:application/pdf;base64,AA=="},
        },
        {"type": "file", "file": {"file_id": "file_1", "file_data": None}},
        {"type": "refusal", "refusal": "no"},
        {"type": "video_url", "video_url": {"url": "https://a.example/b.mp4"}},
    ],
)
def test_parts_of_every_kind_pass(part):
    check_content([part], "c")


def test_a_string_is_content():
    check_content("", "c")


@pytest.mark.parametrize(
    ("content", "param", "code"),
    [
        (None, "c", "invalid_type"),
        ({}, "c", "invalid_type"),
        (["a"], "c[0]", "invalid_type"),
        ([{}], "c[0].type", "missing_required_parameter"),
        ([{"type": 1}], "c[0].type", "invalid_type"),
        ([{"type": "text"}], "c[0].text", "missing_required_parameter"),
        ([{"type": "text", "text": None}], "c[0].text", "invalid_type"),
        ([{"type": "image_url", "image_url": "u"}], "c[0].image_url", "invalid_type"),
        (
            [{"type": "image_url", "image_url": {}}],
            "c[0].image_url.url",
            "missing_required_parameter",
        ),
        (
            [{"type": "input_audio", "input_audio": {"data": "A"}}],
            "c[0].input_audio.format",
            "missing_required_parameter",
        ),
        ([{"type": "file", "file": 1}], "c[0].file", "invalid_type"),
        ([{"type": "file", "file": {}}], "c[0].file", "invalid_value"),
        (
            [{"type": "text", "text": "a"}, {"type": "file", "file": {"file_id": 1}}],
            "c[1].file.file_id",
            "invalid_type",
        ),
    ],
)
def test_what_is_wrong_is_named_by_its_path(content, param, code):
    with pytest.raises(ProxyError) as caught:
        check_content(content, "c")

    assert (caught.value.param, caught.value.code) == (param, code)
