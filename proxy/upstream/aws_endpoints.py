"""Asks for AWS keys over HTTP: the token service for a web identity, a container's endpoint, an instance's metadata.

Each is a piece of a flow: None where this place is not there, a failure where it is there and refuses.

Invariant: a container's token goes only to https or to an address of this very machine.
Source: https://docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html,
https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instancedata-data-retrieval.html,
https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html (read 2026-11-21).
"""

from __future__ import annotations

import re
from collections.abc import Generator, Mapping
from datetime import UTC, datetime
from html import unescape
from pathlib import Path
from typing import Any, Final, TypeAlias
from urllib.parse import quote, urlencode, urlsplit

from proxy.codecs.sigv4 import Keys, domain
from proxy.core import jsons
from proxy.core.errors import Kind, ProxyError
from proxy.core.secret import Secret
from proxy.core.shape import Headers, HttpCall
from proxy.upstream.flow import Held

EARLY: Final = 300.0
"""Seconds before its end in which a credential is replaced."""
LEAST: Final = 30.0
"""Seconds that a credential is kept in any case, so that nobody is asked for each call."""

_METADATA: Final = "http://169.254.169.254"
_ROLES: Final = "/latest/meta-data/iam/security-credentials/"
_TTL: Final = ("x-aws-ec2-metadata-token-ttl-seconds", "21600")
_CONTAINER: Final = "http://169.254.170.2"
_HERE: Final = frozenset(
    {"localhost", "127.0.0.1", "::1", "169.254.170.2", "169.254.170.23", "fd00:ec2::23"}
)
_SESSION: Final = "firstbyte"
_FIELD: Final = re.compile(
    r"<(AccessKeyId|SecretAccessKey|SessionToken|Expiration)>\s*([^<]{1,8192}?)\s*</\1>"
)

Try: TypeAlias = Generator[HttpCall, tuple[int, bytes], Held | None]


def web_identity(environ: Mapping[str, str], region: str, now: float) -> Try:
    """Keys for the role of a pod's service account."""
    place, role = environ.get("AWS_WEB_IDENTITY_TOKEN_FILE"), environ.get("AWS_ROLE_ARN")
    if not place or not role:
        return None
    form = {
        "Action": "AssumeRoleWithWebIdentity",
        "Version": "2011-06-15",
        "RoleArn": role,
        "RoleSessionName": environ.get("AWS_ROLE_SESSION_NAME") or _SESSION,
        "WebIdentityToken": _file(place, "AWS_WEB_IDENTITY_TOKEN_FILE"),
    }
    status, body = yield HttpCall(
        f"https://sts.{region}.{domain(region)}/",
        (("content-type", "application/x-www-form-urlencoded"),),
        urlencode(form).encode(),
    )
    who = "AWS's token service"
    _must_be_200(status, who)
    said = {
        name: unescape(value) for name, value in _FIELD.findall(body.decode("utf-8", "replace"))
    }
    said["Token"] = said.pop("SessionToken", "")
    return _held(said, now, who)


def container(environ: Mapping[str, str], now: float) -> Try:
    """Keys of a container's role."""
    address = _container_address(environ)
    if not address:
        return None
    status, body = yield HttpCall(address, _container_token(environ), b"", method="GET")
    who = "the container's credentials endpoint"
    _must_be_200(status, who)
    return _held(_object(body, who), now, who)


def instance(environ: Mapping[str, str], now: float) -> Try:
    """Keys of an instance's role."""
    if environ.get("AWS_EC2_METADATA_DISABLED", "").lower() == "true":
        return None
    base = (environ.get("AWS_EC2_METADATA_SERVICE_ENDPOINT") or _METADATA).rstrip("/")
    try:
        status, body = yield HttpCall(f"{base}/latest/api/token", (_TTL,), b"", method="PUT")
    except ProxyError:
        # Nobody there: this is no instance.
        return None
    if status != 200:
        return None
    token: Headers = (("x-aws-ec2-metadata-token", body.decode("ascii", "replace").strip()),)
    status, body = yield HttpCall(f"{base}{_ROLES}", token, b"", method="GET")
    roles = body.decode("utf-8", "replace").split()
    if status != 200 or not roles:
        return None
    status, body = yield HttpCall(f"{base}{_ROLES}{quote(roles[0])}", token, b"", method="GET")
    who = "the instance's metadata"
    _must_be_200(status, who)
    return _held(_object(body, who), now, who)


def _container_address(environ: Mapping[str, str]) -> str:
    if relative := environ.get("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"):
        return f"{_CONTAINER}{relative}"
    full = environ.get("AWS_CONTAINER_CREDENTIALS_FULL_URI", "")
    if full and not full.startswith("https://") and _host(full) not in _HERE:
        raise ProxyError(
            Kind.AUTH,
            "AWS_CONTAINER_CREDENTIALS_FULL_URI must be https or name an address of this machine.",
        )
    return full


def _host(address: str) -> str | None:
    try:
        return urlsplit(address).hostname
    except ValueError:
        return None


def _container_token(environ: Mapping[str, str]) -> Headers:
    place = environ.get("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE")
    if place:
        return (("authorization", _file(place, "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE")),)
    token = environ.get("AWS_CONTAINER_AUTHORIZATION_TOKEN")
    return (("authorization", token),) if token else ()


def _file(place: str, variable: str) -> str:
    try:
        return Path(place).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        raise ProxyError(Kind.AUTH, f"The file that {variable} names cannot be read.") from None


def _must_be_200(status: int, who: str) -> None:
    if status != 200:
        raise ProxyError(Kind.AUTH, f"{who} gave no AWS keys: HTTP {status}.", status=status)


def _object(body: bytes, who: str) -> dict[str, Any]:
    try:
        return jsons.decode_object(body)
    except jsons.JsonError:
        raise _unreadable(who) from None


def _held(said: Mapping[str, Any], now: float, who: str) -> Held:
    """What an answer holds: keys, and until when they are good."""
    key, secret, token = (said.get(name) for name in ("AccessKeyId", "SecretAccessKey", "Token"))
    expires = _moment(said.get("Expiration"))
    if not (isinstance(key, str) and isinstance(secret, str) and key and secret) or expires is None:
        raise _unreadable(who)
    keys = Keys(key, Secret(secret), Secret(token) if token and isinstance(token, str) else None)
    return Held(keys, max(expires - EARLY, now + LEAST), expires)


def _moment(text: Any) -> float | None:
    try:
        moment = datetime.fromisoformat(text)
    except (TypeError, ValueError):
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _unreadable(who: str) -> ProxyError:
    return ProxyError(Kind.AUTH, f"{who} gave an answer that holds no AWS keys.")
