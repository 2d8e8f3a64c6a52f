"""What a tool is called with, as the object that protocols with objects for arguments need, and free text out of one.

Invariant: arguments that are no object are refused with their path, never guessed at.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final

from proxy.codecs.plain.complaint import a_string, an_object, invalid
from proxy.core import jsons
from proxy.core.shape import Json

FREEFORM: Final = "freeform_input"
"""The one property of a custom tool's input; a call with it alone is a custom call again when it comes back."""
FREEFORM_BYTES: Final = FREEFORM.encode()
_OBJECT: Final = re.compile(r'\s*\{\s*(?:"|$)')
"""How an object begins, as far as it is there."""
_STRING: Final = re.compile(r'"(?:[^"\\]++|\\.)*+"?', re.DOTALL)
_CONTROL: Final = re.compile(r"(\\.)|[\x00-\x1f]", re.DOTALL)
"""A control character, or what is escaped already."""


def called_of(call: Any, path: str) -> tuple[str, Json]:
    """What a tool call at `path` says of its tool, behind the kind of tool that it is: `function` or `custom`.

    Raises:
        ProxyError: INVALID_REQUEST.
    """
    given = an_object(call, path)
    kind = "custom" if given.get("type") == "custom" else "function"
    return kind, an_object(given.get(kind), f"{path}.{kind}")


def function_input(called: Json, path: str) -> Json:
    """The arguments of a function at `path`; none at all are an empty object.

    Raises:
        ProxyError: INVALID_REQUEST with the path of the arguments.
    """
    given = called.get("arguments")
    if isinstance(given, dict):
        return given
    if given is None or (isinstance(given, str) and not given.strip()):
        return {}
    where = f"{path}.arguments"
    text = a_string(given, where)
    try:
        return jsons.decode_object(text.encode("utf-8", "surrogatepass"))
    except jsons.JsonError as error:
        raise invalid(
            f"Invalid '{where}': expected a JSON object in a string, but it is not: {error}.", where
        ) from None


def custom_input(called: Json, _path: str) -> Json:
    """The free text of a custom tool, under the one name that its input has."""
    return {FREEFORM: str(called.get("input") or "")}


def freeform_description(custom: Json) -> str | None:
    """What a model is told of a custom tool where it is a function here; a grammar can only be asked for in words."""
    said = [custom["description"]] if isinstance(custom.get("description"), str) else []
    form = custom.get("format")
    grammar = form.get("grammar") if isinstance(form, dict) else None
    if isinstance(grammar, dict):
        said.append(
            f"The input must follow this {grammar.get('syntax')} grammar:\n{grammar.get('definition')}"
        )
    return "\n\n".join(said) if said else None


def freeform_text(arguments: str) -> str:
    """The free text that a custom tool is called with, out of a function's arguments.

    Arguments that the model named itself, or no object at all, are the text as they stand; none are no text. A model that
    writes several lines may leave their ends as they are, which JSON has no place for and which can mean nothing else.

    Raises:
        JsonError: they begin as an object and are none: the rest of the text is missing.
    """
    paired = _paired(arguments)
    try:
        value = jsons.decode(paired.encode())
    except jsons.JsonError:
        if not _OBJECT.match(paired):
            return arguments
        value = jsons.decode(_STRING.sub(_escaped, paired).encode())
    if not isinstance(value, dict):
        return arguments
    text = value.get(FREEFORM)
    if isinstance(text, str):
        return text
    return arguments if value else ""


def _escaped(string: re.Match[str]) -> str:
    """A string of JSON without control characters, each of which has an escape."""
    return _CONTROL.sub(lambda found: found[1] or f"\\u{ord(found[0]):04x}", string[0])


def _paired(text: str) -> str:
    """A text that was put together from pieces, some of which began or ended with half of a character."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


INPUTS: Final[dict[str, Callable[[Json, str], Json]]] = {
    "function": function_input,
    "custom": custom_input,
}
"""By the kind of a call, which is also the name of the field that `called` stands in."""
