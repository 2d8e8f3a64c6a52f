"""Composes what a simulated model says to a request, before any protocol spells it.

Invariant: the same request, behaviour and serial give the same answer.
"""

from __future__ import annotations

import re
from itertools import cycle, islice
from typing import Final

from proxy.core import jsons
from proxy.sim.dialect import Answer, Ask, Call, Finish
from proxy.sim.example import example
from proxy.sim.script import Behaviour, Source

MAX_TEXT: Final = 256 * 1024
"""Characters of an answer. An echo is always at hand to callers, so what it costs must not grow with what they send."""
_MAX_STOPS: Final = 16
_PIECE: Final = re.compile(r"\s*\S+|\s+$")
_REASONING: Final = "Let me see what was asked and what would be a good answer to it."
_REFUSAL: Final = "I cannot help with that."
_LOREM: Final = (
    "lorem ipsum dolor sit amet consectetur adipiscing elit sed do eiusmod tempor incididunt ut "
    "labore et dolore magna aliqua ut enim ad minim veniam quis nostrud exercitation ullamco "
    "laboris nisi ut aliquip ex ea commodo consequat"
)


def count(text: str) -> int:
    """Tokens of a text: its words, or where they are too many to count, a fifth of its characters."""
    return len(text.split()) if len(text) <= MAX_TEXT else len(text) // 5


def pieces(text: str) -> tuple[str, ...]:
    """A text as a model would say it, word by word; joined they are the text."""
    return tuple(_PIECE.findall(text))


def fragments(json: str) -> tuple[str, ...]:
    """A JSON text in short fragments that mind no token's border, as tool arguments are streamed."""
    return tuple(json[at : at + 6] for at in range(0, len(json), 6))


def compose(ask: Ask, behaviour: Behaviour, serial: int, created: int) -> Answer:
    """Make the answer of a model to a request.

    Args:
        ask: The request.
        behaviour: The model.
        serial: Number of the call, from 1.
        created: Seconds since 1970.
    """
    reasoning = pieces(_REASONING) if ask.reasons and behaviour.reasons else ()
    refusal: tuple[str, ...] = ()
    calls: tuple[Call, ...] = ()
    stop: str | None = None
    text: tuple[str, ...] = ()
    if behaviour.refuses:
        refusal, finish = pieces(_REFUSAL), Finish.REFUSAL
    elif calls := _calls(ask, behaviour):
        text, finish = pieces(behaviour.text), Finish.TOOLS
    else:
        text, stop = _text(ask, behaviour)
        finish = Finish.STOP if stop is None else Finish.STOP_SEQUENCE
        if ask.limit is not None and len(reasoning) + len(text) > ask.limit:
            reasoning = reasoning[: ask.limit]
            text, stop, finish = text[: ask.limit - len(reasoning)], None, Finish.LENGTH
    spoken = len(reasoning) + len(text) + len(refusal) + sum(map(_tokens, calls))
    return Answer(
        ask=ask,
        serial=serial,
        created=created,
        finish=finish,
        reasoning=reasoning,
        text=text,
        refusal=refusal,
        calls=calls,
        stop_sequence=stop,
        cached_tokens=min(behaviour.cached_tokens, ask.prompt_tokens),
        output_tokens=max(spoken, 1),
    )


def _calls(ask: Ask, behaviour: Behaviour) -> tuple[Call, ...]:
    if ask.answers_tool and not ask.must_call:
        return ()
    wanted = behaviour.tool_calls
    if ask.must_call:
        wanted = max(wanted, 1)
    if ask.one_call:
        wanted = min(wanted, 1)
    return tuple(Call(tool.name, _arguments(tool.schema)) for tool in ask.tools[:wanted])


def _arguments(schema: dict[str, object]) -> dict[str, object]:
    value = example(schema)
    return value if isinstance(value, dict) else {}


def _tokens(call: Call) -> int:
    return 1 + len(call.arguments)


def _text(ask: Ask, behaviour: Behaviour) -> tuple[tuple[str, ...], str | None]:
    """The words, and the stop sequence that ended them, if one did."""
    if ask.schema is not None:
        text = jsons.encode(example(ask.schema) if ask.schema else {"text": ask.said}).decode()
    else:
        text = _source(ask, behaviour)
    text = text[:MAX_TEXT].removeprefix(ask.prefill)
    stops = [stop for stop in ask.stops[:_MAX_STOPS] if stop and stop in text]
    found = [(text.index(stop), stop) for stop in stops]
    if not found:
        return pieces(text), None
    at, stop = min(found)
    return pieces(text[:at]), stop


def _source(ask: Ask, behaviour: Behaviour) -> str:
    if behaviour.source is Source.ECHO:
        return ask.said
    if behaviour.source is Source.FIXED:
        return _rest(behaviour.text, ask.broken_off)
    words = islice(cycle(_LOREM.split()), behaviour.words)
    return " ".join(words).capitalize() + "."


def _rest(text: str, said: str) -> str:
    """What is left of a text of which a part was said: the part that a user asks to be continued."""
    partial = said and len(said) < len(text) and text.startswith(said)
    return text.removeprefix(said) if partial else text
