"""`GET /v1/models` and `GET /v1/models/{id}`: what a caller may ask for, in the OpenAI shape.

The list comes from configuration alone; clients probe it at start and give up after a second or three.

Source: https://platform.openai.com/docs/api-reference/models (read 2026-11-21).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from starlette.types import Receive, Scope, Send

from proxy.core.errors import Kind, ProxyError
from proxy.core.shape import Json
from proxy.web.admission import caller_of
from proxy.web.answer import answer_json


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


class Models:
    """An ASGI endpoint for the list, and for one model where the path names it.

    Args:
        catalogue: Asked at every call, so that a reload shows at the next.
        created: Seconds since 1970 that stand as every model's `created`.
    """

    def __init__(self, catalogue: Catalogue, created: int) -> None:
        self._catalogue = catalogue
        self._created = created

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 (ASGI)
        """Answer with the list or the one model.

        Raises:
            ProxyError: UNKNOWN_MODEL, in the same words for what is not there and what this caller may not use.
        """
        caller = caller_of(scope)
        cards = [card for card in self._catalogue.models() if caller.may_use(card.id)]
        asked = scope["path_params"].get("id", "").rstrip("/")
        if not asked:
            data = [self._shape(card) for card in cards]
            await answer_json(send, 200, {"object": "list", "data": data})
            return
        for card in cards:
            if card.id == asked:
                await answer_json(send, 200, self._shape(card))
                return
        raise ProxyError(
            Kind.UNKNOWN_MODEL,
            f"The model '{asked[:200]}' does not exist or you do not have access to it. "
            "GET /v1/models lists what you may use.",
            param="model",
        )

    def _shape(self, card: ModelCard) -> Json:
        shape: Json = {
            "id": card.id,
            "object": "model",
            "created": self._created,
            "owned_by": card.owned_by,
        }
        if card.description:
            shape["description"] = card.description
        return shape
