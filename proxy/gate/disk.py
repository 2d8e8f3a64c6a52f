"""Work that waits for a disk, on a thread that nobody has to wait for: where the disk hangs, the process can still end.

`asyncio.to_thread` would not do: a loop that closes waits for its threads, and so does the interpreter after it.

Invariant: whoever waits may stop at any moment; what was begun goes on, and ends with the disk or with the process.
"""

from __future__ import annotations

import asyncio
import errno
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any, TypeVar

T = TypeVar("T")


async def on_disk(work: Callable[[], T]) -> T:
    """Do it on a thread of its own; returns and raises what it does.

    Raises:
        OSError: also where there is no thread to be had.
    """
    loop = asyncio.get_running_loop()
    done: asyncio.Future[T] = loop.create_future()

    def run() -> None:
        result: T | None = None
        failed: Exception | None = None
        try:
            result = work()
        except Exception as error:  # noqa: BLE001 (raised where it is waited for)
            failed = error
        with suppress(RuntimeError):
            # Else the loop has ended, and with it whoever asked.
            loop.call_soon_threadsafe(_tell, done, result, failed)

    try:
        threading.Thread(target=run, name="firstbyte-journal", daemon=True).start()
    except RuntimeError as error:
        # The system has no thread to give: for whoever asks that is a disk that cannot be written to now.
        raise OSError(errno.EAGAIN, str(error)) from None
    return await done


def _tell(done: asyncio.Future[Any], result: object, failed: Exception | None) -> None:
    if done.done():
        return
    if failed is not None:
        done.set_exception(failed)
    else:
        done.set_result(result)
