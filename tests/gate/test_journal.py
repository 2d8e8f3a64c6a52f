import multiprocessing
import os
import resource
from contextlib import contextmanager

import pytest

from proxy.gate.ending import Ending, write
from proxy.gate.journal import Journal, journal_for
from proxy.store.records import Conclusion, Settlement


def ending(name):
    return Ending(Conclusion((Settlement(name, 1),)))


def names(taken):
    return [end.conclusion.settlements[0].hold for each in taken for end in each.endings]


def test_what_was_added_is_taken_in_its_order(tmp_path):
    journal = Journal(tmp_path / "j")
    journal.add([ending("a"), ending("b")])
    journal.add([ending("c")])

    assert names(journal.take()) == ["a", "b", "c"]


def test_what_was_taken_is_taken_once_and_gone_when_it_is_done(tmp_path):
    journal = Journal(tmp_path / "j")
    journal.add([ending("a")])
    taken = journal.take()
    again = journal.take()
    journal.add([ending("b")])
    for each in taken:
        journal.done(each)
        journal.done(each)

    assert (names(taken), again) == (["a"], [])
    assert [path.name for path in tmp_path.iterdir()] == ["j"]
    assert names(journal.take(orphans=True)) == ["b"]


def test_what_somebody_took_and_did_not_finish_is_taken_over_at_a_start(tmp_path):
    Journal(tmp_path / "j").add([ending("a")])
    Journal(tmp_path / "j").take()
    Journal(tmp_path / "j").add([ending("b")])

    assert names(Journal(tmp_path / "j").take(orphans=True)) == ["a", "b"]


def test_a_torn_line_costs_no_other(tmp_path, caplog):
    journal = Journal(tmp_path / "j")
    journal.add([ending("a")])
    with (tmp_path / "j").open("ab") as file:
        file.write(b'{"late": [], "settl\n')
    journal.add([ending("b")])

    assert names(journal.take()) == ["a", "b"]
    assert "torn" in caplog.text


@pytest.mark.parametrize("size", [1, 20, len(write(ending("torn")))])
def test_what_is_added_behind_a_torn_line_is_not_taken_for_its_rest(tmp_path, size):
    journal = Journal(tmp_path / "j")
    journal.add([ending("a")])
    with (tmp_path / "j").open("ab") as file:
        file.write(write(ending("torn"))[:size])
    journal.add([ending("b")])
    journal.add([ending("c")])
    whole = [name for name in names(journal.take()) if name != "torn"]

    assert whole == ["a", "b", "c"]


@contextmanager
def room_for(size):
    """No file grows beyond so many bytes: what does not fit is cut, and the next write fails, as on a disk that is full."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_what_the_disk_has_too_little_room_for_leaves_nothing_of_itself(tmp_path):
    journal = Journal(tmp_path / "j")
    journal.add([ending("a")])
    before = (tmp_path / "j").read_bytes()
    with room_for(len(before) + 10), pytest.raises(OSError, match="File too large"):
        journal.add([ending("b")])
    after = (tmp_path / "j").read_bytes()
    journal.add([ending("c")])

    assert after == before
    assert names(journal.take()) == ["a", "c"]


def test_what_cannot_be_cut_off_again_costs_no_other(tmp_path, monkeypatch):
    def refused(*_):
        raise OSError("no")

    journal = Journal(tmp_path / "j")
    journal.add([ending("a")])
    before = (tmp_path / "j").read_bytes()
    monkeypatch.setattr(os, "ftruncate", refused)
    with room_for(len(before) + 10), pytest.raises(OSError, match="File too large"):
        journal.add([ending("b")])
    after = (tmp_path / "j").read_bytes()
    journal.add([ending("c")])

    assert len(after) == len(before) + 10
    assert names(journal.take()) == ["a", "c"]


def test_there_may_be_nothing(tmp_path):
    assert Journal(tmp_path / "j").take(orphans=True) == []


def test_what_somebody_else_told_meanwhile_is_empty(tmp_path, monkeypatch):
    first, second = Journal(tmp_path / "j"), Journal(tmp_path / "j")
    first.add([ending("a")])
    (mine,) = first.take()
    monkeypatch.setattr("proxy.gate.journal.Path.glob", lambda *_: [first.done(mine) or mine.path])

    assert names(second.take(orphans=True)) == []


def add_many(path, name):
    journal = Journal(path)
    for n in range(100):
        journal.add([ending(f"{name}{n}")])


def test_nothing_is_lost_between_processes_that_add_and_one_that_takes(tmp_path):
    path = tmp_path / "j"
    fork = multiprocessing.get_context("spawn")
    adding = [fork.Process(target=add_many, args=(path, name)) for name in "ab"]
    for process in adding:
        process.start()
    journal, seen = Journal(path), []
    while any(process.is_alive() for process in adding):
        for taken in journal.take():
            seen += names([taken])
            journal.done(taken)
    for process in adding:
        process.join()
    seen += names(journal.take())

    assert sorted(seen) == sorted(f"{name}{n}" for name in "ab" for n in range(100))


def test_a_file_that_was_taken_over_while_we_waited_is_not_written(tmp_path, monkeypatch):
    journal = Journal(tmp_path / "j")
    (tmp_path / "j").touch()
    real, moved = Journal._is_still, []

    def once(self, file):
        if not moved:
            moved.append((tmp_path / "j").rename(tmp_path / "j.old"))
        return real(self, file)

    monkeypatch.setattr(Journal, "_is_still", once)
    journal.add([ending("a")])

    assert (tmp_path / "j.old").read_bytes() == b""
    assert names(journal.take()) == ["a"]


def test_a_file_that_somebody_else_took_over_first_is_theirs(tmp_path, monkeypatch):
    journal = Journal(tmp_path / "j")
    journal.add([ending("a")])

    def gone(self, file):
        return False

    monkeypatch.setattr(Journal, "_is_still", gone)

    assert journal.take() == []


def test_a_journal_stands_beside_what_it_is_for(tmp_path):
    def path(store):
        journal = journal_for(store, tmp_path)
        return None if journal is None else str(journal._path)

    assert path("memory:") is None
    assert path("sqlite:/var/lib/calls.db") == "/var/lib/calls.db.untold"
    assert path("rediss://user:secret@host/0") == str(tmp_path / "firstbyte.untold")


def test_where_a_state_directory_is_named_a_distant_store_has_its_journal_there(tmp_path):
    state = tmp_path / "state"
    state.mkdir()

    def path(store):
        return str(journal_for(store, tmp_path, f"{state}:/var/lib/other")._path)

    assert path("redis://host/0") == str(state / "firstbyte.untold")
    assert path("sqlite:/var/lib/calls.db") == "/var/lib/calls.db.untold"


@pytest.mark.parametrize(("store", "may"), [("redis://host/0", False), ("sqlite:/x/y.db", True)])
def test_a_journal_that_could_not_be_written_is_said_before_it_is_needed(
    tmp_path, monkeypatch, caplog, store, may
):
    monkeypatch.setattr(os, "access", lambda *_: False)
    journal_for(store, tmp_path)

    assert (f"{tmp_path} cannot be written to" not in caplog.text) == may
