import re

import pytest

from proxy.web.request_id import new_request_id, request_id_of, take_request_id


@pytest.mark.parametrize("value", [b"a", b"call_1.2-3", b"x" * 128])
def test_a_well_formed_id_is_taken(value):
    assert take_request_id([(b"host", b"a"), (b"x-request-id", value)]) == value.decode()


@pytest.mark.parametrize("value", [b"", b"a b", b"a\tb", b"x" * 129, b"\xe9", b"a\n"])
def test_an_ill_formed_id_is_replaced(value):
    assert re.fullmatch(r"req_[0-9a-f]{24}", take_request_id([(b"x-request-id", value)]))


def test_ids_of_ours_differ():
    assert new_request_id() != new_request_id()


def test_a_call_keeps_its_id():
    scope = {"headers": []}

    assert request_id_of(scope) == request_id_of(scope)
