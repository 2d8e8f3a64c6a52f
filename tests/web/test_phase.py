from proxy.web.phase import Phase
from proxy.web.protocol import Connection
from tests.support.rawclient import RawClient, request
from tests.support.turns import eventually
from tests.support.webserver import serving
from tests.web.test_protocol import echo


async def test_a_connection_goes_from_idle_through_head_and_body_to_idle_again():
    made = []

    class Watched(Connection):
        def __init__(self, *arguments, **named):
            super().__init__(*arguments, **named)
            made.append(self)

    async with serving(echo, protocol=Watched) as (address, _):
        client = await RawClient.connect(address)
        await eventually(lambda: made and made[0]._phase is Phase.IDLE)
        await client.send(b"POST / HT")
        await eventually(lambda: made[0]._phase is Phase.HEAD)
        await client.send(request("POST", "/", "content-length: 4").removeprefix(b"POST / HT"))
        await eventually(lambda: made[0]._phase is Phase.BODY)
        answer = await client.ask(b"body")
        await client.close()

    assert answer.status == 200
    assert made[0]._phase is Phase.IDLE
