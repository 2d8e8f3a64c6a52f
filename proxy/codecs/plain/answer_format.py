"""`response_format`, and what a model must be told for it.

A model that is held to JSON by its decoder alone, and is not told, may go on with blanks for ever.

Source: https://platform.openai.com/docs/guides/structured-outputs (read 2026-11-20).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from proxy.codecs.plain.complaint import a_string, an_object, unsupported
from proxy.codecs.plain.draft import Draft, Format
from proxy.core import jsons
from proxy.core.shape import Json

ONLY_JSON: Final = (
    "Answer with one JSON object and nothing else: no text around it and no code fence."
)


def write(draft: Draft, value: Any) -> None:
    """`response_format`.

    Raises:
        ProxyError: UNSUPPORTED for a type that chat does not have, INVALID_REQUEST for one that is not in its form.
    """
    given = an_object(value, "response_format")
    kind = a_string(given.get("type"), "response_format.type")
    if kind == "json_schema":
        path = "response_format.json_schema"
        schema = an_object(given.get("json_schema"), path).get("schema")
        draft.format = Format(None if schema is None else an_object(schema, f"{path}.schema"))
    elif kind == "json_object":
        draft.format = Format()
    elif kind != "text":
        raise unsupported(
            "This model answers with 'text', 'json_object' or 'json_schema'.",
            "response_format.type",
        )


def ask_for_json(draft: Draft) -> None:
    """Tell the model to answer in JSON, where nobody has."""
    if not any("json" in text.lower() for text in (*draft.system, *_texts(draft.messages))):
        draft.sentences.append(ONLY_JSON)


def ask_for_schema(draft: Draft, schema: Json) -> None:
    """Tell the model the form of the answer, where its decoder cannot be held to it."""
    text = jsons.encode(schema).decode()
    draft.sentences.append(f"{ONLY_JSON} It must be valid against this JSON Schema:\n{text}")


def _texts(messages: list[Json]) -> Iterator[str]:
    for message in messages:
        content = message.get("content")
        if isinstance(content, str):
            yield content
        elif isinstance(content, list):
            yield from (part["text"] for part in content if "text" in part)
