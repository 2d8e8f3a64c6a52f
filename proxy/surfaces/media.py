"""Pictures and sounds that a model gave, in words, for callers whose API has no form for them.

An answer that was nothing else would look empty. So a picture that has an address is told by it, of any other it is said
that it was there; and of a sound its words are told, where the model gives them.

Invariant: what is told is one line, and never the data.
"""

from __future__ import annotations

from typing import Any, Final

SOUND: Final = (
    "[The model answered with sound, which this API has no form for: the chat API gives it.]"
)

_DATA: Final = "data:"


def picture_text(image: Any) -> str:
    """A picture in words; empty where it is none."""
    given = image.get("image_url") if isinstance(image, dict) else None
    url = given.get("url") if isinstance(given, dict) else given
    if not isinstance(url, str) or not url:
        return ""
    if not url.startswith(_DATA):
        return f"![image]({url})"
    kind = url[len(_DATA) : 64].partition(";")[0]
    return (
        f"[The model answered with a picture ({kind}), which this API has no form for: "
        "the chat and Responses APIs give it.]"
    )


class Sound:
    """The sound of one answer, which comes in pieces: data, words, or both."""

    def __init__(self) -> None:
        self._sounds = False
        self._told = False

    def words(self, sound: Any) -> str:
        """The words of a piece; empty where it has none."""
        given = sound if isinstance(sound, dict) else {}
        words = given.get("transcript")
        self._sounds = self._sounds or bool(given.get("data"))
        if not isinstance(words, str):
            return ""
        self._told = self._told or bool(words)
        return words

    def rest(self) -> str:
        """What is to be said once, where it was heard and had no words."""
        unheard = self._sounds and not self._told
        self._told = True
        return SOUND if unheard else ""
