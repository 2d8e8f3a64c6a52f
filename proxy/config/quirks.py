"""A vendor's quirks as its row writes them: which keys there are, and which names they may hold."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from proxy.codecs.vendors import REPLAY, REQUEST, RESPONSE
from proxy.config.kinds import Choice, Flag, ScalarKind, Schema, Text, number_of
from proxy.config.positions import Scalar
from proxy.config.problems import Findings, under
from proxy.config.sections import Field, ListOf, MapOf, Record, Section
from proxy.core.shape import Quirks

OPENAI_ONLY: Final = "openai_only"
"""In a row's `drop`: stands for the fields that only OpenAI itself takes."""

_PLAIN: Final = ("developer_role", "stream_options", "think_tags", "reasoning_replay")
_WORD: Final = Text("a word", r"\S+")


@dataclass(frozen=True, slots=True)
class Number(ScalarKind):
    """Any number."""

    @property
    def label(self) -> str:
        """What is expected."""
        return "a number"

    def convert(self, scalar: Scalar) -> float | None:
        """The number."""
        return number_of(scalar)

    def own_schema(self) -> Schema:
        """A number."""
        return {"type": "number"}


RECORD: Final = Record(
    "quirks",
    {
        "rename": Field(MapOf(_WORD, "a map", "[a-z_]+", "a request field"), "Other names."),
        "drop": Field(ListOf(_WORD, "a list of words"), "Fields that are refused."),
        "takes": Field(ListOf(_WORD, "a list of words"), "Fields beyond chat's."),
        "developer_role": Field(Flag(), "Whether it knows developer messages.", "true"),
        "stream_options": Field(Flag(), "Whether it takes stream_options.", "true"),
        "think_tags": Field(Flag(), "Whether reasoning comes in tags.", "false"),
        "request": Field(ListOf(Choice(tuple(REQUEST)), "a list of edits"), "Edits of the call."),
        "response": Field(
            ListOf(Choice(tuple(RESPONSE)), "a list of corrections"), "Corrections of the answer."
        ),
        "clamp": Field(
            MapOf(
                ListOf(Number(), "the least and the most", least=2),
                "a map",
                "[a-z_]+",
                "a request field",
            ),
            "Ranges of numbers.",
        ),
        "reasoning_replay": Field(Choice(tuple(REPLAY)), "How reasoning goes back."),
    },
)
"""`quirks:` of a row."""


def read(section: Section, only: Iterable[str], findings: Findings) -> Quirks:
    """The quirks in force.

    Args:
        section: As written.
        only: What `openai_only` stands for.
        findings: Takes every problem.
    """
    drop = frozenset(section.get("drop", ()))
    clamp = section.section("clamp")
    for name, ends in clamp.values.items():
        if len(ends) != 2 or ends[0] > ends[1]:
            message = "expected the least and the most, in this order"
            findings.blame(clamp.at(name), under(clamp.path, name), message)
    plain: dict[str, Any] = {
        name: section.values[name] for name in _PLAIN if name in section.values
    }
    return Quirks(
        rename=dict(section.section("rename").values),
        drop=(drop - {OPENAI_ONLY}) | frozenset(only) if OPENAI_ONLY in drop else drop,
        takes=frozenset(section.get("takes", ())),
        request=tuple(section.get("request", ())),
        response=tuple(section.get("response", ())),
        clamp={name: (float(ends[0]), float(ends[-1])) for name, ends in clamp.values.items()},
        **plain,
    )
