"""Chunks of one streamed answer into the frames that an OpenAI client reads.

A frame that a provider of the same dialect sent is spliced in as it came; one that needs an edit at its top level is cut
there and joined again; only what needs more is encoded anew. Framing is always ours.

Invariant: `id`, `created` and `model` are those of the first chunk that has an id; nothing follows a finish but usage,
in one last chunk; `[DONE]` is written by `finish` alone.
Source: https://platform.openai.com/docs/api-reference/chat-streaming (read 2026-11-20).
"""

from __future__ import annotations

from operator import is_
from typing import Any, Final, cast

from proxy.core import jsons
from proxy.core.build import Builder
from proxy.core.errors import Kind, ProxyError
from proxy.core.output import is_output
from proxy.core.shape import ChatRequest, Chunk, ChunkChoice, Json, Native
from proxy.surfaces.chat.choice import ChoiceForm
from proxy.surfaces.chat.template import Template, spoken
from proxy.surfaces.errors import error_body
from proxy.surfaces.invariants import Checked
from proxy.surfaces.native import GONE, edited, line_of

DIALECT: Final = "openai"
"""The `native` payloads that are chat chunks already."""
MAX_CHOICES: Final = 128
"""OpenAI's own limit of `n`."""
RUN: Final = "openai/run"
"""The `native` payloads that are several such chunks, framed."""
DONE: Final = b"data: [DONE]\n\n"
_OBJECT: Final = "chat.completion.chunk"


