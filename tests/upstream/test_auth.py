import asyncio
from dataclasses import replace

import httpx
import pytest

from proxy.core.credential import AwsAuth, GoogleAuth
from proxy.core.errors import Kind, ProxyError
from proxy.core.secret import Secret
from proxy.core.shape import HttpCall
from proxy.upstream.auth import FETCH_TIMEOUT, MAX_ANSWER, RETRY_AFTER, SCHEMES, Authorizer
from proxy.upstream.client import Upstream
from proxy.upstream.flow import Held

ASK = HttpCall("http://keys.test/token", (), b"", method="GET")
AUTH = GoogleAuth()
CALL = HttpCall("https://a.test/x", (("x-a", "1"),), b"{}", auth=AUTH)


class Scheme:
    """Asks once; what comes back is the credential, good for 100 s and fresh for 50."""

    def credentials(self, auth, now):
        status, body = yield ASK
        if status != 200:
            raise ProxyError(Kind.AUTH, "refused", status=status)
        return Held(body.decode(), now + 50, now + 100)

    def headers(self, call, auth, credential, now):
        return (*call.headers, ("authorization", f"{credential} at {now:g}"))


class Endpoint:
    """Answers with a new number each time, or as it is told."""

    def __init__(self):
        self.asked = 0
        self.status = 200
        self.wait = 0.0
        self.error = None

    async def __call__(self, request):
        self.asked += 1
        number = self.asked
        await asyncio.sleep(self.wait)
        if self.error:
            raise self.error
        return httpx.Response(self.status, content=b"t%d" % number)


class Set:
    """An authorizer with all that is around it."""

    def __init__(self, scheme=None):
        self.now = 1000.0
        self.endpoint = Endpoint()
        upstream = Upstream(httpx.MockTransport(self.endpoint))
        schemes = {GoogleAuth: scheme or Scheme()}
        self.authorizer = Authorizer(upstream, schemes=schemes, wall=lambda: self.now)

    async def credential(self, call=CALL):
        return dict((await self.authorizer.authorize(call)).headers)["authorization"]

    async def failure(self):
        with pytest.raises(ProxyError) as caught:
            await self.credential()
        return caught.value


def test_there_is_a_scheme_for_aws():
    assert AwsAuth in SCHEMES


async def test_a_call_that_needs_nothing_stays_what_it_is():
    call = replace(CALL, auth=None)

    assert await Set().authorizer.authorize(call) is call


@pytest.mark.virtual_time
async def test_a_call_is_made_with_its_credential_and_needs_nothing_more():
    call = await Set().authorizer.authorize(CALL)

    assert call == replace(CALL, headers=(("x-a", "1"), ("authorization", "t1 at 1000")), auth=None)


@pytest.mark.virtual_time
async def test_a_credential_is_kept_while_it_is_fresh():
    all_of_it = Set()
    assert await all_of_it.credential() == "t1 at 1000"

    all_of_it.now += 49
    assert await all_of_it.credential() == "t1 at 1049"
    all_of_it.now += 2
    assert await all_of_it.credential() == "t2 at 1051"


async def test_a_call_that_needs_nothing_is_at_hand_as_it_is():
    call = replace(CALL, auth=None)

    assert Set().authorizer.at_hand(call) is call


@pytest.mark.virtual_time
async def test_a_credential_is_at_hand_while_it_is_fresh():
    all_of_it = Set()
    authorizer = all_of_it.authorizer
    before = authorizer.at_hand(CALL)
    authorized = await authorizer.authorize(CALL)
    fresh = authorizer.at_hand(CALL)
    all_of_it.now += 50

    assert before is None
    assert fresh == authorized
    assert authorizer.at_hand(CALL) is None
    assert authorizer.at_hand(replace(CALL, auth=GoogleAuth(scope="other"))) is None
    assert all_of_it.endpoint.asked == 1


@pytest.mark.virtual_time
async def test_a_credential_that_is_being_fetched_is_not_at_hand():
    all_of_it = Set()
    all_of_it.endpoint.wait = 1.0
    task = asyncio.ensure_future(all_of_it.credential())
    await asyncio.sleep(0.5)

    assert all_of_it.authorizer.at_hand(CALL) is None
    await task


