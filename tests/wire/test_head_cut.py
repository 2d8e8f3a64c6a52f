import pytest

from proxy.wire.head_cut import head_cut

HEAD = b"POST / HTTP/1.1\r\nContent-Length: 12\r\nhost: a\r\n\r\n"


def test_a_head_is_cut_around_its_digits():
    cut = head_cut(HEAD + b"body", len(HEAD) + 4, 100)

    assert cut.rest == HEAD.replace(b"12", b"")[:-4]
    assert (cut.digits, cut.begin, cut.is_sure) == (b"12", len(HEAD), True)
    assert cut.rest[: cut.at].endswith(b"ength: ")


@pytest.mark.parametrize(
    ("data", "size"),
    [
        (b"", 0),
        (HEAD[:-1], len(HEAD) - 1),
        (b"\r\n\r\n" + HEAD, len(HEAD) + 4),
        (HEAD, len(HEAD) + 13),
        (HEAD.replace(b"12", b"1x"), len(HEAD)),
        (HEAD.replace(b"12", b""), len(HEAD)),
        (HEAD.replace(b"12", b"1" * 11), len(HEAD)),
        (HEAD.replace(b"ength: ", b"ength:"), len(HEAD)),
        (b"a" * 100 + HEAD, len(HEAD) + 100),
        (b"GET / HTTP/1.1\r\n\r\ncontent-length: 2\r\n\r\n", 40),
    ],
)
def test_what_has_no_length_to_rely_on_is_not_cut(data, size):
    assert head_cut(data, size, 100) is None


def test_a_head_may_be_longer_than_what_it_is_cut_of_by_its_body_alone():
    assert head_cut(HEAD, len(HEAD) + 12, 100).begin == len(HEAD)


def test_the_name_of_something_else_is_not_sure():
    data = HEAD.replace(b"Content-Length", b"x-length")

    assert not head_cut(data, len(data), 100).is_sure
