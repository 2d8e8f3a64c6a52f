import json
from urllib.parse import parse_qs

import pytest

from proxy.codecs.sigv4 import Keys
from proxy.core.errors import Kind, ProxyError
from proxy.core.secret import Secret
from proxy.upstream.aws_endpoints import container, instance, web_identity
from proxy.upstream.flow import Held
from tests.support.flows import driven

NOW = 1_790_000_000.0
EXPIRES = 1_790_003_600.0
DOCUMENT = {
    "Code": "Success",
    "AccessKeyId": "ASIDTEMP",
    "SecretAccessKey": "s3",
    "Token": "t0",
    "Expiration": "2026-09-21T15:13:20Z",
}
ANSWER = (200, json.dumps(DOCUMENT).encode())
HELD = Held(Keys("ASIDTEMP", Secret("s3"), Secret("t0")), EXPIRES - 300, EXPIRES)
UNREACHABLE = ProxyError(Kind.CONNECT, "could not connect")


def refused(flow, *answers):
    with pytest.raises(ProxyError) as caught:
        driven(flow, *answers)
    return caught.value


def test_a_relative_address_of_a_container_is_on_this_machine():
    calls, held = driven(
        container({"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "/v2/x"}, NOW), ANSWER
    )

    assert [(call.method, call.url) for call in calls] == [("GET", "http://169.254.170.2/v2/x")]
    assert held == HELD


def test_a_containers_token_is_sent_from_its_variable_or_its_file(tmp_path):
    full = {"AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://169.254.170.23/v1/credentials"}
    (tmp_path / "token").write_text("from a file\n")

    [call], _ = driven(
        container({**full, "AWS_CONTAINER_AUTHORIZATION_TOKEN": "plain"}, NOW), ANSWER
    )
    assert call.headers == (("authorization", "plain"),)
    place = {"AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": str(tmp_path / "token")}
    [call], _ = driven(container({**full, **place}, NOW), ANSWER)
    assert call.headers == (("authorization", "from a file"),)
    place = {"AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": str(tmp_path / "none")}
    assert "AUTHORIZATION_TOKEN_FILE" in refused(container({**full, **place}, NOW)).message


@pytest.mark.parametrize(
    "address", ["http://evil.test/x", "http://169.254.169.254/x", "http://[", "file:///x"]
)
def test_a_containers_token_goes_nowhere_else(address):
    error = refused(container({"AWS_CONTAINER_CREDENTIALS_FULL_URI": address}, NOW))

    assert error.kind is Kind.AUTH


def test_a_container_may_have_an_https_address_anywhere():
    [call], _ = driven(
        container({"AWS_CONTAINER_CREDENTIALS_FULL_URI": "https://keys.test/x"}, NOW), ANSWER
    )

    assert call.url == "https://keys.test/x"


@pytest.mark.parametrize(
    "body",
    [
        b"no",
        b"[]",
        b"{}",
        json.dumps({**DOCUMENT, "AccessKeyId": 7}).encode(),
        json.dumps({**DOCUMENT, "SecretAccessKey": ""}).encode(),
        json.dumps({**DOCUMENT, "Expiration": "soon"}).encode(),
        json.dumps({**DOCUMENT, "Expiration": None}).encode(),
    ],
)
def test_an_answer_without_keys_is_a_sentence_without_a_word_of_it(body):
    environ = {"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "/x"}
    error = refused(container(environ, NOW), (200, body))

    assert error.kind is Kind.AUTH
    assert "s3" not in error.message


def test_an_endpoint_that_is_there_and_refuses_is_a_failure():
    error = refused(container({"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "/x"}, NOW), (500, b""))

    assert (error.kind, error.status) == (Kind.AUTH, 500)


def test_an_instance_is_asked_by_the_second_version():
    calls, held = driven(instance({}, NOW), (200, b"tok\n"), (200, b"my-role\n"), ANSWER)
    base = "http://169.254.169.254/latest"
    roles = f"{base}/meta-data/iam/security-credentials/"

    assert [(call.method, call.url) for call in calls] == [
        ("PUT", f"{base}/api/token"),
        ("GET", roles),
        ("GET", f"{roles}my-role"),
    ]
    assert calls[0].headers == (("x-aws-ec2-metadata-token-ttl-seconds", "21600"),)
    assert calls[2].headers == (("x-aws-ec2-metadata-token", "tok"),)
    assert held == HELD


def test_metadata_may_be_elsewhere_or_off():
    elsewhere = {"AWS_EC2_METADATA_SERVICE_ENDPOINT": "http://[fd00:ec2::254]/"}

    calls, held = driven(instance(elsewhere, NOW), (403, b""))
    assert calls[0].url == "http://[fd00:ec2::254]/latest/api/token"
    assert held is None
    assert driven(instance({"AWS_EC2_METADATA_DISABLED": "TRUE"}, NOW)) == ([], None)


@pytest.mark.parametrize(
    "answers",
    [(UNREACHABLE,), ((200, b"t"), (404, b"")), ((200, b"t"), (200, b" \n"))],
)
def test_what_is_no_instance_with_a_role_has_nothing(answers):
    assert driven(instance({}, NOW), *answers)[1] is None


def test_a_role_that_gives_nothing_is_a_failure():
    assert refused(instance({}, NOW), (200, b"t"), (200, b"r"), (500, b"")).kind is Kind.AUTH


XML = b"""<AssumeRoleWithWebIdentityResponse><AssumeRoleWithWebIdentityResult><Credentials>
<AccessKeyId>ASIDTEMP</AccessKeyId><SecretAccessKey>s3</SecretAccessKey>
<SessionToken>t&#48;</SessionToken><Expiration>2026-09-21T15:13:20</Expiration>
</Credentials></AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResponse>"""


def test_a_pods_identity_is_changed_for_keys(tmp_path):
    (tmp_path / "jwt").write_text("a.b.c\n")
    environ = {"AWS_WEB_IDENTITY_TOKEN_FILE": str(tmp_path / "jwt"), "AWS_ROLE_ARN": "arn:role"}
    [call], held = driven(web_identity(environ, "eu-west-1", NOW), (200, XML))

    assert call.url == "https://sts.eu-west-1.amazonaws.com/"
    assert parse_qs(call.body.decode()) == {
        "Action": ["AssumeRoleWithWebIdentity"],
        "Version": ["2011-06-15"],
        "RoleArn": ["arn:role"],
        "RoleSessionName": ["firstbyte"],
        "WebIdentityToken": ["a.b.c"],
    }
    assert held == HELD
    assert refused(web_identity(environ, "eu-west-1", NOW), (403, b"")).status == 403
    assert refused(web_identity(environ, "eu-west-1", NOW), (200, b"<x/>")).kind is Kind.AUTH


def test_no_pod_has_no_identity():
    assert driven(web_identity({"AWS_ROLE_ARN": "arn:role"}, "eu-west-1", NOW)) == ([], None)
    assert driven(web_identity({"AWS_WEB_IDENTITY_TOKEN_FILE": "/x"}, "eu-west-1", NOW)) == (
        [],
        None,
    )


def test_keys_that_soon_end_are_kept_for_a_moment_all_the_same():
    environ = {"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "/x"}
    _, held = driven(container(environ, EXPIRES - 60), ANSWER)

    assert held.fresh_until == EXPIRES - 30


def test_keys_without_a_token_have_none():
    answer = {**DOCUMENT, "Token": None}
    environ = {"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "/x"}
    _, held = driven(container(environ, NOW), (200, json.dumps(answer).encode()))

    assert held.credential.session_token is None
