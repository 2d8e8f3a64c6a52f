"""Takes content blocks down as they are told, for tests of what tells them."""


class Noted:
    """Implements `Blocks`: what was told, in order, in short."""

    def __init__(self):
        self.told = []

    def open(self, block):
        self.told.append(("open", block))

    def add(self, delta):
        kind = delta["type"]
        said = {name: value for name, value in delta.items() if name != "type"}
        self.told.append((kind, *said.values()))

    def close(self):
        self.told.append(("close",))


def text(*pieces):
    """A text block as it is told."""
    said = [("text_delta", piece) for piece in pieces]
    return [("open", {"type": "text", "text": ""}), *said, ("close",)]


def thinking(*pieces, signature):
    """A thinking block as it is told."""
    said = [("thinking_delta", piece) for piece in pieces]
    opened = {"type": "thinking", "thinking": "", "signature": ""}
    return [("open", opened), *said, ("signature_delta", signature), ("close",)]


def call(known, name, *pieces):
    """A call as it is told."""
    said = [("input_json_delta", piece) for piece in pieces]
    opened = {"type": "tool_use", "id": known, "name": name, "input": {}}
    return [("open", opened), *said, ("close",)]
