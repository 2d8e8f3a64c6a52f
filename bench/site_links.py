"""A hook of mkdocs: links that leave docs/ become plain words, because the site has the pages and not the repository.

What they point at is checked where it exists, by tests/test_repo.py.
"""

import re
from typing import Any


def on_page_markdown(markdown: str, page: Any, **_: Any) -> str:
    """The page, with the text of such links alone; from a folder below docs/, one step up is still inside."""
    depth = page.file.src_uri.count("/")
    outward = re.compile(rf"\[([^\]]+)\]\((?:\.\./){{{depth + 1},}}[^)]*\)")
    return outward.sub(r"\1", markdown)
