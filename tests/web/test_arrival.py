import socket

from proxy.web.arrival import has_arrived


class Pipe:
    """What a transport says of its socket."""

    def __init__(self, owner):
        self._owner = owner

    def get_extra_info(self, _):
        return self._owner


def ends():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        speaker = socket.create_connection(listener.getsockname())
        return speaker, listener.accept()[0]


def test_what_the_other_system_has_not_taken_has_not_arrived():
    speaker, hearer = ends()
    with speaker, hearer:
        hearer.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
        speaker.setblocking(False)
        before = has_arrived(Pipe(speaker))
        speaker.send(b"x" * 4_000_000)

        assert (before, has_arrived(Pipe(speaker))) == (True, False)


def test_of_a_socket_that_is_closed_there_is_no_telling():
    speaker, hearer = ends()
    speaker.close()
    hearer.close()

    assert not has_arrived(Pipe(speaker))
