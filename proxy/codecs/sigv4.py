"""Signs a request as AWS wants it: Signature Version 4, with the signature in a header.

The path is taken exactly as it goes out and percent-encoded once more for the canonical form, as every service but S3
has it: a model id that is sent as `v1%3A0` is signed as `v1%253A0`.

Invariant: every header that the call has is signed, but those that a proxy on the way may change or that the transport
writes itself; the secret is in nothing that is returned.
Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html (read 2026-11-21).
"""

from __future__ import annotations

import hashlib
import hmac
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final
from urllib.parse import quote, unquote, urlsplit

from proxy.core.secret import Secret
from proxy.core.shape import Headers, HttpCall

_ALGORITHM: Final = "AWS4-HMAC-SHA256"
_OURS: Final = frozenset({"authorization", "host", "x-amz-date", "x-amz-security-token"})
"""Headers that signing writes: what the call has of them is replaced."""
_UNSIGNED: Final = frozenset(
    {
        "accept-encoding", "baggage", "connection", "content-length", "expect", "keep-alive", "proxy-authenticate",
        "proxy-authorization", "proxy-connection", "te", "traceparent", "tracestate", "trailer", "transfer-encoding",
        "upgrade", "user-agent", "via", "x-amzn-trace-id", "x-forwarded-for",
    }
)  # fmt: skip
"""Headers of one connection, and headers that proxies and meshes rewrite."""
_BLANKS: Final = re.compile(r"\s+")
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
    moment = datetime.fromtimestamp(now, UTC).strftime("%Y%m%dT%H%M%SZ")
    scope = f"{moment[:8]}/{region}/{service}/aws4_request"
    kept = tuple(line for line in call.headers if line[0].lower() not in _OURS)
    ours: Headers = (("x-amz-date", moment),)
    if keys.session_token:
        ours += (("x-amz-security-token", keys.session_token.reveal()),)
    canonical, signed = _canonical(call, kept + ours)
    digest = hashlib.sha256(canonical.encode("utf-8", "surrogatepass")).hexdigest()
    text = f"{_ALGORITHM}\n{moment}\n{scope}\n{digest}"
    key = _signing_key(keys.secret_access_key, scope)
    signature = hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
    credential = (
        f"{_ALGORITHM} Credential={keys.access_key_id}/{scope}, "
        f"SignedHeaders={signed}, Signature={signature}"
    )
    return (*kept, *ours, ("authorization", credential))


def _canonical(call: HttpCall, headers: Headers) -> tuple[str, str]:
    """The canonical request, and the names of the headers that it holds."""
    url = urlsplit(call.url)
    lines: dict[str, list[str]] = {"host": [_host(call.url)]}
    for name, value in headers:
        if (lower := name.lower()) not in _UNSIGNED:
            lines.setdefault(lower, []).append(_BLANKS.sub(" ", value).strip())
    signed = ";".join(sorted(lines))
    canonical = [
        call.method,
        quote(_path(url.path), safe=f"/{_SAFE}"),
        _query(url.query),
        *(f"{name}:{','.join(lines[name])}" for name in sorted(lines)),
        "",
        signed,
        hashlib.sha256(call.body).hexdigest(),
    ]
    return "\n".join(canonical), signed


def _host(address: str) -> str:
    """The `host` header as HTTP clients write it: without the port that the scheme has anyway."""
    url = urlsplit(address)
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


def _signing_key(secret: Secret, scope: str) -> bytes:
    key = b"AWS4" + secret.reveal().encode()
    for part in scope.split("/"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    return key
