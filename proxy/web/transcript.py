"""Takes down what is said in a call, for the log of an operator who asked for it.

A body may hold credentials beside what is said, such as those for MCP servers: they are hidden.

Invariant: of neither side more than `MOST` bytes are held, however long it is; nothing that fails here is the call's failure.
"""

from __future__ import annotations

from typing import Any, Final, cast

from proxy.core import jsons
from proxy.core.content import Content
from proxy.core.errors import ProxyError
from proxy.core.fold import fold
from proxy.core.mark import mark_of
from proxy.core.shape import ChatRequest, Chunk, Completion, Json
from proxy.core.shorten import shortened
from proxy.gate.cache import Kept

MOST: Final = 256 * 1024
"""Bytes of a request, and of an answer."""
MOST_TEXT: Final = 4096
"""Characters of a text in a request that is longer than that: pictures and files go first."""
HIDDEN: Final = "(hidden)"
"""Stands where a credential stood."""

_SAID: Final = frozenset({"messages", "input", "prompt"})
"""Where the words are, which are left as they are."""
_SECRETS: Final = frozenset(
    {
        "access_token", "api_key", "authentication", "authorization", "authorization_token", "connection_string",
        "domain_secrets", "encoded_api_key", "extra_headers", "headers", "user_access_token",
    }
)  # fmt: skip
"""Members that providers take credentials in: of MCP servers, data sources, connectors and containers."""
_FORM: Final = "properties"
"""Where a JSON schema has names of its maker's own."""


class Transcript:
    """One call's.

    Args:
        request: What is asked; nothing of it is held but what is shown.
    """

    __slots__ = ("_answer", "_is_cut", "_parts", "_request", "_room")

    def __init__(self, request: ChatRequest) -> None:
        raw = request.raw or jsons.encode(request.body)
        self._is_cut = len(raw) > MOST
        # Held as bytes: a call may last for long.
        self._request = _cut(raw) if self._is_cut else raw
        self._parts: list[bytes] = []
        self._room = MOST
        self._answer: list[Json] | None = None

    def take(self, chunks: list[Chunk]) -> None:
        """These went out."""
        for chunk in chunks:
            if "firstbyte" in chunk and (mark_of(chunk) or {}).get("restarted"):
                # The caller was told that what it had read is void.
                self._parts, self._room = [], MOST
            if self._room < 0 or not chunk.get("choices"):
                continue
            part = jsons.encode(chunk["choices"])
            self._room -= len(part)
            if self._room >= 0:
                self._parts.append(part)

    def whole(self, completion: Completion) -> None:
        """This is the answer."""
        choices = cast("list[Json]", completion.get("choices") or [])
        if len(jsons.encode(choices)) > MOST:
            self._is_cut = True
            choices = _fitting(choices)
        self._answer = choices or None

    def again(self, kept: Kept) -> None:
        """This is the answer, which was kept."""
        if kept.completion is not None:
            self.whole(kept.completion)
        else:
            self.take(list(kept.chunks))

    def content(self, call: str, surface: str, at: float) -> Content:
        """All of it.

        Args:
            call: The call's request id.
            surface: The inbound API.
            at: When the call ended, seconds since 1970.
        """
        answer = self._answer if self._answer is not None else self._told()
        is_cut = self._is_cut or self._room < 0
        return Content(call, surface, at, _read(self._request), answer, is_cut)

    def _told(self) -> list[Json] | None:
        """What went out in chunks; also of an answer that was cut."""
        chunks: list[Any] = [{"choices": jsons.decode(part)} for part in self._parts]
        try:
            return cast("list[Json]", fold(chunks)["choices"]) or None
        except ProxyError:
            return None


def _cut(raw: bytes) -> bytes:
    """A body that is too long with its long texts cut; if that is not enough, its beginning, which is no JSON any more."""
    shown = jsons.encode(shortened(_discreet(jsons.decode_object(raw)), MOST_TEXT))
    return shown if len(shown) <= MOST else shown[:MOST]


def _read(shown: bytes) -> Json | str:
    try:
        return _discreet(jsons.decode_object(shown))
    except ValueError:
        return shown.decode(errors="ignore")


def _fitting(choices: list[Json]) -> list[Json]:
    """Of choices that are too long what fits: first their long texts are cut, then log probabilities go, then the last of them."""
    short: list[Json] = shortened(choices, MOST_TEXT)
    if len(jsons.encode(short)) > MOST:
        short = [
            {name: each for name, each in choice.items() if name != "logprobs"} for choice in short
        ]
    while len(jsons.encode(short)) > MOST:
        short.pop()
    return short


def _discreet(body: Json) -> Json:
    """The same with every credential hidden."""
    return {name: value if name in _SAID else _hidden(name, value) for name, value in body.items()}


def _hidden(name: str, value: Any) -> Any:
    if name in _SECRETS and value:
        return HIDDEN
    if isinstance(value, dict) and name != _FORM:
        return {inner: _hidden(inner, each) for inner, each in value.items()}
    if isinstance(value, list):
        return [_hidden("", each) for each in value]
    return value
