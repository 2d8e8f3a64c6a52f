import math

from proxy.upstream.flow import Held


def test_a_credential_without_an_end_is_kept_for_good_and_never_shown():
    held = Held("secret")

    assert (held.fresh_until, held.expires) == (math.inf, math.inf)
    assert "secret" not in repr(held)
