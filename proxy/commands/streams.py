"""The three standard streams of a process that was started without them, as `>&-` and some supervisors do.

The next files that it opens would get their numbers: what is said to standard error would go to a caller, and libuv ends a
process that closes one of them.

Source: man page stdin(3), which says that 0, 1 and 2 are these streams, and open(2), "lowest-numbered" (read 2026-11-22).
"""

import os
import sys


def open_missing() -> None:
    """Open to nowhere what is closed. Call it before anything else is opened."""
    for number in (0, 1, 2):
        try:
            os.fstat(number)
        except OSError:
            # The lowest number that is free, which is this one.
            os.open(os.devnull, os.O_RDWR)
            # As it would be, had it been there: programs that we start have it too.
            os.set_inheritable(number, True)
    sys.stdin = sys.stdin or open(0, encoding="utf-8", closefd=False)  # noqa: SIM115
    sys.stdout = sys.stdout or open(1, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
    sys.stderr = sys.stderr or open(2, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
