"""Credentials that are more than one header: what they are made of, and what a request says it needs.

A codec, which knows no clock and no network, names the scheme on its `HttpCall`; `upstream/auth.py` carries it out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from proxy.core.secret import Secret


@dataclass(frozen=True, slots=True)
class AwsAuth:
    """AWS signature version 4. Without keys they come from the usual places: variables, profile, container, instance."""

    region: str
    service: str = "bedrock"
    access_key_id: str = ""
    secret_access_key: Secret | None = None
    session_token: Secret | None = None
    profile: str = ""
    """A profile of the shared credentials file; empty for `$AWS_PROFILE` or `default`."""


@dataclass(frozen=True, slots=True)
class GoogleAuth:
    """A Google access token as bearer: given, from a service-account file, or from the metadata server."""

    access_token: Secret | None = None
    service_account_file: str = ""
    scope: str = "https://www.googleapis.com/auth/cloud-platform"


Auth: TypeAlias = AwsAuth | GoogleAuth
"""A scheme that needs a clock or a network."""
