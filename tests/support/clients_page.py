"""The table of `docs/clients.md` that says which client did what, made from the run that did it."""

import json
from pathlib import Path

from tests.support.drivers import BUILD, VOICES

DOC = Path(__file__).parents[2] / "docs" / "clients.md"
BEGIN = "<!-- clients: written by `make clients`; a test holds it -->"
KEPT = BUILD.parent / "clients.json"
CASES = {
    "test_a_whole_answer": "whole",
    "test_a_stream": "streamed",
    "test_tools_over_two_turns": "tools",
    "test_an_answer_in_a_form": "form",
    "test_reasoning": "reasoning",
    "test_errors_are_typed": "errors",
    "test_a_failure_that_passes_is_not_seen": "one 503",
    "test_a_failure_that_stays_is_tried_again_and_told": "retries",
    "test_a_cut_stream_raises": "cut",
    "test_who_leaves_is_noticed": "leaving",
}
"""By the test's name: what stands above its column."""


class Page:
    """What was run so far."""

    def __init__(self):
        self._results = {}

    def note(self, voice, test, *, passed):
        """A test of a client ended; of several of one kind each must pass."""
        if test in CASES:
            cell = self._results.setdefault(voice.name, {})
            cell[CASES[test]] = passed and cell.get(CASES[test], True)

    @property
    def whole(self):
        """Whether every client ran every case."""
        return all(
            self._results.get(voice.name, {}).keys() == set(CASES.values()) for voice in VOICES
        )

    def keep(self):
        """Write what was run beside what was built."""
        told = {
            voice.name: {"version": voice.version, **self._results[voice.name]} for voice in VOICES
        }
        KEPT.write_text(json.dumps(told, indent=1) + "\n")

    def table(self):
        head = ["client", "package", "by way of", *CASES.values()]
        lines = [_line(head), _line(["---"] * len(head))]
        for voice in VOICES:
            passed = self._results[voice.name]
            cells = [_cell(voice, case, passed=passed[case]) for case in CASES.values()]
            package = f"`{voice.package}` {voice.version}"
            lines.append(_line([f"`{voice.tool}`", package, f"`{voice.api}`", *cells]))
        return "\n".join(lines)

    def is_written(self):
        return f"{BEGIN}\n{self.table()}\n\n" in DOC.read_text()

    def write(self):
        before, _, after = DOC.read_text().partition(f"{BEGIN}\n")
        rest = after.partition("\n\n")[2]
        DOC.write_text(f"{before}{BEGIN}\n{self.table()}\n\n{rest}")


def _cell(voice, case, *, passed):
    if not passed:
        return "**no**"
    return "not shown" if case == "reasoning" and not voice.shows_reasoning else "yes"


def _line(cells):
    return f"| {' | '.join(cells)} |"
