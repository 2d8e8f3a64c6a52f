import socket
import sys

import pytest

from proxy.web.listening import SharedAddress, listen

SETTING = "server.listen / --listen"


def test_what_listens_is_what_was_asked_for():
    with listen("127.0.0.1", 0, SETTING) as listener:
        port = listener.getsockname()[1]
        with socket.create_connection(("127.0.0.1", port)):
            pass
        with pytest.raises(OSError, match="address already in use"):
            listen("127.0.0.1", port, SETTING)


def test_a_connection_comes_to_one_of_those_that_share():
    address = SharedAddress("127.0.0.1", 0, SETTING)
    listeners = [address.share() for _ in range(3)]
    ports = {listener.getsockname()[1] for listener in listeners}
    with socket.create_connection(("127.0.0.1", address.port)):
        for listener in listeners:
            listener.setblocking(False)
        accepted = [sock for listener in listeners if (sock := accept(listener)) is not None]
    for sock in (*accepted, *listeners):
        sock.close()
    address.close()

    assert ports == {address.port}
    assert len(accepted) == 1


def test_one_that_lets_go_leaves_its_callers_to_the_others_and_may_come_back():
    address = SharedAddress("127.0.0.1", 0, SETTING)
    one, two = address.share(), address.share()
    one.close()
    two.setblocking(False)
    callers = [socket.create_connection(("127.0.0.1", address.port)) for _ in range(8)]
    accepted = [accept(two) for _ in callers]
    again = address.share()
    port = again.getsockname()[1]
    for sock in (*callers, *accepted, again, two):
        sock.close()

    assert None not in accepted
    assert port == address.port


@pytest.mark.parametrize("shared", [False, True])
def test_who_shares_takes_no_address_that_another_has(shared):
    with (
        listen("127.0.0.1", 0, SETTING, shared=shared) as other,
        pytest.raises(OSError, match="address already in use"),
    ):
        SharedAddress("127.0.0.1", other.getsockname()[1], SETTING)


def test_an_address_that_nobody_took_a_share_of_is_given_back():
    address = SharedAddress("127.0.0.1", 0, SETTING)
    address.close()

    listen("127.0.0.1", address.port, SETTING).close()


def test_where_the_system_has_one_queue_all_listen_at_it(monkeypatch):
    monkeypatch.setattr(sys, "platform", "darwin")
    address = SharedAddress("127.0.0.1", 0, SETTING)
    one, two = address.share(), address.share()
    with socket.create_connection(("127.0.0.1", address.port)):
        two.accept()[0].close()
    one.close()
    two.close()
    third = address.share()
    port = third.getsockname()[1]
    third.close()
    address.close()

    assert port == address.port


def accept(listener):
    try:
        return listener.accept()[0]
    except BlockingIOError:
        return None
