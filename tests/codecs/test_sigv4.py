"""Signatures, held to AWS's published vectors and to botocore."""

import random
import string
from datetime import UTC, datetime
from urllib.parse import quote, urlsplit

import httpx
import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from proxy.codecs import sigv4
from proxy.codecs.sigv4 import Keys, domain, sign
from proxy.core.secret import Secret
from proxy.core.shape import HttpCall

SECRET = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
KEYS = Keys("AKIDEXAMPLE", Secret(SECRET))
PUBLISHED = datetime(2015, 8, 30, 12, 36, tzinfo=UTC)
HOST = "https://example.amazonaws.com"
FORM = ("content-type", "application/x-www-form-urlencoded")


def signed(call, keys=KEYS, region="us-east-1", service="service", now=PUBLISHED):
    """The value of `authorization`."""
    return dict(sign(call, keys, region, service, now.timestamp()))["authorization"]


def parts(authorization):
    """Names of the signed headers, and the signature."""
    _, names, signature = authorization.split(", ")
    return names.removeprefix("SignedHeaders="), signature.removeprefix("Signature=")


@pytest.mark.parametrize(
    ("method", "path", "headers", "body", "names", "signature"),
    [
        # get-vanilla
        ("GET", "/", (), b"", "host;x-amz-date",
         "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"),
        # get-vanilla-query-order-key-case
        ("GET", "/?Param2=value2&Param1=value1", (), b"", "host;x-amz-date",
         "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500"),
        # post-vanilla
        ("POST", "/", (), b"", "host;x-amz-date",
         "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"),
        # post-x-www-form-urlencoded
        ("POST", "/", (FORM,), b"Param1=value1", "content-type;host;x-amz-date",
         "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a"),
    ],
)  # fmt: skip
def test_the_published_vectors(method, path, headers, body, names, signature):
    call = HttpCall(f"{HOST}{path}", headers, body, method=method)

    assert parts(signed(call)) == (names, signature)


def test_a_model_id_is_encoded_twice():
    call = HttpCall(
        "https://bedrock-runtime.us-east-1.amazonaws.com/model/"
        "us.anthropic.claude-sonnet-4-5-20250929-v1%3A0/converse",
        (("content-type", "application/json"),),
        b"{}",
    )
    now = datetime(2026, 11, 20, 12, tzinfo=UTC)

    assert signed(call, service="bedrock", now=now) == (
        "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20261120/us-east-1/bedrock/aws4_request, "
        "SignedHeaders=content-type;host;x-amz-date, "
        "Signature=497285a1813ce31d5c5ca90eea94daf8b57af1bc170821452c8664eacc95f915"
    )


def botocores(call, keys, region, service, now, monkeypatch):
    """What botocore's signer makes of the same request."""
    monkeypatch.setattr("botocore.auth.get_current_datetime", lambda: now.replace(tzinfo=None))
    request = AWSRequest(call.method, call.url, headers=dict(call.headers), data=call.body)
    token = keys.session_token.reveal() if keys.session_token else None
    credentials = Credentials(keys.access_key_id, keys.secret_access_key.reveal(), token)
    SigV4Auth(credentials, service, region).add_auth(request)
    return dict(request.headers.items())


MODELS = (
    "us.anthropic.claude-sonnet-4-5-20250929-v1:0",
    "amazon.nova-lite-v1:0",
    "arn:aws:bedrock:eu-west-1:123456789012:application-inference-profile/a1b2c3d4e5f6",
    "arn:aws:bedrock:us-east-1::foundation-model/anthropic.claude-opus-4-6-v1",
)


def a_call(dice):
    """A request of the kinds that there are: ids with colons and slashes, odd paths, queries, headers, bodies."""
    model = dice.choice(MODELS)
    safe = dice.choice(["", ":", ":~"])
    odd = "".join(dice.choices(string.ascii_letters + "-._~ é:&+=/%", k=dice.randrange(12)))
    path = dice.choice(
        [
            f"/model/{quote(model, safe=safe)}/converse",
            f"/a/{quote(odd)}",
            "/",
            f"/{quote(quote(odd))}/",
        ]
    )
    pairs = [
        f"{quote(name, safe='-_.~')}={quote(odd, safe='-_.~')}"
        for name in dice.sample(["Action", "b", "B", "a-b", "ü", "x"], dice.randrange(4))
    ]
    port = dice.choice(["", "", ":443", ":8443"])
    headers = [
        ("content-type", dice.choice(["application/json", "text/plain;  charset=utf-8"])),
        *dice.sample(
            [("accept", "a/b"), ("x-team", "  blue   sky "), ("x-amzn-trace-id", "Root=1")], 2
        ),
        ("user-agent", "x"),
    ]
    query = f"?{'&'.join(pairs)}" if pairs else ""
    body = bytes(dice.choices(range(256), k=dice.randrange(40)))
    url = f"https://bedrock-runtime.eu-west-1.amazonaws.com{port}{path}{query}"
    return HttpCall(url, tuple(headers), body, method=dice.choice(["POST", "GET", "PUT"]))


