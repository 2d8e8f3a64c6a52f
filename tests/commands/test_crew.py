import os

from tests.support.commands import shell as shell


def test_where_there_is_no_fork_there_is_one_worker(shell, monkeypatch):
    monkeypatch.delattr(os, "fork")
    status, _, err = shell.run("serve", "--workers", "2")

    assert status == 1
    assert err == (
        "firstbyte serve: several workers need a system with fork, which this is not; use --workers 1\n"
    )
