"""`response_format`: an answer that is JSON, by the surest means that the model has.

Constrained decoding where the model takes it and the schema has a form in it; else a tool of a reserved name that the
model must call, whose arguments are unwrapped into the answer's text; else a sentence.

Source: https://docs.aws.amazon.com/bedrock/latest/userguide/structured-output.html (read 2026-11-21).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final

from proxy.codecs.anthropic.roots import flat
from proxy.codecs.anthropic.schema import closed
from proxy.codecs.anthropic.structure import JSON_TOOL
from proxy.codecs.bedrock.draft import Draft
from proxy.codecs.plain.complaint import unsupported, wrong_type
from proxy.core import jsons
from proxy.core.shape import Json

_ONLY_JSON: Final = (
    "Answer with one JSON object and nothing else: no text around it and no code fence."
)
_NAME: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")


def write(draft: Draft, value: Any) -> None:
    """`response_format`."""
    if not isinstance(value, dict):
        raise wrong_type("response_format", "an object", value)
    if str(value.get("type")) not in _FORMATS:
        raise unsupported(
            f"This model takes no response format '{value.get('type')}'.", "response_format.type"
        )
    draft.format = value


def settle(draft: Draft) -> None:
    """Choose the means, when tools and reasoning are known."""
    if draft.format is not None:
        _FORMATS[draft.format["type"]](draft, draft.format)


def _text(_draft: Draft, _value: Json) -> None:
    pass


def _json_object(draft: Draft, _value: Json) -> None:
    draft.sentences.append(_ONLY_JSON)


def _json_schema(draft: Draft, value: Json) -> None:
    named = value.get("json_schema")
    if not isinstance(named, dict):
        raise wrong_type("response_format.json_schema", "an object", named)
    schema = named.get("schema")
    if not isinstance(schema, dict):
        _json_object(draft, value)
    elif not (_constrain(draft, named, schema) or _force(draft, named, schema)):
        text = jsons.encode(schema).decode()
        draft.sentences.append(f"{_ONLY_JSON} It must be valid against this JSON Schema:\n{text}")


def _constrain(draft: Draft, named: Json, schema: Json) -> bool:
    prefilled = draft.messages[-1]["role"] == "assistant"
    native = closed(schema) if draft.family.schemas and not prefilled else None
    if native is None:
        return False
    definition: Json = {"schema": jsons.encode(native).decode()}
    name, said = named.get("name"), named.get("description")
    if isinstance(name, str) and _NAME.fullmatch(name):
        definition["name"] = name
    if isinstance(said, str) and said.strip():
        definition["description"] = said
    form: Json = {"type": "json_schema", "structure": {"jsonSchema": definition}}
    draft.body["outputConfig"] = {"textFormat": form}
    return True


def _force(draft: Draft, named: Json, schema: Json) -> bool:
    chosen = next(iter(draft.choice or {}), "auto")
    if not draft.may_force or schema.get("type") != "object" or chosen in ("any", "tool"):
        return False
    said = named.get("description")
    words = ["Give the answer to the user.", *([said] if isinstance(said, str) else [])]
    spec = {
        "name": JSON_TOOL,
        "description": " ".join(words),
        "inputSchema": {"json": flat(schema)},
    }
    alone = chosen == "none" or not draft.tools
    draft.tools.append({"toolSpec": spec})
    one = alone and "tool" in draft.family.choices
    draft.choice = {"tool": {"name": JSON_TOOL}} if one else {"any": {}}
    return True


_FORMATS: Final[dict[str, Callable[[Draft, Json], None]]] = {
    "text": _text,
    "json_object": _json_object,
    "json_schema": _json_schema,
}