@pytest.mark.parametrize("seed", range(300))
def test_botocore_signs_alike(seed, monkeypatch):
    dice = random.Random(seed)
    call = a_call(dice)
    token = Secret("token/+=" * 9) if dice.random() < 0.5 else None
    keys = Keys("AKIDEXAMPLE", Secret(SECRET), token)
    region, service = dice.choice(["us-east-1", "eu-west-1"]), dice.choice(["bedrock", "sts"])
    now = datetime(2026, 11, dice.randrange(1, 29), dice.randrange(24), 0, 7, tzinfo=UTC)
    theirs = botocores(call, keys, region, service, now, monkeypatch)
    ours = dict(sign(call, keys, region, service, now.timestamp()))

    assert ours["authorization"] == theirs["Authorization"]
    assert ours["x-amz-date"] == theirs["X-Amz-Date"]
    assert ours.get("x-amz-security-token") == theirs.get("X-Amz-Security-Token")


def test_what_is_remembered_of_one_call_is_not_taken_for_another_s(monkeypatch):
    url = "https://bedrock-runtime.eu-west-1.amazonaws.com/model/a/converse"
    token, other = Secret("token"), Secret("other" * 8)
    plain = {"url": url, "headers": (("x-a", "1"),), "body": b"1", "method": "POST"}
    morning = datetime(2026, 11, 21, 9, tzinfo=UTC)
    changes = [
        {},
        {"url": f"{url}-stream"},
        {"headers": (("x-a", "2"),)},
        {"headers": (("x-b", "1"), ("x-a", "1"))},
        {"body": b"2"},
        {"method": "PUT"},
    ]
    whose = [
        (KEYS, "eu-west-1", "bedrock", morning),
        (Keys("AKIDEXAMPLE", Secret(SECRET), token), "eu-west-1", "bedrock", morning),
        (Keys("AKIDOTHER", other, token), "eu-west-1", "bedrock", morning),
        (KEYS, "us-east-1", "bedrock", morning),
        (KEYS, "eu-west-1", "sts", morning),
        (KEYS, "eu-west-1", "bedrock", morning.replace(day=22)),
        (KEYS, "eu-west-1", "bedrock", morning.replace(second=1)),
    ]
    seen = set()
    for change in changes * 2:
        call = HttpCall(**{**plain, **change})
        for keys, region, service, now in whose:
            theirs = botocores(call, keys, region, service, now, monkeypatch)["Authorization"]
            seen.add(theirs)

            assert signed(call, keys, region, service, now) == theirs

    assert len(seen) == len(changes) * len(whose)


def test_what_is_signed_is_what_the_client_sends():
    dice = random.Random(1)
    for _ in range(100):
        url = f"https://a.test/model/{quote(''.join(dice.choices(string.printable, k=9)), safe='')}/converse"
        assert httpx.URL(url).raw_path.decode() == url.removeprefix("https://a.test")


def test_dots_in_a_path_are_resolved_and_doubled_slashes_closed():
    plain = signed(HttpCall(f"{HOST}/a/c/", (), b""))

    assert signed(HttpCall(f"{HOST}/a/./b/..//c/", (), b"")) == plain
    assert signed(HttpCall(f"{HOST}/../..", (), b"")) == signed(HttpCall(HOST, (), b""))


def test_a_repeated_header_is_signed_as_one():
    twice = HttpCall(HOST, (("x-a", "1"), ("x-a", "2")), b"")

    assert signed(twice) == signed(HttpCall(HOST, (("x-a", "1,2"),), b""))


def test_what_proxies_rewrite_is_not_signed_and_what_we_write_is_replaced():
    headers = (
        ("Authorization", "old"),
        ("x-amz-date", "old"),
        ("traceparent", "00-1"),
        ("x-a", "1"),
    )
    lines = sign(HttpCall(HOST, headers, b""), KEYS, "us-east-1", "bedrock", PUBLISHED.timestamp())

    assert [name for name, _ in lines] == ["traceparent", "x-a", "x-amz-date", "authorization"]
    assert parts(lines[-1][1])[0] == "host;x-a;x-amz-date"


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://a.test:443/", "a.test"),
        ("http://a.test:80/", "a.test"),
        ("http://a.test:443/", "a.test:443"),
        ("https://A.test/", "a.test"),
        ("http://[::1]:8080/", "[::1]:8080"),
    ],
)
def test_the_host_is_signed_as_it_is_sent(url, host):
    assert sigv4._host(urlsplit(url)) == host
    assert httpx.URL(url).netloc.decode() == host


def test_the_secret_is_in_nothing_that_is_printed():
    call = HttpCall(HOST, (), b"")
    lines = sign(call, KEYS, "us-east-1", "bedrock", PUBLISHED.timestamp())

    assert SECRET not in repr((KEYS, lines))


@pytest.mark.parametrize(
    ("region", "name"),
    [
        ("eu-west-1", "amazonaws.com"),
        ("us-gov-west-1", "amazonaws.com"),
        ("cn-northwest-1", "amazonaws.com.cn"),
        ("eusc-de-east-1", "amazonaws.eu"),
        ("us-iso-east-1", "c2s.ic.gov"),
        ("us-isob-east-1", "sc2s.sgov.gov"),
    ],
)
def test_a_partition_has_its_domain(region, name):
    assert domain(region) == name
