"""A call for vectors into a `ChatRequest` of the dialect `embeddings`: checked, and beside it the bytes that came.

Invariant: what a provider could take is not refused here but for its JSON type; the bytes are walked once.
Source: https://platform.openai.com/docs/api-reference/embeddings/create (read 2026-11-21).
"""

from __future__ import annotations

from typing import Final

from proxy.core.shape import ChatRequest, Headers, Json
from proxy.surfaces.body import object_of, without
from proxy.surfaces.checks import Check, a_model, a_string, an_integer, check_fields
from proxy.surfaces.complaint import invalid, missing, not_one_of, wrong_type, wrong_value
from proxy.surfaces.options import call_options, cascade

DIALECT: Final = "embeddings"
MAX_INPUTS: Final = 2048
"""OpenAI's own limit of one request."""
FORMATS: Final = ("float", "base64")

_OURS: Final = ("models", "firstbyte")
_IDLE: Final = ("stream", "stream_options")
"""Fields that clients send out of habit: there are no streams of vectors."""


def parse(body: bytes, forward: Headers = ()) -> ChatRequest:
    """Read a call.

    Args:
        body: The request body, all of it.
        forward: The caller's headers that providers may see.

    Raises:
        ProxyError: INVALID_REQUEST with `param`.
    """
    sent = object_of(body)
    models, options = cascade(sent.get("models")), call_options(sent.get("firstbyte"))
    check_fields(sent, _FIELDS)
    _check_input(sent.get("input"))
    if not sent.get("model") and not models:
        # The default model, if there is one, is for chat.
        raise missing("model")
    idle = [name for name in _IDLE if name in sent]
    said: Json = {
        name: value
        for name, value in sent.items()
        if name not in idle and name not in _OURS and not (value is None and name in _FIELDS)
    }
    return ChatRequest(
        body=said,
        raw=without(body, idle),
        dialect=DIALECT,
        model=said.get("model", ""),
        models=models,
        options=options,
        forward=forward,
    )


def _check_input(value: object) -> None:
    """A text, texts, the tokens of a text, or the tokens of several."""
    if value is None:
        raise missing("input")
    if isinstance(value, str):
        return
    if not isinstance(value, list):
        raise wrong_type("input", "a string or an array", value)
    if not value:
        raise wrong_value("input", "expected at least one text, but got an empty array.")
    if _is_token(value[0]):
        _check_tokens(value, "input")
        return
    if len(value) > MAX_INPUTS:
        raise wrong_value("input", f"expected at most {MAX_INPUTS} inputs, but got {len(value)}.")
    for place, each in enumerate(value):
        _check_each(each, f"input[{place}]")


def _check_each(value: object, path: str) -> None:
    if isinstance(value, str):
        return
    if not isinstance(value, list):
        raise wrong_type(path, "a string or an array of tokens", value)
    if not value:
        raise wrong_value(path, "expected at least one token, but got an empty array.")
    _check_tokens(value, path)


def _check_tokens(tokens: list[object], path: str) -> None:
    for place, token in enumerate(tokens):
        if not _is_token(token):
            raise wrong_type(f"{path}[{place}]", "a token, which is an integer,", token)


def _is_token(value: object) -> bool:
    return type(value) is int


def _a_size(value: object, path: str) -> None:
    an_integer(value, path)
    if isinstance(value, int) and value < 1:
        message = f"Invalid '{path}': expected a value >= 1, but got {value} instead."
        raise invalid(message, path, "integer_below_min_value")


def _a_format(value: object, path: str) -> None:
    a_string(value, path)
    if isinstance(value, str) and value not in FORMATS:
        raise not_one_of(path, value, FORMATS)


_FIELDS: Final[dict[str, Check]] = {
    "dimensions": _a_size,
    "encoding_format": _a_format,
    "input_type": a_string,
    "model": a_model,
    "user": a_string,
}
