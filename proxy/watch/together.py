"""What several processes say together: pure sums over their readings.

Invariant: the order of the readings does not matter, and a reading alone is itself.
"""

from __future__ import annotations

from collections.abc import Iterable
from math import isnan
from operator import add

from proxy.watch.cells import Reading
from proxy.watch.families import BY_NAME


def together(readings: Iterable[Reading]) -> Reading:
    """All readings as one.

    Counters and histograms add up; gauges add up, or the largest counts, as their family says. A gauge that is not a
    number says nothing.
    """
    whole: Reading = {}
    for reading in readings:
        for key, numbers in reading.items():
            if isnan(numbers[0]):
                continue
            before = whole.get(key)
            if before is None:
                whole[key] = numbers
            elif BY_NAME[key[0]].together == "max":
                whole[key] = list(map(max, before, numbers))
            else:
                whole[key] = list(map(add, before, numbers))
    return whole


def lasting(reading: Reading) -> Reading:
    """What a process leaves behind: what it counted, and not how it was doing."""
    return {key: numbers for key, numbers in reading.items() if BY_NAME[key[0]].kind != "gauge"}
