"""What an earlier answer left for its own maker: thought signatures, and the ids that Google itself gave to calls.

A signature comes back in the id of its call, or in `extra_content.google.thought_signature` as Google's own chat
surface has it, where those of images are too; those of texts in `thinking_blocks` or `reasoning_details`. Where another
maker is named, the signature stays out, because a foreign one is refused.

Source: https://ai.google.dev/gemini-api/docs/thought-signatures and .../openai (read 2026-11-20).
"""

from __future__ import annotations

import re
from typing import Any, Final

from proxy.core.shape import Json
from proxy.core.state import Packed, pack, unpack

NO_SIGNATURE: Final = "skip_thought_signature_validator"
"""What Google takes in the place of a signature that was lost, or never was: the history is another model's."""
FORMAT: Final = "google-gemini-v1"
"""The form of a text's signature, in `thinking_blocks` and in `reasoning_details`."""
MINTED: Final = "call_"
"""The ids that we make up begin like this, as OpenAI's do; Google never saw such a one."""

_SIGNATURE: Final = "thought_signature"
_MAKER: Final = "maker"
_FOREIGN: Final = re.compile(r"(call_|toolu_|tooluse_|chatcmpl-tool-|fc_|functions\.)")


def packed(id: str, maker: str, signature: str | None) -> str:  # noqa: A002 (the wire's own word)
    """The id of a call with its signature inside."""
    return pack(id, maker, [{_SIGNATURE: signature}] if signature else [])


def packed_id(holder: Json, name: str) -> Packed:
    """The id that a chat message or call has under `name`, with what it carries; an empty one where there is none."""
    given = holder.get(name)
    return unpack(given) if isinstance(given, str) else Packed("")


def native_id(given: str) -> str | None:
    """The id that Google knows a call by; None where it never gave one."""
    return given if given and not _FOREIGN.match(given) else None


def signature_of(call: Json, id: Packed, maker: str) -> str | None:  # noqa: A002 (the wire's own word)
    """The signature of a call in the history; None where there is none that `maker` takes back."""
    if id.maker and id.maker != maker:
        return None
    extra = _google(call).get(_SIGNATURE)
    found = (block.get(_SIGNATURE) for block in id.blocks)
    return next((each for each in (*found, extra) if isinstance(each, str) and each), None)


def text_signature(signature: str, maker: str) -> Json:
    """The signature of a text, for `thinking_blocks`."""
    return {
        "type": "reasoning.encrypted",
        "format": FORMAT,
        "data": signature,
        "maker": maker,
    }


def image_signature(signature: str, maker: str) -> Json:
    """The signature of an image, for its `extra_content`."""
    return {"google": {_SIGNATURE: signature, _MAKER: maker}}


def image_signature_of(image: Json, maker: str) -> str | None:
    """The signature of an image in the history; None where there is none that `maker` takes back."""
    google = _google(image)
    signature = google.get(_SIGNATURE)
    if google.get(_MAKER, maker) != maker or not isinstance(signature, str):
        return None
    return signature or None


def text_signature_of(message: Json, maker: str) -> str | None:
    """The signature of an assistant message's text, where its client kept it."""
    for name in ("thinking_blocks", "reasoning_details"):
        blocks = message.get(name)
        for block in blocks if isinstance(blocks, list) else ():
            if isinstance(block, dict) and _is_ours(block, maker):
                return str(block["data"])
    return None


def _is_ours(block: Json, maker: str) -> bool:
    return (
        block.get("format") == FORMAT
        and block.get("maker", maker) == maker
        and isinstance(block.get("data"), str)
    )


def _google(holder: Json) -> Json:
    return _member(_member(holder, "extra_content"), "google")


def _member(value: Any, name: str) -> Json:
    found = value.get(name) if isinstance(value, dict) else None
    return found if isinstance(found, dict) else {}
