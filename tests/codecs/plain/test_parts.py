import base64

import pytest

from proxy.codecs.plain.parts import (
    data_url,
    image_url,
    in_known_detail,
    is_web,
    parts_of,
    refusal,
    text,
    text_file,
    text_of,
)
from proxy.core.errors import Kind, ProxyError

KINDS = {"text": text, "refusal": refusal}


def b64(said):
    return base64.b64encode(said.encode()).decode()


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (None, []),
        ("a", ["a"]),
        ([], []),
        ([{"type": "text", "text": "a"}, {"type": "refusal", "refusal": "b"}], ["a", "b"]),
    ],
)
def test_content_is_read_part_by_part(content, expected):
    assert parts_of(content, "c", KINDS) == expected


@pytest.mark.parametrize(
    ("content", "kind", "param"),
    [
        (5, Kind.INVALID_REQUEST, "c"),
        (["a"], Kind.INVALID_REQUEST, "c[0]"),
        ([{}], Kind.UNSUPPORTED, "c[0]"),
        ([{"type": "text", "text": ""}, {"type": "video"}], Kind.UNSUPPORTED, "c[1]"),
        ([{"type": "text"}], Kind.INVALID_REQUEST, "c[0].text"),
        ([{"type": "refusal"}], Kind.INVALID_REQUEST, "c[0].refusal"),
    ],
)
def test_a_part_that_cannot_be_read_is_refused_with_its_path(content, kind, param):
    with pytest.raises(ProxyError) as caught:
        parts_of(content, "c", KINDS)

    assert (caught.value.kind, caught.value.param) == (kind, param)


def test_texts_stand_on_lines_of_their_own():
    parts = [{"type": "text", "text": said} for said in ("a", "", "b")]

    assert text_of(parts, "c") == "a\nb"


def test_an_address_is_read_in_both_forms():
    assert image_url({"image_url": {"url": "u"}}, "p") == "u"
    assert image_url({"image_url": "u"}, "p") == "u"
    with pytest.raises(ProxyError) as caught:
        image_url({"image_url": {}}, "p")
    assert caught.value.param == "p.image_url.url"


@pytest.mark.parametrize(
    ("url", "web"),
    [("https://x", True), ("HTTP://x", True), ("data:,x", False), ("ftp://x", False)],
)
def test_an_address_of_the_web_is_known(url, web):
    assert is_web(url) is web


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("data:image/png;base64,QQ==", ("image/png", "QQ==")),
        ("DATA:image/JPG; Base64,QQ==", ("image/jpeg", "QQ==")),
        ("data:text/plain;charset=utf-8,a%20b", ("text/plain", b64("a b"))),
        ("data:,A", ("", "QQ==")),
    ],
)
def test_a_data_url_is_a_media_type_and_base64(url, expected):
    assert data_url(url, "p") == expected


@pytest.mark.parametrize("url", ["data:image/png", "ftp://x,y", ""])
def test_what_is_no_data_url_is_refused(url):
    with pytest.raises(ProxyError) as caught:
        data_url(url, "p")

    assert (caught.value.kind, caught.value.param) == (Kind.INVALID_REQUEST, "p")


@pytest.mark.parametrize(
    ("file", "expected"),
    [
        ({"file_data": f"data:text/plain;base64,{b64('hi')}"}, ("", "hi")),
        ({"file_data": f"data:application/json;base64,{b64('{}')}", "filename": "x"}, ("x", "{}")),
        ({"file_data": b64("a,b"), "filename": "t.CSV"}, ("t.CSV", "a,b")),
    ],
)
def test_a_file_of_text_is_read(file, expected):
    assert text_file({"file": file}, "p") == expected


@pytest.mark.parametrize(
    ("file", "kind"),
    [
        ({"file_id": "file-1"}, Kind.UNSUPPORTED),
        ({"file_data": "https://x/a.txt", "filename": "a.txt"}, Kind.UNSUPPORTED),
        ({"file_data": "data:application/pdf;base64,QQ=="}, Kind.UNSUPPORTED),
        ({"file_data": "QQ==", "filename": "a.pdf"}, Kind.UNSUPPORTED),
        ({"file_data": "!!", "filename": "a.txt"}, Kind.INVALID_REQUEST),
        ({"file_data": "é", "filename": "a.txt"}, Kind.INVALID_REQUEST),
        ({"file_data": "/w==", "filename": "a.txt"}, Kind.INVALID_REQUEST),
    ],
)
def test_any_other_file_is_refused(file, kind):
    with pytest.raises(ProxyError) as caught:
        text_file({"file": file}, "p")

    assert (caught.value.kind, caught.value.param) == (kind, "p.file.file_data")


@pytest.mark.parametrize("image", ["https://x", {"url": "x"}, {"url": "x", "detail": "low"}])
def test_a_picture_in_a_detail_that_all_know_is_the_very_same(image):
    part = {"type": "image_url", "image_url": image}

    assert in_known_detail(part) is part


def test_a_picture_in_a_detail_that_few_know_is_in_the_highest_that_all_know():
    part = {"type": "image_url", "image_url": {"url": "x", "detail": "original"}}

    assert in_known_detail(part)["image_url"] == {"url": "x", "detail": "high"}
