import base64

import pytest

from proxy.codecs.bedrock.parts import titled
from proxy.core.errors import Kind
from tests.support.converse import complaint, turns, user

DATA = base64.b64encode(b"bytes").decode()
PDF = base64.b64encode(b"%PDF-1.4").decode()


def written(part):
    """The first block that a part is written as."""
    return turns([user(part)])[0]["content"][0]


def file(**members):
    return {"type": "file", "file": members}


def document(form, name, data=DATA):
    return {"document": {"format": form, "name": name, "source": {"bytes": data}}}


@pytest.mark.parametrize(
    ("media", "form"),
    [("png", "png"), ("jpeg", "jpeg"), ("JPG", "jpeg"), ("gif", "gif"), ("webp", "webp")],
)
def test_an_image_is_its_bytes(media, form):
    url = f"data:image/{media};base64,{DATA}"
    block = {"image": {"format": form, "source": {"bytes": DATA}}}

    assert written({"type": "image_url", "image_url": {"url": url}}) == block
    assert written({"type": "image_url", "image_url": url}) == block


def test_data_that_is_not_in_base64_is_brought_there():
    url = "data:image/png,b%79tes"

    assert written({"type": "image_url", "image_url": {"url": url}})["image"]["source"] == {
        "bytes": DATA
    }


def test_audio_and_video_are_their_bytes():
    audio = {"type": "input_audio", "input_audio": {"data": DATA, "format": "wav"}}
    video = {"type": "video_url", "video_url": {"url": f"data:video/quicktime;base64,{DATA}"}}

    assert written(audio) == {"audio": {"format": "wav", "source": {"bytes": DATA}}}
    assert written(video) == {"video": {"format": "mov", "source": {"bytes": DATA}}}


@pytest.mark.parametrize(
    ("members", "block"),
    [
        ({"file_data": PDF}, document("pdf", "document", PDF)),
        (
            {"file_data": PDF, "filename": "Tide_table (2026).pdf"},
            document("pdf", "Tide table (2026)", PDF),
        ),
        ({"file_data": DATA, "filename": "a.docx"}, document("docx", "a")),
        ({"file_data": DATA, "filename": "a.py"}, document("txt", "a")),
        ({"file_data": DATA, "filename": "page.htm"}, document("html", "page")),
        ({"file_data": f"data:text/csv;base64,{DATA}", "filename": "t"}, document("csv", "t")),
        ({"file_data": f"data:text/x-rust;base64,{DATA}"}, document("txt", "document")),
        (
            {"file_data": f"data:application/octet-stream;base64,{PDF}"},
            document("pdf", "document", PDF),
        ),
        (
            {"file_data": DATA, "filename": "a.jpg"},
            {"image": {"format": "jpeg", "source": {"bytes": DATA}}},
        ),
        (
            {"file_data": f"data:image/gif;base64,{DATA}"},
            {"image": {"format": "gif", "source": {"bytes": DATA}}},
        ),
        (
            {"file_data": f"data:application/pdf;base64,{DATA}", "filename": "a.png"},
            document("pdf", "a"),
        ),
        ({"file_data": DATA, "filename": "潮.md"}, document("md", "document")),
    ],
)
def test_a_file_is_a_document_or_an_image(members, block):
    assert written(file(**members)) == block


def test_blocks_of_the_providers_own_pass():
    guard = {"text": {"text": "x", "qualifiers": ["query"]}}
    found = {"source": "https://a.test", "title": "A", "content": [{"text": "x"}]}
    place = {"s3Location": {"uri": "s3://bucket/key.png"}}

    assert written({"type": "guardContent", "guardContent": guard}) == {"guardContent": guard}
    assert written({"type": "searchResult", "searchResult": found}) == {"searchResult": found}
    image = {"format": "png", "source": place}
    assert written({"type": "image", "image": image}) == {"image": image}


def test_a_name_that_is_taken_gets_a_number_within_the_limit():
    taken = {"a" * 200}

    assert titled(document("txt", "a" * 200), taken)["document"]["name"] == "a" * 198 + " 2"
    assert titled(document("txt", "a" * 200), taken)["document"]["name"] == "a" * 198 + " 3"


def test_blank_parts_and_refusals_are_left_out():
    parts = [{"type": "text", "text": " "}, {"type": "text", "text": "x"}]
    refused = {"role": "assistant", "content": [{"type": "refusal", "refusal": "No."}]}
    blank = {"role": "assistant", "content": [{"type": "refusal", "refusal": " "}]}

    assert turns([user(*parts)]) == [user({"text": "x"})]
    assert turns([user(*parts), refused, user(*parts)])[1]["content"] == [{"text": "No."}]
    assert len(turns([user(*parts), blank, user(*parts)])) == 1


@pytest.mark.parametrize(
    ("part", "param"),
    [
        ({"type": "image_url", "image_url": {"url": "https://a.test/x.png"}}, "image_url.url"),
        ({"type": "image_url", "image_url": {"url": "data:image/tiff;base64,AA"}}, "image_url.url"),
        (
            {"type": "input_audio", "input_audio": {"data": "", "format": "midi"}},
            "input_audio.format",
        ),
        ({"type": "video_url", "video_url": {"url": "data:video/ogg;base64,AA"}}, "video_url.url"),
        (file(file_id="file-1"), "file.file_id"),
        (file(file_data="http://a.test/x.pdf"), "file.file_data"),
        (file(file_data=DATA, filename="a.exe"), "file.file_data"),
        ({"type": "hologram"}, ""),
        ({"text": "x"}, ""),
    ],
)
def test_what_has_no_form_is_refused_with_its_place(part, param):
    error = complaint({"messages": [user(part)]})

    assert error.kind is Kind.UNSUPPORTED
    assert error.param == ".".join(filter(None, ["messages[0].content[0]", param]))


@pytest.mark.parametrize(
    ("content", "param"),
    [
        (7, ""),
        (["x"], "[0]"),
        ([{"type": "text", "text": 7}], "[0].text"),
        ([{"type": "image_url"}], "[0].image_url"),
        ([{"type": "image_url", "image_url": {"url": "ftp://x"}}], "[0].image_url.url"),
        ([{"type": "guardContent"}], "[0].guardContent"),
    ],
)
def test_what_is_no_content_is_refused_with_its_place(content, param):
    error = complaint({"messages": [{"role": "user", "content": content}]})

    assert error.kind is Kind.INVALID_REQUEST
    assert error.param == f"messages[0].content{param}"


@pytest.mark.parametrize("kind", ["image", "document"])
def test_a_block_of_the_messages_api_is_nobodys_mistake(kind):
    part = {"type": kind, "source": {"type": "file", "file_id": "file_1"}}
    error = complaint({"messages": [user(part)]})

    assert (error.kind, error.param) == (Kind.UNSUPPORTED, "messages[0].content[0]")
