from dataclasses import FrozenInstanceError

import pytest

from proxy.web.console.rooms import Listener


def test_where_calls_are_taken_is_a_value():
    at = Listener("127.0.0.1", 80, tls=False)
    with pytest.raises(FrozenInstanceError):
        at.port = 81

    assert at == Listener("127.0.0.1", 80, tls=False)
