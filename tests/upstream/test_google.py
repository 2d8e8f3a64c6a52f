import base64
import json
import re
from urllib.parse import parse_qs, parse_qsl, urlsplit

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from proxy.core.credential import GoogleAuth
from proxy.core.errors import Kind, ProxyError
from proxy.core.secret import Secret
from proxy.core.shape import HttpCall
from proxy.upstream.auth import SCHEMES
from proxy.upstream.google import Google

NOW = 1_000_000.5
KEY = rsa.generate_private_key(65537, 2048)
PEM = KEY.private_bytes(
    serialization.Encoding.PEM,
    serialization.PrivateFormat.PKCS8,
    serialization.NoEncryption(),
).decode()
ACCOUNT = {
    "type": "service_account",
    "client_email": "robot@project.iam.test",
    "private_key_id": "key-1",
    "private_key": PEM,
    "token_uri": "https://oauth.test/token",
}
LOGIN = {
    "type": "authorized_user",
    "client_id": "id",
    "client_secret": "hush",
    "refresh_token": "again",
}
TOKEN = (200, json.dumps({"access_token": "ya29.token", "expires_in": 3599}).encode())


def run(scheme, auth, *answers):
    """The calls that a flow makes, and what it returns."""
    flow, calls = scheme.credentials(auth, NOW), []
    try:
        calls.append(next(flow))
        for answer in answers:
            if isinstance(answer, ProxyError):
                calls.append(flow.throw(answer))
            else:
                calls.append(flow.send(answer))
    except StopIteration as done:
        return calls, done.value
    raise AssertionError("the flow waits for more answers")


def refused(scheme, auth, *answers):
    with pytest.raises(ProxyError) as caught:
        run(scheme, auth, *answers)
    assert caught.value.kind is Kind.AUTH
    return caught.value.message


def written(folder, content, name="credentials.json"):
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return str(path)


def part(text):
    return json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))


def test_google_has_its_row_among_the_schemes():
    assert isinstance(SCHEMES[GoogleAuth], Google)


def test_a_given_token_is_used_as_it_is():
    calls, held = run(Google({}), GoogleAuth(access_token=Secret("ya29.given")))

    assert calls == []
    assert held.credential == Secret("ya29.given")
    assert held.expires == float("inf")


def test_a_service_account_signs_a_claim_for_its_token(tmp_path):
    auth = GoogleAuth(service_account_file=written(tmp_path, ACCOUNT))
    [call], held = run(Google({}), auth, TOKEN)
    form = dict(parse_qsl(call.body.decode()))
    head, claim, signature = form["assertion"].split(".")
    mark = base64.urlsafe_b64decode(signature + "==")
    KEY.public_key().verify(mark, f"{head}.{claim}".encode(), padding.PKCS1v15(), hashes.SHA256())

    assert call.url == "https://oauth.test/token"
    assert call.method == "POST"
    assert call.headers == (("content-type", "application/x-www-form-urlencoded"),)
    assert form["grant_type"] == "urn:ietf:params:oauth:grant-type:jwt-bearer"
    assert part(head) == {"alg": "RS256", "typ": "JWT", "kid": "key-1"}
    assert part(claim) == {
        "iss": "robot@project.iam.test",
        "scope": "https://www.googleapis.com/auth/cloud-platform",
        "aud": "https://oauth.test/token",
        "iat": 1_000_000,
        "exp": 1_003_600,
    }
    assert held.credential.reveal() == "ya29.token"
    assert held.expires == NOW + 3599
    assert held.fresh_until == NOW + 3299


def test_a_token_of_short_life_is_kept_for_a_moment_all_the_same(tmp_path):
    auth = GoogleAuth(service_account_file=written(tmp_path, ACCOUNT))
    answer = (200, b'{"access_token": "t", "expires_in": 10}')
    _, held = run(Google({}), auth, answer)

    assert held.fresh_until == NOW + 30
    assert held.expires == NOW + 10


def test_a_token_that_does_not_say_lives_an_hour(tmp_path):
    auth = GoogleAuth(service_account_file=written(tmp_path, ACCOUNT))
    _, held = run(Google({}), auth, (200, b'{"access_token": "t"}'))

    assert held.expires == NOW + 3600


