"""What the environment alone says: which vendors have a key, and at what address.

Without a file, every vendor whose key variable is set becomes a provider by itself. With a file, an entry takes
from here what it does not say.

Invariant: a base-URL variable that points at our own listener is never obeyed: a client's setting for us, exported
in the shell we started from, must not make us call ourselves.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from ipaddress import ip_address
from urllib.parse import urlsplit, urlunsplit

from proxy.config.catalog import Catalog, Vendor
from proxy.config.credentials import is_sendable
from proxy.config.kinds import is_address
from proxy.config.problems import Findings
from proxy.config.schema import Provider, Server
from proxy.core.secret import Secret


def providers(
    catalog: Catalog, environ: Mapping[str, str], server: Server, findings: Findings
) -> dict[str, Provider]:
    """Every vendor that the environment configures, by id, in the catalogue's order."""
    made: dict[str, Provider] = {}
    for vendor in catalog.vendors:
        if not is_set_up(vendor, environ):
            continue
        found = provider(vendor, vendor.id, environ, server, findings)
        if points_at(found.base_url, server):
            findings.warn(f"{vendor.name} is left out: its usual address is this very server.")
            continue
        if found.off:
            findings.warn(f"The provider {vendor.id} is off: {found.off}.")
        made[vendor.id] = found
    return made


def is_set_up(vendor: Vendor, environ: Mapping[str, str]) -> bool:
    """Whether a variable speaks for it: its key, or the host of a server that needs none."""
    names = vendor.env + (vendor.host_env + vendor.base_url_env if vendor.keyless else ())
    return any(environ.get(name, "").strip() for name in names)


def provider(
    vendor: Vendor, name: str, environ: Mapping[str, str], server: Server, findings: Findings
) -> Provider:
    """The provider that a row and the environment make, off where its key is missing."""
    secret, variable = key(vendor, environ)
    made = Provider(
        name=name,
        vendor=vendor.id,
        protocol=vendor.protocol,
        base_url=address(vendor, environ, server, findings),
        api_keys=(secret,) if secret else (),
        key_variable=variable,
        headers=vendor.headers,
        quirks=vendor.quirks,
        families=vendor.families,
    )
    return made if secret or vendor.keyless else replace(made, off=why_off(variable, environ))


def key(vendor: Vendor, environ: Mapping[str, str]) -> tuple[Secret | None, str]:
    """The vendor's key, if a variable holds one, and the variable that was looked at."""
    for variable in vendor.env:
        value = environ.get(variable, "").strip()
        if value and is_sendable(value):
            return Secret(value), variable
    there = [variable for variable in vendor.env if variable in environ]
    return None, (there or [*vendor.env, ""])[0]


def why_off(variable: str, environ: Mapping[str, str]) -> str:
    """Why a variable gives no key."""
    if variable not in environ:
        return f"{variable} is not set"
    if not environ[variable].strip():
        return f"{variable} is empty"
    return f"{variable} holds characters that no key has"


def address(vendor: Vendor, environ: Mapping[str, str], server: Server, findings: Findings) -> str:
    """The vendor's base URL: from its variables where they are fit, else the row's."""
    for variable in (*vendor.base_url_env, *vendor.host_env):
        value = environ.get(variable, "").strip()
        if not value:
            continue
        url = value if variable in vendor.base_url_env else completed(value, vendor.base_url)
        if not is_address(url):
            findings.warn(
                f"{variable} is ignored: expected an http:// or https:// address without "
                f"credentials, query or fragment; {vendor.base_url} is used."
            )
        elif points_at(url, server):
            findings.warn(
                f"{variable} is ignored: it points at this very server; {vendor.base_url} is used."
            )
        else:
            return url.rstrip("/")
    return vendor.base_url


def completed(host: str, base_url: str) -> str:
    """A URL from `host`, `host:port`, `:port` or a URL without path; what is missing comes from `base_url`."""
    row = urlsplit(base_url)
    try:
        parts = urlsplit(host if "://" in host else f"{row.scheme}://{host}")
        port = parts.port
    except ValueError:
        return ""
    if port is None and "://" not in host:
        port = row.port
    name = parts.hostname or "localhost"
    name = "127.0.0.1" if name == "0.0.0.0" else f"[{name}]" if ":" in name else name  # noqa: S104 (compared, not bound)
    location = name if port is None else f"{name}:{port}"
    path = parts.path.rstrip("/") or row.path
    return urlunsplit((parts.scheme, location, path, parts.query, parts.fragment))


def points_at(url: str, server: Server) -> bool:
    """Whether a URL leads back to our own listener."""
    try:
        parts = urlsplit(url)
        port = parts.port or {"http": 80, "https": 443}[parts.scheme.lower()]
    except (ValueError, KeyError):
        return False
    if port != server.port:
        return False
    host = (parts.hostname or "").rstrip(".")
    ours = is_loopback(server.host) or is_wildcard(server.host)
    if ours and (is_loopback(host) or is_wildcard(host)):
        return True
    return host == server.host.lower() or host in {name.lower() for name in server.hosts}


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches it."""
    if host.lower() == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def is_wildcard(host: str) -> bool:
    """Whether it is every address of this machine."""
    try:
        return ip_address(host).is_unspecified
    except ValueError:
        return False
