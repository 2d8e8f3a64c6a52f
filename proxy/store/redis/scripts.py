"""The Lua scripts: which files make each, and the digest that a server knows it by."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_FOLDER: Final = Path(__file__).with_name("lua")

_LEDGER: Final = ("prelude", "buckets", "accounts")
_DOCUMENTS: Final = ("prelude", "documents")
_NOTES: Final = ("prelude", "notes")


@dataclass(frozen=True, slots=True)
class Script:
    """One script in one text."""

    text: str
    digest: str


def _script(*names: str) -> Script:
    text = "\n".join((_FOLDER / f"{name}.lua").read_text() for name in names)
    # No secret: the name under which Redis caches a script.
    return Script(text, hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest())


ADMIT: Final = _script(*_LEDGER, "admit")
CONCLUDE: Final = _script(*_LEDGER, "conclude")
GRANT: Final = _script(*_LEDGER, "grant")
SWEEP: Final = _script(*_LEDGER, "sweep")
MOMENT: Final = _script(*_LEDGER, "moment")
LINES: Final = _script("prelude", "lines")
ROWS: Final = _script("prelude", "rows")
INFO: Final = _script("prelude", "info")
OPEN: Final = _script("prelude", "open")
INSERT: Final = _script(*_DOCUMENTS, "insert")
REPLACE: Final = _script(*_DOCUMENTS, "replace")
DELETE: Final = _script(*_DOCUMENTS, "delete")
GET: Final = _script(*_DOCUMENTS, "get")
PAGE: Final = _script(*_DOCUMENTS, "page")
PUT: Final = _script(*_NOTES, "put")
CLAIM: Final = _script(*_NOTES, "claim")
DROP: Final = _script("prelude", "drop")
BOARD: Final = _script("prelude", "board")
