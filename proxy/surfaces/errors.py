"""Failures in the words of OpenAI's error object, for every surface whose callers speak an OpenAI API.

A provider's own type, code and param are kept where the request is at fault; everywhere else the row of `MEANINGS` speaks.

Source: https://platform.openai.com/docs/guides/error-codes (read 2026-11-20).
"""

from __future__ import annotations

from proxy.core import jsons
from proxy.core.errors import ProxyError
from proxy.core.shape import Json
from proxy.surfaces.failure import (
    attempts_of,
    code_of,
    headers_of,
    is_the_callers,
    message_of,
    status_of,
)
from proxy.surfaces.surface import ErrorAnswer


def error_answer(error: ProxyError, request_id: str) -> ErrorAnswer:
    """An error before the first byte: status, headers and body."""
    return ErrorAnswer(status_of(error), headers_of(error), error_body(error, request_id))


def error_body(error: ProxyError, request_id: str) -> bytes:
    """The error on one line, the same before the first byte and after it: what was tried is told where anything was."""
    body = {"error": {**_error_object(error), "request_id": request_id}}
    if error.attempts:
        body["error"]["attempts"] = attempts_of(error)
    return jsons.encode(body)


def _error_object(error: ProxyError) -> Json:
    """`message`, `type`, `param` and `code`."""
    meaning = error.meaning
    own = is_the_callers(error)
    return {
        "message": message_of(error),
        "type": (own and error.type) or meaning.type,
        "param": error.param if own else None,
        "code": code_of(error),
    }
