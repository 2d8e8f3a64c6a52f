"""Content blocks of an answer on their way out: each collects its deltas until it is its turn, then lets them through.

Anthropic's blocks follow each other, chat's pieces may not: calls can grow side by side. So a block may only end when
something else has begun and it is whole: text at once, a call when its arguments are.

Invariant: a block that is live has nothing held back but what cannot be said yet.
"""

from __future__ import annotations

from typing import Any, Final, Protocol

from proxy.core import jsons
from proxy.core.errors import Kind, ProxyError
from proxy.core.fold import NO_ARGUMENTS
from proxy.core.shape import Json
from proxy.core.state import MADE_UP

_FREEFORM: Final = "input"
"""The one member of a custom call's input, whose text is no JSON."""
_VALUE: Final = "value"
"""The one member of an input that a model gave as something else than an object."""


class Blocks(Protocol):
    """Where blocks go: one at a time."""

    def open(self, block: Json) -> None:
        """`content_block_start`."""
        ...

    def add(self, delta: Json) -> None:
        """`content_block_delta` of the open block."""
        ...

    def close(self) -> None:
        """`content_block_stop` of the open block."""
        ...


class Track:
    """One block. `begin` when it is its turn, `end` when the next one may begin."""

    def __init__(self, block: Json) -> None:
        self._block = block
        self._out: Blocks | None = None
        self._held: list[Json] = []

    @property
    def whole(self) -> bool:
        """Whether nothing can be missing: another block may follow."""
        return True

    def begin(self, out: Blocks) -> None:
        """Open the block and say what was held."""
        self._out = out
        out.open(self._block)
        for delta in self._held:
            out.add(delta)
        self._held.clear()

    def end(self, *, cut_short: bool = False) -> None:
        """Close the block.

        Args:
            cut_short: Whether the answer ended here because it had to.

        Raises:
            ProxyError: MALFORMED where the block cannot be ended properly.
        """
        del cut_short
        if self._out is not None:
            self._out.close()

    def _say(self, delta: Json) -> None:
        if self._out is None:
            self._held.append(delta)
        else:
            self._out.add(delta)


class Text(Track):
    """`text`, with its citations."""

    def __init__(self) -> None:
        super().__init__({"type": "text", "text": ""})

    def text(self, piece: str) -> None:
        """A piece of the text."""
        self._say({"type": "text_delta", "text": piece})

    def cite(self, url: str, title: str | None) -> None:
        """A source on the web."""
        citation = {
            "type": "web_search_result_location",
            "url": url,
            "title": title,
            "cited_text": "",
            "encrypted_index": MADE_UP,
        }
        self._say({"type": "citations_delta", "citation": citation})


class Thinking(Track):
    """`thinking`: pieces of text, and a signature at the end, ours where its maker gives none."""

    def __init__(self) -> None:
        super().__init__({"type": "thinking", "thinking": "", "signature": ""})
        self._told: list[str] = []
        self._signature = MADE_UP

    @property
    def told(self) -> str:
        """All of the text so far."""
        return "".join(self._told)

    @property
    def signed(self) -> bool:
        """Whether its maker has signed it, so that nothing can be added any more."""
        return self._signature != MADE_UP

    def think(self, piece: str) -> None:
        """A piece of the text."""
        self._told.append(piece)
        self._say({"type": "thinking_delta", "thinking": piece})

    def sign(self, signature: str) -> None:
        """The maker's signature, which covers the text so far."""
        self._signature = signature

    def end(self, *, cut_short: bool = False) -> None:
        """Sign and close the block."""
        self._say({"type": "signature_delta", "signature": self._signature})
        super().end(cut_short=cut_short)


class Redacted(Track):
    """`redacted_thinking`, whole from the start."""

    def __init__(self, data: str) -> None:
        super().__init__({"type": "redacted_thinking", "data": data})


