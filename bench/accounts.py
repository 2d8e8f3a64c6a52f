"""What a process and all its children used: CPU time and memory, from /proc."""

import os
import re
import time
from pathlib import Path

TICK = 1.0 / os.sysconf("SC_CLK_TCK") if hasattr(os, "sysconf") else 0.01
"""Seconds that /proc counts in."""


def children(processes: dict[int, int], pid: int) -> list[int]:
    """A process and everything below it.

    Args:
        processes: Each process and its parent.
        pid: The topmost.
    """
    found = [pid]
    for each in found:
        found += [child for child, parent in processes.items() if parent == each]
    return found


def parse_stat(text: str) -> tuple[int, int]:
    """A process's parent, and the ticks that it and its children that have ended spent in user and system code.

    Args:
        text: /proc/PID/stat. The name in it may hold spaces and parentheses.
    """
    fields = text[text.rindex(")") + 2 :].split()
    return int(fields[1]), sum(int(ticks) for ticks in fields[11:15])


def parse_rollup(text: str) -> dict[str, int]:
    """Kilobytes by kind, from /proc/PID/smaps_rollup."""
    return {name: int(size) for name, size in re.findall(r"^(\w+):\s+(\d+) kB", text, re.MULTILINE)}


def tree(pid: int) -> dict[int, int]:
    """The ticks of a process and of each that lives below it."""
    stats = {}
    for entry in os.scandir("/proc"):
        if entry.name.isdigit():
            try:
                stats[int(entry.name)] = parse_stat(Path(entry.path, "stat").read_text())
            except (OSError, ValueError):
                continue  # it ended meanwhile
    parents = {each: parent for each, (parent, _) in stats.items()}
    return {each: stats[each][1] for each in children(parents, pid) if each in stats}


def cpu(pid: int) -> float:
    """Seconds of CPU that a process and all its children have used so far."""
    return sum(tree(pid).values()) * TICK


def parse_busy(text: str) -> int:
    """Ticks that all cores together were not idle.

    Args:
        text: /proc/stat.
    """
    ticks = [int(each) for each in text.split("\n", 1)[0].split()[1:9]]
    return sum(ticks) - ticks[3] - ticks[4]


class Others:
    """How many cores everybody else on this machine uses, from now on: they make the figures of a run doubtful."""

    def __init__(self) -> None:
        self._began, self._busy, self._ours = self._now()

    def cores(self) -> float:
        """Cores that neither we nor what we started used so far, on average."""
        now, busy, ours = self._now()
        return max(0.0, (busy - self._busy - (ours - self._ours)) / max(now - self._began, 0.01))

    def _now(self) -> tuple[float, float, float]:
        busy = parse_busy(Path("/proc/stat").read_text()) * TICK
        return time.monotonic(), busy, cpu(os.getpid())


def memory(pid: int) -> dict[str, float]:
    """KiB that a process and its children hold: `Rss`, and `Pss`, where what they share is counted once."""
    total = {"Rss": 0.0, "Pss": 0.0}
    for each in tree(pid):
        try:
            sizes = parse_rollup(Path(f"/proc/{each}/smaps_rollup").read_text())
        except OSError:
            continue
        for kind in total:
            total[kind] += sizes.get(kind, 0)
    return total
