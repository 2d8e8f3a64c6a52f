from proxy.config.schema import Auth
from proxy.gate.admit import Gate
from proxy.gate.load import Load
from proxy.web.doors import Doors


def test_doors_that_are_built_apart_share_neither_callers_nor_bodies():
    first, second = (Doors(Gate(Auth()), Load(4, 4, 1.0), 1024) for _ in range(2))

    assert first.presence is not second.presence
    assert first.intake is not second.intake
    assert (first.max_body, first.load.in_flight) == (1024, 0)
