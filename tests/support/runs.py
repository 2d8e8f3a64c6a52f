"""What a decoder took together, taken apart again: runs of frames, and pieces of text."""

from proxy.core import jsons


def spread(chunks):
    """The chunks with every run as the chunks that its frames are, and several texts as a chunk for each; where the whole
    says something else than its parts, that is a failure."""
    return [one for chunk in chunks for each in _frames(chunk) for one in _pieces(each)]


def told(chunks):
    """What a stream says, frame by frame, without the bytes that it was relayed in."""
    return [{k: v for k, v in chunk.items() if k != "native"} for chunk in spread(chunks)]


def _frames(chunk):
    native = chunk.get("native")
    if not native or native["dialect"] != "openai/run":
        return [chunk]
    payload = native["payload"]
    assert payload.startswith(b"data: ")
    assert payload.endswith(b"\n\n")
    frames = [jsons.decode(piece.removeprefix(b"data: ")) for piece in payload[:-2].split(b"\n\n")]
    assert "".join(map(_text, frames)) == _text(chunk)
    return frames


def _text(chunk):
    """All that it says, which is one text."""
    (choice,) = chunk["choices"]
    delta = choice["delta"]
    calls = [call["function"]["arguments"] for call in delta.get("tool_calls") or ()]
    (text,) = filter(None, [delta.get("content"), delta.get("reasoning_content"), *calls])
    return text


def _pieces(chunk):
    if "pieces" not in chunk:
        return [chunk]
    bare = {name: value for name, value in chunk.items() if name != "pieces"}
    (choice,) = chunk["choices"]
    assert choice["delta"] == {"content": "".join(chunk["pieces"])}
    assert len(chunk["pieces"]) > 1
    assert all(chunk["pieces"])
    return [
        {**bare, "choices": [{**choice, "delta": {"content": piece}}]} for piece in chunk["pieces"]
    ]
