"""The conversation of a chat request as system text and turns of the Messages API.

The API is stricter than chat: turns alternate and begin with the user, every tool call is answered in the very next
turn and answers stand first in it, no text is empty. What a chat client may leave out is put in here; what it may
not say to this model is refused with the path of the place.

Source: https://platform.claude.com/docs/en/api/messages and .../agents-and-tools/tool-use/handle-tool-calls
(read 2026-11-20).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from proxy.codecs.anthropic.caching import mark_last
from proxy.codecs.anthropic.draft import Draft
from proxy.codecs.anthropic.parts import ASSISTANT, SYSTEM, blocks_of, text_block
from proxy.codecs.anthropic.replay import SIGNED, Ids, cleaned, packed_id, reasoning_of
from proxy.codecs.anthropic.tools import MAX_NAME
from proxy.codecs.plain.arguments import INPUTS, called_of
from proxy.codecs.plain.complaint import invalid, unsupported, wrong_type
from proxy.codecs.plain.thread import walk
from proxy.core.shape import Json

PLACEHOLDER: Final = "."
"""A user's turn that the protocol needs and the caller did not write."""
NO_RESULT: Final = "No result"
"""The answer to a tool call that the caller left unanswered."""


def write(draft: Draft, messages: Any) -> None:
    """Put the conversation into the draft.

    Raises:
        ProxyError: INVALID_REQUEST or UNSUPPORTED with the path of the message at fault.
    """
    thread = _Thread(draft)
    thread.end(walk(messages, _ROLES, thread))


