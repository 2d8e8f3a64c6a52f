"""How many connections the system lets this process have: asked for at start, and told where they will not do.

A call holds two descriptors, one to the caller and one to a provider.
"""

import sys
from contextlib import suppress
from typing import Final

if sys.platform != "win32":
    import resource

SPARE: Final = 64
"""Descriptors for everything that is no call: listeners, files, the loop's own, probes."""


def raise_limit() -> None:
    """Let this process have as many connections as the system grants."""
    if sys.platform != "win32":
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        if soft != hard:
            with suppress(OSError, ValueError):
                resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def shortage(max_in_flight: int) -> str:
    """Why so many calls at once cannot be served, as a sentence with the remedy; empty where they can.

    Args:
        max_in_flight: `server.max_in_flight`.
    """
    if sys.platform == "win32":
        return ""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = 2 * max_in_flight + SPARE
    if soft == resource.RLIM_INFINITY or soft >= needed:
        return ""
    return (
        f"the system allows {soft} open files, and {max_in_flight} calls at once may need {needed}; "
        "raise the limit (`ulimit -n`, LimitNOFILE) or lower server.max_in_flight"
    )
