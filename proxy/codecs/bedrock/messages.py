"""The conversation of a chat request as system text and turns of Converse.

The API is stricter than chat: turns alternate and begin with the user, every tool call is answered in the very next
turn, no text is blank, a document has a text beside it. What a chat client may leave out is put in here; what it may
not say to this model is refused with the path of the place.

Source: https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Message.html and
.../userguide/conversation-inference-call.html (read 2026-11-21).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final

from proxy.codecs.anthropic.replay import packed_id
from proxy.codecs.bedrock.caching import marked
from proxy.codecs.bedrock.draft import Draft
from proxy.codecs.bedrock.models import Place
from proxy.codecs.bedrock.parts import ASSISTANT, SYSTEM, Kinds, blocks_of, titled
from proxy.codecs.bedrock.replay import Ids, cleaned, reasoning_of
from proxy.codecs.plain.arguments import INPUTS, called_of
from proxy.codecs.plain.complaint import invalid, unsupported, wrong_type
from proxy.codecs.plain.thread import walk
from proxy.core.shape import Json

PLACEHOLDER: Final = "."
"""Text that the protocol needs and the caller did not write."""
NO_RESULT: Final = "No result"
"""The answer to a tool call that the caller left unanswered, or answered with nothing."""
NOT_IN_NAME: Final = re.compile(r"[^A-Za-z0-9_-]")


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
        self._titles: set[str] = set()
        self._open: dict[str, list[str]] = {}
        """Native ids of unanswered calls by the id that the chat has for them."""
        self._results: list[Json] = []
        self._said: list[Json] = []
        self._spoken = False
        """Whether the gathered turn has a user's message, be it empty."""

    def system(self, message: Json, path: str) -> None:
        # A model without `system` reads it at the head of the user's turn.
        if self._turns or self._spoken or self._results or not self._draft.family.system:
            self._said += map(_reminder, self._blocks(message, path, SYSTEM))
        else:
            self._draft.system += self._blocks(message, path, SYSTEM, "system")

    def user(self, message: Json, path: str) -> None:
        self._spoken = True
        self._said += self._blocks(message, path)

    def tool(self, message: Json, path: str) -> None:
        native = self._answered(message, f"{path}.tool_call_id")
        content = [block for block, _ in blocks_of(message.get("content"), f"{path}.content")]
        result: Json = {
            "toolUseId": native,
            "content": [titled(block, self._titles) for block in content] or [{"text": NO_RESULT}],
        }
        if message.get("is_error") is True and self._draft.family.status:
            result["status"] = "error"
        self._results += marked(self._draft, [{"toolResult": result}], message, "messages")

    def assistant(self, message: Json, path: str) -> None:
        self._flush()
        calls = message.get("tool_calls") or []
        if not isinstance(calls, list):
            raise wrong_type(f"{path}.tool_calls", "an array", calls)
        packed = [packed_id(call) for call in calls]
        leading, before = reasoning_of(message, packed, self._draft)
        blocks = self._blocks(message, path, ASSISTANT)
        if isinstance(refusal := message.get("refusal"), str) and refusal.strip():
            blocks.append({"text": refusal})
        for at, call in enumerate(calls):
            blocks += before[at]
            blocks.append(self._call(call, packed[at].id, f"{path}.tool_calls[{at}]"))
        if blocks:
            self._turn("assistant", [*leading, *blocks])

    def end(self, path: str) -> None:
        """Close the conversation, whose last message stands at `path`."""
        self._flush()
        if not self._turns:
            self._turn("user", [{"text": PLACEHOLDER}])
        elif self._turns[-1]["role"] == "assistant":
            self._prefill(path)

    def _blocks(
        self, message: Json, path: str, kinds: Kinds | None = None, place: Place = "messages"
    ) -> list[Json]:
        """The blocks of a message, with the cache points of its parts and its own."""
        blocks: list[Json] = []
        for block, part in blocks_of(message.get("content"), f"{path}.content", kinds):
            named = titled(block, self._titles)
            blocks += marked(self._draft, [named], part, place)
        return marked(self._draft, blocks, message, place)

    def _call(self, call: Any, original: str, path: str) -> Json:
        kind, called = called_of(call, path)
        name = called.get("name")
        name = cleaned(name if isinstance(name, str) else "", NOT_IN_NAME)
        native = self._ids.native(original)
        self._open.setdefault(original, []).append(native)
        self._draft.called.append(name)
        given = INPUTS[kind](called, f"{path}.{kind}")
        return {"toolUse": {"toolUseId": native, "name": name, "input": given}}

    def _answered(self, message: Json, path: str) -> str:
        waiting = self._open.get(packed_id({"id": message.get("tool_call_id")}).id)
        if not waiting:
            raise invalid(
                f"Invalid '{path}': expected the id of a tool call in the assistant's message before it "
                "that has no result yet.",
                path,
            )
        return waiting.pop(0)

    def _flush(self) -> None:
        """Write the gathered turn."""
        if self._open:
            self._answer_rest()
        content = [*self._results, *self._said]
        if any("document" in block for block in content) and not any("text" in b for b in content):
            content.append({"text": PLACEHOLDER})
        if content or self._spoken:
            self._turn("user", content or [{"text": PLACEHOLDER}])
        self._open, self._results, self._said, self._spoken = {}, [], [], False

    def _answer_rest(self) -> None:
        """Calls that the caller left unanswered."""
        for native in [each for waiting in self._open.values() for each in waiting]:
            result: Json = {"toolUseId": native, "content": [{"text": NO_RESULT}]}
            if self._draft.family.status:
                result["status"] = "error"
            self._results.append({"toolResult": result})

    def _turn(self, role: str, content: list[Json]) -> None:
        if role == "assistant" and not self._turns:
            self._turn("user", [{"text": PLACEHOLDER}])
        if self._turns and self._turns[-1]["role"] == role:
            self._turns[-1]["content"] += content
        else:
            self._turns.append({"role": role, "content": list(content)})

    def _prefill(self, path: str) -> None:
        """The last turn is the assistant's, to be gone on with: not every model does."""
        if not self._draft.family.prefill:
            raise unsupported(
                "This model does not go on with an assistant's message: the last message must be the user's.",
                path,
            )
        content = self._turns[-1]["content"]
        if "text" in content[-1]:
            content[-1] = {"text": content[-1]["text"].rstrip()}


def _reminder(block: Json) -> Json:
    if "text" not in block:
        return block
    return {"text": f"<system-reminder>\n{block['text']}\n</system-reminder>"}


_ROLES: Final[dict[str, Callable[[_Thread, Json, str], None]]] = {
    "system": _Thread.system,
    "developer": _Thread.system,
    "user": _Thread.user,
    "tool": _Thread.tool,
    "assistant": _Thread.assistant,
}
