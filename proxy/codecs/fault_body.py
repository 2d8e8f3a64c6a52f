"""Finds what a provider says of a failure, in any of the error bodies that are about.

The shapes: an `error` object or string, `{"object": "error"}`, `{"code", "error"}`, `{"detail"}`, `{"message", "type"}`,
`{"status", "title", "detail"}`, `{"errors": [...]}`, `base_resp`, each also inside an array; a bare JSON string; an HTML
page; plain text; nothing.

Invariant: never raises for any bytes; a message is at most 2 KiB, on one line, and shows no credential.
Source: https://platform.openai.com/docs/guides/error-codes, RFC 9457 (both read 2026-11-21).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Final

from proxy.core import jsons
from proxy.core.lazy import imported
from proxy.core.redaction import masked
from proxy.core.shape import Json

MAX_MESSAGE: Final = 2 * 1024
_MAX_WORD: Final = 128
_MAX_READ: Final = 16 * 1024
_MAX_NEST: Final = 3
_MODERATED: Final = "moderation_blocked"

_CONTROL: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029]+")
_TITLE: Final = re.compile(rb"<title[^>]{0,200}>([^<]{1,200})", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Said:
    """What a provider said. Fields that it did not give are None, and `message` is empty."""

    message: str = ""
    type: str | None = None
    code: str | None = None
    param: str | None = None
    status: int | None = None
    """An HTTP status inside the body; there it stands for the status that the head should have had."""
    base_code: int | None = None
    """`base_resp.status_code`, a vocabulary of its own."""
    passed_on: bool = False
    """Words of somebody behind who was asked: what they say of a key or of money is of theirs."""
    described: bool = False
    """The message is our own description of a body that said nothing."""


def read(body: bytes) -> Said:
    """Read the body of a response that is a failure, whatever it is."""
    text = body.strip()
    if not text:
        return Said("an empty body", described=True)
    if _is_html(text):
        return Said(_page(text), described=True)
    try:
        value = jsons.decode(text)
    except jsons.JsonError:
        said = Said()
    else:
        said = find(value) or _loose(value)
    if said.message:
        return said
    # Nothing in it could be told for a message: the bytes themselves must do.
    shown = clean(text[:_MAX_READ].decode("utf-8", "replace"))
    if shown:
        return replace(said, message=shown)
    return replace(said, message="a body without any text", described=True)


def find(value: object) -> Said | None:
    """What a JSON value says of a failure; None where it is no error.

    A value with `choices` is an error only where it also has a non-empty `error`.
    """
    return _find(value, 0)


def clean(text: str) -> str:
    """Make a provider's words fit to show: no control character but tabs and line feeds, no credential, at most 2 KiB."""
    text = masked(_CONTROL.sub(" ", text[:_MAX_READ].replace("\r\n", "\n")))
    # Lone surrogates have no UTF-8 form; a message must always have one.
    data = text.strip().encode("utf-8", "replace")
    return data[:MAX_MESSAGE].decode("utf-8", "ignore")


def html_sentence(body: bytes) -> str | None:
    """A sentence for an HTML page in place of JSON; None where the body is no such page."""
    text = body.strip()
    return _page(text) if _is_html(text) else None


def _find(value: object, nest: int) -> Said | None:
    if isinstance(value, list) and value and nest < _MAX_NEST:
        return _find(value[0], nest + 1)
    if not isinstance(value, dict):
        return None
    for reader in _READERS:
        if said := reader(value):
            return said
    return None if "choices" in value else _flat(value)


def _error_member(value: Json) -> Said | None:
    error = value.get("error")
    if not error or error is True:
        return None
    if isinstance(error, list):
        error = error[0]
    if isinstance(error, dict):
        return _object(error)
    return Said(
        clean(error if isinstance(error, str) else jsons.encode(error).decode()),
        type=_word(value.get("type")),
        code=_word(value.get("code")),
        status=_status(value.get("status_code"), value.get("status"), value.get("code")),
    )


def _error_list(value: Json) -> Said | None:
    errors = value.get("errors")
    if "choices" in value or not isinstance(errors, list) or not errors:
        return None
    return _object(errors[0]) if isinstance(errors[0], dict) else Said(clean(str(errors[0])))


def _base_resp(value: Json) -> Said | None:
    base = value.get("base_resp")
    code = base.get("status_code") if isinstance(base, dict) else None
    if not code or not isinstance(code, int) or not isinstance(base, dict):
        return None
    return Said(clean(_text(base.get("status_msg"))), code=str(code), base_code=code)


