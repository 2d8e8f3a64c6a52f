"""The works that are measured, by the names that --only takes. Each takes its house and its name, and notes figures."""

from collections.abc import Callable

from bench.closed import CLOSED, closed, throughput, workers
from bench.house import House
from bench.opened import opened
from bench.singles import first_byte, started

WORKS: dict[str, Callable[[House, str], None]] = {
    **dict.fromkeys(CLOSED, closed),
    "open1000": opened,
    "open2000": opened,
    "first": first_byte,
    "startup": started,
    "throughput": throughput,
    "workers": workers,
}
"""Each by its name for --only, in the order of the run."""
