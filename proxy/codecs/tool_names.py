"""Names of tools that a provider would refuse: it hears of them under names that it takes, and the caller under its own.

OpenAI takes 64 letters, digits, underscores and dashes, and nearly everybody who speaks its chat takes the same; tools
that come by other APIs, or are named after the server and the package that they are of, are longer, or have dots.
The other name is made of the caller's own alone, so that it is the same in each turn, and a provider's cache holds.

A caller of a provider's own API is relayed, with names that this provider judges itself.

Invariant: the request is not touched; no two tools of a request get one name; where every name is one that the provider
takes, nothing is made.
Source: https://platform.openai.com/docs/api-reference/chat/create#chat-create-tools, and the same page of each protocol
(read 2026-11-20).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from hashlib import sha256
from itertools import count
from operator import is_
from typing import Any, Final, cast

from proxy.codecs.codec import StreamDecoder
from proxy.codecs.plain.edited import EditedStream
from proxy.core.errors import ProxyError
from proxy.core.shape import ChatRequest, Chunk, Completion, Json, Target

_MEMBERS: Final = ("function", "custom")
"""Where a tool, a call, or the choice of a tool has its name."""
_FOREIGN: Final = re.compile(r"[^A-Za-z0-9_-]")
_FIRST: Final = re.compile(r"[A-Za-z_]")
_DIGITS: Final = 8
"""Of the digest that tells names apart which would else be one."""
_CLAUDE: Final = "claude"


@dataclass(frozen=True, slots=True)
class _Rule:
    """What a protocol takes for a name."""

    legal: re.Pattern[str]
    most: int
    """Characters."""


_OPENAI: Final = _Rule(re.compile(r"[A-Za-z0-9_-]{1,64}"), 64)
_ANTHROPIC: Final = _Rule(re.compile(r"[A-Za-z0-9_-]{1,128}"), 128)
_GOOGLE: Final = _Rule(re.compile(r"[A-Za-z_][A-Za-z0-9_.:-]{0,127}"), 128)
_RULES: Final = {
    "openai": _OPENAI,
    "azure": _OPENAI,
    "responses": _OPENAI,
    "mistral": _OPENAI,
    "bedrock": _OPENAI,
    "anthropic": _ANTHROPIC,
    "gemini": _GOOGLE,
}
"""By protocol. Cohere's codec has a way of its own, and Ollama takes any name."""
_CLAUDES: Final = frozenset({"anthropic", "bedrock"})
"""Protocols that Claude's own API is relayed to."""


class Names:
    """The names of one request at one target.

    Args:
        there: By each of the caller's own that the target would refuse, the one that it hears.
    """

    __slots__ = ("_back", "_there")

    def __init__(self, there: Mapping[str, str]) -> None:
        self._there = there
        self._back = {new: own for own, new in there.items()}

    def asked(self, request: ChatRequest) -> ChatRequest:
        """The request in the target's names."""
        body: Json = dict(request.body)
        for name, change in (("tools", _each), ("tool_choice", _choice), ("messages", _messages)):
            if body.get(name) is not None:
                body[name] = change(body[name], self._there)
        return replace(request, body=body, raw=b"")

    def answered(self, completion: Completion) -> Completion:
        """A whole answer in the caller's names."""
        return cast("Completion", self._said(cast("Json", completion), "message"))

    def told(self, chunk: Chunk) -> Chunk:
        """A chunk of one in the caller's names."""
        return cast("Chunk", self._said(cast("Json", chunk), "delta"))

    def stream(self, decoder: StreamDecoder) -> StreamDecoder:
        """A decoder whose calls have the caller's names."""
        return _Stream(decoder, self._back, self.told)

    def blamed(self, error: ProxyError) -> ProxyError:
        """A provider's complaint, about the tool that the caller knows."""
        for new, own in self._back.items():
            error.message = error.message.replace(new, own)
        return error

    def _said(self, answer: Json, place: str) -> Json:
        choices = answer.get("choices") or []
        new = [self._choice(choice, place) for choice in choices]
        if all(one is other for one, other in zip(new, choices, strict=True)):
            return answer
        rest = {name: value for name, value in answer.items() if name != "native"}
        return {**rest, "choices": new}

    def _choice(self, choice: Json, place: str) -> Json:
        said = choice.get(place) or {}
        calls = said.get("tool_calls")
        new = _each(calls, self._back) if calls else calls
        return choice if new is calls else {**choice, place: {**said, "tool_calls": new}}


class _Stream(EditedStream):
    """Some servers stream a name in pieces, of which none is the name: such a call waits for the whole of it."""

    def __init__(
        self, decoder: StreamDecoder, back: Mapping[str, str], edit: Callable[[Chunk], Chunk]
    ) -> None:
        super().__init__(decoder)
        self._back = back
        self._edit = edit
        self._begun: dict[tuple[int, int], Json] = {}
        """Calls whose names are beginnings of ours, by choice and slot."""

    def edited(self, chunk: Chunk) -> Chunk:
        """A chunk in the caller's names."""
        choices = cast("list[Json]", chunk.get("choices") or [])
        new = [self._choice(choice) for choice in choices]
        if any(one is not other for one, other in zip(new, choices, strict=True)):
            rest = {name: value for name, value in chunk.items() if name != "native"}
            chunk = cast("Chunk", {**rest, "choices": new})
        return self._edit(chunk)

    def _choice(self, choice: Json) -> Json:
        delta = choice.get("delta") or {}
        calls = delta.get("tool_calls") or []
        at, ends = choice.get("index", 0), bool(choice.get("finish_reason"))
        new = self._calls(calls, at, ends=ends)
        if len(new) == len(calls) and all(map(is_, new, calls)):
            return choice
        rest = {name: value for name, value in delta.items() if name != "tool_calls"}
        return {**choice, "delta": {**rest, "tool_calls": new} if new else rest}

    def _calls(self, calls: list[Json], at: int, *, ends: bool) -> list[Json]:
        new = []
        for call in calls:
            place = at, call.get("index", 0)
            begun = self._begun.pop(place, None)
            whole = call if begun is None else _continued(begun, call)
            if self._goes_on(whole):
                self._begun[place] = whole
            else:
                new.append(whole)
        if ends:
            new += [self._begun.pop(place) for place in sorted(self._begun) if place[0] == at]
        return new

    def _goes_on(self, call: Json) -> bool:
        """Whether a call's name may be the beginning of one of ours: once there are arguments, it is whole."""
        function = call.get("function") or {}
        name = function.get("name")
        if not name or function.get("arguments") or name in self._back:
            return False
        return any(heard.startswith(name) for heard in self._back)


