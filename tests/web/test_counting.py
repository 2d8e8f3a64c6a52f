import pytest

from proxy.config.schema import Auth
from proxy.core import jsons
from proxy.gate.admit import Gate
from proxy.gate.load import Load
from proxy.store.memory import MemoryStore
from proxy.surfaces.body import object_of
from proxy.surfaces.responses import Responses
from proxy.web.admission import Admission
from proxy.web.authentication import Authentication
from proxy.web.conversations import Conversations
from proxy.web.counting import Counting, count_message, count_response
from proxy.web.guard import Envelope
from tests.support.rawclient import RawClient, post
from tests.support.webserver import serving

GATE = Gate(Auth())
ADMISSION = Admission(GATE, Load(1, 0, 0.0), 100)


def letters(body):
    return {"input_tokens": len(jsons.encode(object_of(body)["input"]))}


async def asked(body, conversations=None):
    app = Envelope(Authentication(Counting(ADMISSION, letters, conversations), GATE))
    async with serving(app) as (address, _), await RawClient.connect(address) as client:
        return await client.ask(post("/v1/count", body))


async def test_a_body_is_counted():
    response = await asked(b'{"input":"abc"}')

    assert (response.status, response.json()) == (200, {"input_tokens": 5})
    assert ADMISSION.intake.held == 0


@pytest.mark.parametrize(("body", "status"), [(b"[]", 400), (b"x" * 101, 413)])
async def test_what_is_no_request_is_refused(body, status):
    response = await asked(body)

    assert response.status == status
    assert ADMISSION.intake.held == 0


async def test_what_a_body_goes_on_from_is_counted_with_it():
    conversations = Conversations(MemoryStore(), 10_000)
    before = Responses().parse(b'{"model":"chat","input":"Hello"}')
    await conversations.keep("", before, b'{"id":"resp_1","output":[]}')
    alone = await asked(b'{"input":"abc"}', conversations)
    further = await asked(b'{"input":"abc","previous_response_id":"resp_1"}', conversations)

    assert further.json()["input_tokens"] > alone.json()["input_tokens"] == 5


def test_each_api_has_its_own_answer():
    message = count_message(b'{"model":"m","messages":[{"role":"user","content":"Hello"}]}')
    response = count_response(b'{"model":"m","input":"Hello"}')

    assert list(message) == ["input_tokens"]
    assert response == {"object": "response.input_tokens", **message}
