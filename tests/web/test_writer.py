import asyncio
import json

import pytest

from proxy.core import vectors
from proxy.core.shape import ChatRequest
from proxy.surfaces.chat import Chat
from proxy.surfaces.embeddings import Embeddings
from proxy.web.writer import Writer

pytestmark = pytest.mark.virtual_time

REQUEST = ChatRequest({"input": "x"})
LONG = {"model": "m", "vectors": (vectors.of([0.1] * 4096),) * 100, "usage": None}


async def test_others_have_turns_while_a_long_answer_is_written():
    turns = 0
    task = asyncio.ensure_future(Writer(Embeddings()).whole(REQUEST, LONG, "m", {"a": 1}))
    while not task.done():
        turns += 1
        await asyncio.sleep(0)

    assert task.result() == Embeddings().whole(REQUEST, LONG, model="m", report={"a": 1})
    assert turns > 4


async def test_a_surface_of_words_writes_at_once():
    completion = {"id": "c", "created": 1, "model": "m", "choices": [], "usage": None}
    task = asyncio.ensure_future(Writer(Chat()).whole(REQUEST, completion, "asked", None))
    await asyncio.sleep(0)

    assert json.loads(task.result())["model"] == "asked"
