"""Reads what a chat encoder printed, as strictly as the stream's grammar allows."""

from proxy.core import jsons


def read_frames(data: bytes) -> list[object]:
    """The JSON values of the frames in order; `[DONE]` is the string."""
    frames = data.split(b"\n\n")
    assert frames.pop() == b"", "the last frame lacks its blank line"
    return [_value(frame) for frame in frames]


def _value(frame: bytes) -> object:
    assert frame.startswith(b"data: ")
    assert b"\n" not in frame
    assert b"\r" not in frame
    payload = frame.removeprefix(b"data: ")
    return "[DONE]" if payload == b"[DONE]" else jsons.decode(payload)
