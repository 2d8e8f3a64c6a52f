"""`response_format`: an answer that is JSON, by the surest means that the model has.

Older models refuse an answer in JSON beside functions; there they are told in a sentence what is wanted.

Source: https://ai.google.dev/gemini-api/docs/structured-output (read 2026-11-20).
"""

from __future__ import annotations

from typing import Any, Final

from proxy.codecs.gemini.draft import Draft
from proxy.codecs.gemini.schema import plain
from proxy.codecs.gemini.subset import subset
from proxy.codecs.plain.complaint import an_object, unsupported
from proxy.core import jsons
from proxy.core.shape import Json

_JSON: Final = "application/json"
_FORMATS: Final = frozenset({"text", "json_object", "json_schema"})
_ONLY_JSON: Final = (
    "Answer with one JSON object and nothing else: no text around it and no code fence."
)


def write(draft: Draft, value: Any) -> None:
    """`response_format`."""
    given = an_object(value, "response_format")
    if given.get("type") not in _FORMATS:
        raise unsupported(
            f"This model takes no response format '{given.get('type')}'.", "response_format.type"
        )
    if given["type"] != "text":
        draft.format = given


def settle(draft: Draft) -> None:
    """Choose the means, when the tools are known."""
    if draft.format is None:
        return
    schema = _schema(draft.format)
    if "tools" in draft.body and not draft.able.mixes:
        draft.sentences.append(_sentence(schema))
        return
    draft.config["responseMimeType"] = _JSON
    if schema is not None and draft.able.json_schema:
        draft.config["responseJsonSchema"] = plain(schema)
    elif schema is not None:
        draft.config["responseSchema"] = subset(schema)


def _schema(form: Json) -> Json | None:
    if form["type"] == "json_object":
        return None
    named = an_object(form.get("json_schema"), "response_format.json_schema")
    schema = named.get("schema")
    return schema if isinstance(schema, dict) else None


def _sentence(schema: Json | None) -> str:
    if schema is None:
        return _ONLY_JSON
    text = jsons.encode(schema).decode()
    return f"{_ONLY_JSON} It must be valid against this JSON Schema:\n{text}"
