import asyncio
import os

import pytest

from proxy.commands.following import Files, follow, following, stamp


def test_what_was_read_and_is_the_same_has_not_changed(tmp_path):
    file = tmp_path / "a"
    file.write_text("one")
    files = Files()

    assert files.read(str(file)) == b"one"
    assert files.look() == {}


@pytest.mark.parametrize("change", ["longer", "touched", "replaced", "gone"])
def test_a_change_is_seen(tmp_path, change):
    file = tmp_path / "a"
    file.write_text("one")
    files = Files()
    files.read(str(file))
    other = tmp_path / "b"
    other.write_text("two")
    os.utime(other, ns=(stamp(str(file))[0],) * 2)
    {
        "longer": lambda: file.write_text("longer"),
        "touched": lambda: os.utime(file, ns=(1, 1)),
        "replaced": lambda: other.replace(file),
        "gone": file.unlink,
    }[change]()

    assert list(files.look()) == [str(file)]


def test_a_file_that_was_looked_for_and_comes_is_a_change(tmp_path):
    files = Files()
    with pytest.raises(FileNotFoundError):
        files.read(str(tmp_path / "a"))
    before = files.look()
    (tmp_path / "a").write_text("one")

    assert before == {}
    assert list(files.look()) == [str(tmp_path / "a")]


def test_only_what_was_read_last_counts(tmp_path):
    file = tmp_path / "a"
    file.write_text("one")
    files = Files()
    files.read(str(file))
    files.forget()
    file.write_text("longer")

    assert files.look() == {}


def test_what_is_no_path_is_no_file():
    assert stamp("a\0b") is None


class Looks:
    """A clock that lets a script pass with each wait, and then stops the one who waits."""

    def __init__(self, *steps):
        self.steps = list(steps)

    async def sleep(self, _):
        if not self.steps:
            raise asyncio.CancelledError
        self.steps.pop(0)()


async def followed(tmp_path, *writes):
    """How often it was reloaded, when these texts are written, one a look; None for no change."""
    file = tmp_path / "a"
    file.write_text("")
    files, seen = Files(), []
    files.read(str(file))

    async def reload():
        files.forget()
        seen.append(files.read(str(file)).decode())

    steps = [lambda text=text: text is None or file.write_text(text) for text in writes]
    with pytest.raises(asyncio.CancelledError):
        await follow(files, reload, Looks(*steps))
    return seen


async def test_a_change_is_taken_once_it_rests(tmp_path):
    assert await followed(tmp_path, None, "one", None, None, None) == ["one"]


async def test_a_file_that_is_still_being_written_is_left_alone(tmp_path):
    assert await followed(tmp_path, "o", "on", "one", None) == ["one"]


async def test_each_change_is_taken(tmp_path):
    assert await followed(tmp_path, "one", None, "three", None) == ["one", "three"]


async def test_nobody_looks_any_more_after_the_block():
    looked = asyncio.Event()

    class Clock:
        async def sleep(self, _):
            looked.set()
            await asyncio.Event().wait()

    before = asyncio.all_tasks()
    async with following(Files(), None, Clock()):
        await looked.wait()
        (watcher,) = asyncio.all_tasks() - before

    assert watcher.done()


async def test_without_files_nothing_is_followed():
    before = asyncio.all_tasks()

    async with following(None, None):
        assert asyncio.all_tasks() == before
