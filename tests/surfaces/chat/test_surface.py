from proxy.core.errors import Kind, ProxyError
from proxy.core.shape import ChatRequest
from proxy.surfaces.chat import Chat
from proxy.surfaces.invariants import Violation
from proxy.surfaces.surface import ErrorAnswer, StreamEncoder, Surface


def test_chat_is_a_surface():
    surface: Surface = Chat()
    encoder: StreamEncoder = surface.encoder(ChatRequest({}), model="m")

    assert surface.name == "chat"
    assert encoder.finish() == b"data: [DONE]\n\n"


def test_breaches_are_told_where_somebody_listens():
    told: list[Violation] = []
    encoder = Chat(told.append).encoder(ChatRequest({}))
    encoder.finish()
    encoder.finish()

    assert told == [Violation.AFTER_END]


def test_each_answer_is_watched_by_itself():
    told: list[Violation] = []
    surface = Chat(told.append)
    surface.encoder(ChatRequest({})).finish()
    surface.encoder(ChatRequest({})).finish()

    assert told == []


def test_an_error_is_an_answer():
    answer = Chat().error(ProxyError(Kind.DRAINING, "going"), "req_1")

    assert isinstance(answer, ErrorAnswer)
    assert answer.status == 503
