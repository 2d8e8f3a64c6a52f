import httptools
import pytest

from proxy.upstream.framing import Garbled, is_sized, refusal_of, size_of


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ([], False),
        ([(b"x", b"1")], False),
        ([(b"Content-Length", b"3")], True),
        ([(b"transfer-encoding", b" Chunked ")], True),
        ([(b"transfer-encoding", b"identity")], False),
        ([(b"content-length", b"3"), (b"transfer-encoding", b"identity")], True),
    ],
)
def test_an_answer_says_where_it_ends_by_its_length_or_by_chunks(headers, expected):
    assert is_sized(headers) is expected


def test_another_coding_was_not_asked_for():
    with pytest.raises(Garbled, match="a transfer coding other than chunked"):
        is_sized([(b"transfer-encoding", b"gzip, chunked")])


def test_headers_are_as_long_as_their_lines():
    assert size_of([(b"a", b"bc"), (b"d", b"")]) == len(b"a: bc\r\nd: \r\n")


def test_our_own_complaint_comes_before_the_parser_s():
    carried = httptools.HttpParserCallbackError("theirs")
    carried.__context__ = ours = Garbled("ours")

    assert refusal_of(carried) is ours
    assert str(refusal_of(httptools.HttpParserError("theirs"))) == "theirs"
    assert "another protocol" in str(refusal_of(httptools.HttpParserUpgrade(3)))
