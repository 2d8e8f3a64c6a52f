"""Speaks to Azure: OpenAI's chat protocol at Azure's addresses, with its key header, its versions and its filter's words.

Without a version, or with `v1`, the call goes to the v1 path and names the deployment as model; a dated version has the
deployment in the path, and takes only what there was at its date. A base URL that ends with `/models` is the older
inference API of Foundry.

Invariant: of `api-key` and `authorization` exactly one is sent.
Sources, read 2026-11-21: https://learn.microsoft.com/azure/ai-foundry/openai/api-version-lifecycle,
https://learn.microsoft.com/azure/ai-foundry/openai/reference, https://learn.microsoft.com/azure/ai-foundry/openai/concepts/content-streaming.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Final
from urllib.parse import quote

from proxy.codecs import faults
from proxy.codecs.codec import StreamDecoder
from proxy.codecs.openai import OpenAI
from proxy.codecs.openai.foreign import encode_for
from proxy.codecs.openai.request import refuses_max_tokens
from proxy.codecs.paths import in_path
from proxy.codecs.plain.refused import refused
from proxy.codecs.vendors.draft import Draft
from proxy.core import jsons
from proxy.core.errors import Kind, ProxyError
from proxy.core.shape import ChatRequest, Completion, Headers, HttpCall, Target
from proxy.core.whole_answer import WholeAnswer
from proxy.core.whole_stream import WholeStream

_DATED: Final = re.compile(r"\d{4}-\d{2}-\d{2}")
_UNVERSIONED: Final = frozenset({"", "v1", "latest"})
_SINCE: Final = {
    "parallel_tool_calls": "2024-08-01",
    "reasoning_effort": "2024-12-01",
    "stream_options": "2024-09-01",
}
"""The version that first took a field; an older one refuses it."""
_NEW_LIMIT: Final = "2024-09-01"
"""The version that first knew `max_completion_tokens`."""
_UNKNOWN: Final = (
    "metadata", "moderation", "prompt_cache_key", "prompt_cache_options", "prompt_cache_retention",
    "safety_identifier", "service_tier", "store", "verbosity", "web_search_options",
)  # fmt: skip
"""Fields that no dated version takes from every deployment."""
FOUNDRY: Final = "/models"
_PATHS: Final = ("/openai/v1", "/openai")
_ENTRA: Final = re.compile(r"eyJ[\w-]+\.[\w-]+\.[\w-]+")
"""What an Entra token looks like; no key of a resource does."""

_CODES: Final = {
    "engineoverloaded": Kind.OVERLOADED,
    "nocapacity": Kind.OVERLOADED,
    # The deployment's model has no chat: a matter of the configuration.
    "operationnotsupported": Kind.MISCONFIGURED,
    "responsibleaipolicyviolation": Kind.CONTENT_FILTER,
}


class Azure:
    """The codec; it serves any number of calls.

    Of `Target.options` it reads `api_version`, `base_model` (the model behind a deployment, where the deployment's name
    does not begin with it) and `auth` (`bearer` for a key that is a token).
    """

    name = "azure"

    def __init__(self) -> None:
        self._openai = OpenAI()

    def encode(self, request: ChatRequest, target: Target) -> HttpCall:
        """Write the call for this deployment."""
        call = encode_for(request, target, edits=(_fit_model, _fit_version))
        return replace(
            call, url=url(target, "chat/completions"), headers=head(call.headers, target)
        )

    def decode(
        self,
        status: int,
        headers: Mapping[str, str],
        body: bytes,
        *,
        created: int,
        target: Target | None = None,
    ) -> Completion:
        """Read a whole answer; what the filter found stays in it."""
        return self._openai.decode(status, headers, body, created=created, target=target)

    def whole_answer(self, body: bytes, target: Target) -> WholeAnswer | None:
        """What is known of an answer that can go on as it came: one that says nothing of the filter."""
        return self._openai.whole_answer(body, target)

    def whole_stream(
        self, pieces: list[bytes], size: int, request: ChatRequest, target: Target
    ) -> WholeStream | None:
        """What is known of a streamed answer that can go on as it came: likewise."""
        return self._openai.whole_stream(pieces, size, request, target)

    def stream(self, request: ChatRequest, target: Target, *, created: int) -> StreamDecoder:
        """A decoder for one streamed answer."""
        return self._openai.stream(request, target, created=created)

    def fault(self, status: int, headers: Mapping[str, str], body: bytes) -> ProxyError:
        """Name a failure, also by the code inside its `innererror`."""
        error = faults.fault(status, headers, body)
        for code in (error.code, _inner_code(body)):
            error.kind = _CODES.get((code or "").lower(), error.kind)
        return error

    def refused(
        self, failure: ProxyError, request: ChatRequest, call: HttpCall, target: Target
    ) -> frozenset[str]:
        """The fields that were refused by name, and that can go."""
        return refused(failure, request, call, target)


def _version(target: Target) -> str:
    return target.options.get("api_version", "").strip()


def _date(target: Target) -> str:
    """The date of a dated version; empty for v1."""
    date = _DATED.match(_version(target))
    return date[0] if date else ""


def _fit_model(draft: Draft) -> None:
    """Reasoning models know the limit on an answer under its newer name alone; some versions only under its older one."""
    date = _date(draft.target)
    if date and date < _NEW_LIMIT:
        draft.rename("max_completion_tokens", "max_tokens")
    elif refuses_max_tokens(draft.target.options.get("base_model") or draft.model):
        draft.rename("max_tokens", "max_completion_tokens")


def _fit_version(draft: Draft) -> None:
    date = _date(draft.target)
    if not date:
        return
    if date < _SINCE["stream_options"] and "stream_options" not in draft.request.body:
        draft.take("stream_options")
    draft.drop(*(name for name, since in _SINCE.items() if date < since), *_UNKNOWN)


def url(target: Target, resource: str) -> str:
    """The address of a resource, such as `chat/completions`, for this deployment.

    Raises:
        ProxyError: INVALID_REQUEST for a deployment whose name would lead elsewhere.
    """
    base, version = target.base_url, _version(target)
    query = "" if version.lower() in _UNVERSIONED else f"?api-version={quote(version, safe='')}"
    if base.endswith(FOUNDRY):
        return f"{base}/{resource}{query}"
    for path in _PATHS:
        base = base.removesuffix(path)
    if _date(target):
        deployment = in_path(target.model)
        return f"{base}/openai/deployments/{deployment}/{resource}{query}"
    return f"{base}/openai/v1/{resource}{query}"


def head(headers: Headers, target: Target) -> Headers:
    """The head with the key under Azure's name for it, unless it is a token or the target's own headers say it all."""
    own = {name.lower() for name, _ in target.headers}
    key = target.api_key
    if key is None or "authorization" in own:
        return headers
    if target.options.get("auth") == "bearer" or _ENTRA.fullmatch(key.reveal()):
        return headers
    rest = tuple(line for line in headers if line[0] != "authorization")
    return rest if "api-key" in own else (*rest, ("api-key", key.reveal()))


def _inner_code(body: bytes) -> str | None:
    """The code that says why, where the outer one only says that."""
    try:
        value = jsons.decode(body)
    except jsons.JsonError:
        return None
    error = value.get("error") if isinstance(value, dict) else None
    inner = error.get("innererror") if isinstance(error, dict) else None
    code = inner.get("code") if isinstance(inner, dict) else None
    return code if isinstance(code, str) else None