def _continued(call: Json, piece: Json) -> Json:
    """A call, and what came next of it."""
    said, more = call["function"], piece.get("function") or {}
    whole = {name: said.get(name, "") + more.get(name, "") for name in ("name", "arguments")}
    return {**call, **piece, "function": {**said, **more, **whole}}


def names_for(request: ChatRequest, target: Target) -> Names | None:
    """The names that this target would refuse; None where there are none."""
    rule = None if request.only_texts else _rule(request, target)
    if rule is None:
        return None
    legal = rule.legal.fullmatch
    names = _names(request.body)
    if all(map(legal, names)):
        return None
    taken = set(names)
    there: dict[str, str] = {}
    for name in dict.fromkeys(names):
        if not legal(name):
            there[name] = new = _made(name, rule.most, taken)
            taken.add(new)
    return Names(there)


def _rule(request: ChatRequest, target: Target) -> _Rule | None:
    protocol = target.protocol
    if protocol == "vertex":
        protocol = "anthropic" if _is_claude(target) else "gemini"
    if request.raw and request.dialect != "chat" and _relayed(request, target, protocol):
        return None
    return _RULES.get(protocol)


def _relayed(request: ChatRequest, target: Target, protocol: str) -> bool:
    """Whether the caller's own body goes on to this target."""
    if request.dialect == "messages":
        return protocol == "anthropic" or (protocol in _CLAUDES and _is_claude(target))
    return request.dialect == protocol


def _is_claude(target: Target) -> bool:
    return _CLAUDE in (target.options.get("family") or target.model)


def _names(body: Json) -> list[str]:
    """The names of the tools, of the choice among them, and of the calls in the conversation; empty ones aside."""
    names = _named(body.get("tools"))
    choice = body.get("tool_choice")
    if isinstance(choice, dict):
        names += _named([choice])
        allowed = choice.get("allowed_tools")
        if isinstance(allowed, dict):
            names += _named(allowed.get("tools"))
    for message in body.get("messages") or ():
        if isinstance(message, dict) and "tool_calls" in message:
            names += _named(message["tool_calls"])
    return names


def _named(items: Any) -> list[str]:
    names = []
    for item in items if isinstance(items, list) else ():
        holder = (item.get("function") or item.get("custom")) if isinstance(item, dict) else None
        name = holder.get("name") if isinstance(holder, dict) else None
        if name and isinstance(name, str):
            names.append(name)
    return names


def _made(name: str, most: int, taken: set[str]) -> str:
    """A name that is taken everywhere: the beginning, which says whose tool it is, and the end, which says what it does."""
    plain = _FOREIGN.sub("_", name)
    if not _FIRST.match(plain):
        plain = f"_{plain}"
    room = most - _DIGITS - 1
    if len(plain) > room:
        head = room // 2
        plain = plain[:head] + plain[head - room :]
    named = (f"{plain}_{_digest(name, salt)}" for salt in count())
    return next(new for new in named if new not in taken)


def _digest(name: str, salt: int) -> str:
    text = f"{salt or ''}{name}".encode("utf-8", "surrogatepass")
    return sha256(text).hexdigest()[:_DIGITS]


def _each(items: Any, names: Mapping[str, str]) -> Any:
    """Tools or calls under other names; the very list where none of them has one."""
    if not isinstance(items, list):
        return items
    new = [_renamed(item, names) for item in items]
    return items if all(one is other for one, other in zip(new, items, strict=True)) else new


def _renamed(item: Any, names: Mapping[str, str]) -> Any:
    for member in _MEMBERS if isinstance(item, dict) else ():
        holder = item.get(member)
        name = holder.get("name") if isinstance(holder, dict) else None
        if isinstance(name, str) and name in names:
            return {**item, member: {**holder, "name": names[name]}}
    return item


def _choice(choice: Any, names: Mapping[str, str]) -> Any:
    if not isinstance(choice, dict):
        return choice
    allowed = choice.get("allowed_tools")
    if isinstance(allowed, dict):
        return {**choice, "allowed_tools": {**allowed, "tools": _each(allowed.get("tools"), names)}}
    return _renamed(choice, names)


def _messages(messages: Any, names: Mapping[str, str]) -> Any:
    return [_message(message, names) for message in messages]


def _message(message: Any, names: Mapping[str, str]) -> Any:
    if not isinstance(message, dict):
        return message
    calls = message.get("tool_calls")
    if calls:
        return {**message, "tool_calls": _each(calls, names)}
    if message.get("role") == "tool" and message.get("name") in names:
        return {**message, "name": names[message["name"]]}
    return message
