"""Where the recorded exchanges are: `$FIRSTBYTE_CORPUS`, else `../shared/corpus` beside the repository."""

import os
from pathlib import Path

REPO = Path(__file__).parents[2]
CORPUS = Path(os.environ.get("FIRSTBYTE_CORPUS") or REPO.parent / "shared" / "corpus")
LISTING = CORPUS / "shared.txt"
REQUIRED = os.environ.get("FIRSTBYTE_REQUIRE_CORPUS") == "1"
"""Whether a run without them is a failure."""
