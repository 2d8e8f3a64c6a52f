"""Content parts of the chat API as content blocks of Converse: one small function per kind of part.

Bytes only: nothing is fetched, so a part that names an address is refused. A part whose type is the name of a Converse
block (`guardContent`, `searchResult`, ...) and which has that block as its member passes as it is.

Invariant: no block is empty, because the provider refuses a request for one.
Source: https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ContentBlock.html (read 2026-11-21).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final, TypeAlias

from proxy.codecs.plain.complaint import a_string, an_object, unsupported, wrong_type
from proxy.codecs.plain.parts import data_url, is_web
from proxy.core.shape import Json

IMAGES: Final = {
    "image/png": "png",
    "image/jpeg": "jpeg",
    "image/jpg": "jpeg",
    "image/gif": "gif",
    "image/webp": "webp",
}
_OFFICE: Final = "application/vnd.openxmlformats-officedocument"
_DOCUMENTS: Final = {
    "application/pdf": "pdf",
    "text/csv": "csv",
    "application/msword": "doc",
    f"{_OFFICE}.wordprocessingml.document": "docx",
    "application/vnd.ms-excel": "xls",
    f"{_OFFICE}.spreadsheetml.sheet": "xlsx",
    "text/html": "html",
    "text/plain": "txt",
    "text/markdown": "md",
    "application/json": "txt",
    "application/xml": "txt",
    "application/yaml": "txt",
}
_ENDINGS: Final = {
    **{form: form for form in _DOCUMENTS.values()},
    "htm": "html",
    "markdown": "md",
    **dict.fromkeys(
        ("json", "jsonl", "xml", "yaml", "yml", "toml", "ini", "log", "sql", "sh", "py", "js", "ts", "css", "tex",
         "java", "c", "h", "cpp", "go", "rs", "rb", "php", "rst", "tsv"),
        "txt",
    ),
}  # fmt: skip
"""Document formats by the ending of a file's name."""
_PICTURES: Final = {"png": "png", "jpg": "jpeg", "jpeg": "jpeg", "gif": "gif", "webp": "webp"}
_VIDEOS: Final = frozenset({"mkv", "mov", "mp4", "webm", "flv", "mpeg", "mpg", "wmv", "three_gp"})
_AUDIO: Final = frozenset(
    {"mp3", "opus", "wav", "aac", "flac", "mp4", "ogg", "mkv", "mka", "x-aac", "m4a", "mpeg", "mpga", "pcm", "webm"}
)  # fmt: skip
_PDF_MAGIC: Final = "JVBERi0"
"""The first bytes of any PDF, in base64."""
_UNTITLED: Final = "document"
_MAX_TITLE: Final = 200
_NOT_IN_TITLE: Final = re.compile(r"[^A-Za-z0-9\-()\[\] ]+")
_BLANKS: Final = re.compile(r" {2,}")
_NATIVE: Final = ("image", "document", "video", "audio", "guardContent", "searchResult")


def blocks_of(content: Any, path: str, kinds: Kinds | None = None) -> list[tuple[Json, Json]]:
    """The blocks of a message's content, each with the part that it was written from; empty ones are left out.

    Args:
        content: A string, an array of parts, or None.
        path: Where it stands in the request, for messages.
        kinds: The kinds of part that may stand here; all that a user may send by default.

    Raises:
        ProxyError: UNSUPPORTED for a part of another kind, INVALID_REQUEST for one that is not in its form.
    """
    if content is None:
        return []
    if isinstance(content, str):
        return [({"text": content}, {})] if content.strip() else []
    if not isinstance(content, list):
        raise wrong_type(path, "a string or an array of content parts", content)
    table = USER if kinds is None else kinds
    blocks = [(_block(part, f"{path}[{at}]", table), part) for at, part in enumerate(content)]
    return [(block, part) for block, part in blocks if block]


def titled(block: Json, taken: set[str]) -> Json:
    """A document block under a name that no other document of the request has, as the provider insists."""
    document = block.get("document")
    if not isinstance(document, dict):
        return block
    wanted = str(document.get("name") or _UNTITLED)
    name, turn = wanted, 2
    while name in taken:
        end = f" {turn}"
        name, turn = f"{wanted[: _MAX_TITLE - len(end)]}{end}", turn + 1
    taken.add(name)
    return {"document": {**document, "name": name}}


def _block(part: Any, path: str, kinds: Kinds) -> Json | None:
    kind = an_object(part, path).get("type")
    write = kinds.get(kind) if isinstance(kind, str) else None
    if write is None:
        shown = f"'{kind[:64]}'" if isinstance(kind, str) else "without a type"
        raise unsupported(f"This model takes no content part {shown} here.", path)
    return write(part, path)


