"""Earlier answers of the Responses API: kept where the caller counts on it, and put into the call that goes on from one.

Invariant: a tenant (`Caller.tenant`) finds what it made itself and nothing else, whatever id it asks for; what cannot be kept costs no
caller its answer.
Source: https://developers.openai.com/api/docs/guides/conversation-state (read 2026-11-21).
"""

from __future__ import annotations

import logging
from hashlib import sha256
from typing import Final
from urllib.parse import quote

from proxy.core import jsons
from proxy.core.errors import Kind, ProxyError
from proxy.core.shape import ChatRequest
from proxy.gate.load import RETRY_AFTER
from proxy.store.store import Notes, StoreError
from proxy.surfaces.responses.encoder import ResponsesEncoder
from proxy.surfaces.responses.state import (
    asked_for,
    kept,
    references,
    wants_keeping,
    with_history,
    with_items,
)
from proxy.surfaces.surface import StreamEncoder

KEEP_DAYS: Final = 30
"""Days that an answer is kept by default, as long as OpenAI keeps it."""
MAX_REFERENCES: Final = 32
"""Answers whose items one body may refer to: each is a question to the store."""

_log: Final = logging.getLogger(__name__)


class Conversations:
    """The kept answers of all tenants.

    Args:
        notes: Where they are kept.
        most: Bytes of one conversation; a longer one is not kept.
        days: How long they are kept; 0: nothing is.
    """

    def __init__(self, notes: Notes, most: int, days: int = KEEP_DAYS) -> None:
        self._notes = notes
        self._most = most
        self._seconds = days * 86_400.0

    async def recall(self, tenant: str, body: bytes) -> bytes:
        """A body with what it goes on from or refers to in place, as far as that is kept; the very bytes where it names nothing.

        Raises:
            ProxyError: INVALID_REQUEST where nothing can be put into the body; SATURATED where the store did not answer.
        """
        previous = asked_for(body)
        stored = None if previous is None else await self.find(tenant, previous)
        if stored is not None:
            body = with_history(body, stored)
        marks = references(body)[:MAX_REFERENCES]
        if not marks:
            return body
        found = {mark: await self.find(tenant, mark) for mark in marks}
        return with_items(body, {mark: each for mark, each in found.items() if each is not None})

    def keeps(self, request: ChatRequest) -> bool:
        """Whether the caller counts on an answer to this being kept, with what was asked."""
        return bool(self._seconds) and wants_keeping(request)

    async def keep(self, tenant: str, request: ChatRequest, response: bytes) -> None:
        """Keep a whole answer, if the caller counts on it."""
        if not self.keeps(request):
            return
        conversation = kept(request, response)
        mark = id_of(response)
        if not mark or len(conversation) > self._most:
            return
        try:
            await self._notes.put(_key(tenant, mark), conversation, self._seconds)
        except StoreError as error:
            _log.warning("an answer is not kept: %s", error)

    async def keep_streamed(
        self, tenant: str, request: ChatRequest, encoder: StreamEncoder
    ) -> None:
        """Keep what a stream came to, if it is one of this API and has ended well."""
        if isinstance(encoder, ResponsesEncoder) and encoder.response is not None:
            await self.keep(tenant, request, encoder.response)

    async def find(self, tenant: str, mark: str) -> bytes | None:
        """What was kept of an answer; None where there is nothing.

        Raises:
            ProxyError: SATURATED where the store did not answer.
        """
        try:
            return await self._notes.note(_key(tenant, mark))
        except StoreError as error:
            raise _unreachable(error) from error

    async def drop(self, tenant: str, mark: str) -> bool:
        """Forget an answer; whether there was one.

        Raises:
            ProxyError: SATURATED where the store did not answer.
        """
        try:
            return await self._notes.drop(_key(tenant, mark))
        except StoreError as error:
            raise _unreachable(error) from error


def id_of(response: bytes) -> str:
    """The id of a Response object; empty where it has none."""
    mark = jsons.decode_object(response).get("id")
    return mark if isinstance(mark, str) else ""


def _key(tenant: str, mark: str) -> str:
    """A name that no other tenant's answer has, and of a bounded length whatever id is asked for."""
    digest = sha256(mark.encode(errors="replace")).hexdigest()
    return f"response:{quote(tenant, safe='')}:{digest}"


def _unreachable(error: StoreError) -> ProxyError:
    _log.warning("earlier answers cannot be had: %s", error)
    message = "The store that keeps earlier answers cannot be reached. Try again in a moment."
    return ProxyError(Kind.SATURATED, message, retry_after=RETRY_AFTER)
