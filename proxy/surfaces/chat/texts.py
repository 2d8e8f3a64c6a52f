"""The plain call, read in one look: texts of the three common roles, and settings that are numbers, words and switches.

What `parse.py` checks field by field is one typed form here. A call that is of this form passes all of its checks and
needs none of its edits; any other call is for `parse.py`, which also knows what to complain of.

Invariant: where a call is read here, the general reader would have read the very same.
"""

from __future__ import annotations

from typing import Annotated, Final, Literal, TypeAlias

from proxy.core import jsons
from proxy.core.shape import ChatRequest, Headers, Json

_Count: TypeAlias = Annotated[int, jsons.Meta(ge=1)]
_Number: TypeAlias = int | float


class _Message(jsons.Struct, forbid_unknown_fields=True):
    role: Literal["system", "user", "assistant"]
    content: str


class _Wishes(jsons.Struct, forbid_unknown_fields=True, frozen=True):
    include_usage: bool = False


class _Call(jsons.Struct, forbid_unknown_fields=True):
    messages: Annotated[list[_Message], jsons.Meta(min_length=1)]
    model: str = ""
    stream: bool = False
    temperature: _Number = 0
    top_p: _Number = 0
    presence_penalty: _Number = 0
    frequency_penalty: _Number = 0
    max_tokens: _Count = 1
    max_completion_tokens: _Count = 1
    n: _Count = 1
    seed: int = 0
    stop: str | list[str] = ""
    user: str = ""
    prompt_cache_key: str = ""
    safety_identifier: str = ""
    service_tier: str = ""
    store: bool = False
    verbosity: str = ""
    reasoning_effort: Annotated[str, jsons.Meta(min_length=1)] = "-"
    stream_options: _Wishes = _Wishes()


_CALL: Final = jsons.Form(_Call)


def read_plain(body: bytes, forward: Headers) -> ChatRequest | None:
    """The call, if it is of this form; None where it is any other, good or bad.

    Args:
        body: The request body, all of it.
        forward: The caller's headers that providers may see.
    """
    try:
        sent, call = _CALL.told(body)
    except jsons.JsonError:
        return None
    return None if call is None else _request(call, sent, body, forward)


def read_texts(sent: Json, body: bytes, forward: Headers) -> ChatRequest | None:
    """The call, if it is of this form.

    Args:
        sent: What the body says; becomes the request's own.
        body: The request body, all of it.
        forward: The caller's headers that providers may see.
    """
    call = _CALL.of(sent)
    return None if call is None else _request(call, sent, body, forward)


def _request(call: _Call, sent: Json, body: bytes, forward: Headers) -> ChatRequest | None:
    if not call.stream:
        # Without a stream its options say nothing and are taken away, which is not for here.
        if "stream_options" in sent:
            return None
        return ChatRequest(sent, body, model=call.model, forward=forward, only_texts=True)
    return ChatRequest(
        sent,
        body,
        model=call.model,
        stream=True,
        include_usage=call.stream_options.include_usage,
        forward=forward,
        only_texts=True,
    )