def test_a_login_is_exchanged_for_a_token(tmp_path):
    environ = {"GOOGLE_APPLICATION_CREDENTIALS": written(tmp_path, LOGIN)}
    [call], held = run(Google(environ), GoogleAuth(), TOKEN)

    assert call.url == "https://oauth2.googleapis.com/token"
    assert parse_qs(call.body.decode()) == {
        "grant_type": ["refresh_token"],
        "client_id": ["id"],
        "client_secret": ["hush"],
        "refresh_token": ["again"],
    }
    assert held.credential.reveal() == "ya29.token"


@pytest.mark.parametrize("variable", ["CLOUDSDK_CONFIG", "HOME"])
def test_the_login_of_gcloud_is_found(tmp_path, variable):
    below = "" if variable == "CLOUDSDK_CONFIG" else ".config/gcloud/"
    written(tmp_path, LOGIN, f"{below}application_default_credentials.json")
    [call], _ = run(Google({variable: str(tmp_path)}), GoogleAuth(), TOKEN)

    assert call.url == "https://oauth2.googleapis.com/token"


def test_the_entrys_file_comes_before_the_variable(tmp_path):
    environ = {"GOOGLE_APPLICATION_CREDENTIALS": written(tmp_path, LOGIN, "login.json")}
    auth = GoogleAuth(service_account_file=written(tmp_path, ACCOUNT))
    [call], _ = run(Google(environ), auth, TOKEN)

    assert call.url == "https://oauth.test/token"


@pytest.mark.parametrize(
    ("environ", "host"),
    [({}, "metadata.google.internal"), ({"GCE_METADATA_HOST": "127.0.0.1:999"}, "127.0.0.1:999")],
)
def test_a_machine_gives_its_token(tmp_path, environ, host):
    scheme = Google({"HOME": str(tmp_path), **environ})
    [call], held = run(scheme, GoogleAuth(scope="a b"), TOKEN)
    address = urlsplit(call.url)

    assert address.scheme == "http"
    assert address.netloc == host
    assert address.path == "/computeMetadata/v1/instance/service-accounts/default/token"
    assert parse_qs(address.query) == {"scopes": ["a b"]}
    assert call.method == "GET"
    assert call.headers == (("metadata-flavor", "Google"),)
    assert held.credential.reveal() == "ya29.token"


def test_where_nothing_is_found_the_message_says_where_it_was_looked_for(tmp_path):
    failure = ProxyError(Kind.CONNECT, "nobody there")
    message = refused(Google({"HOME": str(tmp_path)}), GoogleAuth(), failure)

    assert "GOOGLE_APPLICATION_CREDENTIALS" in message
    assert "metadata" in message


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ("no json", "is not JSON"),
        ({"type": "external_account"}, "of no kind"),
        ({**ACCOUNT, "private_key": "nonsense"}, "does not stand between"),
        ({**ACCOUNT, "client_email": None}, "no 'client_email'"),
        ({**LOGIN, "refresh_token": 7}, "no 'refresh_token'"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_with_its_reason(tmp_path, content, why):
    message = refused(Google({}), GoogleAuth(service_account_file=written(tmp_path, content)))

    assert why in message
    assert "PRIVATE KEY-----\nMII" not in message


def test_a_file_that_is_not_there_is_named(tmp_path):
    path = str(tmp_path / "nowhere.json")

    assert path in refused(Google({}), GoogleAuth(service_account_file=path))


@pytest.mark.parametrize(
    ("status", "body", "why"),
    [
        (400, b'{"error": "invalid_grant", "error_description": "Bad clock"}', "400.*Bad clock"),
        (403, b'{"error": "denied"}', "403.*denied"),
        (500, b"<html>", "answered 500 without a token"),
        (200, b'{"access_token": ""}', "answered 200 without a token"),
        (200, b'{"access_token": 7, "error": {}}', "answered 200 without a token"),
    ],
)
def test_an_answer_without_a_token_is_refused_in_its_own_words(tmp_path, status, body, why):
    auth = GoogleAuth(service_account_file=written(tmp_path, ACCOUNT))
    message = refused(Google({}), auth, (status, body))

    assert re.search(why, message)


def test_a_token_replaces_any_other_credential_on_the_call():
    call = HttpCall("https://x.test", (("authorization", "Bearer old"), ("a", "b")), b"body")
    headers = Google({}).headers(call, GoogleAuth(), Secret("ya29.token"), NOW)

    assert headers == (("a", "b"), ("authorization", "Bearer ya29.token"))
