import pytest

from proxy.web.query import query_of


@pytest.mark.parametrize(
    ("query", "found"),
    [
        (b"", {}),
        (b"limit=10&after_id=a%2Fb", {"limit": "10", "after_id": "a/b"}),
        (b"a=1&a=2&b=&c", {"a": "2"}),
        (b"a=\xff%ff", {"a": "\xff\ufffd"}),
    ],
)
def test_parameters_are_read_by_name_and_the_last_one_counts(query, found):
    assert query_of({"query_string": query}) == found