@pytest.mark.virtual_time
async def test_callers_who_come_together_wait_for_one_fetch():
    all_of_it = Set()
    all_of_it.endpoint.wait = 1.0
    together = await asyncio.gather(*(all_of_it.credential() for _ in range(20)))

    assert set(together) == {"t1 at 1000"}
    assert all_of_it.endpoint.asked == 1


@pytest.mark.virtual_time
async def test_a_caller_who_leaves_does_not_take_the_others_along():
    all_of_it = Set()
    all_of_it.endpoint.wait = 1.0
    first = asyncio.ensure_future(all_of_it.credential())
    second = asyncio.ensure_future(all_of_it.credential())
    await asyncio.sleep(0.5)
    first.cancel()

    assert await second == "t2 at 1000"
    with pytest.raises(asyncio.CancelledError):
        await first


@pytest.mark.virtual_time
async def test_records_do_not_share_credentials():
    all_of_it = Set()
    other = replace(CALL, auth=GoogleAuth(access_token=Secret("other")))

    assert await all_of_it.credential() != await all_of_it.credential(other)


@pytest.mark.virtual_time
async def test_a_failed_fetch_is_not_repeated_at_once():
    all_of_it = Set()
    all_of_it.endpoint.status = 403
    assert (await all_of_it.failure()).status == 403
    assert (await all_of_it.failure()).status == 403
    assert all_of_it.endpoint.asked == 1

    all_of_it.now += RETRY_AFTER
    all_of_it.endpoint.status = 200
    assert await all_of_it.credential() == "t2 at 1005"


@pytest.mark.virtual_time
async def test_an_older_credential_serves_until_it_ends():
    all_of_it = Set()
    await all_of_it.credential()
    all_of_it.endpoint.status = 500
    all_of_it.now += 60
    assert await all_of_it.credential() == "t1 at 1060"
    assert await all_of_it.credential() == "t1 at 1060"
    assert all_of_it.endpoint.asked == 2

    all_of_it.now += 41
    assert (await all_of_it.failure()).status == 500


@pytest.mark.virtual_time
async def test_a_silent_endpoint_is_not_waited_for_without_end():
    all_of_it = Set()
    all_of_it.endpoint.wait = 2 * FETCH_TIMEOUT
    error = await all_of_it.failure()

    assert error.kind is Kind.UPSTREAM_TIMEOUT
    assert asyncio.get_running_loop().time() == FETCH_TIMEOUT


@pytest.mark.virtual_time
async def test_a_call_without_an_answer_is_told_to_the_flow():
    class Patient(Scheme):
        def credentials(self, auth, now):
            try:
                yield ASK
            except ProxyError as error:
                yield ASK
                return Held(f"after {error.kind}")

    all_of_it = Set(Patient())
    broken = all_of_it.endpoint

    async def mend():
        await asyncio.sleep(0)
        broken.error = None

    broken.error = httpx.ConnectError("no")
    broken.wait = 0.001
    task = asyncio.ensure_future(all_of_it.credential())
    while broken.asked < 2:
        await asyncio.sleep(0.0005)
    await mend()

    assert await task == "after connect at 1000"


@pytest.mark.virtual_time
async def test_an_answer_without_end_is_not_read():
    class Huge(httpx.AsyncBaseTransport):
        async def handle_async_request(self, request):
            return httpx.Response(200, content=b"x" * (MAX_ANSWER + 1))

    authorizer = Authorizer(Upstream(Huge()), schemes={GoogleAuth: Scheme()}, wall=lambda: 1.0)
    with pytest.raises(ProxyError) as caught:
        await authorizer.authorize(CALL)

    assert caught.value.kind is Kind.OVERSIZED


async def test_given_aws_keys_sign_without_a_question():
    auth = AwsAuth("eu-west-1", access_key_id="AKID", secret_access_key=Secret("s3"))
    upstream = Upstream(httpx.MockTransport(Endpoint()))
    call = await Authorizer(upstream, wall=lambda: 1_790_000_000.0).authorize(
        replace(CALL, auth=auth)
    )

    assert dict(call.headers)["authorization"].startswith(
        "AWS4-HMAC-SHA256 Credential=AKID/20260921/eu-west-1/bedrock/aws4_request, "
        "SignedHeaders=host;x-a;x-amz-date, Signature="
    )
