from proxy.web.listener import Listener


def test_a_listener_begins_with_nothing_and_shares_nothing_with_another():
    first, second = Listener(), Listener()

    assert (first.parting, first.connections, first.tasks) == (False, set(), set())
    assert first.heads is not second.heads
    assert first.defaults is not second.defaults
