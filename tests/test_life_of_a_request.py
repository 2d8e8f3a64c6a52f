"""The rooms that the architecture page names, in its order, are the rooms that a real call goes through."""

import io
import re
from pathlib import Path

from proxy.core import jsons
from tests.support.trace import rooms

PAGE = Path(__file__).resolve().parents[1] / "docs" / "architecture.md"


def named():
    return re.search(r"```rooms\n(.*?)```", PAGE.read_text(), re.DOTALL)[1].split()


async def test_a_call_goes_through_the_rooms_that_the_page_names():
    log = io.StringIO()

    entered = await rooms(log)

    assert [room for room in entered if room in named()] == named()
    (line,) = log.getvalue().splitlines()
    assert [a["result"] for a in jsons.decode_object(line.encode())["attempts"]] == [
        "overloaded",
        "served",
    ]
