import pytest

from proxy.codecs.gemini import media
from proxy.core.errors import Kind, ProxyError


def link(url, default="image/jpeg"):
    return media.from_url(url, "p", default)


@pytest.mark.parametrize(
    ("url", "kind", "data"),
    [
        ("data:image/png;base64,AAAA", "image/png", "AAAA"),
        ("DATA:Image/JPG;base64,AAAA", "image/jpeg", "AAAA"),
        ("data:;base64,AAAA", "image/jpeg", "AAAA"),
        ("data:text/plain,a%20b", "text/plain", "YSBi"),
        ("data:audio/mpeg;base64,AAAA", "audio/mp3", "AAAA"),
        ("data:application/json;base64,AAAA", "text/plain", "AAAA"),
    ],
)
def test_a_data_url_goes_in_place(url, kind, data):
    assert link(url) == {"inlineData": {"mimeType": kind, "data": data}}


@pytest.mark.parametrize(
    ("url", "kind"),
    [
        ("https://x.test/a.PNG?b=c.gif", "image/png"),
        ("https://x.test/a", "image/jpeg"),
        ("https://x.test/", "image/jpeg"),
        ("gs://bucket/film.mp4", "video/mp4"),
        ("http://x.test/a.pdf", "application/pdf"),
        ("https://www.youtube.com/watch?v=1", "video/mp4"),
        ("https://[broken/a.png", "image/jpeg"),
        ("https://generativelanguage.googleapis.com/v1beta/files/abc", "image/jpeg"),
    ],
)
def test_any_other_address_goes_as_it_is(url, kind):
    assert link(url) == {"fileData": {"mimeType": kind, "fileUri": url}}


@pytest.mark.parametrize(
    "url", ["file:///etc/passwd", "ftp://x.test/a", "nonsense", "data:image/png"]
)
def test_what_is_no_address_is_refused(url):
    with pytest.raises(ProxyError, match="Invalid 'p'") as caught:
        link(url)

    assert caught.value.kind is Kind.INVALID_REQUEST


@pytest.mark.parametrize(
    ("data", "name", "kind"),
    [
        ("data:application/pdf;base64,AAAA", "", "application/pdf"),
        ("data:application/octet-stream;base64,AAAA", "a.mov", "video/quicktime"),
        ("data:;base64,AAAA", "notes.md", "text/plain"),
        ("AAAA", "a.m4a", "audio/m4a"),
        ("JVBERi0xLjcK", "", "application/pdf"),
        ("AAAA", "who.knows", "application/octet-stream"),
    ],
)
def test_the_type_of_a_file_is_found(data, name, kind):
    assert media.file_type(data, name, "p")[0] == kind


@pytest.mark.parametrize(("data", "text"), [("w6k=", "é"), ("/w==", None), ("!", None)])
def test_text_is_read_where_it_is_text(data, text):
    assert media.text_of(data) == text
