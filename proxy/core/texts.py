"""The texts of a chat body that a model reads as its prompt, whoever counts or weighs them.

Invariant: pure; a body of any shape is walked without an error.
"""

from __future__ import annotations

from collections.abc import Iterator

from proxy.core.shape import Json


def texts_of(body: Json) -> Iterator[str]:
    """Every text of the conversation: contents, text parts, and the arguments of calls. Tools are not among them."""
    for message in objects_of(body.get("messages")):
        content = message.get("content")
        if isinstance(content, str):
            yield content
        for part in objects_of(content):
            text = part.get("text")
            if isinstance(text, str):
                yield text
        for call in objects_of(message.get("tool_calls")):
            yield _arguments(call)


def objects_of(value: object) -> Iterator[Json]:
    """The objects of a list; none where it is no list."""
    if isinstance(value, list):
        yield from (item for item in value if isinstance(item, dict))


def _arguments(call: Json) -> str:
    function = call.get("function")
    arguments = function.get("arguments") if isinstance(function, dict) else None
    return arguments if isinstance(arguments, str) else ""
