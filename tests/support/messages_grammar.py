"""The grammar of a Messages event stream as a state machine, run over the bytes that a client reads.

What it holds a stream to: every frame has a name and one line of JSON whose type is that name; one `message_start`
before anything but pings; blocks with dense indexes, one open at a time, deltas only for the open one and of its kind;
`message_delta` when all are closed, with what was used; one `message_stop` at the very end; an error ends the stream
without it. Arguments of a call are an object when its block ends, unless the answer was cut short.

A relayed stream may hold what only its provider knows: events, blocks and deltas of other kinds, and a message that
begins with blocks of an earlier one and has nothing to add.
"""

import json
import re

FRAME = re.compile(rb"event: ([a-z_]+)\ndata: ([^\r\n]*)\n\n|: [^\r\n]*\n\n")
DELTAS = {
    "text": {"text_delta", "citations_delta"},
    "thinking": {"thinking_delta", "signature_delta"},
    "redacted_thinking": set(),
    "tool_use": {"input_json_delta"},
    "server_tool_use": {"input_json_delta"},
}
"""The kinds of delta that a block takes; of other blocks none."""
CUT_SHORT = {"max_tokens", "model_context_window_exceeded", "refusal"}


class GrammarError(AssertionError):
    """A Messages stream is not as Anthropic's clients rely on."""


def events(data):
    """The events of a stream in order, comments left out; every byte belongs to a well-formed frame."""
    read, at = [], 0
    for found in FRAME.finditer(data):
        hold(found.start() == at, f"no frame at byte {at}: {data[at : at + 80]!r}")
        at = found.end()
        if found[1] is not None:
            value = json.loads(found[2])
            hold(value["type"] == found[1].decode(), f"{found[1]} names a {value['type']}")
            read.append(value)
    hold(at == len(data), f"no frame at byte {at}: {data[at : at + 80]!r}")
    return read


def check(data, *, ended=True, relayed=False):
    """Hold the bytes of a stream to the grammar; gives its events.

    Args:
        data: All of it.
        ended: Whether it must be whole or end in an error; False for one that is still under way.
        relayed: Whether it is a provider's own.
    """
    machine = Machine(relayed=relayed)
    read = events(data)
    for event in read:
        machine.take(event)
    if ended:
        hold(machine.stopped or machine.failed, "the stream has no end")
    return read


def hold(fine, complaint):
    if not fine:
        raise GrammarError(complaint)


class Machine:
    """Follows one stream, event by event."""

    def __init__(self, *, relayed=False):
        self._relayed = relayed
        self.started = self.stopped = self.failed = False
        self._blocks = 0
        self._open = None
        self._pieces = []
        self._broken = False
        self._ending = None
        self._ended = False

    def take(self, event):
        kind = event["type"]
        hold(not self.stopped, f"{kind} after message_stop")
        hold(not self.failed, f"{kind} after an error")
        if kind in ("ping", "error"):
            self.failed = kind == "error"
            hold(kind == "ping" or "message" in event["error"], "an error without a message")
            return
        hold(self.started or kind == "message_start", f"{kind} before message_start")
        turn = getattr(self, f"_{kind}", None)
        hold(turn is not None or self._relayed, f"an event {kind}")
        if turn is not None:
            turn(event)

    def _message_start(self, event):
        hold(not self.started, "a second message_start")
        self.started = True
        message = event["message"]
        hold(message["id"].startswith("msg_") and message["type"] == "message", "no message")
        hold(message["role"] == "assistant", "a message of somebody else")
        hold(self._relayed or message["content"] == [], "a message that has begun")
        self._blocks = len(message["content"])
        self._ending = message.get("stop_reason")
        hold(isinstance(message["model"], str), "a message without a model")
        hold({"input_tokens", "output_tokens"} <= message["usage"].keys(), "no usage at the start")

    def _content_block_start(self, event):
        hold(not self._ended, "a block after message_delta")
        hold(self._open is None, f"block {event['index']} inside another")
        hold(event["index"] == self._blocks, f"block {event['index']}, not {self._blocks}")
        self._open = event["content_block"]
        self._blocks += 1
        self._pieces = []
        if self._open["type"] == "tool_use":
            hold(re.fullmatch("[A-Za-z0-9_-]+", self._open["id"]), f"the id {self._open['id']!r}")
            hold(isinstance(self._open["name"], str), "a call without a name")

    def _content_block_delta(self, event):
        kind, block = event["delta"]["type"], self._open
        hold(block is not None, f"a {kind} outside of a block")
        hold(event["index"] == self._blocks - 1, f"a {kind} for block {event['index']}")
        known = kind in DELTAS.get(block["type"], ())
        hold(known or self._relayed, f"a {kind} in a block of {block['type']}")
        if kind == "input_json_delta":
            self._pieces.append(event["delta"]["partial_json"])

    def _content_block_stop(self, event):
        hold(self._open is not None, f"the end of block {event['index']}, which is not open")
        hold(event["index"] == self._blocks - 1, f"the end of block {event['index']}")
        if self._pieces and self._open["type"] == "tool_use":
            self._broken = self._broken or not is_object("".join(self._pieces))
        self._open = None

    def _message_delta(self, event):
        hold(self._open is None, "message_delta inside a block")
        hold("output_tokens" in event["usage"], "message_delta without usage")
        self._ended = True
        self._ending = event["delta"].get("stop_reason") or self._ending

    def _message_stop(self, _event):
        hold(self._ending is not None, "message_stop without a stop_reason")
        hold(not self._broken or self._ending in CUT_SHORT, "arguments that are no object")
        self.stopped = True


def is_object(text):
    try:
        return not text or isinstance(json.loads(text), dict)
    except ValueError:
        return False
