"""Chunks added up to a whole answer, and a whole answer told in chunks.

`fold` serves a caller who wants a whole answer of a provider that streams; `unfold` the other way round.

Strings are added up, lists go on, objects are merged, anything else is replaced: so an extension that we do not know
survives both ways. Lists whose objects have an `index` are merged by it, as OpenAI's SDKs do.

Invariant: `fold(unfold(answer)) == answer` for an answer in canonical form: choices in order from 0, no empty text
beside tool calls, no member of a message that is null but `content`.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable
from typing import Any, Final, cast

from proxy.core.errors import Kind, ProxyError
from proxy.core.shape import Choice, Chunk, ChunkChoice, Completion, Json

MAX_CHOICES: Final = 128
MAX_CALLS: Final = 1024
MAX_ENTRIES: Final = 65_536
"""Bounds of indexes: one number in a chunk must not make us fill a list of its size."""

NO_ARGUMENTS: Final = "{}"
"""The arguments of a call that was made without any: SDKs parse what they get."""
CUT_SHORT: Final = frozenset({"length", "content_filter"})
"""Finish reasons after which a call may rightly lack the rest of its arguments."""

_ONCE: Final = frozenset({"role", "id", "type", "format"})
"""Strings that are said once: a repetition adds nothing. A name is not among them: some come in pieces."""
_TOP: Final = frozenset(
    {"id", "object", "created", "model", "choices", "usage", "native", "paused", "pieces"}
)
_BYTES: Final = "data"
"""What holds bytes in Base64: those of a sound come in pieces, each of which may be padded."""
_PADDING: Final = "obfuscation"
_FIRST: Final = ("reasoning_content", "thinking_blocks", "web_searches")
"""What a message says before its text: what led to it."""
_WORDLESS: Final = ("tool_calls", "function_call", "refusal", "audio")
"""What a message may hold in the place of text."""


def fold(chunks: Iterable[Chunk]) -> Completion:
    """Add up the chunks of one answer; none of them is touched.

    Raises:
        ProxyError: MALFORMED for an index that is none or beyond any real answer, or `logprobs` that are no object.
    """
    top: Json = {"id": "", "object": "chat.completion", "created": 0, "model": ""}
    usage: Json | None = None
    extras: Json = {}
    choices: dict[int, _Choice] = {}
    for chunk in chunks:
        for name in ("id", "created", "model"):
            top[name] = top[name] or chunk.get(name) or top[name]
        usage = chunk.get("usage") or usage
        extras.update(
            {
                name: value
                for name, value in chunk.items()
                if name not in _TOP and name != _PADDING and not (value is None and name in extras)
            }
        )
        for choice in chunk.get("choices") or ():
            index = _bounded(choice.get("index"), MAX_CHOICES, "choice")
            choices.setdefault(index, _Choice(index)).add(choice)
    top["choices"] = [choices[index].whole() for index in sorted(choices)]
    return cast(Completion, {**top, "usage": usage, **extras})


def unfold(completion: Completion) -> list[Chunk]:
    """Tell a whole answer in chunks: each choice's role, what it says, its calls and its finish; then usage."""
    shared: Json = {
        "id": completion.get("id", ""),
        "object": "chat.completion.chunk",
        "created": completion.get("created", 0),
        "model": completion.get("model", ""),
    }
    extras = {name: value for name, value in completion.items() if name not in _TOP}
    told: list[list[Any]] = [
        [step]
        for place, choice in enumerate(completion.get("choices") or ())
        for step in _steps(choice, choice.get("index", place))
    ]
    usage = completion.get("usage")
    if usage is not None or not told:
        told.append([])
    chunks: list[Json] = [{**shared, "choices": choices} for choices in told]
    chunks[0] |= extras
    if usage is not None:
        chunks[-1]["usage"] = usage
    return cast(list[Chunk], chunks)


def _steps(choice: Choice, index: int) -> list[ChunkChoice]:
    """A choice as the choices of chunks: the role first, the finish last."""
    message: Json = dict(choice.get("message") or {})
    role, calls = message.pop("role", "assistant"), message.pop("tool_calls", None) or ()
    deltas: list[Json] = [{"role": role, "content": ""}]
    first = [name for name in _FIRST if name in message]
    order = (*first, *(name for name in message if name not in first))
    deltas += [{name: message[name]} for name in order if message[name] not in (None, "", [])]
    deltas += [{"tool_calls": [{**call, "index": slot}]} for slot, call in enumerate(calls)]
    deltas.append({})
    steps: list[Json] = [{"index": index, "delta": d, "finish_reason": None} for d in deltas]
    end: Json = {k: v for k, v in choice.items() if k not in ("index", "message", "logprobs")}
    steps[-1] |= end
    if choice.get("logprobs") is not None:
        # With the words that they are of: who tells a text with its tokens, or counts where in it they stand, relies on it.
        worded = next((step for step in steps if _words(step["delta"])), steps[-1])
        worded["logprobs"] = choice["logprobs"]
    return cast(list[ChunkChoice], steps)


def _words(delta: Json) -> Any:
    return delta.get("content") or delta.get("refusal")


