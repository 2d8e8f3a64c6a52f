"""Reads keys out of AWS's shared credentials and config files.

Only keys that stand there are taken: a profile that says how to get them (a role, single sign-on, a process) is named
in a sentence, because we start no process and open no browser.

Source: https://docs.aws.amazon.com/sdkref/latest/guide/file-format.html (read 2026-11-21).
"""

from __future__ import annotations

import configparser
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from proxy.codecs.sigv4 import Keys
from proxy.core.errors import Kind, ProxyError
from proxy.core.secret import Secret

_INDIRECT: Final = ("role_arn", "sso_session", "sso_start_url", "credential_process")


def profile_keys(environ: Mapping[str, str], profile: str) -> Keys | None:
    """The keys of a profile; None where no file has any.

    Args:
        environ: The environment, for the places of the files and the usual profile's name.
        profile: Its name; empty for the usual one.

    Raises:
        ProxyError: AUTH for a profile that has no keys but a way to get them.
    """
    name = profile_name(environ, profile)
    credentials = _section(environ, "AWS_SHARED_CREDENTIALS_FILE", "credentials", (name,))
    if keys := _keys(credentials):
        return keys
    config = _section(environ, "AWS_CONFIG_FILE", "config", (f"profile {name}", name))
    if keys := _keys(config):
        return keys
    for way in _INDIRECT:
        if way in credentials or way in config:
            raise ProxyError(
                Kind.AUTH,
                f"The AWS profile {name!r} gets its keys by {way}, which is not done here: "
                "export them as variables, or write them into the profile.",
            )
    return None


def profile_name(environ: Mapping[str, str], profile: str) -> str:
    """The profile that is meant where `profile` may be empty."""
    return profile or environ.get("AWS_PROFILE") or environ.get("AWS_DEFAULT_PROFILE") or "default"


def _keys(section: Mapping[str, str]) -> Keys | None:
    key, secret = section.get("aws_access_key_id"), section.get("aws_secret_access_key")
    if not key or not secret:
        return None
    token = section.get("aws_session_token")
    return Keys(key, Secret(secret), Secret(token) if token else None)


def _section(
    environ: Mapping[str, str], variable: str, name: str, titles: tuple[str, ...]
) -> Mapping[str, str]:
    place = environ.get(variable)
    home = environ.get("HOME") or environ.get("USERPROFILE")
    if not place and not home:
        return {}
    path = Path(place) if place else Path(home or "", ".aws", name)
    if place and place.startswith("~/") and home:
        path = Path(home, place[2:])
    # Values may hold any character: nothing is interpolated, and only `=` parts a name from its value.
    parser = configparser.RawConfigParser(delimiters=("=",), default_section="\0", strict=False)
    try:
        parser.read_string(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError):
        return {}
    except configparser.Error:
        raise ProxyError(
            Kind.AUTH, f"The AWS file of {name} is not in the form that AWS gives it."
        ) from None
    return next((parser[title] for title in titles if title in parser), {})