def _text(part: Json, path: str) -> Json | None:
    text = a_string(part.get("text"), f"{path}.text")
    return {"text": text} if text.strip() else None


def _refusal(part: Json, path: str) -> Json | None:
    text = a_string(part.get("refusal"), f"{path}.refusal")
    return {"text": text} if text.strip() else None


def _image(part: Json, path: str) -> Json:
    image, where = part.get("image_url"), f"{path}.image_url"
    if not isinstance(image, str):
        image, where = an_object(image, where).get("url"), f"{where}.url"
    media, data = _data_url(a_string(image, where), where)
    if media not in IMAGES:
        raise unsupported(
            f"This model takes images as JPEG, PNG, GIF or WebP, but got '{media}'.", where
        )
    return _medium("image", IMAGES[media], data)


def _audio(part: Json, path: str) -> Json:
    where = f"{path}.input_audio"
    audio = an_object(part.get("input_audio"), where)
    form = a_string(audio.get("format"), f"{where}.format")
    if form not in _AUDIO:
        raise unsupported(f"This model takes no audio of the format '{form}'.", f"{where}.format")
    return _medium("audio", form, a_string(audio.get("data"), f"{where}.data"))


def _video(part: Json, path: str) -> Json:
    where = f"{path}.video_url.url"
    video = an_object(part.get("video_url"), f"{path}.video_url")
    media, data = _data_url(a_string(video.get("url"), where), where)
    form = media.removeprefix("video/").replace("3gpp", "three_gp").replace("quicktime", "mov")
    if form not in _VIDEOS:
        raise unsupported(f"This model takes no video of the type '{media}'.", where)
    return _medium("video", form, data)


def _file(part: Json, path: str) -> Json:
    where = f"{path}.file"
    file = an_object(part.get("file"), where)
    if file.get("file_id") is not None:
        raise unsupported(
            "This model takes no uploaded files: send the file itself as file_data.",
            f"{where}.file_id",
        )
    where = f"{where}.file_data"
    name = file.get("filename")
    name = name if isinstance(name, str) else ""
    data = a_string(file.get("file_data"), where)
    media = ""
    if data[:5].lower() == "data:" or is_web(data):
        media, data = _data_url(data, where)
    ending = name.rpartition(".")[2].lower()
    if picture := IMAGES.get(media) or (_PICTURES.get(ending) if media not in _DOCUMENTS else None):
        return _medium("image", picture, data)
    known = _DOCUMENTS.get(media) or _ENDINGS.get(ending)
    form = known or ("txt" if media.startswith("text/") else None)
    form = form or ("pdf" if data.startswith(_PDF_MAGIC) else None)
    if form is None:
        raise unsupported(
            f"This model takes PDF, office, text and image files, but got '{media or name}'.", where
        )
    return {"document": {"format": form, "name": _title(name), "source": {"bytes": data}}}


def _native(kind: str) -> Callable[[Json, str], Json]:
    """A block that is in the provider's own form already."""

    def write(part: Json, path: str) -> Json:
        if kind not in part and "source" in part:
            # A block of the Messages API that chat has no form for: right in itself, and somebody else may take it.
            raise unsupported(f"This model takes no content part '{kind}' in this form.", path)
        return {kind: an_object(part.get(kind), f"{path}.{kind}")}

    return write


def _title(name: str) -> str:
    """A file's name in the few characters that a document's name may have, without its ending."""
    stem = name.rpartition(".")[0] or name
    clean = _BLANKS.sub(" ", _NOT_IN_TITLE.sub(" ", stem)).strip()
    return clean[:_MAX_TITLE].strip() or _UNTITLED


def _medium(kind: str, form: str, data: str) -> Json:
    return {kind: {"format": form, "source": {"bytes": data}}}


def _data_url(url: str, path: str) -> tuple[str, str]:
    """The media type of a data URL, in lower case, and its data in base64."""
    if is_web(url):
        raise unsupported(
            "This model takes no addresses, and nothing is fetched here: send the content as a data URL.",
            path,
        )
    return data_url(url, path)


Kinds: TypeAlias = dict[str, Callable[[Json, str], Json | None]]

SYSTEM: Final[Kinds] = {"text": _text}
ASSISTANT: Final[Kinds] = {"text": _text, "refusal": _refusal}
USER: Final[Kinds] = {
    "text": _text,
    "image_url": _image,
    "input_audio": _audio,
    "video_url": _video,
    "file": _file,
    **{kind: _native(kind) for kind in _NATIVE},
}
"""By the kind of part."""
