"""What things may be called: aliases, models, providers, targets."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from proxy.config.kinds import Text
from proxy.config.positions import Node, Scalar
from proxy.config.problems import quoted

NAME: Final = r"[^\x00-\x1f\x7f]{1,256}"
"""An alias or a model: anything on one line."""

PROVIDER: Final = r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}"
"""A provider: it stands before the slash of a target and in metrics."""


@dataclass(frozen=True, slots=True)
class TargetName(Text):
    """`provider/model`. Callers may write a colon as well; a file has one form of each name."""

    words: str = "provider/model"
    pattern: str = rf"{PROVIDER}/[^\x00-\x1f\x7f]{{1,256}}"

    def _near(self, node: Node) -> str:
        """The same with a slash, where it came with a colon as libraries write it."""
        text = node.text if isinstance(node, Scalar) and not node.references else ""
        near = text.replace(":", "/", 1)
        is_meant = near != text and re.fullmatch(self.pattern, near)
        return f"; did you mean {quoted(near)}?" if is_meant else ""


ONE_LINE: Final = Text("a name on one line", NAME)
TARGET: Final = TargetName()
