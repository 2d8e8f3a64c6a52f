"""What a protocol must be told of a provider beside its address and key, and the credential that is more than a key."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from proxy.config.addresses import places
from proxy.config.catalog import Vendor
from proxy.config.protocols import KNOWN, fits
from proxy.core.credential import Auth, AwsAuth, GoogleAuth


def options(
    row: Vendor | None, protocol: str, written: Mapping[str, str], environ: Mapping[str, str]
) -> dict[str, str]:
    """What a codec and an address are told: as written, else from the row's variables, else the row's default.

    Args:
        row: Whose variables count.
        protocol: Whose options are wanted, beside what the row's address names.
        written: What an entry says.
        environ: The environment.
    """
    wanted = dict.fromkeys((*KNOWN[protocol].options, *(places(row.base_url) if row else ())))
    found = {name: written.get(name) or _option(row, name, environ) for name in wanted}
    return {name: value for name, value in found.items() if value}


def _option(row: Vendor | None, name: str, environ: Mapping[str, str]) -> str:
    if row is None:
        return ""
    values = (environ.get(variable, "").strip() for variable in row.option_env.get(name, ()))
    return next((value for value in values if fits(name, value)), row.option_default.get(name, ""))


def missing(protocol: str, known: Mapping[str, str]) -> str:
    """The first option without which the protocol makes no call; empty where all are there."""
    return next((name for name in KNOWN[protocol].needed if name not in known), "")


def scheme(
    protocol: str, login: Mapping[str, Any], known: Mapping[str, str], environ: Mapping[str, str]
) -> Auth | None:
    """The credential that is more than a key; None for a protocol that knows none.

    Args:
        protocol: Of the provider.
        login: An entry's keys of that credential.
        known: The options in force.
        environ: The environment.
    """
    if protocol == "bedrock":
        return AwsAuth(region=known.get("region", ""), **login)
    if protocol == "vertex":
        file = environ.get("GOOGLE_APPLICATION_CREDENTIALS", "").strip()
        from_file = {"service_account_file": file} if file and not login else {}
        return GoogleAuth(**{**from_file, **login})
    return None