class ChatEncoder:
    """The stream of one answer. `feed` as often as chunks come, then `finish` or `late` once.

    Args:
        request: The call that is answered.
        model: In place of the provider's name of the model.
        checked: Sees every chunk that goes out.
    """

    __slots__ = (
        "_builder",
        "_checked",
        "_forms",
        "_held",
        "_last",
        "_model",
        "_request",
        "_template",
        "_usage",
    )

    def __init__(
        self, request: ChatRequest, model: str | None = None, checked: Checked | None = None
    ) -> None:
        self._request = request
        self._model = model
        self._checked = checked
        self._builder: Builder | None = None
        self._held: list[Chunk] = []
        self._forms: list[ChoiceForm] = []
        self._template = Template()
        self._usage: Json | None = None
        self._last: Chunk = {"choices": []}
        """The provider's own chunk without choices that brought the usage, where there was one."""

    def feed(self, chunk: Chunk) -> bytes:
        """The frames to send now; empty where the chunk says nothing to this caller.

        Raises:
            ProxyError: MALFORMED for a choice that cannot be one.
        """
        builder = self._builder
        if builder is not None:
            return self._flowed(chunk, builder) or self._frames(chunk, builder)
        if not chunk.get("id") and not is_output(chunk):
            # Azure opens with its filter's verdict under an empty id; it waits for the id that all chunks share.
            self._held.append(chunk)
            return b""
        return self._begin(chunk)

    def finish(self, report: Json | None = None) -> bytes:
        """What is held back, `report` as `firstbyte` in the last chunk, and `[DONE]`."""
        begun = b"" if self._builder is not None else self._begin({})
        builder = self._builder
        assert builder is not None
        frames = [begun]
        for form in self._forms:
            if not form.finished:
                frames += [self._own(choice, builder) for choice in form.close()]
        edits: dict[str, Any] = {}
        tells_usage = self._usage is not None and self._request.include_usage
        if not tells_usage:
            edits["usage"] = GONE
        elif self._usage is not self._last.get("usage"):
            edits["usage"] = self._usage
        if report is not None:
            edits["firstbyte"] = report
        if tells_usage or report is not None:
            frames.append(self._write(self._last, {**self._shared(self._last, builder), **edits}))
        if self._checked is not None:
            self._checked.done()
        return b"".join((*frames, DONE))

    def late(self, error: ProxyError, request_id: str) -> bytes:
        """An error event; no `[DONE]`, because the answer is not whole."""
        if self._checked is not None:
            self._checked.late()
        return b"data: " + error_body(error, request_id) + b"\n\n"

    def heartbeat(self) -> None:
        """A comment will do: OpenAI has no event that says nothing."""

    def _begin(self, chunk: Chunk) -> bytes:
        self._builder = builder = Builder(
            created=chunk.get("created") or 0,
            id=chunk.get("id") or "",
            model=self._model if self._model is not None else chunk.get("model") or "",
        )
        if not self._held:
            return self._opened(chunk, builder) or self._frames(chunk, builder) if chunk else b""
        held, self._held = self._held, []
        if chunk:
            held.append(chunk)
        return b"".join([self._frames(each, builder) for each in held])

    def _opened(self, chunk: Chunk, builder: Builder) -> bytes | None:
        """The role of the one choice, where it needs no edit."""
        native = chunk.get("native")
        if native is None or not _is_settled(native) or chunk["model"] != builder.model:
            return None
        if "role" not in chunk["choices"][0]["delta"]:
            return None
        self._form(0, []).opens_plainly()
        if self._checked is not None:
            self._checked.chunk(chunk)
        return b"data: %b\n\n" % native["payload"]

    def _flowed(self, chunk: Chunk, builder: Builder) -> bytes | None:
        """What goes on where nothing needs an edit: a run of frames as it came, a frame from the template, the end."""
        forms = self._forms
        if len(forms) != 1 or not forms[0].flows:
            return None
        native = chunk.get("native")
        if native is None:
            said = self._template.fill(chunk, builder)
        elif (
            chunk.get("id") == builder.id
            and chunk.get("created") == builder.created
            and chunk.get("model") == builder.model
        ):
            said = self._came(chunk, native, forms[0])
        else:
            return None
        if said is not None and self._checked is not None:
            self._checked.chunk(chunk)
        return said

    def _came(self, chunk: Chunk, native: Native, form: ChoiceForm) -> bytes | None:
        """Frames as they came: text, or the end of the choice; None where they need a look."""
        if native["dialect"] == RUN:
            is_old = self._request.legacy_functions and "tool_calls" in chunk["choices"][0]["delta"]
            return None if is_old else native["payload"]
        if not _is_settled(native) or not chunk["choices"][0].get("finish_reason"):
            return None
        return b"data: %b\n\n" % native["payload"] if form.ends_plainly() else None

    def _frames(self, chunk: Chunk, builder: Builder) -> bytes:
        came = chunk.get("choices") or []
        usage = chunk.get("usage")
        marked = "firstbyte" in chunk
        if usage:
            self._usage = usage
            if not came:
                self._last = _edited(chunk, {"firstbyte": GONE}) if marked else chunk
                if not marked:
                    return b""
        before, choices = self._choices(came)
        if came and not choices and not marked:
            return b""
        edits = self._shared(chunk, builder)
        if usage:
            edits["usage"] = None if self._request.include_usage else GONE
        if len(choices) != len(came) or not all(map(is_, choices, came)):
            edits["choices"] = choices
        if not before:
            return self._write(chunk, edits)
        frames = [self._own(choice, builder) for choice in before]
        return b"".join((*frames, self._write(chunk, edits)))

    def _choices(self, came: list[ChunkChoice]) -> tuple[list[ChunkChoice], list[ChunkChoice]]:
        """What goes in chunks of its own before this one, and what this one holds."""
        before: list[ChunkChoice] = []
        kept: list[ChunkChoice] = []
        for choice in came:
            form = self._form(choice.get("index"), before)
            out = form.take(choice)
            if len(out) > 1:
                before += out[:-1]
            kept += out[-1:]
        return before, kept

    def _form(self, index: object, before: list[ChunkChoice]) -> ChoiceForm:
        """The form of a choice; those below it are opened first, because an SDK inserts them by position."""
        if not isinstance(index, int) or not 0 <= index < MAX_CHOICES:
            raise ProxyError(
                Kind.MALFORMED, f"a choice of the answer has no index below {MAX_CHOICES}"
            )
        while len(self._forms) <= index:
            form = ChoiceForm(
                len(self._forms),
                legacy=self._request.legacy_functions,
                thinking=self._request.wants_thinking_blocks,
            )
            self._forms.append(form)
            if form.index < index:
                before.append(form.open())
        return self._forms[index]

    def _shared(self, chunk: Chunk, builder: Builder) -> dict[str, Any]:
        """Edits that give a chunk what all chunks of the answer have in common."""
        edits: dict[str, Any] = {}
        if chunk.get("id") != builder.id:
            edits["id"] = builder.id
        if chunk.get("created") != builder.created:
            edits["created"] = builder.created
        if chunk.get("model") != builder.model:
            edits["model"] = builder.model
        if chunk.get("object") != _OBJECT:
            edits["object"] = _OBJECT
        return edits

    def _own(self, choice: ChunkChoice, builder: Builder) -> bytes:
        return self._write(builder.choice(choice), {})

    def _write(self, chunk: Chunk, edits: dict[str, Any]) -> bytes:
        whole = _edited(chunk, edits) if edits else chunk
        if self._checked is not None:
            self._checked.chunk(whole)
        line = line_of(chunk.get("native"), DIALECT)
        if line is None:
            line = jsons.encode(whole if edits else spoken(chunk))
        elif edits:
            line = edited(line, edits)
        return b"data: %b\n\n" % line


def _is_settled(native: Native) -> bool:
    """Whether it is a frame of OpenAI's own form: of one choice, and nothing but its role or its end."""
    return native["dialect"] == DIALECT and native.get("is_settled", False)


def _edited(chunk: Chunk, edits: dict[str, Any]) -> Chunk:
    whole = spoken(cast(Chunk, {**chunk, **edits}))
    return cast(Chunk, {k: v for k, v in whole.items() if v is not GONE})
