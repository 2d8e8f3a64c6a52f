"""Connections on their way from one worker to another; processes that do so are in tests/test_workers.py."""

import os
import resource
import socket
from contextlib import contextmanager
from pathlib import Path

import pytest

from proxy.web import handover as subject
from proxy.web.handover import Handover
from proxy.web.listening import listen


@pytest.fixture(params=[socket.SOCK_SEQPACKET, socket.SOCK_DGRAM], ids=["seqpacket", "datagram"])
def handover(request, monkeypatch):
    monkeypatch.setattr(subject, "KIND", request.param)
    made = Handover(2)
    yield made
    made.close()


@pytest.fixture
def members(handover):
    """Two of a house; in one process neither may let go of the other's inbox."""
    pair = [
        subject.Member(place, handover.spread, handover._inboxes[place], handover._ways)
        for place in (0, 1)
    ]
    for each in pair:
        each.join(0)
    return pair


@contextmanager
def connected():
    """A connection: the caller's end and ours."""
    with listen("127.0.0.1", 0, "here") as listener:
        caller = socket.create_connection(listener.getsockname())
        ours, _ = listener.accept()
    with caller, ours:
        yield caller, ours


def send(handover, place, descriptors):
    socket.send_fds(handover._ways[place], [b"c"], descriptors)


def descriptors():
    return len(list(Path("/proc/self/fd").iterdir()))


def fill(handover, place):
    """Send what brings nothing until the kernel takes no more."""
    while True:
        send(handover, place, [])


def test_a_connection_that_is_handed_over_is_the_same_for_its_caller(members):
    one, two = members
    one.join(1)
    with connected() as (caller, ours):
        gone = one.hand(ours)
        ours.close()
        caller.sendall(b"hello")
        with two.take() as taken:
            said = taken.recv(5)
            taken.sendall(b"world")
            answer = caller.recv(5)
            kind = taken.family, taken.type, taken.proto

    assert (gone, said, answer) == (True, b"hello", b"world")
    assert kind == (socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)


def test_what_is_on_its_way_counts_until_it_is_taken(handover, members):
    one, two = members
    one.join(1)
    with connected() as (_, ours):
        one.hand(ours)
        before = handover.spread.load(1)
        two.take().close()

    assert (before, handover.spread.load(1)) == (1, 0)


def test_where_it_is_even_a_connection_stays(members):
    with connected() as (_, ours):
        assert not members[0].hand(ours)


def test_what_a_full_inbox_refuses_stays_and_is_not_counted(handover, members):
    one, _ = members
    one.join(9)
    with pytest.raises(BlockingIOError):
        fill(handover, 1)
    with connected() as (caller, ours):
        gone = one.hand(ours)
        ours.sendall(b"still here")
        heard = caller.recv(10)

    assert (gone, heard) == (False, b"still here")
    assert handover.spread.load(1) == 0


def test_a_message_that_brings_no_connection_is_none_and_leaves_no_descriptor(
    handover, members, caplog
):
    _, two = members
    before = descriptors()
    send(handover, 1, [])
    nothing = two.take()
    with Path("/dev/null").open() as file:
        send(handover, 1, [file.fileno()])
        a_file = two.take()
    with connected() as (_, ours):
        send(handover, 1, [ours.fileno()] * 3)
        two.take().close()
    after = descriptors()

    assert (nothing, a_file) == (None, None)
    assert before == after
    assert [record.getMessage().rpartition(": ")[2] for record in caplog.records] == [
        "no descriptor",
        "Socket operation on non-socket",
    ]


def test_where_no_descriptor_is_left_a_connection_waits(members):
    one, two = members
    one.join(1)
    with connected() as (caller, ours):
        one.hand(ours)
        ours.close()
        before = resource.getrlimit(resource.RLIMIT_NOFILE)
        lowest = os.dup(0)
        os.close(lowest)
        resource.setrlimit(resource.RLIMIT_NOFILE, (lowest, before[1]))
        try:
            with pytest.raises(OSError, match="Too many open files"):
                two.take()
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, before)
        with two.take() as taken:
            taken.sendall(b"hello")

        assert caller.recv(5) == b"hello"


def test_who_is_alone_hears_no_end(handover, members):
    with pytest.raises(BlockingIOError):
        members[0].take()
    with pytest.raises(BlockingIOError):
        members[1].take()


def test_where_nobody_is_left_who_could_hand_one_over_it_ends():
    handover = Handover(1)
    member = handover.member(0)
    handover._ways[0].close()
    with pytest.raises(EOFError):
        member.take()
    handover.close()


def test_what_was_on_its_way_to_one_that_died_waits_for_the_next(handover, members):
    one, _ = members
    one.join(1)
    with connected() as (caller, ours):
        one.hand(ours)
        ours.close()
        handover.lost(1)
        is_there = handover.spread.is_there(1)
        following = handover.member(1)
        following.join(0)
        with following.take() as taken:
            taken.sendall(b"hello")
        heard = caller.recv(5)

    assert (is_there, heard) == (False, b"hello")
    assert handover.spread.load(1) == 0


def test_where_nobody_will_come_callers_are_told_and_nothing_stays_counted(handover, members):
    one, _ = members
    one.join(9)
    before = descriptors()
    with connected() as (caller, ours):
        one.hand(ours)
        send(handover, 1, [])
        handover.spread.hand(0, 1)
        ours.close()
        handover.lost(1)
        handover.give_up(1)
        heard = caller.recv(5)

    assert (heard, handover.spread.load(1)) == (b"", 0)
    assert descriptors() == before


def test_a_member_that_has_left_says_no_number(handover, members):
    members[0].have(3)
    members[0].leave()
    members[0].have(4)

    assert not handover.spread.is_there(0)


def test_where_the_system_has_no_more_sockets_none_stays(monkeypatch):
    made = []

    def socketpair(*_):
        if made:
            raise OSError("no more")
        made.extend(real())
        return made

    real = socket.socketpair
    monkeypatch.setattr(subject.socket, "socketpair", socketpair)
    with pytest.raises(OSError, match="no more"):
        Handover(2)

    assert [end.fileno() for end in made] == [-1, -1]
