"""Speaks to models on Vertex AI: Google's own through the Gemini codec, Anthropic's through the Anthropic codec.

A model is known by its name, with or without the path of its publisher. What the two protocols have in common here is
the address, which is made of project and location, and the credential, an access token for both. Callers of the
Messages API have their own body relayed to Claude, without the betas that only Anthropic's own service has.

Source: https://docs.cloud.google.com/vertex-ai/generative-ai/docs/learn/locations and
https://platform.claude.com/docs/en/api/claude-on-vertex-ai (read 2026-11-20).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final
from urllib.parse import quote

from proxy.codecs.anthropic import Anthropic
from proxy.codecs.anthropic.betas import BETA, abroad, listed
from proxy.codecs.anthropic.relay import check_translatable, relays
from proxy.codecs.codec import StreamDecoder
from proxy.codecs.gemini import Gemini
from proxy.codecs.paths import in_path
from proxy.core import jsons
from proxy.core.errors import Kind, ProxyError
from proxy.core.shape import ChatRequest, Completion, HttpCall, Target

GOOGLE_VERSION: Final = "v1beta1"
ANTHROPIC_VERSION: Final = "v1"
ANTHROPIC_BODY: Final = "vertex-2023-10-16"
"""`anthropic_version`, which stands in the body here."""

GLOBAL: Final = "global"
_MULTI_REGIONS: Final = frozenset({"us", "eu"})
_API_KEY: Final = ("AIza", "AQ.")
"""How keys begin that are no access tokens."""
_CLAUDE: Final = "claude"
_HEADERS_IN_BODY: Final = frozenset({"anthropic-version", "x-api-key", "authorization"})


class Vertex:
    """The codec; it serves any number of calls."""

    name = "vertex"

    def __init__(self) -> None:
        self._gemini = Gemini("vertex")
        self._anthropic = Anthropic()

    def encode(self, request: ChatRequest, target: Target) -> HttpCall:
        """Write the call for this target."""
        return (self._claude if _is_claude(target) else self._google)(request, target)

    def decode(
        self,
        status: int,
        headers: Mapping[str, str],
        body: bytes,
        *,
        created: int,
        target: Target | None = None,
    ) -> Completion:
        """Read a whole answer, in the protocol that it is in."""
        codec = self._anthropic if _is_message(body) else self._gemini
        return codec.decode(status, headers, body, created=created, target=target)

    def stream(self, request: ChatRequest, target: Target, *, created: int) -> StreamDecoder:
        """A decoder for one streamed answer to this request."""
        codec = self._anthropic if _is_claude(target) else self._gemini
        return codec.stream(request, target, created=created)

    def fault(self, status: int, headers: Mapping[str, str], body: bytes) -> ProxyError:
        """Name a failure from a response whose status is not 2xx: the model's, or Google's before it."""
        codec = self._anthropic if _is_message(body) else self._gemini
        return codec.fault(status, headers, body)

    def unsigned(self, failure: ProxyError, request: ChatRequest) -> ChatRequest | None:
        """The request without signatures, where one was refused."""
        codecs = (self._gemini, self._anthropic)
        return next(filter(None, (each.unsigned(failure, request) for each in codecs)), None)

    def _google(self, request: ChatRequest, target: Target) -> HttpCall:
        check_translatable(request)
        what = self._gemini.body(request, target)
        call = self._gemini.call(what, google_model(target), credential(target), request, target)
        return replace(call, auth=target.auth)

    def _claude(self, request: ChatRequest, target: Target) -> HttpCall:
        # The name without its publisher, and no key: Anthropic's own header has no place here.
        plain = replace(target, model=_bare(target), api_key=None)
        call = self._anthropic.encode(request, plain)
        members = jsons.split(call.body)
        del members["model"]
        members["anthropic_version"] = jsons.raw(ANTHROPIC_BODY)
        method = "streamRawPredict" if request.stream else "rawPredict"
        lines = {
            name: value for name, value in call.headers if name not in _HEADERS_IN_BODY
        } | credential(target)
        dropped = call.dropped
        if BETA in lines and relays(request):
            kept, refused = abroad(listed([lines.pop(BETA)]))
            dropped += refused
            lines |= {BETA: ",".join(kept)} if kept else {}
        place = f"{ANTHROPIC_VERSION}/{_place(target)}{_resource(target, 'anthropic')}"
        return replace(
            call,
            url=f"{_host(target)}/{place}:{method}",
            headers=tuple(lines.items()),
            body=jsons.join(members),
            auth=target.auth,
            dropped=dropped,
        )


def google_model(target: Target) -> str:
    """The address of a model of Google's own, without a method."""
    place = f"{GOOGLE_VERSION}/{_place(target)}{_resource(target, 'google')}"
    return f"{_host(target)}/{place}"


def _host(target: Target) -> str:
    """The address of the service: the target's own, or the one of its location."""
    if target.base_url:
        return target.base_url
    location = target.options.get("location") or GLOBAL
    if location == GLOBAL:
        return "https://aiplatform.googleapis.com"
    if location in _MULTI_REGIONS:
        return f"https://aiplatform.{location}.rep.googleapis.com"
    return f"https://{location}-aiplatform.googleapis.com"


def _place(target: Target) -> str:
    """The project and the location as a path; nothing where an API key says both."""
    project = target.options.get("project")
    if project:
        location = target.options.get("location") or GLOBAL
        return f"projects/{quote(project, safe=':')}/locations/{quote(location, safe='')}/"
    if target.auth is None and _is_api_key(target):
        return ""
    raise ProxyError(
        Kind.MISCONFIGURED,
        f"The provider '{target.provider}' has no project: Vertex AI needs `project` and `location`.",
    )


def _resource(target: Target, publisher: str) -> str:
    """The model as a path: under its publisher, or the endpoint that a tuned model is served at."""
    endpoint = target.model.rpartition("endpoints/")
    if endpoint[1]:
        return f"endpoints/{in_path(endpoint[2])}"
    return f"publishers/{publisher}/models/{in_path(_bare(target), safe='@')}"


def credential(target: Target) -> dict[str, str]:
    """The header that holds the key, where the credential is one; a token goes as bearer."""
    if target.auth is not None or not target.api_key:
        return {}
    key = target.api_key.reveal()
    if _is_api_key(target):
        return {"x-goog-api-key": key}
    return {"authorization": f"Bearer {key}"}


def _is_api_key(target: Target) -> bool:
    key = target.api_key
    return key is not None and key.reveal().startswith(_API_KEY)


def _bare(target: Target) -> str:
    return target.model.rpartition("/")[2]


def _is_claude(target: Target) -> bool:
    return _bare(target).startswith(_CLAUDE)


def _is_message(body: bytes) -> bool:
    """Whether a body is in Anthropic's protocol; both kinds of its objects have a type."""
    try:
        members = jsons.split(body)
    except jsons.JsonError:
        return False
    return bytes(members.get("type", b"")) in (b'"message"', b'"error"')
