"""Runs of frames that a decoder took together, taken apart again: what each of them said by itself."""

from proxy.core import jsons


def spread(chunks):
    """The chunks with every run as the chunks that its frames are; a run that says something else is a failure."""
    return [one for chunk in chunks for one in _frames(chunk)]


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
    (choice,) = chunk["choices"]
    ((kind, text),) = choice["delta"].items()
    assert "".join(frame["choices"][0]["delta"][kind] for frame in frames) == text
    return frames