class _Thread:
    """The turns so far, and the user's turn that is being gathered."""

    def __init__(self, draft: Draft) -> None:
        self._draft = draft
        self._turns = draft.messages
        self._ids = Ids()
        self._open: dict[str, list[str]] = {}
        """Native ids of unanswered calls by the id that the chat has for them."""
        self._results: list[Json] = []
        self._said: list[Json] = []
        self._system: list[Json] = []
        """System text after which nothing was said yet."""
        self._spoken = False
        """Whether the gathered turn has a user's message, be it empty."""

    def system(self, message: Json, path: str) -> None:
        blocks = blocks_of(message.get("content"), f"{path}.content", SYSTEM)
        blocks = mark_last(blocks, message)
        if self._turns or self._spoken or self._results:
            self._system += blocks
        else:
            self._draft.system += blocks

    def user(self, message: Json, path: str) -> None:
        self._wrap_system()
        self._spoken = True
        blocks = blocks_of(message.get("content"), f"{path}.content")
        self._said += mark_last(blocks, message)

    def tool(self, message: Json, path: str) -> None:
        native = self._answered(message, f"{path}.tool_call_id")
        content = blocks_of(message.get("content"), f"{path}.content")
        result: Json = {"type": "tool_result", "tool_use_id": native}
        if content:
            result["content"] = _plain(content)
        if message.get("is_error") is True:
            result["is_error"] = True
        self._results += mark_last([result], message)

    def assistant(self, message: Json, path: str) -> None:
        self._flush()
        calls = message.get("tool_calls") or []
        if not isinstance(calls, list):
            raise wrong_type(f"{path}.tool_calls", "an array", calls)
        packed = [packed_id(call) for call in calls]
        signed = reasoning_of(message, packed, self._draft.maker)
        blocks = [*signed.leading, *blocks_of(message.get("content"), f"{path}.content", ASSISTANT)]
        if (refusal := message.get("refusal")) and isinstance(refusal, str):
            blocks += filter(None, [text_block(refusal)])
        for at, call in enumerate(calls):
            blocks += signed.before[at]
            blocks.append(self._call(call, packed[at].id, f"{path}.tool_calls[{at}]"))
        self._turn("assistant", mark_last(blocks, message))

    def end(self, path: str) -> None:
        """Close the conversation, whose last message stands at `path`."""
        self._flush()
        self._cut_reasoning()
        if not self._turns:
            self._turn("user", [_placeholder()])
        elif self._turns[-1]["role"] == "assistant":
            self._prefill(path)

    def _call(self, call: Any, original: str, path: str) -> Json:
        kind, called = called_of(call, path)
        name = called.get("name")
        native = self._ids.native(original)
        self._open.setdefault(original, []).append(native)
        return {
            "type": "tool_use",
            "id": native,
            "name": cleaned(name if isinstance(name, str) else "", MAX_NAME),
            "input": INPUTS[kind](called, f"{path}.{kind}"),
        }

    def _answered(self, message: Json, path: str) -> str:
        self._wrap_system()
        waiting = self._open.get(packed_id({"id": message.get("tool_call_id")}).id)
        if not waiting:
            raise invalid(
                f"Invalid '{path}': expected the id of a tool call in the assistant's message before it "
                "that has no result yet.",
                path,
            )
        return waiting.pop(0)

    def _wrap_system(self) -> None:
        """System text that something else follows: told inside the user's turn, where it stands."""
        if self._system:
            self._said += [_reminder(block) for block in self._system]
            self._system = []

    def _flush(self) -> None:
        """Write the gathered turn."""
        if self._open:
            self._answer_rest()
        if not (self._draft.able.system_turns and (self._results or self._spoken)):
            self._wrap_system()
        content = [*self._results, *self._said]
        if content or self._spoken:
            self._turn("user", content or [_placeholder()])
        if self._system:
            self._turn("system", self._system)
        self._open, self._results, self._said, self._system = {}, [], [], []
        self._spoken = False

    def _answer_rest(self) -> None:
        """Calls that the caller left unanswered."""
        self._results += [
            {"type": "tool_result", "tool_use_id": native, "is_error": True, "content": NO_RESULT}
            for waiting in self._open.values()
            for native in waiting
        ]

    def _turn(self, role: str, content: list[Json]) -> None:
        if not content:
            return
        if role == "assistant" and not self._turns:
            self._turn("user", [_placeholder()])
        if role != "assistant":
            self._cut_reasoning()
        if role == "user" and self._turns and self._turns[-1]["role"] == "system":
            # What answered it was reasoning and nothing else, and only an assistant's turn may follow a system's.
            content = [*map(_reminder, self._turns.pop()["content"]), *content]
        if self._turns and self._turns[-1]["role"] == role:
            self._turns[-1]["content"] += content
        else:
            self._turns.append({"role": role, "content": list(content)})

    def _cut_reasoning(self) -> None:
        """Leave out what the assistant's turn ends with, if that is reasoning (a limit cut it): the API refuses such a turn."""
        turn = self._turns[-1] if self._turns else None
        while turn and turn["content"] and turn["content"][-1]["type"] in SIGNED:
            turn["content"].pop()
        if turn and not turn["content"]:
            self._turns.pop()

    def _prefill(self, path: str) -> None:
        """The last turn is the assistant's, to be gone on with: only text, only older models."""
        if not self._draft.able.prefill:
            raise unsupported(
                "This model does not go on with an assistant's message: the last message must be the user's.",
                path,
            )
        # Calls have their results behind them, and reasoning at the end is gone: what is left there is text.
        content = self._turns[-1]["content"]
        content[-1] = {**content[-1], "text": content[-1]["text"].rstrip()}


def _plain(content: list[Json]) -> str | list[Json]:
    """The short form of a tool's result, where it is one text and nothing else."""
    if len(content) == 1 and content[0].keys() == {"type", "text"}:
        return str(content[0]["text"])
    return content


def _reminder(block: Json) -> Json:
    return {**block, "text": f"<system-reminder>\n{block['text']}\n</system-reminder>"}


def _placeholder() -> Json:
    return {"type": "text", "text": PLACEHOLDER}


_ROLES: Final[dict[str, Callable[[_Thread, Json, str], None]]] = {
    "system": _Thread.system,
    "developer": _Thread.system,
    "user": _Thread.user,
    "tool": _Thread.tool,
    "assistant": _Thread.assistant,
}