def _x_groq(value: Json) -> Said | None:
    extra = value.get("x_groq")
    return _error_member(extra) if isinstance(extra, dict) else None


_READERS: Final[tuple[Callable[[Json], Said | None], ...]] = (
    _error_member,
    _x_groq,
    _base_resp,
    _error_list,
)


def _flat(value: Json) -> Said | None:
    """An error that lies at the top level of its body."""
    marked = value.get("object") == "error" or value.get("type") == "error"
    told = "message" in value and ("type" in value or "code" in value)
    if marked or told or value.get("detail"):
        return _object(value)
    return None


def _loose(value: object) -> Said:
    """The body of a response whose status already said that it is a failure."""
    if isinstance(value, dict):
        return _object(value)
    return Said(clean(value) if isinstance(value, str) else "")


def _object(error: Json) -> Said:
    said, detail = error.get("message"), error.get("detail")
    if isinstance(said, dict) and said.get("detail"):
        detail, said = said["detail"], None
    message = _text(said) or _detail(detail) or _text(error.get("msg"))
    kind = error.get("type") or error.get("__type")
    named = error.get("status")
    if not kind and isinstance(named, str) and not named.isdecimal():
        kind = named
    if not kind and _has_reasons(error.get("metadata")):
        kind = _MODERATED
    said_here = Said(
        clean(message or _text(error.get("title"))),
        type=_word(kind),
        code=_word(error.get("code")),
        param=_word(error.get("param")) or _path(detail),
        status=_status(error.get("status_code"), named, error.get("code")),
    )
    behind = _behind(error.get("metadata"))
    return said_here if behind is None else _joined(said_here, behind)


def _behind(metadata: object) -> Said | None:
    """What the provider behind OpenRouter said, which its own message only says there is."""
    raw = metadata.get("raw") if isinstance(metadata, dict) else None
    if not raw or not isinstance(raw, str):
        return None
    said = read(raw.encode("utf-8", "replace"))
    return None if said.described else said


def _joined(here: Said, behind: Said) -> Said:
    return replace(
        here,
        message=clean(f"{here.message}: {behind.message}" if here.message else behind.message),
        type=here.type or behind.type,
        code=behind.code or here.code,
        param=behind.param or here.param,
        passed_on=True,
    )


def _has_reasons(metadata: object) -> bool:
    """Whether OpenRouter tells what a prompt was flagged for; the status says only that it is forbidden."""
    return isinstance(metadata, dict) and bool(metadata.get("reasons"))


def _detail(detail: object) -> str:
    """FastAPI's `detail`: a sentence, an object, or a list of `{loc, msg}`."""
    if isinstance(detail, list) and detail and isinstance(detail[0], dict):
        where = detail[0].get("loc")
        path = ".".join(str(part) for part in where) if isinstance(where, list) else ""
        return f"{path}: {_text(detail[0].get('msg'))}" if path else _text(detail[0].get("msg"))
    if isinstance(detail, dict):
        return _text(detail.get("message") or detail.get("error") or detail)
    return _text(detail)


def _path(detail: object) -> str | None:
    """Where FastAPI found the fault, as the path of a request field: `messages[0].content`."""
    first = detail[0] if isinstance(detail, list) and detail else None
    where: Any = first.get("loc") if isinstance(first, dict) else None
    if not isinstance(where, list) or len(where) < 2 or where[0] != "body":
        return None
    steps = [f"[{step}]" if isinstance(step, int) else f".{step}" for step in where[1:]]
    return _word("".join(steps).removeprefix("."))


def _text(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else jsons.encode(value).decode("utf-8", "replace")


def _word(value: object) -> str | None:
    """A type, code or param: a short word; numbers are written out."""
    if isinstance(value, bool) or not isinstance(value, str | int) or value == "":
        return None
    return clean(str(value)[:_MAX_WORD]) or None


def _status(*values: object) -> int | None:
    for value in values:
        if isinstance(value, str) and value.isdecimal() and len(value) == 3:
            value = int(value)  # noqa: PLW2901 (the same number, as a number)
        if isinstance(value, int) and 400 <= value < 600:
            return value
    return None


def _is_html(text: bytes) -> bool:
    head = text[:64].lower()
    return head.startswith((b"<!doctype html", b"<html", b"<head", b"<body"))


def _page(text: bytes) -> str:
    title = _TITLE.search(text[:_MAX_READ])
    if not title:
        return "an HTML page, not JSON"
    # Two thousand names of characters, loaded with the first page that has a title.
    unescape = imported("html:unescape")
    words = clean(unescape(title[1].decode("utf-8", "replace")))
    return f"an HTML page, not JSON (title {words!r})"
