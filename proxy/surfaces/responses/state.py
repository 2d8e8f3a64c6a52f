"""Conversations that a server keeps for its callers: what is kept of an answer, and how a later call takes it up.

Kept is the whole conversation up to and with the answer, so that one look-up is enough however long it has become. It is
put in the place of `previous_response_id` before a call is parsed, so that nothing behind this knows of it and every
target, whoever served before, is asked the same.

Invariant: pure; a body that names nothing that is kept is handed on as the very bytes that came.
Source: https://developers.openai.com/api/docs/guides/conversation-state (read 2026-11-21).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from proxy.core import jsons
from proxy.core.shape import ChatRequest, Json
from proxy.surfaces.complaint import invalid
from proxy.surfaces.responses.ids import response_of

PREVIOUS: Final = "previous_response_id"

_REFERENCE: Final = "item_reference"


def wants_keeping(request: ChatRequest) -> bool:
    """Whether the caller counts on the answer being kept: OpenAI keeps it unless told otherwise."""
    return request.echo.get("store") is not False


def kept(request: ChatRequest, response: bytes) -> bytes:
    """What must be kept of a finished answer: the items that were asked with, and the response.

    Args:
        request: The call, as it was parsed after `with_history`.
        response: The Response object, as the caller got it.
    """
    members = jsons.split(request.raw)
    given = jsons.decode(bytes(members["input"]))
    return jsons.encode({"input": _items(given), "response": jsons.decode(response)})


def asked_for(body: bytes) -> str | None:
    """The earlier response that a body goes on from; None where it names none, or is no body."""
    previous = _member(body, PREVIOUS)
    return previous if isinstance(previous, str) else None


def references(body: bytes) -> tuple[str, ...]:
    """The responses that must be at hand for the items that a body only refers to, each once.

    Items that are not of our making are not looked for here: who made them keeps them.
    """
    if _REFERENCE.encode() not in body:
        return ()
    marks = [item.get("id") for item in _items(_member(body, "input")) if _refers(item)]
    found = [response_of(mark) for mark in marks if isinstance(mark, str)]
    return tuple(dict.fromkeys(each for each in found if each))


def with_history(body: bytes, stored: bytes) -> bytes:
    """A body with the earlier conversation in the place of `previous_response_id`.

    The earlier call's instructions are not taken over, as OpenAI does not. The id stays among our own options, so that the answer can repeat it.

    Args:
        body: As it came.
        stored: What `kept` made of the earlier answer.

    Raises:
        ProxyError: INVALID_REQUEST where the body's `input` is nothing that could follow.
    """
    members = jsons.split(body)
    previous = jsons.decode(bytes(members.pop(PREVIOUS, b"null")))
    history = _conversation(stored)
    given = jsons.decode(bytes(members.get("input", b"null")))
    if not isinstance(given, str | list):
        raise invalid("Missing required parameter: 'input'.", "input", "missing_required_parameter")
    known = {item.get("id") for item in history if isinstance(item, dict)}
    # What is referred to is in the history already.
    fresh = [item for item in _items(given) if not (_refers(item) and item.get("id") in known)]
    members["input"] = jsons.raw([*history, *fresh])
    firstbyte = jsons.decode(bytes(members.get("firstbyte", b"null")))
    if firstbyte is None or isinstance(firstbyte, dict):
        members["firstbyte"] = jsons.raw({**(firstbyte or {}), PREVIOUS: previous})
    return jsons.join(members)


def with_items(body: bytes, stored: Mapping[str, bytes]) -> bytes:
    """A body with the items that it only refers to in the place of the references, as far as they are at hand.

    Args:
        body: As it came.
        stored: What `kept` made of the answers that `references` named, by their ids; those that are not kept are
            left out.
    """
    known = {
        item["id"]: item
        for each in stored.values()
        for item in _conversation(each)
        if isinstance(item, dict) and "id" in item
    }
    if not known:
        return body
    members = jsons.split(body)
    given = jsons.decode(bytes(members["input"]))
    members["input"] = jsons.raw(_resolved(_items(given), known))
    return jsons.join(members)


def _conversation(stored: bytes) -> list[Any]:
    told = jsons.decode_object(stored)
    return [*_items(told["input"]), *_items(told["response"].get("output"))]


def _resolved(items: list[Any], known: Mapping[Any, Json]) -> list[Any]:
    return [known.get(str(item.get("id")), item) if _refers(item) else item for item in items]


def _refers(item: Any) -> bool:
    return isinstance(item, dict) and item.get("type") == _REFERENCE


def _items(given: Any) -> list[Any]:
    """Items as an array: a string is one message of the user's."""
    if isinstance(given, str):
        return [{"role": "user", "content": given}]
    return given if isinstance(given, list) else []


def _member(body: bytes, name: str) -> Any:
    """One member of a body; None where there is none. A body that is no object is for `parse` to refuse."""
    if name.encode() not in body:
        return None
    try:
        return jsons.decode(bytes(jsons.split(body).get(name, b"null")))
    except jsons.JsonError:
        return None
