"""The lines to paste into a client, so that it calls this proxy.

What they are is data, in `snippets.toml` beside this file.

Invariant: no key is ever among them; where one belongs stands a word in its place.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from proxy.config.schema import Config

KEY: Final = "your-firstbyte-key"
"""In the place of a key. Where none is asked for, any word will do: SDKs insist that there is one."""
MODEL: Final = "mock/echo"
"""Where nothing else is configured: it answers without a key and without a network."""
PLAIN: Final = r"[A-Za-z0-9._:/@+-]+"
"""What stands within quotes, in a shell and in YAML alike as itself."""

_SLOT: Final = re.compile(r"\{\{(\w+)\}\}")


@dataclass(frozen=True, slots=True)
class Snippet:
    """One tool's lines."""

    tool: str
    title: str
    text: str
    """With `{{host}}`, `{{v1}}`, `{{key}}` and `{{model}}` where those belong."""

    def filled(self, host: str, model: str) -> str:
        """The lines for a proxy at this address, which stands without `/v1`."""
        values = {"host": host, "v1": f"{host}/v1", "key": KEY, "model": model}
        return _SLOT.sub(lambda slot: values[slot[1]], self.text)


@cache
def snippets() -> dict[str, Snippet]:
    """Every tool, by the name that it is asked for by, in order."""
    table = tomllib.loads(Path(__file__).with_suffix(".toml").read_text("utf-8"))
    return {tool: Snippet(tool, row["title"], row["text"]) for tool, row in table.items()}


def model_for(config: Config) -> str:
    """The model to ask for where nobody names one: the first that callers would take, and that can stand in the lines."""
    names = (config.default_model, *config.models)
    return next((name for name in names if re.fullmatch(PLAIN, name)), MODEL)
