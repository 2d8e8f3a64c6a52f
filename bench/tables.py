"""The table of figures against their goals, for terminals and for Markdown."""

from collections.abc import Sequence

from bench.goals import LIMITS, Limit
from bench.notes import Notes

HEADS = ("figure", "measured", "goal", "at least", "")


def rows(notes: Notes, limits: Sequence[Limit] = LIMITS) -> list[tuple[str, ...]]:
    """One row for each figure that was measured."""
    found = []
    for limit in limits:
        value = limit.figure(notes)
        if value is not None:
            sign = "≥ " if limit.upward else "≤ "
            bounds = [
                "" if bound is None else sign + limit.show(bound)
                for bound in (limit.goal, limit.least)
            ]
            found.append((limit.what, limit.show(value), *bounds, limit.verdict(value)))
    return found


def terminal(notes: Notes) -> str:
    """Columns that line up."""
    table = [HEADS, *rows(notes)]
    widths = [max(len(row[column]) for row in table) for column in range(len(HEADS))]
    return "\n".join(
        "  ".join(
            [
                row[0].ljust(widths[0]),
                *(cell.rjust(w) for cell, w in zip(row[1:4], widths[1:4], strict=True)),
                row[4],
            ]
        ).rstrip()
        for row in table
    )


def markdown(notes: Notes) -> str:
    """The same for documents."""
    table = [HEADS, ("---", "---:", "---:", "---:", "---"), *rows(notes)]
    return "\n".join("| " + " | ".join(row) + " |" for row in table)


SHOWN = {
    "json": "1 KB JSON call",
    "body": "100 KB request body",
    "relay": "relayed stream of 100 events",
    "anthropic": "translated from Anthropic, 100 events",
    "gemini": "translated from Gemini, 100 events",
    "bedrock": "translated from Bedrock, 100 events",
}
WHO = {"nginx": "nginx", "firstbyte": "Firstbyte", "portkey": "Portkey", "litellm": "LiteLLM"}


def contestants(notes: Notes) -> str:
    """CPU per call of everybody, in milliseconds; empty where somebody was not measured."""
    there = [who for who in WHO if any(who in found for found in notes.values.values())]
    table = [("CPU per call, ms", *(WHO[who] for who in there)), ("---", *["---:"] * len(there))]
    for work, label in SHOWN.items():
        found = [notes.median(work, who, "cpu_ms") for who in there]
        if any(found):
            table.append((label, *("" if each is None else short(each) for each in found)))
    return "\n".join("| " + " | ".join(row) + " |" for row in table)


def short(value: float) -> str:
    """Two digits that count, or three."""
    return f"{value:.3f}" if value < 0.1 else f"{value:.2f}" if value < 10 else f"{value:.1f}"
