import pytest

from proxy.core import jsons
from proxy.core.build import Builder
from proxy.core.fold import fold
from proxy.core.usage import Usage
from proxy.gate.cache import Kept
from proxy.surfaces.chat import Chat
from proxy.surfaces.messages import Messages
from proxy.surfaces.responses import Responses
from proxy.web.replay import replayed


def kept():
    build = Builder(1_700_000_000, "chatcmpl-1", "m")
    chunks = [build.role(), build.text("hello"), build.finish("stop")]
    return Kept("p/m", fold([*chunks, build.usage(Usage(3, 2))]))


def body(surface, report=None, **said):
    request = surface.parse(jsons.encode({"model": "chat", **said}))
    encoder = surface.encoder(request) if request.stream else None
    return replayed(surface, request, kept(), encoder, model=None, report=report)


MESSAGES = [{"role": "user", "content": "hi"}]


def test_a_stream_has_its_usage_and_its_end():
    stream = body(
        Chat(), messages=MESSAGES, stream=True, stream_options={"include_usage": True}
    ).decode()
    frames = stream.removesuffix("\n\n").split("\n\n")

    assert frames[-1] == "data: [DONE]"
    assert jsons.decode(frames[-2].removeprefix("data: ").encode())["usage"]["total_tokens"] == 5
    assert '"content":"hello"' in stream
    assert stream.count('"finish_reason":"stop"') == 1


def test_usage_is_told_in_a_stream_only_where_it_is_asked_for():
    assert b"total_tokens" not in body(Chat(), messages=MESSAGES, stream=True)


def test_a_whole_answer_is_whole():
    answer = jsons.decode(body(Chat(), {"cache": "hit"}, messages=MESSAGES))

    assert answer["choices"][0]["message"]["content"] == "hello"
    assert answer["usage"]["total_tokens"] == 5
    assert answer["firstbyte"] == {"cache": "hit"}


@pytest.mark.parametrize(
    ("surface", "said", "end"),
    [
        (Messages(), {"messages": MESSAGES, "max_tokens": 5}, b"event: message_stop"),
        (Responses(), {"input": "hi"}, b"event: response.completed"),
    ],
)
def test_other_surfaces_say_it_in_their_words(surface, said, end):
    assert end in body(surface, stream=True, **said)
    assert jsons.decode(body(surface, **said))["model"] == "m"
