import pytest

from proxy.upstream.answer_head import AnswerHead, _name, read_headers


def test_headers_are_read_by_name_in_lower_case_and_joined():
    raw = [(b"X-One", b"1"), (b"x-one", b"2"), (b"X-Latin", b"\xe9"), (b"x-bad", b"a\r\nb: c")]

    assert read_headers(raw) == {"x-one": "1, 2", "x-latin": "é"}


def test_names_without_end_are_read_and_not_kept():
    before = _name.cache_info().currsize
    headers = read_headers([(b"X-Long-" + b"A" * 1000, b"1")])

    assert headers == {"x-long-" + "a" * 1000: "1"}
    assert _name.cache_info().currsize == before


def test_the_length_frames_the_body_and_is_not_told():
    raw = [(b"Content-Length", b"3"), (b"x", b"y")]
    head = AnswerHead(raw)

    assert head.fields == {"x": "y"}
    assert head.raw == raw
    assert head.with_length(b"17") == [(b"Content-Length", b"17"), (b"x", b"y")]


@pytest.mark.parametrize(
    ("headers", "kind"),
    [
        ([(b"content-type", b"application/json")], "application/json"),
        ([(b"Content-Type", b" Application/JSON ; charset=utf-8")], "application/json"),
        ([(b"content-type", b"text/event-stream")], "text/event-stream"),
        ([(b"content-type", b"application/json"), (b"content-encoding", b"identity")], ""),
        ([], ""),
    ],
)
def test_the_kind_of_a_body_is_its_media_type_unless_it_is_encoded(headers, kind):
    assert AnswerHead(headers).kind == kind


RAW = [(b"content-type", b"text/plain"), (b"X-Request-Id", b"a"), (b"x-ratelimit-left", b"9")]


@pytest.mark.parametrize(
    ("values", "passed"),
    [
        ({2: b"b"}, b"x-ratelimit-left: 9\r\n"),
        ({2: b"b", 3: b"8"}, b"x-ratelimit-left: 8\r\n"),
    ],
)
def test_a_head_that_is_like_another_says_what_differs(values, passed):
    like = AnswerHead(RAW)
    head = like.with_values(values)
    read = AnswerHead(head.raw)

    assert head.raw[1] == (b"X-Request-Id", b"b")
    assert dict(head) == dict(read) == head.fields
    assert (head.passed, head.kind, len(head)) == (passed, "text/plain", 3)
    assert head["x-request-id"] == "b"
    assert (like.raw, like.passed) == (RAW, b"x-ratelimit-left: 9\r\n")
    assert like.fields["x-request-id"] == "a"


def test_of_what_goes_on_to_callers_each_line_is_where_it_was_and_repeated_ones_are_joined():
    twice = [
        (b"X-RateLimit-Reset", b"1"),
        *RAW,
        (b"x-ratelimit-reset", b"2"),
        (b"Openai-Processing-Ms", b"7"),
    ]
    like = AnswerHead(twice)
    head = like.with_values({4: b"\xe9", 6: b""})

    assert head.passed == AnswerHead(head.raw).passed
    assert head.passed == (
        b"x-ratelimit-reset: 1, 2\r\nx-ratelimit-left: \xe9\r\nopenai-processing-ms: \r\n"
    )
    assert AnswerHead(RAW[:2]).with_values({2: b"c"}).passed == b""
