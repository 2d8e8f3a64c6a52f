"""Speaks OpenAI's legacy completions to servers that have them, for callers of the same API.

No provider is configured with this protocol: a target of an OpenAI-shaped provider that relays completions is called
over it, when the call is one. `need.py` says which and how.

Source: https://platform.openai.com/docs/api-reference/completions (read 2026-11-21).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from proxy.codecs import faults
from proxy.codecs.codec import StreamDecoder
from proxy.codecs.completions.chat import as_chat
from proxy.codecs.completions.encode import DIALECT, asked, encode
from proxy.codecs.completions.stream import CompletionsStream
from proxy.codecs.openai.whole import read_whole
from proxy.codecs.plain.refused import STREAM_OPTIONS, refused
from proxy.core import jsons
from proxy.core.errors import ProxyError
from proxy.core.shape import ChatRequest, Completion, HttpCall, Target


class Completions:
    """The codec; it serves any number of calls."""

    name = DIALECT

    def encode(self, request: ChatRequest, target: Target) -> HttpCall:
        """Write the call: the caller's own bytes with surgical edits."""
        return encode(request, target)

    def decode(
        self,
        status: int,
        headers: Mapping[str, str],
        body: bytes,
        *,
        created: int,
        target: Target | None = None,
    ) -> Completion:
        """Read a whole answer; `native` holds its bytes.

        Raises:
            ProxyError: an error inside a 200, EMPTY, MALFORMED.
        """
        del status, headers, target
        text = body.strip()
        try:
            answer: Any = jsons.decode(text)
        except jsons.JsonError:
            return read_whole(body, created)
        whole = read_whole(jsons.encode(as_chat(answer, "message")), created)
        whole["native"] = {"dialect": DIALECT, "payload": text}
        return whole

    def stream(self, request: ChatRequest, target: Target, *, created: int) -> StreamDecoder:
        """A decoder for one streamed answer."""
        return CompletionsStream(target, created, asked(request))

    def fault(self, status: int, headers: Mapping[str, str], body: bytes) -> ProxyError:
        """Name a failure, in the provider's own words."""
        return faults.fault(status, headers, body)

    def refused(
        self, failure: ProxyError, request: ChatRequest, call: HttpCall, target: Target
    ) -> frozenset[str]:
        """`stream_options`, where it was refused: beyond chat there is nothing else that we ask for."""
        return refused(failure, request, call, target) & {STREAM_OPTIONS}