class _Choice:
    """One choice, growing."""

    def __init__(self, index: int) -> None:
        self._index = index
        self._message = _Sum()
        self._calls: dict[int, _Sum] = {}
        self._logprobs: _Sum | None = None
        self._finish: str | None = None
        self._rest: Json = {}

    def add(self, choice: ChunkChoice) -> None:
        for name, value in choice.items():
            if name not in ("index", "delta", "finish_reason", "logprobs") and value is not None:
                self._rest[name] = value
        self._finish = choice.get("finish_reason") or self._finish
        logprobs = choice.get("logprobs")
        if logprobs is not None:
            if not isinstance(logprobs, dict):
                raise ProxyError(Kind.MALFORMED, "the logprobs of the answer are no object")
            self._logprobs = self._logprobs or _Sum()
            self._logprobs.add(logprobs, by_index=False)
        delta: Json = dict(choice.get("delta") or {})
        for call in delta.pop("tool_calls", None) or ():
            slot = _bounded(call.get("index"), MAX_CALLS, "tool call")
            self._calls.setdefault(slot, _Sum()).add(call)
        self._message.add(delta)

    def whole(self) -> Choice:
        message = self._message.value()
        if self._calls:
            whole = self._finish not in CUT_SHORT
            message["tool_calls"] = [
                _call(call, whole=whole) for _, call in sorted(self._calls.items())
            ]
        wordless = any(message.get(name) for name in _WORDLESS)
        content = message.pop("content", None)
        said: Json = {
            "role": message.pop("role", None) or "assistant",
            "content": None if wordless and not content else content,
            **{name: value for name, value in message.items() if value is not None},
        }
        choice: Json = {
            "index": self._index,
            "message": said,
            "logprobs": self._logprobs.value() if self._logprobs else None,
            "finish_reason": self._finish,
            **self._rest,
        }
        return cast(Choice, choice)


class _Sum:
    """An object, growing member by member. Strings are kept in pieces until the end: adding them up stays linear."""

    def __init__(self) -> None:
        self._members: dict[str, Any] = {}

    def add(self, members: Json, *, by_index: bool = True) -> None:
        for name, value in members.items():
            if value is None:
                self._members.setdefault(name, None)
            elif isinstance(value, str):
                self._string(name, value)
            elif isinstance(value, dict):
                self._grown(name, _Sum).add(value, by_index=by_index)
            elif isinstance(value, list):
                self._grown(name, _List).add(value, by_index=by_index)
            else:
                self._members[name] = value

    def value(self) -> Json:
        whole = {name: _value(member) for name, member in self._members.items()}
        if isinstance(pieces := self._members.get(_BYTES), _Text):
            whole[_BYTES] = _base64(pieces)
        return whole

    def _string(self, name: str, value: str) -> None:
        known = self._members.get(name)
        if name in _ONCE:
            self._members[name] = known or value
        elif isinstance(known, _Text):
            known.append(value)
        else:
            self._members[name] = _Text((value,))

    def _grown(self, name: str, kind: type[_Sum | _List]) -> Any:
        known = self._members.get(name)
        if not isinstance(known, kind):
            known = self._members[name] = kind()
        return known


class _Text(list[str]):
    """Pieces of a string."""


class _List:
    """A list, growing: entries with an `index` where that says, others at the end."""

    def __init__(self) -> None:
        self._entries: list[Any] = []
        self._placed: dict[int, _Sum] = {}

    def add(self, entries: list[Any], *, by_index: bool) -> None:
        for entry in entries:
            if not (by_index and isinstance(entry, dict) and "index" in entry):
                self._entries.append(entry)
                continue
            index = _bounded(entry["index"], MAX_ENTRIES, "list entry")
            if index not in self._placed:
                self._placed[index] = _Sum()
                self._entries.append(self._placed[index])
            self._placed[index].add(entry)

    def value(self) -> list[Any]:
        return [_value(entry) for entry in self._entries]


def _value(member: Any) -> Any:
    if isinstance(member, _Text):
        return "".join(member)
    return member.value() if isinstance(member, _Sum | _List) else member


def _base64(pieces: list[str]) -> str:
    """Base64 of all the bytes that the pieces are Base64 of."""
    if not any(piece.endswith("=") for piece in pieces[:-1]):
        return "".join(pieces)
    try:
        data = b"".join(base64.b64decode(piece, validate=True) for piece in pieces)
    except ValueError:
        return "".join(pieces)
    return base64.b64encode(data).decode("ascii")


def _call(call: _Sum, *, whole: bool) -> Json:
    """A tool call without its index; a function that was called without arguments got an empty object."""
    members = call.value()
    members.pop("index", None)
    function = members.get("function")
    if whole and isinstance(function, dict) and not function.get("arguments"):
        function["arguments"] = NO_ARGUMENTS
    return members


def _bounded(index: object, limit: int, what: str) -> int:
    if isinstance(index, bool) or not isinstance(index, int) or not 0 <= index < limit:
        message = f"a {what} of the answer has no index from 0 to {limit - 1}"
        raise ProxyError(Kind.MALFORMED, message)
    return index
