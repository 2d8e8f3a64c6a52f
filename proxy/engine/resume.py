"""What may still be done after a cut: opt-in, and never behind the caller's back.

`restart` asks the next target for the whole answer anew; `prefill` gives it what was said as the assistant's unfinished
message; `user_turn` adds that message and a request to continue. The first chunk of each further run says so. Nothing is
continued after a part of a tool call or the end of a choice, which cannot be taken back, nor in the middle of JSON that was
asked for, nor where several choices are under way or have to go on from one of them, nor after a failure that is the request's
own, unless `fallback_on` names it.

Invariant: without `recover`, this file passes chunks on and raises what the attempt raised.
"""

from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import reduce
from itertools import takewhile
from operator import add, is_
from typing import Any, Final

from proxy.core.errors import ProxyError
from proxy.core.facts import AnswerResumed
from proxy.core.output import is_output
from proxy.core.record import record
from proxy.core.shape import ChatRequest, Chunk, ChunkChoice, Json, Target
from proxy.core.usage import Usage
from proxy.engine.cascade import Committed, Exhausted, Run
from proxy.engine.lane import Lane
from proxy.engine.pauses import moved
from proxy.engine.pour import Outlet
from proxy.upstream.passage import Way

MODES: Final = ("restart", "prefill", "user_turn")
FORMS: Final = ("json_object", "json_schema")
"""What a whole answer may have to be, and half of one cannot."""
TOKEN: Final = 4
"""Characters of text for each token of a part that was cut: a guess of the usual kind."""


@record
class Share:
    """What one target used that served a part of an answer."""

    target: str
    usage: Usage | None
    is_guess: bool = False
    """Whether its provider had not told all of it when the part ended."""


