"""The grammar of a Responses event stream as a state machine: told event by event, it raises at the first breach.

What it holds a stream to: frames of an `event:` and a `data:` line that agree; numbers dense from 0; created first, and
one identity throughout; items opened in the order of their places, each filled only while it is open and closed once;
parts within items likewise; deltas that add up to what the closing events say; a terminal event last, its output exactly
the items as they were closed (all of them, or those since the answer was begun anew), and its status that of its name.
"""

import json
from dataclasses import dataclass, field

TERMINAL = {"response.completed", "response.incomplete", "response.failed"}
LIFE = {"response.created", "response.in_progress", "response.queued", *TERMINAL}
CALLS = {
    "function_call": ("function_call_arguments", "arguments"),
    "custom_tool_call": ("custom_tool_call_input", "input"),
}


class GrammarError(AssertionError):
    """The stream is not what a Responses client can rely on."""


@dataclass
class Part:
    """A part of an item: what its deltas added up to, and how often it was annotated."""

    kind: str
    text: str = ""
    notes: list = field(default_factory=list)
    said: bool = False
    """Whether its text was told as a whole."""


@dataclass
class Item:
    kind: str
    id: str
    call: object
    parts: list = field(default_factory=list)
    summary: list = field(default_factory=list)
    open: tuple = ()
    """(list, part) of the part that is open."""
    text: str = ""
    said: bool = False


def events_of(stream):
    """The events of a stream of bytes, comments left out.

    Raises:
        GrammarError: a frame that is no named event, or whose name is not its type.
    """
    events = []
    for block in stream.decode().split("\n\n"):
        lines = [line for line in block.split("\n") if line and not line.startswith(":")]
        if not lines:
            continue
        demand(
            len(lines) == 2 and lines[0].startswith("event: ") and lines[1].startswith("data: "),
            f"a frame is {lines}",
        )
        event = json.loads(lines[1].removeprefix("data: "))
        demand(
            event["type"] == lines[0].removeprefix("event: "), f"{lines[0]} holds a {event['type']}"
        )
        events.append(event)
    return events


def checked(stream):
    """The events of a stream that keeps the grammar from its beginning to its end.

    Raises:
        GrammarError: it does not.
    """
    grammar = Grammar()
    events = events_of(stream)
    for event in events:
        grammar.take(event)
    grammar.end()
    return events


def demand(held, why):
    if not held:
        raise GrammarError(why)