class SearchCall(Track):
    """`server_tool_use` of a search of the web that the provider has made.

    Args:
        id: The call's, with our mark.
        query: What was asked for; empty where that was not told.
    """

    def __init__(self, id: str, query: str) -> None:  # noqa: A002 (the wire's own word)
        super().__init__({"type": "server_tool_use", "id": id, "name": "web_search", "input": {}})
        if query:
            self._say({"type": "input_json_delta", "partial_json": _written({"query": query})})


class SearchResult(Track):
    """`web_search_tool_result`, whole from the start. What a page said is its finder's, so that only our mark stands for it.

    Args:
        id: The call's.
        content: The pages, or the error.
    """

    def __init__(self, id: str, content: list[Json] | Json) -> None:  # noqa: A002 (the wire's own word)
        super().__init__({"type": "web_search_tool_result", "tool_use_id": id, "content": content})


class Call(Track):
    """`tool_use`. It opens with its first argument, because a name may come in pieces before that.

    Args:
        id: The call's id, fit for Anthropic's clients.
        freeform: Whether its input is free text, which goes out as JSON when all of it is there.
    """

    def __init__(self, id: str, *, freeform: bool = False) -> None:  # noqa: A002 (the wire's own word)
        super().__init__({"type": "tool_use", "id": id, "name": "", "input": {}})
        self._freeform = freeform
        self._pieces: list[str] = []
        self._spelt = False
        """Whether the input is an object and so goes out as it comes."""
        self._opened = False

    @property
    def whole(self) -> bool:
        """Whether the arguments are an object from end to end."""
        if not self._pieces or self._freeform or not self._pieces[-1].rstrip().endswith("}"):
            return False
        return isinstance(_read("".join(self._pieces)), dict)

    def name(self, piece: str) -> None:
        """A piece of the name; one that says the name again adds nothing."""
        if not self._opened and piece != self._block["name"]:
            self._block = {**self._block, "name": self._block["name"] + piece}

    def arguments(self, piece: str) -> None:
        """A piece of the arguments, or of the free text."""
        self._pieces.append(piece)
        if self._spelt:
            self._write(piece)
        elif not self._freeform and "".join(self._pieces).lstrip().startswith("{"):
            self._spelt = True
            self._write("".join(self._pieces))

    def begin(self, out: Blocks) -> None:
        """Say what was held, if that is anything."""
        self._out = out
        held, self._held = self._held, []
        for delta in held:
            self._say(delta)

    def end(self, *, cut_short: bool = False) -> None:
        """Say what is missing, and close the block.

        Raises:
            ProxyError: MALFORMED for arguments that are not JSON, in an answer that was not cut short.
        """
        text = "".join(self._pieces)
        if not self._spelt:
            self._write(self._input(text, cut_short=cut_short))
        elif not cut_short and not isinstance(_read(text), dict):
            raise self._broken()
        super().end(cut_short=cut_short)

    def _input(self, text: str, *, cut_short: bool) -> str:
        """The input of a call whose arguments are no object."""
        value = _read(text)
        if self._freeform:
            # Only functions can be offered here, so that what looks like arguments is that.
            return text if isinstance(value, dict) else _written({_FREEFORM: text})
        if not text.strip():
            return NO_ARGUMENTS
        if value is _NOTHING and not cut_short:
            raise self._broken()
        if value in (_NOTHING, None, ""):
            return NO_ARGUMENTS
        return _written({_VALUE: value})

    def _write(self, piece: str) -> None:
        self._say({"type": "input_json_delta", "partial_json": piece})

    def _say(self, delta: Json) -> None:
        if self._out is not None and not self._opened:
            self._opened = True
            self._out.open(self._block)
        super()._say(delta)

    def _broken(self) -> ProxyError:
        name = self._block["name"]
        message = f"the provider sent arguments of a call of {name} that are not JSON"
        return ProxyError(Kind.MALFORMED, message)


_NOTHING: Final = object()


def _written(value: Json) -> str:
    return jsons.encode(value).decode()


def _read(text: str) -> Any:
    """The value of a JSON text; a mark of its own where it is none."""
    try:
        return jsons.decode(text.encode("utf-8", "replace"))
    except jsons.JsonError:
        return _NOTHING