class Answer:
    """What a surface reads of a call that was committed: the whole answer, or its chunks with what follows a cut.

    Args:
        committed: Who has spoken.
        mode: One of `MODES`: what is done after a cut; anything else is `off`.
    """

    __slots__ = (
        "_before",
        "_behind",
        "_is_cut",
        "_lane",
        "_mode",
        "_run",
        "_said",
        "_seam",
    )

    def __init__(self, committed: Committed, mode: str) -> None:
        self._run = committed.run
        self._lane = committed.lane
        self._mode = mode if mode in MODES else "off"
        self._said = _Said()
        self._before: list[Share] = []
        self._behind = 0
        """Characters that stand before what this run says, without those that it says again."""
        self._is_cut = False
        self._seam = ""
        """Blanks that the caller has and whoever goes on was not shown: where they come again, once is enough."""

    @property
    def lane(self) -> Lane:
        """Who serves now."""
        return self._lane

    @property
    def run(self) -> Run:
        """The call's way so far."""
        return self._run

    @property
    def usage(self) -> Usage | None:
        """What every run used together, as far as they told."""
        return total(self.shares)

    @property
    def shares(self) -> list[Share]:
        """Every target that served a part, with what it used; the last serves now."""
        attempt = self._lane.attempt
        told = attempt.so_far if self._is_cut else None
        if told is not None:
            return [*self._before, Share(self._lane.name, told, True)]
        return [*self._before, Share(self._lane.name, attempt.usage)]

    async def pour(self, outlet: Outlet) -> None:
        """Pour what is said into an outlet, to its end.

        Raises:
            ProxyError: the answer was cut, and nothing could or may be done about it; its message tells the first
                cause.
        """
        try:
            if self._mode == "off":
                await self._lane.attempt.pour(outlet)
            else:
                await self._pour_on(_Recording(self, outlet))
        except BaseException as error:
            # Also where the caller has left.
            self._is_cut = True
            if self._mode == "off" and isinstance(error, ProxyError):
                self._run.cut(error)
            raise

    async def _pour_on(self, outlet: "_Recording") -> None:
        """Pour run after run, until one comes to its end."""
        cause: ProxyError | None = None
        while True:
            try:
                await self._lane.attempt.pour(outlet)
            except ProxyError as error:
                cause = cause or error
                self._run.cut(error)
                outlet.mark = await self._resume(error)
                if outlet.mark is None:
                    raise cause from None
            else:
                return

    def told(self, chunks: list[Chunk], mark: Json | None) -> list[Chunk]:
        """What the caller gets: of a further run, its first chunk with the mark, and the usage of all runs."""
        if self._seam:
            chunks = [self._joined(chunk) for chunk in chunks]
        self._said.take(chunks)
        if self._before:
            chunks = [self._summed(chunk) for chunk in chunks]
        if self._behind:
            chunks = [_moved(chunk, self._behind) for chunk in chunks]
        if mark is not None and chunks:
            chunks = [_marked(chunks[0], mark), *chunks[1:]]
        return chunks

    async def _resume(self, error: ProxyError) -> Json | None:
        """Find somebody who goes on after a failure; the mark of the further run, or None."""
        # What the request itself is at fault for, a filter above all, is told as before the first output, not got around.
        if not self._may_go_on() or self._run.ends_with(self._lane, error):
            return None
        share = self._cut_share()
        await self._run.aclose()
        self._run.again_for(self._request_for)
        failed = [tried.target for tried in self._run.tried if tried.kind is not None]
        outcome = await self._run.until_spoken()
        if isinstance(outcome, Exhausted):
            return None
        self._before.append(share)
        self._said.rests()
        self._lane = outcome.lane
        text = self._said.text
        shown = text.rstrip()
        resumed = self._mode != "restart" and bool(shown)
        self._seam = text[len(shown) :] if resumed else ""
        self._behind = len(text) if resumed else 0
        self._run.cascade.tell(
            AnswerResumed(self._run.call, self._run.plan.alias, self._lane.name, self._mode)
        )
        mark: Json = {"fallback_attempts": failed, "resumed_from_partial": resumed}
        if self._said.anything and not resumed:
            mark["restarted"] = True
        return mark

    def _may_go_on(self) -> bool:
        """Whether what follows could be the rest of what was read."""
        text, body = self._said.text, self._run.request.body
        if not self._said.may_go_on or self._mode == "restart":
            return self._said.may_go_on
        # What one choice has said is not the beginning of the others.
        if text and (body.get("n") or 1) != 1:
            return False
        # A form is kept to from its first character: in the middle of it nobody goes on, everybody begins again.
        form = body.get("response_format")
        is_formed = isinstance(form, dict) and form.get("type") in FORMS
        return not (is_formed and text.strip())

    def _cut_share(self) -> Share:
        """What the run used that was cut: at least what it said."""
        attempt = self._lane.attempt
        told = attempt.so_far
        if told is None:
            return Share(self._lane.name, attempt.usage)
        said = self._said.size // TOKEN
        return Share(
            self._lane.name, replace(told, completion=max(told.completion, said)), is_guess=True
        )

    def _request_for(self, target: Target) -> ChatRequest:
        """What the next target is asked: the original where nothing was said yet, or in restart."""
        request, text = self._run.request, self._said.text.rstrip()
        if self._mode == "restart" or not text:
            return request
        messages = _with_said(request.body["messages"], text)
        if self._mode == "user_turn" or target.capabilities.prefill is not True:
            prompt = self._run.plan.live.resume_prompt
            messages.append({"role": "user", "content": prompt})
        return replace(request, body={**request.body, "messages": messages}, raw=b"")

    def _joined(self, chunk: Chunk) -> Chunk:
        """A chunk of a further run, without the blanks at its beginning that the caller has already."""
        choices = chunk.get("choices") or []
        delta = choices[0].get("delta") if choices else None
        content = (delta and delta.get("content")) or ""
        if not (delta and content):
            return chunk
        pairs = zip(self._seam, content, strict=False)
        again = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
        # What is all blank may be followed by more of them; whatever else came ends the seam.
        self._seam = self._seam[again:] if again == len(content) else ""
        self._behind -= again
        rest: ChunkChoice = {**choices[0], "delta": {**delta, "content": content[again:]}}
        joined: Chunk = {**chunk, "choices": [rest, *choices[1:]]}
        joined.pop("native", None)
        return joined

    def _summed(self, chunk: Chunk) -> Chunk:
        usage = chunk.get("usage")
        if not usage:
            return chunk
        used = total([*self._before, Share("", Usage.read(usage))])
        summed: Chunk = {**chunk, "usage": used.wire() if used else usage}
        summed.pop("native", None)
        return summed


