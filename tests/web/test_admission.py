from proxy.config.schema import Auth
from proxy.gate.admit import Gate
from proxy.gate.load import Load
from proxy.web.admission import Admission


def test_what_is_built_apart_shares_neither_callers_nor_bodies():
    first, second = (Admission(Gate(Auth()), Load(4, 4, 1.0), 1024) for _ in range(2))

    assert first.presence is not second.presence
    assert first.intake is not second.intake
    assert (first.max_body, first.load.in_flight) == (1024, 0)
