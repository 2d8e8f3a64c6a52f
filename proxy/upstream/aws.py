"""AWS: keys from the places where its own tools look for them, in their order, and a signature on each call.

The order: the configuration; a profile that the configuration names; the variables; a web identity; the shared files; a
container's endpoint; the instance's metadata (its second version only). A named profile that has no keys is a failure,
not a reason to go on with somebody else's.

Source: https://docs.aws.amazon.com/sdkref/latest/guide/standardized-credentials.html (read 2026-11-21).
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Final

from proxy.codecs.sigv4 import Keys, sign
from proxy.core.credential import AwsAuth
from proxy.core.errors import Kind, ProxyError
from proxy.core.secret import Secret
from proxy.core.shape import Headers, HttpCall
from proxy.upstream.aws_endpoints import container, instance, web_identity
from proxy.upstream.aws_profile import profile_keys, profile_name
from proxy.upstream.flow import Flow, Held

FILE_FRESH: Final = 60.0
"""Seconds after which a file is read again: other tools put new keys into it."""


class Aws:
    """The scheme of `AwsAuth`; its credential is a `Keys`.

    Args:
        environ: The environment.
    """

    def __init__(self, environ: Mapping[str, str] = os.environ) -> None:
        self._environ = environ

    def credentials(self, auth: AwsAuth, now: float) -> Flow:
        """Find the keys."""
        environ = self._environ
        if auth.access_key_id and auth.secret_access_key:
            return Held(Keys(auth.access_key_id, auth.secret_access_key, auth.session_token))
        if not auth.profile:
            if keys := _variables(environ):
                return Held(keys)
            if held := (yield from web_identity(environ, auth.region, now)):
                return held
        if keys := profile_keys(environ, auth.profile):
            return Held(keys, now + FILE_FRESH, now + FILE_FRESH)
        if not auth.profile:
            if held := (yield from container(environ, now)):
                return held
            if held := (yield from instance(environ, now)):
                return held
        raise _nothing(profile_name(environ, auth.profile), named=bool(auth.profile))

    def headers(self, call: HttpCall, auth: AwsAuth, credential: Keys, now: float) -> Headers:
        """The headers of the call with its signature."""
        return sign(call, credential, auth.region, auth.service, now)


def _variables(environ: Mapping[str, str]) -> Keys | None:
    key, secret = environ.get("AWS_ACCESS_KEY_ID"), environ.get("AWS_SECRET_ACCESS_KEY")
    if not key or not secret:
        return None
    token = environ.get("AWS_SESSION_TOKEN")
    return Keys(key, Secret(secret), Secret(token) if token else None)


def _nothing(profile: str, *, named: bool) -> ProxyError:
    if named:
        return ProxyError(Kind.AUTH, f"The AWS profile {profile!r} has no keys.")
    return ProxyError(
        Kind.AUTH,
        "No AWS credentials were found. Looked at the provider's entry, AWS_ACCESS_KEY_ID and "
        f"AWS_SECRET_ACCESS_KEY, a web identity, the profile {profile!r}, the container's endpoint and the "
        "instance's metadata. AWS_BEARER_TOKEN_BEDROCK or `api_key` would do as well.",
    )
