"""What things may be called: aliases, models, providers, targets."""

from __future__ import annotations

from typing import Final

from proxy.config.kinds import Text

NAME: Final = r"[^\x00-\x1f\x7f]{1,256}"
"""An alias or a model: anything on one line."""

PROVIDER: Final = r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}"
"""A provider: it stands before the slash of a target and in metrics."""

ONE_LINE: Final = Text("a name on one line", NAME)
TARGET: Final = Text("provider/model", rf"{PROVIDER}/[^\x00-\x1f\x7f]{{1,256}}")
