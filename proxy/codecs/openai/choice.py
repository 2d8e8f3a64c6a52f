"""One choice of a streamed answer, brought into the shape that clients rely on.

Invariant: `role` comes once and first, a finish reason once; what needed no change is returned as the very object that
came.
"""

from __future__ import annotations

from typing import Any, Final, cast

from proxy.codecs import faults
from proxy.codecs.openai.calls import Calls
from proxy.codecs.openai.finish import finish_of, fitting
from proxy.codecs.openai.seed import Seed
from proxy.codecs.openai.speech import plain
from proxy.codecs.openai.think import Split, ThinkTags
from proxy.core import jsons
from proxy.core.errors import Kind, ProxyError
from proxy.core.output import speaks
from proxy.core.shape import Delta, Json

_SAID: Final = ("content", "tool_calls")


class StreamedChoice:
    """What one choice has said so far.

    Args:
        seed: Its text is what no other choice of any answer has.
        think_tags: Whether reasoning comes inside `<think>` tags.
    """

    __slots__ = (
        "_begun",
        "_calls",
        "_legacy",
        "_message",
        "_spoke",
        "_tags",
        "early",
        "finish",
    )

    def __init__(self, seed: Seed | str, *, think_tags: bool) -> None:
        self.finish: str | None = None
        self.early: str | None = None
        """A reason that came with the first words, or with the role, and is not told yet: some servers put one into
        every frame. `finish` has it too, until a word comes after it."""
        self._begun = False
        self._spoke = False
        self._legacy = False
        self._message: Json | None = None
        """The whole message that stood in place of a delta."""
        self._calls = Calls(seed)
        self._tags = ThinkTags() if think_tags else None

    @property
    def speaks_plainly(self) -> bool:
        """Whether a delta that is nothing but text would be returned as it is, and change nothing but what `spoke` says."""
        return self._begun and self.finish is None and self._tags is None

    @property
    def ends_plainly(self) -> bool:
        """Whether a finish reason that clients know, with no word beside it, would be returned as it is."""
        return self.speaks_plainly and not (self._calls or self._legacy or self.early)

    def begin(self) -> None:
        """A delta that is nothing but the role was taken by somebody else."""
        self._begun = True

    def spoke(self) -> None:
        """Such text was taken by somebody else."""
        self._spoke = True

    def take(self, choice: Json) -> Json | None:
        """Read the choice of one chunk.

        Returns:
            The same object where it is clean, a new one where it is not, None where it repeats what is over.

        Raises:
            ProxyError: MALFORMED, a failure of the choice's own, or a finish reason that means one.
        """
        faults.check_choice(choice)
        if "message" in choice:
            choice = self._without_message(choice)
        delta = choice.get("delta")
        if delta is None:
            delta = {}
        elif not isinstance(delta, dict):
            raise ProxyError(
                Kind.MALFORMED, f"the provider sent a delta that is {jsons.name_of(delta)}"
            )
        opened, spoke = self._begun, self._spoke
        new = self._delta(delta)
        native = choice.get("finish_reason")
        if native is None and self.finish is None:
            return choice if new is choice.get("delta") else {**choice, "delta": new}
        if self.early is not None:
            return self._goes_on(choice, new, native)
        # Such a reason may be the end of a short answer, or one of those that stand in every frame: the next one tells.
        return self._end(choice, new, native, waits=not spoke and (self._spoke or not opened))

    def _without_message(self, choice: Json) -> Json:
        """The choice of a server that says a whole message: as the delta where it is all that is said, else not at all."""
        rest = {key: value for key, value in choice.items() if key != "message"}
        message = choice["message"]
        if rest.get("delta") or not isinstance(message, dict):
            # Some servers repeat all that was said so far beside each delta, or at the end.
            return rest
        if self._spoke:
            self._check_repeats(message)
            return rest
        self._message = message
        return {**rest, "delta": message}

    def _check_repeats(self, message: Json) -> None:
        """Another message behind one that was taken for all that is said: with other words in it, that one was a piece."""
        told, said = self._message, cast("Delta", message)
        if told is not None and speaks(said) and any(message.get(k) != told.get(k) for k in _SAID):
            raise ProxyError(
                Kind.MALFORMED,
                "the provider sent several messages for one choice of a stream, and no deltas",
            )

    def close(self) -> tuple[Delta, str]:
        """The answer is over, and no reason of this choice was told: what is held back, and a reason."""
        reason = self.early or "stop"
        self.early = None
        self.finish = fitting(reason, called=bool(self._calls), legacy=self._legacy)
        rest: Any = self._rest({})
        return rest, self.finish

    def _end(self, choice: Json, delta: Json, native: object, *, waits: bool) -> Json | None:
        if self.finish is not None:
            # Servers repeat the finish beside usage; only a delta that still says something is kept.
            said: Any = delta
            return {**choice, "delta": delta, "finish_reason": None} if speaks(said) else None
        reason = finish_of(native, called=bool(self._calls), legacy=self._legacy, spoke=self._spoke)
        if reason is not None:
            self.finish = reason
            if waits:
                self.early = reason
                return {**choice, "delta": delta, "finish_reason": None} if delta else None
            delta = self._rest(delta)
        if delta is choice.get("delta") and reason == native:
            return choice
        return {**choice, "delta": delta, "finish_reason": reason}

    def _goes_on(self, choice: Json, delta: Json, native: object) -> Json | None:
        """Something behind a reason that was held back: with a word in it, that reason was no end, nor is the next."""
        reason = finish_of(native, called=bool(self._calls), legacy=self._legacy, spoke=self._spoke)
        said: Any = delta
        if not speaks(said):
            self.early = reason or self.early
            return None
        # A word without a reason: they do not stand in every frame, and the true one is still to come.
        self.early, self.finish = reason, None
        return {**choice, "delta": delta, "finish_reason": None}

    def _delta(self, delta: Json) -> Json:
        new = self._role(plain(delta))
        content = new.get("content")
        if content and self._tags:
            new = _spliced(new, content, self._tags.feed(content))
        calls = new.get("tool_calls")
        if calls is not None:
            new = self._called(new, calls)
        legacy = new.get("function_call")
        if isinstance(legacy, dict) and (legacy.get("name") or legacy.get("arguments")):
            self._legacy = True
        if not self._spoke:
            said: Any = new
            self._spoke = speaks(said)
        return new

    def _role(self, delta: Json) -> Json:
        if self._begun:
            if "role" not in delta:
                return delta
            return {key: value for key, value in delta.items() if key != "role"}
        self._begun = True
        return delta if delta.get("role") == "assistant" else {**delta, "role": "assistant"}

    def _called(self, delta: Json, calls: object) -> Json:
        if calls == []:
            # Frameworks take the mere presence of the list for a call.
            return {key: value for key, value in delta.items() if key != "tool_calls"}
        taken = self._calls.take(calls)
        return delta if taken is calls else {**delta, "tool_calls": taken}

    def _rest(self, delta: Json) -> Json:
        """Add what was held back until the choice ended."""
        if self._tags:
            split = self._tags.flush()
            content = delta.get("content") or ""
            if split.reasoning or split.text:
                delta = _spliced(delta, "", Split(split.reasoning, content + split.text))
        calls = delta.get("tool_calls") or []
        filled = self._calls.fill(calls)
        return delta if filled is calls else {**delta, "tool_calls": filled}


def _spliced(delta: Json, content: str, split: Split) -> Json:
    if not split.reasoning and split.text == content:
        return delta
    new = {**delta, "content": split.text}
    if split.reasoning:
        new["reasoning_content"] = (new.get("reasoning_content") or "") + split.reasoning
    return new
