import asyncio
import fcntl
import os
import stat
import threading

import pytest

from proxy.store.sqlite.turn import Turn


@pytest.fixture
def path(tmp_path):
    return str(tmp_path / "store.db")


def is_locked(file):
    descriptor = os.open(file, os.O_RDWR)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


async def test_whoever_waits_is_before_whoever_has_just_written(path):
    mine, theirs, order = Turn(path), Turn(path), []

    def write():
        with theirs:
            order.append("theirs")

    with mine:
        order.append("mine")
        waiting = threading.Thread(target=write)
        waiting.start()
        while not is_locked(f"{path}-next"):
            await asyncio.sleep(0.001)
    with mine:
        order.append("mine again")
    await asyncio.to_thread(waiting.join)
    mine.close()
    theirs.close()

    assert order == ["mine", "theirs", "mine again"]


def test_a_failure_gives_the_turn_up(path):
    turn = Turn(path)
    with pytest.raises(LookupError), turn:
        raise LookupError

    assert not is_locked(f"{path}-turn")
    assert not is_locked(f"{path}-next")
    turn.close()


def test_closing_gives_the_turn_up(path):
    turn = Turn(path)
    turn.__enter__()
    turn.close()

    assert not is_locked(f"{path}-turn")


def test_its_files_are_their_owners_alone(path, tmp_path):
    Turn(path).close()

    assert {stat.S_IMODE(file.stat().st_mode) for file in tmp_path.iterdir()} == {0o600}
    assert len(list(tmp_path.iterdir())) == 2
