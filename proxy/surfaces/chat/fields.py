"""The optional fields of a chat request at its top level, and the JSON type that each must have.

Only types are held here: ranges and vocabularies differ between providers, and a provider's own answer names them best.
Fields that are not in the table pass unseen. null means absent.

Source: https://platform.openai.com/docs/api-reference/chat/create (read 2026-11-20).
"""

from __future__ import annotations

from typing import Final

from proxy.core.shape import Json
from proxy.surfaces.checks import (
    Check,
    a_boolean,
    a_model,
    a_number,
    a_string,
    an_array,
    an_integer,
    an_object,
)
from proxy.surfaces.complaint import invalid, wrong_type, wrong_value


def check_fields(body: Json) -> None:
    """Hold every known field of `body` that is there to its type.

    Raises:
        ProxyError: INVALID_REQUEST for the first one that does not fit.
    """
    for name, value in body.items():
        check = FIELDS.get(name)
        if check is not None and value is not None:
            check(value, name)


def _a_count(value: object, path: str) -> None:
    an_integer(value, path)
    if isinstance(value, int) and value < 1:
        raise _below(path, value)


def _a_token_limit(value: object, path: str) -> None:
    # -1 is how editors say "no limit"; parse drops it.
    an_integer(value, path)
    if isinstance(value, int) and value < 1 and value != -1:
        raise _below(path, value)


def _below(path: str, value: int) -> Exception:
    message = f"Invalid '{path}': expected a value >= 1, but got {value} instead."
    return invalid(message, path, "integer_below_min_value")


def _a_stop(value: object, path: str) -> None:
    if isinstance(value, str):
        return
    if not isinstance(value, list):
        raise wrong_type(path, "a string or an array of strings", value)
    for place, stop in enumerate(value):
        a_string(stop, f"{path}[{place}]")


def _a_choice(value: object, path: str) -> None:
    if isinstance(value, dict):
        a_string(value.get("type", "function"), f"{path}.type")
    elif not isinstance(value, str):
        raise wrong_type(path, "a string or an object", value)


def _a_function_choice(value: object, path: str) -> None:
    if isinstance(value, dict):
        a_string(value.get("name"), f"{path}.name")
    elif not isinstance(value, str):
        raise wrong_type(path, "a string or an object", value)


def _a_response_format(value: object, path: str) -> None:
    an_object(value, path)
    assert isinstance(value, dict)
    a_string(value.get("type"), f"{path}.type")
    if value["type"] == "json_schema":
        schema = value.get("json_schema")
        an_object(schema, f"{path}.json_schema")
        assert isinstance(schema, dict)
        a_string(schema.get("name"), f"{path}.json_schema.name")


def _stream_options(value: object, path: str) -> None:
    an_object(value, path)
    assert isinstance(value, dict)
    if value.get("include_usage") is not None:
        a_boolean(value["include_usage"], f"{path}.include_usage")


def _an_effort(value: object, path: str) -> None:
    a_string(value, path)
    if not value:
        raise wrong_value(path, "got an empty string.")


FIELDS: Final[dict[str, Check]] = {
    "audio": an_object,
    "frequency_penalty": a_number,
    "function_call": _a_function_choice,
    "functions": an_array,
    "logit_bias": an_object,
    "logprobs": a_boolean,
    "max_completion_tokens": _a_token_limit,
    "max_tokens": _a_token_limit,
    "metadata": an_object,
    "modalities": an_array,
    "model": a_model,
    "moderation": an_object,
    "n": _a_count,
    "parallel_tool_calls": a_boolean,
    "prediction": an_object,
    "presence_penalty": a_number,
    "prompt_cache_key": a_string,
    "prompt_cache_options": an_object,
    "prompt_cache_retention": a_string,
    "reasoning_effort": _an_effort,
    "response_format": _a_response_format,
    "safety_identifier": a_string,
    "seed": an_integer,
    "service_tier": a_string,
    "stop": _a_stop,
    "store": a_boolean,
    "stream": a_boolean,
    "stream_options": _stream_options,
    "temperature": a_number,
    "thinking": an_object,
    "tool_choice": _a_choice,
    "tools": an_array,
    "top_logprobs": an_integer,
    "top_p": a_number,
    "user": a_string,
    "verbosity": a_string,
    "web_search_options": an_object,
}
