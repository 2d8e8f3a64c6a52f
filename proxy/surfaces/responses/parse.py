"""A Responses request into a `ChatRequest`: checked, said as chat, and beside it the bytes that a relay sends on.

Earlier answers are put in place of `previous_response_id` before this (see `state.py`); one that is still there is not
kept here.

Invariant: nothing that was decoded is changed in place.
Source: https://developers.openai.com/api/reference/resources/responses/methods/create (read 2026-11-21).
"""

from __future__ import annotations

from proxy.core.errors import ProxyError
from proxy.core.shape import ChatRequest, Headers, Json
from proxy.surfaces.body import object_of
from proxy.surfaces.complaint import invalid, wrong_type
from proxy.surfaces.options import call_options, cascade
from proxy.surfaces.responses.fields import chat_fields, check_fields
from proxy.surfaces.responses.items import conversation
from proxy.surfaces.responses.response import echo_of
from proxy.surfaces.responses.spaces import Spaces
from proxy.surfaces.responses.state import PREVIOUS
from proxy.surfaces.responses.tools import chat_tools
from proxy.surfaces.responses.wants import Wants


def parse(body: bytes, forward: Headers = ()) -> ChatRequest:
    """Read a call.

    Args:
        body: The request body, all of it.
        forward: The caller's headers that providers may see.

    Raises:
        ProxyError: INVALID_REQUEST with `param`.
    """
    sent = object_of(body)
    ours, previous = _ours(sent.get("firstbyte"))
    models, options = cascade(sent.get("models")), call_options(ours)
    check_fields(sent)
    if sent.get("previous_response_id") is not None:
        raise not_kept(sent["previous_response_id"])
    wants, spaces = Wants(), Spaces(sent.get("tools"))
    if sent.get("prompt") is not None:
        wants.note("prompt", "a prompt that is kept there")
    chat = {
        **chat_fields(sent),
        "messages": conversation(sent.get("input"), sent.get("instructions"), wants, spaces),
        **chat_tools(sent, wants, spaces),
    }
    return ChatRequest(
        body=chat,
        raw=body,
        dialect="responses",
        translated=True,
        model=sent.get("model") or "",
        models=models,
        stream=sent.get("stream") or False,
        include_usage=True,
        wants_thinking_blocks=True,
        options=options,
        forward=forward,
        only_native=wants.sentence,
        echo=echo_of({**sent, "previous_response_id": previous}),
    )


def not_kept(previous: str) -> ProxyError:
    """An answer that a call goes on from is not kept here, or not any more."""
    message = f"Previous response with id '{previous[:64]}' not found."
    return invalid(message, "previous_response_id", "previous_response_not_found")


def _ours(firstbyte: object) -> tuple[object, str | None]:
    """The options as the caller sent them, and what `with_history` noted among them."""
    if not isinstance(firstbyte, dict) or PREVIOUS not in firstbyte:
        return firstbyte, None
    previous = firstbyte[PREVIOUS]
    if not isinstance(previous, str):
        raise wrong_type(f"firstbyte.{PREVIOUS}", "a string", previous)
    rest: Json = {name: value for name, value in firstbyte.items() if name != PREVIOUS}
    return rest, previous
