import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.gate.credentials import credentials_in
from proxy.gate.virtual_key import digest


@pytest.mark.parametrize(
    "header",
    [
        (b"authorization", b"Bearer abc"),
        (b"authorization", b"bearer   abc "),
        (b"x-api-key", b"abc"),
        (b"api-key", b" abc "),
    ],
)
def test_a_credential_is_found_under_each_of_its_names(header):
    found = credentials_in([(b"host", b"a"), header])

    assert (found.virtual, found.own, found.presented) == ((), (b"abc",), b"abc")
    assert found.mark == digest(b"abc")


@pytest.mark.parametrize("value", [b"", b"Bearer", b"Bearer ", b"Basic abc", b"abc", b"Bearerabc"])
def test_what_is_no_bearer_token_is_nothing(value):
    found = credentials_in([(b"authorization", value), (b"x-api-key", b" ")])

    assert (found.own, found.presented) == ((), b"")


def test_the_header_for_virtual_keys_speaks_first_and_bearer_before_the_others():
    found = credentials_in(
        [(b"x-api-key", b"b"), (b"authorization", b"Bearer a"), (b"x-firstbyte-key", b"v")]
    )

    assert (found.virtual, found.own) == ((b"v",), (b"a", b"b"))
    assert found.presented == b"v"


def test_one_credential_may_come_under_several_names_and_two_may_not():
    same = credentials_in([(b"x-api-key", b"a"), (b"authorization", b"Bearer a")])
    both = credentials_in([(b"x-api-key", b"b"), (b"authorization", b"Bearer a")])
    virtual = credentials_in([(b"x-firstbyte-key", b"a"), (b"x-firstbyte-key", b"b")])
    apart = credentials_in([(b"x-firstbyte-key", b"a"), (b"x-api-key", b"b")])

    assert [found.differ for found in (same, both, virtual, apart)] == [False, True, True, False]


@given(st.lists(st.tuples(st.sampled_from([b"authorization", b"api-key", b"x"]), st.binary())))
def test_any_header_lines_are_read(lines):
    assert isinstance(credentials_in(lines).presented, bytes)
