import pytest

from proxy.core.state import MADE_UP, is_packed
from proxy.surfaces.messages.marks import is_signed


@pytest.mark.parametrize("signature", [None, "", 5, MADE_UP, f"{MADE_UP}later"])
def test_what_nobody_signed_is_not_signed(signature):
    assert not is_signed(signature)


def test_a_makers_signature_is_one():
    assert is_signed("EqQBCgIYAhIkS/Jw+/=")


def test_a_look_at_the_bytes_tells_that_a_body_holds_what_we_made_up():
    assert is_packed(MADE_UP.encode())
