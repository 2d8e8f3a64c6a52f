"""A whole list, page after page."""

from collections.abc import AsyncIterator, Mapping
from typing import Final

from proxy.commands.way import Ask
from proxy.core.shape import Json

AT_ONCE: Final = "1000"


async def pages(ask: Ask, path: str, query: Mapping[str, str]) -> AsyncIterator[list[Json]]:
    """Pages of a list, until its end.

    Args:
        ask: The way to the desk.
        path: Of the list.
        query: What else is asked; empty values say nothing.
    """
    said = {name: value for name, value in query.items() if value}
    cursor = ""
    while True:
        more = {"cursor": cursor} if cursor else {}
        page = await ask("GET", path, {"limit": AT_ONCE, **said, **more})
        yield page["data"]
        cursor = page["next_cursor"] or ""
        if not cursor:
            return


async def whole(ask: Ask, path: str, query: Mapping[str, str]) -> list[Json]:
    """All of a list."""
    return [each async for page in pages(ask, path, query) for each in page]