class _Recording:
    """The caller's side of an answer that may be continued: what goes out there is remembered.

    Args:
        answer: What is poured.
        outlet: Where it goes.
    """

    def __init__(self, answer: Answer, outlet: Outlet) -> None:
        self._answer = answer
        self._outlet = outlet
        self.mark: Json | None = None
        """What the next chunk says of a further run that has begun."""
        self.ready = outlet.ready
        self.relay: Callable[[bytes], bool] | None = None
        """What is said is remembered as chunks."""
        self.way: Way | None = None

    def take(self, chunks: list[Chunk], *, is_last: bool = False) -> bool:
        """Hand on."""
        mark, self.mark = self.mark, None
        return self._outlet.take(self._answer.told(chunks, mark), is_last=is_last)


class _Said:
    """What the caller has read so far."""

    __slots__ = (
        "_parts",
        "_told",
        "anything",
        "may_go_on",
    )

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._told = 0
        self.may_go_on = True
        self.anything = False
        """Whether any output was read, reasoning and refusals included."""

    @property
    def text(self) -> str:
        return "".join(self._parts)

    @property
    def size(self) -> int:
        """Characters of text of this run."""
        return sum(map(len, self._parts[self._told :]))

    def rests(self) -> None:
        """Another run begins."""
        self._told = len(self._parts)

    def take(self, chunks: list[Chunk]) -> None:
        for chunk in chunks:
            self.anything = self.anything or is_output(chunk)
            for choice in chunk.get("choices") or ():
                delta = choice.get("delta") or {}
                self._parts.append(delta.get("content") or "")
                calls = delta.get("tool_calls") or delta.get("function_call")
                if choice.get("index") or calls or choice.get("finish_reason"):
                    self.may_go_on = False


def _with_said(messages: list[Any], text: str) -> list[Any]:
    """The conversation with what was said of its answer: in one message with words that the caller had begun it with."""
    last = messages[-1]
    begun = last.get("content")
    if last.get("role") != "assistant" or last.get("tool_calls") or not begun:
        return [*messages, {"role": "assistant", "content": text}]
    if isinstance(begun, str):
        return [*messages[:-1], {**last, "content": begun + text}]
    return [*messages[:-1], {**last, "content": [*begun, {"type": "text", "text": text}]}]


def _marked(chunk: Chunk, mark: Json) -> Chunk:
    marked: Chunk = {**chunk, "firstbyte": mark}
    marked.pop("native", None)
    return marked


def _moved(chunk: Chunk, by: int) -> Chunk:
    """A chunk of a further run, its citations at their places in the whole text."""
    said: Any = chunk.get("choices") or ()
    placed = [_placed(choice, by) for choice in said]
    if all(map(is_, placed, said)):
        return chunk
    new: Chunk = {**chunk, "choices": placed}
    new.pop("native", None)
    return new


def _placed(choice: Any, by: int) -> Any:
    delta = choice.get("delta") or {}
    notes = delta.get("annotations")
    if not notes:
        return choice
    return {**choice, "delta": {**delta, "annotations": [moved(note, by) for note in notes]}}


def total(shares: Iterable[Share]) -> Usage | None:
    """What parts used together, as far as that is known."""
    known = [share.usage for share in shares if share.usage is not None]
    return reduce(add, known) if known else None
