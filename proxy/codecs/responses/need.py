"""Says which requests go over the Responses API though their target speaks chat, and where that API is.

Those are the calls of its own callers, wherever a provider has it, and the chat requests that OpenAI's chat API would
refuse and its Responses API takes: tools beside reasoning, and files of other APIs' callers by their addresses.

Asked when a call is planned: `as_responses(target)` is then called in the place of the target.

Invariant: pure; only targets at OpenAI itself or at Azure need it for chat, because nobody else has these rules.
Source: https://developers.openai.com/api/docs/guides/latest-model (read 2026-11-20).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from dataclasses import replace
from enum import Enum, auto
from functools import lru_cache
from typing import Any, Final
from urllib.parse import urlsplit

from proxy.codecs.plain.effort import effort_for
from proxy.codecs.plain.parts import is_web
from proxy.codecs.responses.models import Chat, base_model, row
from proxy.codecs.web_search import OPTIONS, searches_always
from proxy.core.shape import ChatRequest, Json, Target

PROTOCOL: Final = "responses"

_OPENAI: Final = re.compile(r"(?:[a-z0-9-]+\.)?api\.openai\.com")
_AZURE: Final = re.compile(
    r".+\.(?:openai|cognitiveservices|services\.ai)\.azure\.(?:com|us|cn)|.+\.azure\.cn"
)
_CHAT: Final = frozenset({"openai", "azure"})
"""Protocols beside which a provider may have this one."""
_ROOTS: Final = frozenset({"openai", "models"})
"""Where the part of an Azure address begins that another API version replaces."""


def needs_responses(request: ChatRequest, target: Target) -> bool:
    """Whether this request, sent to this target as chat, would be refused for being chat."""
    if not at_home(target):
        return False
    if request.translated and not request.only_texts and _links_to_files(request.body):
        return True
    body = {**request.body, **target.params}
    return _NEEDS[row(base_model(target)).chat](body)


def at_home(target: Target) -> bool:
    """Whether a target is at OpenAI itself or at Azure."""
    return _house(target.protocol, target.base_url) is not _House.OTHER


def takes_responses(request: ChatRequest, target: Target, surfaces: Collection[str]) -> bool:
    """Whether a call goes to this target over the Responses API: one of that API, or one that needs its web search.

    Args:
        request: What was asked.
        target: Who is asked.
        surfaces: The APIs that its provider has beside that of its protocol.
    """
    asked = (request.dialect == PROTOCOL and bool(request.raw)) or _must_search(request, target)
    return asked and target.protocol in _CHAT and PROTOCOL in surfaces


def as_responses(target: Target) -> Target:
    """The same model at the same provider, over its Responses API. At Azure that is the address of version v1."""
    if OPTIONS in target.quirks.drop:
        # That is what its chat API does not know.
        quirks = replace(target.quirks, drop=target.quirks.drop - {OPTIONS})
        target = replace(target, quirks=quirks)
    if not _is_azure(target):
        return replace(target, protocol=PROTOCOL)
    url = urlsplit(target.base_url)
    prefix: list[str] = []
    for segment in filter(None, url.path.split("/")):
        if segment in _ROOTS:
            break
        prefix.append(segment)
    path = "/".join(["", *prefix, "openai", "v1"])
    return replace(target, protocol=PROTOCOL, base_url=f"{url.scheme}://{url.netloc}{path}")


def _must_search(request: ChatRequest, target: Target) -> bool:
    """Whether a search is insisted on, which is a tool in this API alone; a model that always searches needs none."""
    return bool(request.must_search) and not searches_always(base_model(target))


def _is_azure(target: Target) -> bool:
    return _house(target.protocol, target.base_url) is _House.AZURE


class _House(Enum):
    """Whose API it is, as far as that matters here."""

    OPENAI = auto()
    AZURE = auto()
    OTHER = auto()


@lru_cache(maxsize=256)
def _house(protocol: str, base_url: str) -> _House:
    """Base URLs are few, and come again with every call."""
    host = urlsplit(base_url).hostname or ""
    if protocol == "azure" or (protocol == "openai" and _AZURE.fullmatch(host)):
        return _House.AZURE
    return _House.OPENAI if protocol == "openai" and _OPENAI.fullmatch(host) else _House.OTHER


def _effort(body: Json) -> Any:
    """The effort that is asked for, by its chat name, inside a `reasoning` object, or as `thinking`."""
    reasoning = body.get("reasoning")
    inner = reasoning.get("effort") if isinstance(reasoning, dict) else None
    return body.get("reasoning_effort") or inner or effort_for(body.get("thinking"))


def _links_to_files(body: Json) -> bool:
    """Whether a file is told by its address, which chat has no place for."""
    contents = (m.get("content") for m in body.get("messages") or () if isinstance(m, dict))
    parts = (part for content in contents if isinstance(content, list) for part in content)
    return any(_links_to_file(part) for part in parts)


def _links_to_file(part: Any) -> bool:
    file = part.get("file") if isinstance(part, dict) else None
    data = file.get("file_data") if isinstance(file, dict) else None
    return isinstance(data, str) and is_web(data)


def _calls(body: Json) -> bool:
    return bool(body.get("tools"))


_NEEDS: Final[dict[Chat, Callable[[Json], bool]]] = {
    Chat.ALL: lambda _: False,
    Chat.TOOLS_UNLESS_REASONING: lambda body: _calls(body) and _effort(body) not in (None, "none"),
    Chat.TOOLS_AT_NONE: lambda body: _calls(body) and _effort(body) != "none",
    Chat.NO_TOOLS: _calls,
    Chat.NOTHING: lambda _: True,
}
