"""`GET /v1/models` and `GET /v1/models/{id}`: what a caller may ask for, in OpenAI's shape or in Anthropic's.

The list comes from configuration alone; clients probe it at start and give up after a second or three.

Source: https://platform.openai.com/docs/api-reference/models and https://platform.claude.com/docs/en/api/models-list
(read 2026-11-21).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, Protocol

from starlette.types import Receive, Scope, Send

from proxy.core.errors import Kind, ProxyError
from proxy.core.shape import Json
from proxy.surfaces.complaint import invalid
from proxy.surfaces.paging import limit_of, place_of
from proxy.web.answer import answer_json
from proxy.web.authentication import caller_of
from proxy.web.dialect import is_anthropic
from proxy.web.query import query_of

PAGE: Final = 20
"""Models on a page of Anthropic's list, where the caller does not say."""
MAX_PAGE: Final = 1000


@dataclass(frozen=True, slots=True)
class ModelCard:
    """One model that can be asked for."""

    id: str
    """An alias, or a target as `provider/model`."""
    owned_by: str
    """The provider, or who made the alias."""
    description: str = ""


class Catalogue(Protocol):
    """Whoever knows the models in force."""

    def models(self) -> Sequence[ModelCard]:
        """Aliases first, then targets; each id once."""
        ...


class Shape(Protocol):
    """How an API tells of models."""

    def one(self, card: ModelCard) -> Json:
        """One model."""
        ...

    def all(self, cards: Sequence[ModelCard], query: Mapping[str, str]) -> Json:
        """The list.

        Raises:
            ProxyError: INVALID_REQUEST where the query asks for what there cannot be.
        """
        ...


class Models:
    """An ASGI endpoint for the list, and for one model where the path names it.

    Args:
        catalogue: Asked at every call, so that a reload shows at the next.
        created: Seconds since 1970 that stand as every model's time of birth.
    """

    def __init__(self, catalogue: Catalogue, created: int) -> None:
        self._catalogue = catalogue
        self._openai = OpenAIModels(created)
        self._anthropic = AnthropicModels(created)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 (ASGI)
        """Answer with the list or the one model.

        Raises:
            ProxyError: UNKNOWN_MODEL, in the same words for what is not there and what this caller may not use;
                INVALID_REQUEST for a page that there cannot be.
        """
        caller = caller_of(scope)
        shape: Shape = self._anthropic if is_anthropic(scope) else self._openai
        cards = [card for card in self._catalogue.models() if caller.may_use(card.id)]
        asked = scope.get("path_params", {}).get("id", "").rstrip("/")
        if not asked:
            await answer_json(send, 200, shape.all(cards, query_of(scope)))
            return
        for card in cards:
            if card.id == asked:
                await answer_json(send, 200, shape.one(card))
                return
        raise ProxyError(
            Kind.UNKNOWN_MODEL,
            f"The model '{asked[:200]}' does not exist or you do not have access to it. "
            "GET /v1/models lists what you may use.",
            param="model",
        )


class OpenAIModels:
    """OpenAI's shape: all at once."""

    def __init__(self, created: int) -> None:
        self._created = created

    def one(self, card: ModelCard) -> Json:
        """One model."""
        shape: Json = {
            "id": card.id,
            "object": "model",
            "created": self._created,
            "owned_by": card.owned_by,
        }
        if card.description:
            shape["description"] = card.description
        return shape

    def all(self, cards: Sequence[ModelCard], _query: Mapping[str, str]) -> Json:
        """The list."""
        return {"object": "list", "data": [self.one(card) for card in cards]}


class AnthropicModels:
    """Anthropic's shape: in pages.

    Claude Code shows those alone whose id begins with `claude` or `anthropic`, by their `display_name`.
    """

    def __init__(self, created: int) -> None:
        self._created = datetime.fromtimestamp(created, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

    def one(self, card: ModelCard) -> Json:
        """One model."""
        return {
            "type": "model",
            "id": card.id,
            "display_name": card.description or card.id,
            "created_at": self._created,
        }

    def all(self, cards: Sequence[ModelCard], query: Mapping[str, str]) -> Json:
        """One page: the first, or what stands after or before an id.

        Raises:
            ProxyError: INVALID_REQUEST for a limit out of bounds, two directions, or an id that is not listed.
        """
        limit = limit_of(query.get("limit"), PAGE, MAX_PAGE)
        before, after = query.get("before_id"), query.get("after_id")
        ids = [card.id for card in cards]
        if before is not None and after is not None:
            raise invalid("Give one of before_id and after_id, not both.", "before_id")
        if before is not None:
            rest = cards[: place_of(ids, before, "before_id")]
            page = rest[-limit:]
        else:
            rest = cards if after is None else cards[place_of(ids, after, "after_id") + 1 :]
            page = rest[:limit]
        data: list[Any] = [self.one(card) for card in page]
        return {
            "data": data,
            "has_more": len(page) < len(rest),
            "first_id": page[0].id if page else None,
            "last_id": page[-1].id if page else None,
        }
