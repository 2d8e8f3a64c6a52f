import errno
import os
import socket
from unittest.mock import Mock

from tests.support.commands import shell as shell


def test_where_there_is_no_fork_there_is_one_worker(shell, monkeypatch):
    monkeypatch.delattr(os, "fork")
    status, _, err = shell.run("serve", "--workers", "2")

    assert status == 1
    assert err == (
        "firstbyte serve: several workers need a system with fork, which this is not; use --workers 1\n"
    )


def test_where_workers_cannot_be_connected_that_is_a_sentence(shell, monkeypatch):
    full = OSError(errno.EMFILE, "Too many open files")
    monkeypatch.setattr(socket, "socketpair", Mock(side_effect=full))
    line = ("serve", "--workers", "2", "--listen", "127.0.0.1:0", "--ops-listen", "off")
    status, _, err = shell.run(*line)

    assert status == 1
    assert "cannot connect 2 workers with each other: Too many open files; use fewer" in err
