import json

import pytest

from proxy.codecs.sigv4 import Keys, sign
from proxy.core.credential import AwsAuth
from proxy.core.errors import Kind, ProxyError
from proxy.core.secret import Secret
from proxy.core.shape import HttpCall
from proxy.upstream.aws import FILE_FRESH, Aws
from proxy.upstream.flow import Held
from tests.support.flows import driven

NOW = 1_790_000_000.0
AUTH = AwsAuth("eu-west-1")
VARIABLES = {"AWS_ACCESS_KEY_ID": "AKIDENV", "AWS_SECRET_ACCESS_KEY": "e3"}
TEMPORARY = json.dumps(
    {
        "AccessKeyId": "ASID",
        "SecretAccessKey": "s3",
        "Token": "t",
        "Expiration": "2026-09-21T15:13:20Z",
    }
).encode()
UNREACHABLE = ProxyError(Kind.CONNECT, "could not connect")


def found(environ, auth=AUTH, *answers):
    """The id of the key that is found, and how many calls that took."""
    calls, held = driven(Aws(environ).credentials(auth, NOW), *answers)
    return held.credential.access_key_id, len(calls)


@pytest.fixture
def home(tmp_path):
    (tmp_path / ".aws").mkdir()
    (tmp_path / ".aws" / "credentials").write_text(
        "[default]\naws_access_key_id=AKIDFILE\naws_secret_access_key=f3\n"
        "[work]\naws_access_key_id=AKIDWORK\naws_secret_access_key=w3\n"
    )
    return {"HOME": str(tmp_path)}


def test_the_places_are_looked_at_in_order(home, tmp_path):
    (tmp_path / "jwt").write_text("a.b.c")
    pod = {"AWS_WEB_IDENTITY_TOKEN_FILE": str(tmp_path / "jwt"), "AWS_ROLE_ARN": "arn:role"}
    box = {"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "/x"}
    given = AwsAuth("eu-west-1", access_key_id="AKIDGIVEN", secret_access_key=Secret("g3"))
    xml = (
        b"<AccessKeyId>ASIDPOD</AccessKeyId><SecretAccessKey>p3</SecretAccessKey>"
        b"<Expiration>2026-09-21T15:13:20Z</Expiration>"
    )

    assert found({**VARIABLES, **pod, **home, **box}, given) == ("AKIDGIVEN", 0)
    assert found({**VARIABLES, **pod, **home, **box}) == ("AKIDENV", 0)
    assert found({**pod, **home, **box}, AUTH, (200, xml)) == ("ASIDPOD", 1)
    assert found({**home, **box}) == ("AKIDFILE", 0)
    assert found(box, AUTH, (200, TEMPORARY)) == ("ASID", 1)
    assert found({}, AUTH, (200, b"t"), (200, b"r"), (200, TEMPORARY)) == ("ASID", 3)


def test_a_named_profile_goes_before_the_variables_and_to_nobody_elses_keys(home):
    named = AwsAuth("eu-west-1", profile="work")
    nobody = AwsAuth("eu-west-1", profile="nobody")

    assert found({**VARIABLES, **home}, named) == ("AKIDWORK", 0)
    with pytest.raises(ProxyError) as caught:
        found({**VARIABLES, **home}, nobody)
    assert caught.value.kind is Kind.AUTH
    assert "'nobody'" in caught.value.message


def test_variables_may_hold_a_session():
    _, held = driven(Aws({**VARIABLES, "AWS_SESSION_TOKEN": "t"}).credentials(AUTH, NOW))

    assert held == Held(Keys("AKIDENV", Secret("e3"), Secret("t")))


def test_a_file_is_read_again_after_a_while(home):
    _, held = driven(Aws(home).credentials(AUTH, NOW))

    assert held.fresh_until == held.expires == NOW + FILE_FRESH


def test_half_a_key_is_none():
    half = AwsAuth("eu-west-1", access_key_id="AKIDGIVEN")

    assert found(VARIABLES, half) == ("AKIDENV", 0)


@pytest.mark.parametrize("answer", [UNREACHABLE, (404, b"")])
def test_nothing_anywhere_is_a_sentence_that_says_where(answer):
    with pytest.raises(ProxyError) as caught:
        found({"AWS_ACCESS_KEY_ID": "x"}, AUTH, answer)

    assert caught.value.kind is Kind.AUTH
    for place in (
        "AWS_SECRET_ACCESS_KEY",
        "'default'",
        "container",
        "metadata",
        "AWS_BEARER_TOKEN_BEDROCK",
    ):
        assert place in caught.value.message


def test_a_call_is_signed():
    call = HttpCall(
        "https://bedrock.test/x", (("content-type", "application/json"),), b"{}", auth=AUTH
    )
    keys = Keys("AKID", Secret("s3"))

    assert Aws({}).headers(call, AUTH, keys, NOW) == sign(call, keys, "eu-west-1", "bedrock", NOW)
