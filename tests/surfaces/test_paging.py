import pytest

from proxy.core.errors import Kind, ProxyError
from proxy.surfaces.paging import limit_of, place_of


@pytest.mark.parametrize(("asked", "limit"), [(None, 20), ("1", 1), ("020", 20), ("100", 100)])
def test_a_page_has_as_many_as_were_asked_for(asked, limit):
    assert limit_of(asked, 20, 100) == limit


@pytest.mark.parametrize("asked", ["0", "101", "-1", "1.5", "", "0001", "²", "many"])
def test_a_page_that_there_cannot_be_is_refused(asked):
    with pytest.raises(ProxyError, match="limit must be a number from 1 to 100") as caught:
        limit_of(asked, 20, 100)

    assert (caught.value.kind, caught.value.param) == (Kind.INVALID_REQUEST, "limit")


def test_a_page_begins_at_an_id_of_the_list():
    assert place_of(["a", "b"], "b", "after") == 1
    with pytest.raises(ProxyError, match="after must be the id") as caught:
        place_of(["a", "b"], "c", "after")

    assert caught.value.param == "after"