class Grammar:
    """Follows one stream."""

    def __init__(self):
        self._number = 0
        self._id = None
        self._items = {}
        self._closed = {}
        self._void = 0
        self._errors = 0
        self._over = False

    def take(self, event):
        kind = event["type"]
        demand(not self._over, f"{kind} after the end")
        demand(
            event["sequence_number"] == self._number,
            f"{kind} has number {event['sequence_number']}, not {self._number}",
        )
        self._number += 1
        if kind == "error":
            self._errors += 1
            return
        demand(self._id is not None or kind == "response.created", f"{kind} comes first")
        if kind in LIFE:
            self._life(kind, event)
        else:
            take = getattr(self, "_" + kind.removeprefix("response.").replace(".", "_"), None)
            demand(take is not None, f"{kind} is no event of this API")
            take(event)

    def end(self):
        demand(self._over, "the stream has no terminal event")

    def _life(self, kind, event):
        response = event["response"]
        demand(kind != "response.created" or self._id is None, "created twice")
        self._id = self._id or response["id"]
        demand(response["id"] == self._id, "the response changes its id")
        if kind not in TERMINAL:
            demand(response["status"] == "in_progress", f"{kind} is {response['status']}")
            if (event.get("firstbyte") or {}).get("restarted"):
                demand(not self._items, "the answer begins anew while an item is open")
                self._void = len(self._closed)
            return
        self._over = True
        demand(f"response.{response['status']}" == kind, f"{kind} is {response['status']}")
        if kind == "response.failed":
            demand(self._errors == 1 and response["error"]["code"], "a failure without its error")
            return
        demand(not self._items and not self._errors, "an item is open at the end")
        valid = [item for place, item in sorted(self._closed.items()) if place >= self._void]
        demand(response["output"] == valid, "the output is not what was told")
        demand(
            (kind == "response.incomplete") == bool(response["incomplete_details"]),
            "why is it incomplete?",
        )

    def _output_item_added(self, event):
        place, item = event["output_index"], event["item"]
        demand(place == len(self._items) + len(self._closed), f"an item opens at place {place}")
        demand(not item.get("content") and not item.get("summary"), "an item opens with content")
        self._items[place] = Item(item["type"], item["id"], item.get("call_id"))

    def _output_item_done(self, event):
        place, item = event["output_index"], event["item"]
        demand(place in self._items, f"no item is open at place {place}")
        known = self._items.pop(place)
        demand(
            (known.kind, known.id, known.call) == (item["type"], item["id"], item.get("call_id")),
            "an item changes its identity",
        )
        demand(not known.open, "an item closes over an open part")
        if known.kind in CALLS:
            demand(
                known.said and item[CALLS[known.kind][1]] == known.text,
                "a call is not what its pieces are",
            )
        texts = [part.text for part in known.parts]
        demand(
            [p.get("text", p.get("refusal")) for p in item.get("content") or []] == texts,
            "content is not what its parts are",
        )
        demand(
            [p["text"] for p in item.get("summary") or []] == [p.text for p in known.summary],
            "a summary is not what its parts are",
        )
        self._closed[place] = item

    def _item(self, event):
        place = event["output_index"]
        demand(place in self._items, f"{event['type']} for place {place}, where no item is open")
        item = self._items[place]
        demand(
            event["item_id"] == item.id, f"{event['type']} names {event['item_id']}, not {item.id}"
        )
        return item

    def _open(self, event, where, place):
        item = self._item(event)
        parts = getattr(item, where)
        demand(not item.open, "a part opens over an open part")
        demand(place == len(parts), f"a part opens at place {place}")
        part = Part(event["part"]["type"])
        demand(
            not any(value for name, value in event["part"].items() if name != "type"),
            "a part opens with text",
        )
        parts.append(part)
        item.open = (where, part)

    def _part(self, event, where, place, kinds):
        item = self._item(event)
        demand(item.open and item.open[0] == where, f"{event['type']} without an open part")
        part = item.open[1]
        demand(place == len(getattr(item, where)) - 1, f"{event['type']} for part {place}")
        demand(part.kind in kinds, f"{event['type']} in a part of type {part.kind}")
        demand(
            not part.said or event["type"].endswith("part.done"),
            f"{event['type']} after the whole text",
        )
        return part

    def _close(self, event, where, place):
        part = self._part(event, where, place, {event["part"]["type"]})
        demand(part.said, "a part closes without its whole text")
        text = event["part"].get("text", event["part"].get("refusal"))
        demand(text == part.text, "a part is not what its pieces are")
        demand(
            event["part"].get("annotations", []) == part.notes,
            "a part's annotations are not those told",
        )
        self._item(event).open = ()

    def _content_part_added(self, event):
        self._open(event, "parts", event["content_index"])

    def _content_part_done(self, event):
        self._close(event, "parts", event["content_index"])

    def _reasoning_summary_part_added(self, event):
        self._open(event, "summary", event["summary_index"])

    def _reasoning_summary_part_done(self, event):
        self._close(event, "summary", event["summary_index"])

    def _delta(self, event, where, place, kind):
        demand(event["delta"] != "", "an empty delta")
        self._part(event, where, place, {kind}).text += event["delta"]

    def _told(self, event, where, place, kind, member="text"):
        part = self._part(event, where, place, {kind})
        demand(event[member] == part.text, "a text is not what its pieces are")
        part.said = True

    def _output_text_delta(self, event):
        self._delta(event, "parts", event["content_index"], "output_text")

    def _output_text_done(self, event):
        self._told(event, "parts", event["content_index"], "output_text")

    def _output_text_annotation_added(self, event):
        part = self._part(event, "parts", event["content_index"], {"output_text"})
        demand(event["annotation_index"] == len(part.notes), "annotations have gaps")
        part.notes.append(event["annotation"])

    def _refusal_delta(self, event):
        self._delta(event, "parts", event["content_index"], "refusal")

    def _refusal_done(self, event):
        self._told(event, "parts", event["content_index"], "refusal", "refusal")

    def _reasoning_text_delta(self, event):
        self._delta(event, "parts", event["content_index"], "reasoning_text")

    def _reasoning_text_done(self, event):
        self._told(event, "parts", event["content_index"], "reasoning_text")

    def _reasoning_summary_text_delta(self, event):
        self._delta(event, "summary", event["summary_index"], "summary_text")

    def _reasoning_summary_text_done(self, event):
        self._told(event, "summary", event["summary_index"], "summary_text")

    def _call(self, event, kind):
        item = self._item(event)
        demand(item.kind == kind and not item.said, f"{event['type']} for a {item.kind}")
        return item

    def _function_call_arguments_delta(self, event):
        self._call(event, "function_call").text += event["delta"]

    def _function_call_arguments_done(self, event):
        self._called(event, "function_call", "arguments")

    def _custom_tool_call_input_delta(self, event):
        self._call(event, "custom_tool_call").text += event["delta"]

    def _custom_tool_call_input_done(self, event):
        self._called(event, "custom_tool_call", "input")

    def _web_search_call_in_progress(self, event):
        self._call(event, "web_search_call")

    def _web_search_call_searching(self, event):
        self._call(event, "web_search_call")

    def _web_search_call_completed(self, event):
        self._call(event, "web_search_call").said = True

    def _called(self, event, kind, member):
        item = self._call(event, kind)
        demand(event[member] == item.text, "arguments are not what their pieces are")
        item.said = True
