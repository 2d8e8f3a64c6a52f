import pytest

from proxy.core.errors import Kind
from tests.support.replies import complaint, items

PDF = "data:application/pdf;base64,JVBERi0="


def user(*parts):
    [item] = items([{"role": "user", "content": list(parts)}])
    return item["content"]


@pytest.mark.parametrize(
    ("part", "native"),
    [
        ({"type": "text", "text": "Hi"}, {"type": "input_text", "text": "Hi"}),
        (
            {"type": "image_url", "image_url": {"url": "https://a.test/b.png", "detail": "low"}},
            {"type": "input_image", "image_url": "https://a.test/b.png", "detail": "low"},
        ),
        (
            {"type": "image_url", "image_url": "https://a.test/b.png"},
            {"type": "input_image", "image_url": "https://a.test/b.png", "detail": "auto"},
        ),
        (
            {"type": "input_audio", "input_audio": {"data": "UklG", "format": "wav"}},
            {"type": "input_audio", "input_audio": {"data": "UklG", "format": "wav"}},
        ),
        (
            {"type": "file", "file": {"filename": "a.pdf", "file_data": PDF}},
            {"type": "input_file", "filename": "a.pdf", "file_data": PDF},
        ),
        (
            {"type": "file", "file": {"filename": "a.TXT", "file_data": "SGk="}},
            {
                "type": "input_file",
                "filename": "a.TXT",
                "file_data": "data:text/plain;base64,SGk=",
            },
        ),
        (
            {"type": "file", "file": {"file_data": "JVBERi0="}},
            {"type": "input_file", "filename": "file.pdf", "file_data": PDF},
        ),
        (
            {"type": "file", "file": {"filename": "noending", "file_data": "JVBERi0="}},
            {"type": "input_file", "filename": "noending.pdf", "file_data": PDF},
        ),
        (
            {
                "type": "file",
                "file": {"filename": "v1.2", "file_data": "data:text/plain;base64,SGk="},
            },
            {
                "type": "input_file",
                "filename": "v1.2.txt",
                "file_data": "data:text/plain;base64,SGk=",
            },
        ),
        (
            {"type": "file", "file": {"filename": "v1.final", "file_data": PDF}},
            {"type": "input_file", "filename": "v1.final.pdf", "file_data": PDF},
        ),
        (
            {"type": "file", "file": {"filename": "a", "file_data": "data:font/ttf;base64,SGk="}},
            {"type": "input_file", "filename": "a", "file_data": "data:font/ttf;base64,SGk="},
        ),
        (
            {"type": "file", "file": {"file_id": "file_1", "file_data": None}},
            {"type": "input_file", "file_id": "file_1"},
        ),
        (
            {"type": "file", "file": {"file_url": "https://a.test/b.pdf", "detail": "low"}},
            {"type": "input_file", "file_url": "https://a.test/b.pdf", "detail": "low"},
        ),
        (
            {"type": "file", "file": {"filename": "b.pdf", "file_data": "https://a.test/b.pdf"}},
            {"type": "input_file", "file_url": "https://a.test/b.pdf"},
        ),
    ],
)
def test_each_part_has_its_form(part, native):
    assert user(part) == [native]


def test_a_cache_breakpoint_stays_with_its_part():
    mark = {"mode": "explicit", "ttl": "30m"}
    [part] = user({"type": "text", "text": "Hi", "prompt_cache_breakpoint": mark})

    assert part["prompt_cache_breakpoint"] == mark


def test_what_the_assistant_said_marks_no_cache():
    part = {"type": "text", "text": "Hi", "prompt_cache_breakpoint": {"mode": "explicit"}}
    [item] = items([{"role": "assistant", "content": [part]}])

    assert item["content"] == [{"type": "output_text", "text": "Hi"}]


@pytest.mark.parametrize(
    ("content", "kind", "param"),
    [
        (7, Kind.INVALID_REQUEST, "messages[0].content"),
        (["Hi"], Kind.INVALID_REQUEST, "messages[0].content[0]"),
        ([{"type": "video_url"}], Kind.UNSUPPORTED, "messages[0].content[0].type"),
        ([{"type": ["text"]}], Kind.UNSUPPORTED, "messages[0].content[0].type"),
        ([{"type": "text"}], Kind.INVALID_REQUEST, "messages[0].content[0].text"),
        ([{"type": "image_url"}], Kind.INVALID_REQUEST, "messages[0].content[0].image_url"),
        (
            [{"type": "image_url", "image_url": {}}],
            Kind.INVALID_REQUEST,
            "messages[0].content[0].image_url.url",
        ),
        ([{"type": "file"}], Kind.INVALID_REQUEST, "messages[0].content[0].file"),
        (
            [{"type": "file", "file": {"file_data": 7}}],
            Kind.INVALID_REQUEST,
            "messages[0].content[0].file.file_data",
        ),
    ],
)
def test_a_part_that_is_none_is_complained_of_by_its_path(content, kind, param):
    error = complaint({"messages": [{"role": "user", "content": content}]})

    assert (error.kind, error.param) == (kind, param)


def test_a_system_message_holds_text_alone():
    image = {"type": "image_url", "image_url": {"url": "https://a.test/b.png"}}

    assert (
        complaint({"messages": [{"role": "system", "content": [image]}]}).kind is Kind.UNSUPPORTED
    )
