"""Arguments of a function call that come in pieces, each under a JSONPath: put together into one object.

Invariant: a piece never makes a list longer than by one place, so that what is held is bounded by what came.
Source: https://docs.cloud.google.com/vertex-ai/generative-ai/docs/multimodal/function-calling, "Streaming function call
arguments" (read 2026-11-20).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import pairwise
from typing import Any, Final

from proxy.core.errors import Kind, ProxyError
from proxy.core.jsons import MAX_DEPTH
from proxy.core.shape import Json

_STEP: Final = re.compile(r"""\.([^.\[\]]+)|\[(\d{1,9})\]|\[(?:'([^']*)'|"([^"]*)")\]""")


class PartialArgs:
    """The arguments of one call, growing."""

    def __init__(self) -> None:
        self._root: Json = {}

    def add(self, pieces: Any) -> None:
        """Take a `partialArgs`.

        Raises:
            ProxyError: MALFORMED, where a piece has no place in what came before it.
        """
        for piece in pieces if isinstance(pieces, list) else ():
            if isinstance(piece, dict):
                self._put(_steps(piece.get("jsonPath")), piece)

    def take(self, args: Any) -> None:
        """Take arguments that come whole."""
        if isinstance(args, dict):
            self._root.update(args)

    def value(self) -> Json:
        """All of them."""
        whole: Json = _plain(self._root)
        return whole

    def _put(self, steps: list[str | int], piece: Json) -> None:
        if not steps:
            return
        node: Any = self._root
        for step, following in pairwise(steps):
            node = _reach(node, step, list if isinstance(following, int) else dict)
        kind = next((name for name in _VALUES if name in piece), None)
        if kind == "stringValue":
            _reach(node, steps[-1], _Text).pieces.append(str(piece[kind]))
        elif kind is not None:
            _reach(node, steps[-1], _Value).value = _VALUES[kind](piece[kind])


class _Text:
    """Pieces of a string: adding them up at the end stays linear."""

    def __init__(self) -> None:
        self.pieces: list[str] = []


class _Value:
    """A value that is no container."""

    value: Any = None


_VALUES: Final[dict[str, Callable[[Any], Any]]] = {
    "stringValue": str,
    "numberValue": lambda value: value,
    "boolValue": bool,
    "nullValue": lambda _value: None,
}


def _steps(path: Any) -> list[str | int]:
    if not isinstance(path, str) or not path.startswith("$"):
        raise _malformed(f"arguments without a place: {str(path)[:64]!r}")
    steps: list[str | int] = []
    at = 1
    while at < len(path):
        found = _STEP.match(path, at)
        if not found or len(steps) >= MAX_DEPTH:
            raise _malformed(f"arguments with a place that is no path: {path[:64]!r}")
        name = next(group for group in found.groups() if group is not None)
        steps.append(int(name) if found[2] else name)
        at = found.end()
    return steps


def _reach(node: Any, step: str | int, kind: type[Any]) -> Any:
    """What stands at `step` below `node`, made where nothing stands there yet."""
    if isinstance(step, int):
        if not isinstance(node, list) or step > len(node):
            raise _malformed(f"arguments with a place that is not there: [{step}]")
        if step == len(node):
            node.append(kind())
        found = node[step]
    else:
        found = node.setdefault(step, kind())
    if not isinstance(found, kind):
        raise _malformed("arguments that contradict each other")
    return found


def _plain(node: Any) -> Any:
    if isinstance(node, _Text):
        return "".join(node.pieces)
    if isinstance(node, _Value):
        return node.value
    if isinstance(node, dict):
        return {name: _plain(each) for name, each in node.items()}
    return [_plain(each) for each in node] if isinstance(node, list) else node


def _malformed(what: str) -> ProxyError:
    return ProxyError(Kind.MALFORMED, f"the provider sent {what}")
