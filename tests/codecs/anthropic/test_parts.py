import base64

import pytest

from proxy.core.errors import Kind
from tests.support.claude import HI, complaint, said, turns

PNG = "iVBORw0KGgo="
PDF = base64.b64encode(b"%PDF-1.4 x").decode()
TEXT = base64.b64encode("tide,14:20 é".encode()).decode()


def block(part):
    return turns([{"role": "user", "content": [part]}])[0]["content"][0]


def image(url):
    return {"type": "image_url", "image_url": {"url": url, "detail": "high"}}


def file(**file):
    return {"type": "file", "file": file}


def base64_image(media, data=PNG):
    return {"type": "image", "source": {"type": "base64", "media_type": media, "data": data}}


def document(source, **more):
    return {"type": "document", "source": source, **more}


def pdf(**more):
    return document({"type": "base64", "media_type": "application/pdf", "data": PDF}, **more)


def text_document(text="tide,14:20 é", **more):
    return document({"type": "text", "media_type": "text/plain", "data": text}, **more)


@pytest.mark.parametrize(
    ("part", "expected"),
    [
        (said("Hi"), said("Hi")),
        (
            image("https://x.test/a.png"),
            {"type": "image", "source": {"type": "url", "url": "https://x.test/a.png"}},
        ),
        (image(f"data:image/png;base64,{PNG}"), base64_image("image/png")),
        (image(f"data:image/jpg;base64,{PNG}"), base64_image("image/jpeg")),
        (image(f"DATA:IMAGE/WEBP;BASE64,{PNG}"), base64_image("image/webp")),
        (image("data:image/gif,GIF89a%20"), base64_image("image/gif", "R0lGODlhIA==")),
        (
            {"type": "image_url", "image_url": f"data:image/png;base64,{PNG}"},
            base64_image("image/png"),
        ),
        (
            file(filename="a.pdf", file_data=f"data:application/pdf;base64,{PDF}"),
            pdf(title="a.pdf"),
        ),
        (file(file_data=f"data:application/pdf;base64,{PDF}"), pdf()),
        (file(filename="a.pdf", file_data=PDF), pdf(title="a.pdf")),
        (file(filename="unnamed", file_data=PDF), pdf(title="unnamed")),
        (file(filename=" ", file_data=PDF), pdf()),
        (file(filename=7, file_data=PDF), pdf()),
        (
            file(filename="a.pdf", file_data=f"data:application/octet-stream;base64,{PDF}"),
            pdf(title="a.pdf"),
        ),
        (
            file(filename="a.pdf", file_data="https://x.test/a.pdf"),
            document({"type": "url", "url": "https://x.test/a.pdf"}, title="a.pdf"),
        ),
        (file(file_id="file_1"), document({"type": "file", "file_id": "file_1"})),
        (
            file(file_id="file_1", filename="a"),
            document({"type": "file", "file_id": "file_1"}, title="a"),
        ),
        (file(filename="t.csv", file_data=TEXT), text_document(title="t.csv")),
        (file(file_data=f"data:text/plain;charset=utf-8;base64,{TEXT}"), text_document()),
        (file(file_data=f"data:application/json;base64,{TEXT}"), text_document()),
        (file(file_data="data:text/plain,tide%2C14:20%20%C3%A9"), text_document()),
        (file(filename="a.PNG", file_data=PNG), base64_image("image/png")),
        (file(filename="a.jpg", file_data=PNG), base64_image("image/jpeg")),
        (document({"type": "text"}, citations={"enabled": True}),) * 2,
        ({"type": "search_result", "source": "s", "content": []},) * 2,
        (base64_image("image/png"),) * 2,
    ],
)
def test_every_kind_of_part_has_its_block(part, expected):
    assert block(part) == expected


@pytest.mark.parametrize(
    ("part", "kind", "path"),
    [
        ({"type": "input_audio", "input_audio": {"data": "", "format": "wav"}}, "unsupported", ""),
        ({"type": "video_url", "video_url": {"url": "https://x.test"}}, "unsupported", ""),
        ({"type": "refusal", "refusal": "no"}, "unsupported", ""),
        ({"text": "no type"}, "unsupported", ""),
        ("odd", "invalid_request", ""),
        ({"type": "text", "text": 7}, "invalid_request", ".text"),
        (image("data:image/svg+xml;base64,AA=="), "unsupported", ".image_url.url"),
        (image("ftp://x.test/a.png"), "invalid_request", ".image_url.url"),
        (image("data:image/png"), "invalid_request", ".image_url.url"),
        ({"type": "image_url", "image_url": {}}, "invalid_request", ".image_url.url"),
        ({"type": "image_url"}, "invalid_request", ".image_url"),
        ({"type": "file"}, "invalid_request", ".file"),
        (file(filename="a.pdf"), "invalid_request", ".file.file_data"),
        (file(file_id=7), "invalid_request", ".file.file_id"),
        (file(filename="a.zip", file_data="UEsDBA=="), "unsupported", ".file.file_data"),
        (file(filename="a.txt", file_data="/w=="), "invalid_request", ".file.file_data"),
        (file(filename="a.txt", file_data="not base64"), "invalid_request", ".file.file_data"),
    ],
)
def test_what_has_no_block_is_refused_with_its_path(part, kind, path):
    error = complaint({"messages": [*HI, {"role": "user", "content": [said("and"), part]}]})

    assert (error.kind, error.param) == (Kind(kind), f"messages[1].content[1]{path}")


@pytest.mark.parametrize(
    "empty",
    ["", "  \n", [], [said(" ")], None, [file(filename="a.txt", file_data="IA==")]],
)
def test_nothing_empty_is_sent(empty):
    messages = [{"role": "user", "content": empty}, {"role": "user", "content": "Hi"}]

    assert turns(messages) == [{"role": "user", "content": [said("Hi")]}]


def test_content_of_another_type_is_refused():
    error = complaint({"messages": [{"role": "user", "content": 7}]})

    assert (error.kind, error.param) == (Kind.INVALID_REQUEST, "messages[0].content")
