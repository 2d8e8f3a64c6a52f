import logging

import pytest

from proxy.core import jsons
from proxy.core.errors import Kind, ProxyError
from proxy.store.memory import MemoryStore
from proxy.store.store import StoreError
from proxy.surfaces.chat import Chat
from proxy.surfaces.responses import Responses
from proxy.web.conversations import Conversations, id_of
from tests.support.moods import Time

ANSWER = {
    "id": "resp_1",
    "object": "response",
    "output": [
        {
            "type": "message",
            "id": "msg_1",
            "role": "assistant",
            "content": [{"type": "output_text", "text": "4"}],
        }
    ],
}
STEM = "0" * 40


class Down:
    """A store that does not answer."""

    async def put(self, *_):
        raise StoreError("redis at here does not answer")

    note = drop = put


def asked(**more):
    body = {"model": "chat", "input": "2 + 2?", **more}
    return Responses().parse(jsons.encode(body))


def body(**more):
    return jsons.encode({"model": "chat", "input": "And twice that?", **more})


@pytest.fixture
def conversations():
    return Conversations(MemoryStore(), 10_000)


async def test_a_call_goes_on_from_an_answer_that_was_kept(conversations):
    await conversations.keep("blue", asked(), jsons.encode(ANSWER))
    recalled = jsons.decode(await conversations.recall("blue", body(previous_response_id="resp_1")))

    assert recalled["input"] == [
        {"role": "user", "content": "2 + 2?"},
        ANSWER["output"][0],
        {"role": "user", "content": "And twice that?"},
    ]
    assert "previous_response_id" not in recalled


async def test_nobody_goes_on_from_another_teams_answer(conversations):
    await conversations.keep("blue", asked(), jsons.encode(ANSWER))
    theirs = body(previous_response_id="resp_1")

    assert await conversations.recall("red", theirs) == theirs
    assert await conversations.find("red", "resp_1") is None
    assert not await conversations.drop("red", "resp_1")
    assert await conversations.find("blue", "resp_1") is not None


async def test_no_two_teams_and_ids_share_a_place(conversations):
    await conversations.keep("a:b", asked(), jsons.encode({**ANSWER, "id": "c"}))

    assert await conversations.find("a", "b:c") is None
    assert await conversations.find("a:b", "c") is not None
    assert await conversations.find("", "\ud800" * 5000) is None


async def test_what_names_nothing_is_handed_on_as_it_came(conversations):
    for data in (body(), b"not json", b"[]"):
        assert await conversations.recall("", data) is data


async def test_items_that_are_only_referred_to_are_put_in_place(conversations):
    item = {"type": "message", "id": f"msg_{STEM}_0", "role": "assistant", "content": "4"}
    response = {"id": f"resp_{STEM}", "output": [item]}
    await conversations.keep("blue", asked(), jsons.encode(response))
    data = body(input=[{"type": "item_reference", "id": item["id"]}])

    assert jsons.decode(await conversations.recall("blue", data))["input"] == [item]
    assert await conversations.recall("red", data) == data


async def test_an_answer_that_is_not_to_be_kept_is_not(conversations):
    await conversations.keep("", asked(store=False), jsons.encode(ANSWER))

    assert await conversations.find("", "resp_1") is None


@pytest.mark.parametrize("answer", [{**ANSWER, "id": None}, {"output": []}])
async def test_an_answer_without_an_id_cannot_be_asked_for(conversations, answer):
    await conversations.keep("", asked(), jsons.encode(answer))

    assert id_of(jsons.encode(answer)) == ""
    assert await conversations.find("", "") is None


def test_what_is_to_be_kept_is_known_before(conversations):
    assert conversations.keeps(asked())
    assert conversations.keeps(asked(store=True))
    assert not conversations.keeps(asked(store=False))
    assert not Conversations(MemoryStore(), 10_000, 0).keeps(asked())


async def test_a_conversation_that_is_too_long_is_not_kept():
    conversations = Conversations(MemoryStore(), 100)
    await conversations.keep("", asked(), jsons.encode(ANSWER))

    assert await conversations.find("", "resp_1") is None


async def test_a_stream_of_this_api_is_kept_once_it_has_ended(conversations):
    request = asked()
    encoder = Responses().encoder(request)
    await conversations.keep_streamed("", request, encoder)
    encoder.finish()
    await conversations.keep_streamed("", request, encoder)
    mark = id_of(encoder.response)

    assert await conversations.find("", mark) is not None


async def test_a_stream_of_another_api_is_not(conversations):
    chat = Chat().parse(b'{"model":"m","messages":[{"role":"user","content":"x"}]}')

    await conversations.keep_streamed("", chat, Chat().encoder(chat))


async def test_what_cannot_be_kept_costs_nobody_the_answer(caplog):
    await Conversations(Down(), 10_000).keep("", asked(), jsons.encode(ANSWER))

    (record,) = caplog.records
    assert record.levelno == logging.WARNING
    assert "redis at here" in record.getMessage()


@pytest.mark.parametrize("verb", ["find", "drop", "recall"])
async def test_a_store_that_does_not_answer_is_a_503_that_names_no_place(verb):
    argument = body(previous_response_id="resp_1") if verb == "recall" else "resp_1"

    with pytest.raises(ProxyError) as caught:
        await getattr(Conversations(Down(), 10_000), verb)("", argument)

    assert (caught.value.kind, caught.value.retry_after) == (Kind.SATURATED, 1.0)
    assert "redis" not in caught.value.message


async def test_where_nothing_is_to_be_kept_nothing_is():
    conversations = Conversations(MemoryStore(), 10_000, 0)
    await conversations.keep("blue", asked(), jsons.encode(ANSWER))

    assert await conversations.find("blue", "resp_1") is None


async def test_what_is_kept_is_kept_for_so_many_days():
    clock = Time()
    conversations = Conversations(MemoryStore(clock), 10_000, 2)
    await conversations.keep("blue", asked(), jsons.encode(ANSWER))

    clock.at += 2 * 86_400.0 - 1.0
    assert await conversations.find("blue", "resp_1") is not None
    clock.at += 1.0
    assert await conversations.find("blue", "resp_1") is None
