"""Function calls of one candidate as tool calls: whole as they mostly come, or in pieces.

A call that comes in pieces is opened at once, and its arguments go out when all of them are there.

Source: https://ai.google.dev/gemini-api/docs/function-calling (read 2026-11-20).
"""

from __future__ import annotations

from hashlib import sha256
from typing import Any

from proxy.codecs.gemini.partial import PartialArgs
from proxy.codecs.gemini.replay import MINTED, packed
from proxy.codecs.gemini.tools import returned_name
from proxy.codecs.plain.arguments import FREEFORM
from proxy.core import jsons
from proxy.core.build import Builder
from proxy.core.errors import Kind, ProxyError
from proxy.core.fold import MAX_CALLS
from proxy.core.shape import Chunk, Json


class Calls:
    """The calls of one candidate.

    Args:
        build: Makes the answer's chunks.
        index: The candidate's.
        maker: Who takes the signatures back.
        seed: What no other candidate of any answer has; ids are made up from it where Google gives none.
    """

    def __init__(self, build: Builder, index: int, maker: str, seed: str) -> None:
        self._build = build
        self._index = index
        self._maker = maker
        self._seed = seed
        self._slots = 0
        self._open: PartialArgs | None = None

    def __bool__(self) -> bool:
        return self._slots > 0

    def take(self, part: Json) -> list[Chunk]:
        """Read a part with a `functionCall`.

        Raises:
            ProxyError: MALFORMED.
        """
        call = part["functionCall"]
        if not isinstance(call, dict):
            raise _malformed("a function call that is no object")
        name = returned_name(call.get("name"))
        if not name:
            return self._continue(call)
        chunks = self.close()
        args = call.get("args")
        slot, mark = self._slot(), self._id(part, call)
        if isinstance(args, dict) and args.keys() == {FREEFORM}:
            opened = self._build.custom_open(slot, mark, name, self._index)
            text = args[FREEFORM] if isinstance(args[FREEFORM], str) else ""
            return [*chunks, opened, self._build.custom_input(slot, text, self._index)]
        chunks.append(self._build.tool_open(slot, mark, name, self._index))
        self._open = PartialArgs()
        self._continue(call)
        pieces = call.get("willContinue") is True or "partialArgs" in call
        return chunks if pieces else chunks + self.close()

    def close(self) -> list[Chunk]:
        """The arguments of the call that was not yet whole."""
        if self._open is None:
            return []
        text = jsons.encode(self._open.value()).decode()
        self._open = None
        return [self._build.tool_arguments(self._slots - 1, text, self._index)]

    def _continue(self, call: Json) -> list[Chunk]:
        pieces, args = call.get("partialArgs"), call.get("args")
        if self._open is None:
            if pieces or args:
                raise _malformed("arguments of a function call without a name")
            return []
        self._open.take(args)
        self._open.add(pieces)
        return []

    def _slot(self) -> int:
        if self._slots >= MAX_CALLS:
            raise _malformed(f"more than {MAX_CALLS} function calls")
        self._slots += 1
        return self._slots - 1

    def _id(self, part: Json, call: Json) -> str:
        given: Any = call.get("id")
        signature = part.get("thoughtSignature")
        if not isinstance(given, str) or not given:
            seed = f"{self._seed}/{self._slots}".encode("utf-8", "replace")
            given = f"{MINTED}{sha256(seed).hexdigest()[:24]}"
        return packed(given, self._maker, signature if isinstance(signature, str) else None)


def _malformed(what: str) -> ProxyError:
    return ProxyError(Kind.MALFORMED, f"the provider sent {what}")
