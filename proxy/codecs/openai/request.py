"""Writes a chat call for one target: the caller's own bytes, with the few edits that this target needs.

Only the top level is taken apart; what an edit does not name stays the bytes that came, with its numbers, escapes and
order. Messages are rebuilt only where they hold what this target cannot take.

Invariant: the request is not touched, and writing it twice gives the same bytes.
Source: https://platform.openai.com/docs/api-reference/chat/create (read 2026-11-20).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Any, Final
from urllib.parse import urlsplit

from proxy.codecs.openai.call_writer import writer_for
from proxy.codecs.plain.refused import ASKED_BY_US, wish
from proxy.codecs.responses.models import Reasons, base_model, row
from proxy.codecs.responses.need import at_home
from proxy.codecs.vendors.content import openais_members
from proxy.codecs.vendors.draft import Draft
from proxy.codecs.vendors.registry import REQUEST, Edit
from proxy.codecs.vendors.replay import REASONS, replayed
from proxy.codecs.vendors.sampling import clamp
from proxy.codecs.vendors.toolbox import with_short
from proxy.core import jsons, state
from proxy.core.shape import ChatRequest, HttpCall, Target

_OURS: Final = ("models", "firstbyte")
_NEED_TOOLS: Final = ("tool_choice", "parallel_tool_calls")
_OF_TOOLS: Final = ("tools", *_NEED_TOOLS)
_DEPRECATED: Final = ("functions", "function_call")
_LIMITS: Final = ("max_tokens", "max_completion_tokens")
_STATEFUL: Final = frozenset({"thinking_blocks", "tool_calls", "tool_call_id"})
_SHORT: Final = 16
"""Bytes in which an empty list fits, white space and all."""

_OPENAI_HOST: Final = re.compile(r"(.+\.)?api\.openai\.com")
_REASONING_FAMILIES: Final = (
    re.compile(r"(ft:)?o[0-9]"),
    re.compile(r"(ft:)?gpt-([5-9]|[1-9][0-9])"),
    re.compile(r"(ft:)?codex-"),
)
"""OpenAI's models that refuse `max_tokens`."""


def encode(request: ChatRequest, target: Target, edits: Iterable[Edit] = ()) -> HttpCall:
    """Write the call.

    Args:
        request: What was asked.
        target: Who is asked.
        edits: What the protocol itself needs; the quirks of the target come after them.
    """
    draft = Draft(request, target)
    if not (request.only_texts and not target.params and not target.quirks.reasoning_replay):
        _set_what_is_seldom(draft)
    draft.put("model", target.model)
    _set_stream(draft)
    _set_limit(draft)
    for edit in edits:
        edit(draft)
    _apply_quirks(draft)
    writer = writer_for(target)
    trace, headers = writer.head(request)
    return HttpCall(
        url=writer.url,
        headers=headers,
        body=jsons.join(draft.members),
        dropped=tuple(draft.dropped),
        trace=trace,
    )


def refuses_max_tokens(model: str) -> bool:
    """Whether a model of OpenAI's knows the limit of an answer only under its newer name."""
    return any(family.match(model) for family in _REASONING_FAMILIES)


def _set_what_is_seldom(draft: Draft) -> None:
    """What texts alone give no reason for."""
    if not at_home(draft.target):
        _modernize(draft)
    _set_params(draft)
    for name in _OURS:
        draft.members.pop(name, None)
    _drop_bare_tools(draft)
    _set_messages(draft)


def _modernize(draft: Draft) -> None:
    """What of its past only OpenAI still takes: deprecated functions, and nulls in messages. Others overlook them or refuse."""
    request = draft.request
    if request.tidied:
        draft.put("messages", draft.messages)
    if request.legacy_functions:
        for name in _DEPRECATED:
            draft.members.pop(name, None)
        for name in _OF_TOOLS:
            if name in request.body:
                draft.put(name, request.body[name])


def _set_params(draft: Draft) -> None:
    """The target's own values replace the caller's; a limit on the answer does so under either of its names."""
    params = draft.target.params
    if any(name in params for name in _LIMITS):
        for name in _LIMITS:
            draft.take(name)
    for name, value in params.items():
        draft.put(name, value)


def _set_stream(draft: Draft) -> None:
    stream = draft.request.stream
    if bool(draft.value("stream")) is not stream:
        draft.put("stream", stream)
    if not stream:
        draft.members.pop("stream_options", None)
    elif not draft.target.quirks.stream_options:
        draft.drop("stream_options")
    else:
        options = draft.object("stream_options")
        if options.get("include_usage") is not True:
            draft.put("stream_options", {**options, "include_usage": True})


def _set_limit(draft: Draft) -> None:
    """One limit on the answer's length, under the name that OpenAI's own newer models insist on."""
    if "max_tokens" not in draft.members:
        return
    if "max_completion_tokens" in draft.members:
        del draft.members["max_tokens"]
    elif _is_openai(draft.target.base_url) and refuses_max_tokens(draft.target.model):
        draft.rename("max_tokens", "max_completion_tokens")


@lru_cache(maxsize=256)
def _is_openai(base_url: str) -> bool:
    """Base URLs are few, and come again with every call."""
    return _OPENAI_HOST.fullmatch(urlsplit(base_url).hostname or "") is not None


def _drop_bare_tools(draft: Draft) -> None:
    """OpenAI refuses an empty list of tools, and what speaks of tools where there are none."""
    tools = draft.members.get("tools")
    # A list of tools may be long, and only an empty one is this short.
    if tools is None or (memoryview(tools).nbytes <= _SHORT and not draft.value("tools")):
        for name in _OF_TOOLS:
            draft.members.pop(name, None)


def _set_messages(draft: Draft) -> None:
    is_home = at_home(draft.target)
    new = replayed(draft.messages, draft.target)
    if any(_may_hold_state(message) for message in new):
        new = state.strip_messages(new)
        if is_home:
            new = with_short(new)
    if not draft.target.quirks.developer_role and any(map(_is_developers, new)):
        new = [_as_system(message) for message in new]
    draft.messages = new
    if is_home:
        is_known = row(base_model(draft.target)).reasons is not Reasons.UNKNOWN
        openais_members(draft, *(REASONS if is_known else ()))


def _may_hold_state(message: Any) -> bool:
    """Whether a message has a place for what only its maker may read."""
    return isinstance(message, dict) and not _STATEFUL.isdisjoint(message)


def _is_developers(message: Any) -> bool:
    return isinstance(message, dict) and message.get("role") == "developer"


def _as_system(message: Any) -> Any:
    return {**message, "role": "system"} if _is_developers(message) else message


def _leave_out(draft: Draft, name: str) -> None:
    """Take away what the target refuses. Where an edit has put it there, what the caller asked for by it is reported."""
    if name in ASKED_BY_US and name not in draft.request.body and name not in draft.target.params:
        if draft.take(name) is not None and (said := wish(name, draft.request.body)) is not None:
            draft.dropped.append(said)
    else:
        draft.drop(name)


def _apply_quirks(draft: Draft) -> None:
    quirks = draft.target.quirks
    if not (quirks.request or quirks.clamp or quirks.drop or quirks.rename):
        return
    for name in quirks.request:
        REQUEST[name](draft)
    clamp(draft)
    for name in sorted(quirks.drop & draft.members.keys()):
        _leave_out(draft, name)
    for name, new in quirks.rename.items():
        draft.rename(name, new)
