import pytest

from proxy.codecs.mistral.parts import content
from proxy.core.errors import Kind, ProxyError

PDF = "data:application/pdf;base64,JVBERi0="


@pytest.mark.parametrize(
    ("part", "native"),
    [
        ({"type": "text", "text": "a", "cache_control": {}}, {"type": "text", "text": "a"}),
        ({"type": "text", "text": 3}, {"type": "text", "text": ""}),
        ({"type": "refusal", "refusal": "no"}, {"type": "text", "text": "no"}),
        (
            {"type": "image_url", "image_url": {"url": "https://x.test/i.png", "detail": "low"}},
            {"type": "image_url", "image_url": {"url": "https://x.test/i.png", "detail": "low"}},
        ),
        (
            {"type": "input_audio", "input_audio": {"data": "QUJD", "format": "wav"}},
            {"type": "input_audio", "input_audio": "QUJD"},
        ),
        (
            {"type": "input_audio", "input_audio": "QUJD"},
            {"type": "input_audio", "input_audio": "QUJD"},
        ),
        (
            {"type": "file", "file": {"file_data": PDF, "filename": "a.pdf"}},
            {"type": "document_url", "document_url": PDF, "document_name": "a.pdf"},
        ),
        (
            {"type": "file", "file": {"file_data": PDF}},
            {"type": "document_url", "document_url": PDF},
        ),
        (
            {"type": "file", "file": {"file_data": "JVBERi0=", "filename": "a.pdf"}},
            {"type": "document_url", "document_url": PDF, "document_name": "a.pdf"},
        ),
        (
            {"type": "file", "file": {"file_data": "https://x.test/a.pdf"}},
            {"type": "document_url", "document_url": "https://x.test/a.pdf"},
        ),
        ({"type": "file", "file": {"file_id": "f"}}, {"type": "file", "file_id": "f"}),
        ({"type": "file", "file_id": "f"}, {"type": "file", "file_id": "f"}),
        (
            {"type": "document_url", "document_url": "https://x.test/a.pdf", "cache_control": {}},
            {"type": "document_url", "document_url": "https://x.test/a.pdf"},
        ),
    ],
)
def test_each_part_is_written_in_mistrals_form(part, native):
    assert content([part], "messages[0].content", "t") == [native]


@pytest.mark.parametrize(("value", "native"), [("a", "a"), (None, ""), (5, ""), ([], [])])
def test_other_content_is_text(value, native):
    assert content(value, "p", "t") == native


@pytest.mark.parametrize("part", [{"type": "video_url"}, {"type": 3}, {}, 3])
def test_parts_without_a_form_are_refused(part):
    with pytest.raises(ProxyError) as caught:
        content([{"type": "text", "text": "a"}, part], "messages[2].content", "p/m")

    assert caught.value.kind is Kind.UNSUPPORTED
    assert caught.value.param == "messages[2].content[1].type"
