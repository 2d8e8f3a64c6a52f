"""Signs a request as AWS wants it: Signature Version 4, with the signature in a header.

The path is taken exactly as it goes out and percent-encoded once more for the canonical form, as every service but S3
has it: a model id that is sent as `v1%3A0` is signed as `v1%253A0`.

What is the same from call to call is remembered: the key of a day, and the canonical form of all but date and body.

Invariant: every header that the call has is signed, but those that a proxy on the way may change or that the transport
writes itself; the secret is in nothing that is returned.
Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html (read 2026-11-21).
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Final, NamedTuple
from urllib.parse import SplitResult, quote, unquote, urlsplit

from proxy.core.secret import Secret
from proxy.core.shape import Headers, HttpCall

_ALGORITHM: Final = "AWS4-HMAC-SHA256"
_DATE: Final = "x-amz-date"
_SESSION: Final = "x-amz-security-token"
_OURS: Final = frozenset({"authorization", "host", _DATE, _SESSION})
"""Headers that signing writes: what the call has of them is replaced."""
_UNSIGNED: Final = frozenset(
    {
        "accept-encoding", "baggage", "connection", "content-length", "expect", "keep-alive", "proxy-authenticate",
        "proxy-authorization", "proxy-connection", "te", "traceparent", "tracestate", "trailer", "transfer-encoding",
        "upgrade", "user-agent", "via", "x-amzn-trace-id", "x-forwarded-for",
    }
)  # fmt: skip
"""Headers of one connection, and headers that proxies and meshes rewrite."""
_REMEMBERED: Final = 64
"""Keys and forms: as many as there are targets, or a little more."""
_SAFE: Final = "-_.~"
_PORTS: Final = {"http": 80, "https": 443}

_DOMAIN: Final = "amazonaws.com"
_DOMAINS: Final = {
    "cn-": "amazonaws.com.cn",
    "eusc-": "amazonaws.eu",
    "us-iso-": "c2s.ic.gov",
    "us-isob-": "sc2s.sgov.gov",
    "eu-isoe-": "cloud.adc-e.uk",
    "us-isof-": "csp.hci.ic.gov",
}
"""By the beginning of a region's name."""


@dataclass(frozen=True, slots=True)
class Keys:
    """An AWS credential."""

    access_key_id: str
    secret_access_key: Secret
    session_token: Secret | None = None
    """Only temporary credentials have one."""


def domain(region: str) -> str:
    """The domain under which a region's services are."""
    found = (name for start, name in _DOMAINS.items() if region.startswith(start))
    return next(found, _DOMAIN)


def sign(call: HttpCall, keys: Keys, region: str, service: str, now: float) -> Headers:
    """The headers of the call with date, token and signature.

    Args:
        call: What will be sent, to the byte: path, query and body are not changed any more.
        keys: Whose signature.
        region: `us-east-1`.
        service: `bedrock`.
        now: Seconds since 1970; the provider allows five minutes of difference.
    """
    moment = _moment(int(now))
    scope = f"{moment[:8]}/{region}/{service}/aws4_request"
    token = keys.session_token.reveal() if keys.session_token else ""
    kept: list[tuple[str, str]] = []
    lines: list[tuple[str, str]] = []
    for line in call.headers:
        name = line[0].lower()
        if name not in _OURS:
            kept.append(line)
            if name not in _UNSIGNED:
                lines.append(line)
    form = _form(call.method, call.url, tuple(lines), token)
    canonical = f"{form.before}{moment}{form.after}{hashlib.sha256(call.body).hexdigest()}"
    digest = hashlib.sha256(canonical.encode("utf-8", "surrogatepass")).hexdigest()
    text = f"{_ALGORITHM}\n{moment}\n{scope}\n{digest}"
    key = _signing_key(keys.secret_access_key, scope)
    signature = hmac.digest(key, text.encode(), "sha256").hex()
    credential = (
        f"{_ALGORITHM} Credential={keys.access_key_id}/{scope}, "
        f"SignedHeaders={form.signed}, Signature={signature}"
    )
    ours: Headers = ((_DATE, moment),)
    if token:
        ours += ((_SESSION, token),)
    return (*kept, *ours, ("authorization", credential))


@lru_cache(maxsize=2)
def _moment(now: int) -> str:
    """A time as signatures have it."""
    return datetime.fromtimestamp(now, UTC).strftime("%Y%m%dT%H%M%SZ")


class _Form(NamedTuple):
    """The canonical request of calls that differ in their date and body alone."""

    before: str
    """What stands before the date."""
    after: str
    """What stands between the date and the digest of the body."""
    signed: str
    """The names of the headers in it."""


@lru_cache(maxsize=_REMEMBERED)
def _form(method: str, address: str, headers: Headers, token: str) -> _Form:
    """The form of a call.

    Args:
        method: Its method.
        address: Its address.
        headers: Those to be signed, without ours.
        token: The session's; empty where there is none.
    """
    url = urlsplit(address)
    lines: dict[str, list[str]] = {"host": [_host(url)], _DATE: []}
    for name, value in (*headers, *([(_SESSION, token)] if token else [])):
        lines.setdefault(name.lower(), []).append(" ".join(value.split()))
    names = sorted(lines)
    date = names.index(_DATE)
    written = [f"{name}:{','.join(lines[name])}" for name in names]
    signed = ";".join(names)
    start = (method, quote(_path(url.path), safe=f"/{_SAFE}"), _query(url.query))
    return _Form(
        "\n".join((*start, *written[: date + 1])),
        "\n".join(("", *written[date + 1 :], "", signed, "")),
        signed,
    )


def _host(url: SplitResult) -> str:
    """The `host` header as HTTP clients write it: without the port that the scheme has anyway."""
    host = url.hostname or ""
    host = f"[{host}]" if ":" in host else host
    port = url.port
    return host if port in (None, _PORTS.get(url.scheme)) else f"{host}:{port}"


def _path(path: str) -> str:
    """The path without dot segments and empty ones, as the service sees it."""
    kept: list[str] = []
    for segment in path.split("/"):
        if segment == "..":
            del kept[-1:]
        elif segment not in ("", "."):
            kept.append(segment)
    end = "/" if kept and path.endswith("/") else ""
    return f"/{'/'.join(kept)}{end}"


def _query(query: str) -> str:
    """Parameters encoded once, whatever they were before, and in order; a bare name has an empty value."""
    pairs = [piece.partition("=") for piece in query.split("&") if piece]
    coded = sorted((_coded(name), _coded(value)) for name, _, value in pairs)
    return "&".join(f"{name}={value}" for name, value in coded)


def _coded(text: str) -> str:
    return quote(unquote(text), safe=_SAFE)


@lru_cache(maxsize=_REMEMBERED)
def _signing_key(secret: Secret, scope: str) -> bytes:
    """The key that a secret has for a day, a region and a service."""
    key = b"AWS4" + secret.reveal().encode()
    for part in scope.split("/"):
        key = hmac.digest(key, part.encode(), "sha256")
    return key
