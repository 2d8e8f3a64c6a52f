"""`response_format`: an answer that is JSON, by the surest means that the model has.

Constrained decoding where the model takes it and the schema has a form in it; else a tool of a reserved name that the
model must call, whose arguments are unwrapped into the answer's text; else a sentence.

Source: https://platform.claude.com/docs/en/build-with-claude/structured-outputs (read 2026-11-20).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from proxy.codecs.anthropic.draft import Draft
from proxy.codecs.anthropic.roots import flat
from proxy.codecs.anthropic.schema import closed
from proxy.codecs.plain.complaint import unsupported, wrong_type
from proxy.core import jsons
from proxy.core.shape import Json

JSON_TOOL: Final = "firstbyte_json_answer"
"""A call of this tool is no call but the answer itself."""

_ONLY_JSON: Final = (
    "Answer with one JSON object and nothing else: no text around it and no code fence."
)


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
    elif not (_constrain(draft, schema) or _force(draft, named, schema)):
        text = jsons.encode(schema).decode()
        draft.sentences.append(f"{_ONLY_JSON} It must be valid against this JSON Schema:\n{text}")


def _constrain(draft: Draft, schema: Json) -> bool:
    prefilled = draft.messages[-1]["role"] == "assistant"
    native = closed(schema) if draft.able.schemas and not prefilled else None
    if native is None:
        return False
    config = draft.body.get("output_config", {})
    draft.body["output_config"] = {"format": {"type": "json_schema", "schema": native}, **config}
    return True


def _force(draft: Draft, named: Json, schema: Json) -> bool:
    chosen = draft.choice["type"] if draft.choice else "auto"
    if not draft.may_force or schema.get("type") != "object" or chosen in ("any", "tool"):
        return False
    tool: Json = {"name": JSON_TOOL, "input_schema": flat(schema)}
    said = named.get("description")
    tool["description"] = " ".join(
        ["Give the answer to the user.", *([said] if isinstance(said, str) else [])]
    )
    alone = chosen == "none" or not draft.tools
    draft.tools.append(tool)
    draft.choice = {"type": "tool", "name": JSON_TOOL} if alone else {"type": "any"}
    draft.parallel = draft.parallel and not alone
    return True


_FORMATS: Final[dict[str, Callable[[Draft, Json], None]]] = {
    "text": _text,
    "json_object": _json_object,
    "json_schema": _json_schema,
}
